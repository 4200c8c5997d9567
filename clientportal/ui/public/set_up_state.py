"""The set-up page's guesses from the browser, and what the last try was refused for."""

import re
from urllib.parse import parse_qs

import reflex as rx
from babel.numbers import get_territory_currencies
from reflex.event import EventSpec

from clientportal.domain.errors import Invalid
from clientportal.domain.text import normalise
from clientportal.services import companies, company_fields, tax_ids
from clientportal.settings import settings
from clientportal.ui.gate import public
from clientportal.ui.session import read

FIELDS = frozenset(
    {
        "company_name",
        "slug",
        "country",
        "currency",
        "currencies",
        "time_zone",
        "tax_id",
        "name",
        "email",
        "password",
        "set_up_code",
    }
)
# Codes that make sense with what an address carries: numbers and a few short words.
ERRORS = frozenset(
    {
        "already_set_up",
        "email_invalid",
        "foreign_origin",
        "password_common",
        "password_long",
        "password_personal",
        "password_required",
        "password_short",
        "required",
        "set_up_code_wrong",
        "slug_invalid",
        "tax_id_digit",
        "tax_id_digit_missing",
        "tax_id_format",
        "tax_id_length",
        "tax_id_wrong",
        "too_large",
        "too_many_tries",
    }
)


class SetUpState(rx.State):
    """Guesses for the form, and what the last try was refused for."""

    ready: bool = False
    needs_code: bool = False
    zone: str = ""
    country: str = ""
    currency: str = ""
    slug: str = ""
    slug_seq: int = 0
    tax_error: str = ""
    tax_params: dict[str, str] = {}
    tax_shown: str = ""
    error: str = ""
    field: str = ""
    numbers: dict[str, int] = {}

    _slug_is_own: bool = False

    @rx.event
    @public
    async def load(self) -> EventSpec | None:
        """Leave when there is a company already; read the last try's error."""
        if not await read(companies.is_empty):
            return rx.redirect("/", replace=True)
        query = parse_qs(self.router.url.query)
        code = query.get("error", [""])[0]
        field = query.get("field", [""])[0]
        self.error = (code if code in ERRORS else "invalid") if code else ""
        self.field = field if field in FIELDS and self.error else ""
        self.numbers = _numbers(query)
        self.tax_error = self.error if self.field == "tax_id" else ""
        self.tax_params = _words(query) if self.tax_error else {}
        self.needs_code = settings().is_production
        return None

    @rx.event
    @public
    async def guess(self, zone: str) -> None:
        """Country and currency from the browser's time zone."""
        known = zone if isinstance(zone, str) and zone in company_fields.time_zones() else ""
        self.zone = known
        self.country = company_fields.country_of_zone(known)
        tender = get_territory_currencies(self.country) if self.country else []
        self.currency = tender[0] if tender else "USD"
        self.ready = True

    @rx.event
    @public
    async def name_left(self, name: str) -> None:
        """Suggest the address from the company's name until somebody writes their own."""
        if self._slug_is_own or not isinstance(name, str) or not name.strip():
            return
        self.slug = slug_of(name)
        self.slug_seq += 1

    @rx.event
    @public
    async def slug_typed(self, text: str) -> None:
        """From now on the address is the person's own."""
        self._slug_is_own = bool(text)

    @rx.event
    @public
    async def choose_country(self, code: str) -> None:
        """The country decides how the identification is checked."""
        self.country = code if code in company_fields.countries() else ""
        self.tax_error, self.tax_shown = "", ""

    @rx.event
    @public
    async def check_tax_id(self, text: str) -> None:
        """Check the identification on leaving its field, and show how it will be written."""
        self.tax_error = self.tax_shown = ""
        self.tax_params = {}
        try:
            found = tax_ids.check(self.country, "", text[:40] if isinstance(text, str) else "")
        except Invalid as error:
            self.tax_error = error.error_code
            self.tax_params = {name: str(value) for name, value in error.params.items()}
        else:
            self.tax_shown = found.text


def slug_of(name: str) -> str:
    """A company's name as it could stand in an address."""
    words = re.findall(r"[a-z0-9]+", normalise(name[:200]))
    legal = {"sas", "sa", "ltda", "cia", "s", "a", "de", "cv", "llc", "inc", "srl", "y"}
    kept = [word for word in words if word not in legal] or words
    return "-".join(kept)[:40].strip("-")


def _numbers(query: dict[str, list[str]]) -> dict[str, int]:
    found = {}
    for name in ("least", "most", "seconds"):
        text = query.get(name, [""])[0]
        if re.fullmatch(r"[0-9]{1,6}", text):
            found[name] = int(text)
    found["minutes"] = max(1, round(found.get("seconds", 0) / 60))
    return found


def _words(query: dict[str, list[str]]) -> dict[str, str]:
    """The kind of identification and the character that it should end with."""
    given = {name: query.get(name, [""])[0] for name in ("kind", "expected")}
    return {
        name: text if re.fullmatch(r"[A-Za-z0-9]{1,12}", text) else ""
        for name, text in given.items()
    }
