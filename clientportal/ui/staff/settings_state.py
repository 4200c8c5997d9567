"""State of the settings: what is stored, what is being typed, and the effect of it."""

from dataclasses import dataclass, replace
from typing import Any

import reflex as rx

from clientportal.domain import brand, numbering
from clientportal.domain.documents import Kind
from clientportal.domain.errors import Conflict, Invalid, NotFound, PortalError
from clientportal.domain.permissions import Permission
from clientportal.services import companies, company_fields, number_series, tax_ids
from clientportal.services.companies import CompanySettings
from clientportal.services.number_series import SeriesView
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.live_pages import watch
from clientportal.ui.session import read, write
from clientportal.ui.staff.common import Place, enter, first, query_of, text_of
from clientportal.ui.staff.fiscal_keys import FiscalKeyState
from clientportal.ui.staff.profile_state import OwnProfile
from clientportal.ui.staff.team_state import TeamRoles

TABS = ("company", "series", "team", "you")
TYPED = ("name", "accent", "time_zone", "currencies", "reply_email", "tax_id")
"""Fields whose effect changes while one types."""
LOGO_ERRORS = frozenset({"logo_too_large", "logo_type", "logo_side", "logo_missing", "conflict"})
DONE = frozenset({"logo", "logo_removed"})


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """The numbers of one kind; `example` is what the next document would bear as typed."""

    kind: str
    prefix: str
    next_number: int
    padding: int
    example: str
    typed: str


