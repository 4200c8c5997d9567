"""What the state of a statement of account holds: one currency of one period, page by page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from sys import intern
from urllib.parse import parse_qs

import reflex as rx

from clientportal.domain import periods
from clientportal.domain.periods import Preset
from clientportal.domain.statement import CurrencyStatement, Line
from clientportal.rendering.statement_pdf import MOST_LINES
from clientportal.services.statements import Statement
from clientportal.ui.values import iso, url

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement; `charge_minor` or `credit_minor` is 0, both for a dispute."""

    id: str
    on: str
    movement: str
    document_id: int
    kind: str
    number: str
    due_on: str
    currency: str
    charge_minor: int
    credit_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class CurrencyTab:
    """One currency of the statement and where it stands."""

    currency: str
    closing_minor: int
    href: str


@dataclass(frozen=True, slots=True)
class Figures:
    """The shown currency of the period in minor units; `ageing` by the buckets of the domain."""

    currency: str = ""
    opening_minor: int = 0
    charges_minor: int = 0
    credits_minor: int = 0
    closing_minor: int = 0
    owed_minor: int = 0
    available_minor: int = 0
    disputed_minor: int = 0
    ageing: tuple[int, ...] = (0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Leaf:
    """Which page of the lines is shown: of `count` lines from the one after `first` on.

    `before_minor` is what stood before them; addresses are "" where there is no page.
    """

    first: int = 0
    count: int = 0
    before_minor: int = 0
    previous: str = ""
    next: str = ""


class StatementState(rx.State, mixin=True):
    """The address says which account, period, currency and page; the rest is read from it."""

    loaded: bool = False
    account_name: str = ""
    account_code: str = ""
    preset: str = ""
    preset_href: dict[str, str] = {}
    days: dict[str, str] = {}
    opens: bool = False
    tabs: list[CurrencyTab] = []
    shown: Figures = Figures()
    lines: list[StatementLine] = []
    leaf: Leaf = Leaf()
    file_href: str = ""
    file_query: str = ""
    on_paper: bool = True
    too_long: bool = False

    def _query(self) -> dict[str, list[str]]:
        """The query of the tab's address: hostile text, parse it."""
        return parse_qs(self.router.url.query[:2_000])

    def _show(
        self, found: Statement, path: str, files: str, kept: Mapping[str, Sequence[str]]
    ) -> None:
        """Fill the page. `files` is the path of the statement's files without their extension;
        `kept` are parameters that every link of the page keeps."""
        query = self._query()
        self.account_name, self.account_code = found.account.name, found.account.code
        period = found.period
        asked = dict(kept) | period.to_query()
        self.preset = period.preset.value if period.preset else ""
        self.preset_href = {
            preset.value: url(path, dict(kept) | periods.of(preset, found.today).to_query())
            for preset in Preset
        }
        self.days = {"from": iso(period.since), "to": iso(period.until), "today": iso(found.today)}
        self.opens = period.opens_on is not None
        self.file_href, self.file_query = files, url("", period.to_query())
        self.too_long = found.too_long
        self.on_paper = not found.too_long and found.lines <= MOST_LINES
        self.tabs = [
            CurrencyTab(
                one.currency, one.closing_minor, url(path, asked | {"currency": [one.currency]})
            )
            for one in found.currencies
        ]
        wanted = query.get("currency", [""])[0]
        chosen = [one for one in found.currencies if one.currency == wanted] or found.currencies
        one = chosen[0] if chosen else None
        self.shown = _figures(one) if one else Figures()
        currency = {"currency": [self.shown.currency]} if len(found.currencies) > 1 else {}
        self._show_page(one.lines if one else (), url(path, asked | currency), query)

    def _show_page(
        self, lines: Sequence[Line], address: str, query: Mapping[str, Sequence[str]]
    ) -> None:
        """The page of the address; without one the last, which ends with the closing balance."""
        pages = max(1, -(-len(lines) // PAGE_SIZE))
        page = min(max(1, _number(query.get("page", [""])[0], pages)), pages)
        start = (page - 1) * PAGE_SIZE
        self.lines = [
            _line(line, self.shown.currency, start + place)
            for place, line in enumerate(lines[start : start + PAGE_SIZE])
        ]
        join = "&" if "?" in address else "?"
        self.leaf = Leaf(
            first=start,
            count=len(lines),
            before_minor=lines[start - 1].balance_minor if start else self.shown.opening_minor,
            previous=f"{address}{join}page={page - 1}" if page > 1 else "",
            next=f"{address}{join}page={page + 1}" if page < pages else "",
        )

    def _on_days(self, path: str, days: object, kept: Mapping[str, Sequence[str]]) -> str:
        """The address of the period that two fields of a form say; "" when they are no fields."""
        if not isinstance(days, dict):
            return ""
        given = {name: [days[name][:10]] for name in ("from", "to") if _is_text(days.get(name))}
        currency = [self.shown.currency] if len(self.tabs) > 1 else []
        return url(path, dict(kept) | given | {"currency": currency})


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else otherwise


def _figures(one: CurrencyStatement) -> Figures:
    return Figures(
        currency=one.currency,
        opening_minor=one.opening_minor,
        charges_minor=one.charges_minor,
        credits_minor=one.credits_minor,
        closing_minor=one.closing_minor,
        owed_minor=one.owed_minor,
        available_minor=one.available_minor,
        disputed_minor=one.disputed_minor,
        ageing=tuple(one.ageing.values()),
    )


def _line(line: Line, currency: str, place: int) -> StatementLine:
    return StatementLine(
        id=f"{place}-{line.document_id}",
        on=iso(line.on),
        movement=line.movement.value,
        document_id=line.document_id,
        kind=line.kind.value,
        number=line.number,
        due_on=iso(line.due_on),
        currency=intern(currency),
        charge_minor=max(0, line.change_minor),
        credit_minor=max(0, -line.change_minor),
        balance_minor=line.balance_minor,
    )