class SettingsState(FiscalKeyState, OwnProfile, TeamRoles, rx.State):
    """One tab of the settings; forms keep what is typed, another's save is told before saving."""

    loaded: bool = False
    tab: str = "company"
    form_seq: int = 0
    slug: str = ""
    values: dict[str, str] = {}
    draft: dict[str, str] = {}
    partial: bool = False
    is_test: bool = False
    fallback: bool = False
    kinds: list[str] = []
    tax_kind: str = ""
    sample: dict[str, dict[str, str]] = {}
    sample_currencies: list[str] = []
    tax_shown: str = ""
    logo: str = ""
    logo_error: str = ""
    numbers: dict[str, int] = {}
    now: str = ""
    version: int = 0
    moved: bool = False
    field: str = ""
    code: str = ""
    params: dict[str, str] = {}
    series: list[SeriesLine] = []
    series_kind: str = ""

    @rx.event
    @staff(Permission.COMPANY_READ)
    async def load(self) -> Any:
        """Read the tab of the address; also answers what the logo's form was told."""
        place = await enter(self)
        query = query_of(self)
        asked = first(query, "tab")
        self.tab = asked if asked in TABS else "company"
        self._clear_errors()
        error = first(query, "error")
        self.logo_error = error if error in LOGO_ERRORS else "invalid" if error else ""
        self.numbers = {
            name: _number(first(query, name, 6)) for name in ("most_kb", "least", "most")
        }
        self._company(place.company)
        self.now = place.now.isoformat()
        await self._lists(place)
        await self._show_keys(place)
        await self._own_profile(place.actor)
        self.form_seq += 1
        self.loaded, self.moved = True, False
        watch(self, place.topics, SettingsState.refresh)
        done = first(query, "done")
        return notice("saved") if done in DONE else None

    @rx.event
    @staff(Permission.COMPANY_READ)
    async def refresh(self) -> None:
        """Lists anew; a form that somebody else overtook says so and keeps what is typed."""
        place = await enter(self)
        self.moved = place.company.version != self.version
        await self._lists(place)
        await self._show_keys(place)

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def type(self, name: str, text: str) -> None:
        """Show the effect of what is being typed."""
        if name not in TYPED or not isinstance(text, str):
            return
        text = text.strip()[:200]
        if self.field == name:
            self._clear_errors()
        if name == "accent":
            self._try_accent(text)
        elif name == "currencies":
            self._try_currencies(text)
        elif name == "time_zone":
            self.draft["time_zone"] = text if text in company_fields.time_zones() else "UTC"
        else:
            self.draft[name] = text

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def choose_country(self, code: str) -> None:
        """Another country has other kinds of identification."""
        self.values["country"] = code if code in company_fields.countries() else ""
        self.kinds = list(tax_ids.kinds_of(self.values["country"]))
        self.tax_kind, self.tax_shown = self.kinds[0], ""

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def choose_tax_kind(self, kind: str) -> None:
        """The kind decides how the identification is checked."""
        self.tax_kind = kind if kind in self.kinds else ""
        self.tax_shown = ""

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def check_tax_id(self, text: str) -> None:
        """On leaving the field: the mistake with the digit expected, or the number as written."""
        self.tax_shown = ""
        given = text[:60] if isinstance(text, str) else ""
        try:
            self.tax_shown = tax_ids.check(self.values["country"], self.tax_kind, given).text
        except Invalid as error:
            self._show(error)

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def turn(self, name: str, on: bool) -> None:
        """Show the effect of a tick box."""
        if name == "allow_partial_payment":
            self.partial = on is True
        elif name == "is_test":
            self.is_test = on is True
        elif name == "fallback_channel":
            self.fallback = on is True

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def save(self, data: dict[str, Any]) -> list[Any] | None:
        """Store the company's settings; an older version is refused."""
        place = await enter(self)
        self._clear_errors()
        texts = ("name", "country", "tax_id_kind", "tax_id", "accent", "time_zone", "language",
                 "currencies", "tax_rates", "reply_email")  # fmt: skip
        changes: dict[str, Any] = {name: text_of(data, name) for name in texts}
        changes |= {"allow_partial_payment": self.partial, "is_test": self.is_test}
        changes["fallback_channel"] = self.fallback
        try:
            await write(
                companies.update,
                place.actor,
                company_id=place.company.id,
                changes=changes,
                now=place.now,
                version=self.version,
            )
        except PortalError as error:
            return self._show(error)
        return [SettingsState.load, notice("saved")]

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def try_series(self, kind: str, name: str, text: str) -> None:
        """Show the number that the next document would bear."""
        for position, line in enumerate(self.series):
            if line.kind == kind and name in ("prefix", "next_number", "padding"):
                changed: dict[str, Any] = {
                    name: text.strip()[:20] if name == "prefix" else _number(text)
                }
                typed = replace(line, **changed)
                example = numbering.format_number(
                    typed.prefix, typed.next_number, min(typed.padding, 12)
                )
                self.series[position] = replace(typed, typed=example)

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def save_series(self, data: dict[str, Any]) -> list[Any] | None:
        """Store the series of one kind."""
        place = await enter(self)
        self._clear_errors()
        kind = text_of(data, "kind", 20)
        if kind not in set(Kind):
            raise NotFound()
        try:
            view = await write(
                number_series.update,
                place.actor,
                kind=Kind(kind),
                prefix=text_of(data, "prefix", 40),
                next_number=_number(text_of(data, "next_number", 13)),
                padding=_number(text_of(data, "padding", 4)),
                now=place.now,
            )
        except PortalError as error:
            self.series_kind = kind
            return self._show(error)
        return [SettingsState.load, notice("series_saved", number=view.example)]

    def _company(self, company: CompanySettings) -> None:
        self.slug, self.version = company.slug, company.version
        self.values = {
            "name": company.name,
            "country": company.country,
            "tax_id": company.tax_id,
            "accent": company.accent,
            "time_zone": company.time_zone,
            "language": company.language,
            "currencies": ", ".join(company.currencies),
            "tax_rates": "; ".join(company.tax_rates),
            "reply_email": company.reply_email,
        }
        self.draft = {name: self.values[name] for name in TYPED}
        self.partial, self.is_test = company.allow_partial_payment, company.is_test
        self.fallback = company.fallback_channel
        self.kinds = list(tax_ids.kinds_of(company.country))
        self.tax_kind = company.tax_id_kind or self.kinds[0]
        self.tax_shown = ""
        self.sample_currencies = list(company.currencies)
        self._try_accent(company.accent)
        sha = company.logo_sha256
        self.logo = f"/files/logos/{company.slug}/{sha}" if sha else ""

    async def _lists(self, place: Place) -> None:
        if self.tab == "series":
            self.series = [_line(view) for view in await read(number_series.listing, place.actor)]
        elif self.tab == "team":
            await self._list_team(place)

    def _try_accent(self, text: str) -> None:
        try:
            colour = brand.parse_colour(text)
        except Invalid as error:
            self._show(error)
            return
        self.draft["accent"] = colour
        self.sample = {
            theme: dict(colours) for theme, colours in brand.accent_tokens(colour).items()
        }

    def _try_currencies(self, text: str) -> None:
        try:
            self.sample_currencies = company_fields.currency_list(text)
        except Invalid as error:
            self._show(error)

    def _show(self, error: PortalError) -> None:
        """Beside its field; a conflict as the note above the form."""
        if isinstance(error, Conflict) and not error.field:
            self.moved = True
            return
        if not error.field:
            raise error
        self.field, self.code = error.field, error.error_code
        self.params = {name: str(value) for name, value in error.params.items()}

    def _clear_errors(self) -> None:
        self.field = self.code = self.series_kind = ""
        self.params = {}


def _line(view: SeriesView) -> SeriesLine:
    return SeriesLine(
        view.kind.value, view.prefix, view.next_number, view.padding, view.example, view.example
    )


def _number(text: object) -> int:
    """A whole number that a form gives; 0 for anything else."""
    given = text.strip() if isinstance(text, str) else ""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 14 else 0
