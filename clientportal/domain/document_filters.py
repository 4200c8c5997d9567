"""Filters, sorting and cursors of document lists as typed values, read from hostile URLs."""

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

from clientportal.domain.dates import day_of
from clientportal.domain.documents import Kind

MAX_VALUES = 50
"""Most values that one filter of several takes from a URL."""
MAX_TEXT = 100
MAX_ID = 2**31 - 1
"""Largest id that the databases hold; a URL may ask for any number."""


class DocumentState(StrEnum):
    """What a list can be narrowed to (mission 82: paid or pending; the others for daily work)."""

    OPEN = "open"
    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    DISPUTED = "disputed"
    BEING_PAID = "being_paid"
    CREDIT = "credit"
    ISSUED = "issued"
    DRAFT = "draft"
    VOID = "void"


class SortField(StrEnum):
    """The whitelist of columns that a list can be sorted by."""

    ISSUED_ON = "issued_on"
    DUE_ON = "due_on"
    NUMBER = "number"
    TOTAL = "total"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True)
class Sort:
    """A column and a direction; written `due_on` or `-due_on` in a URL."""

    field: SortField = SortField.ISSUED_ON
    descending: bool = True

    @classmethod
    def parse(cls, text: str | None) -> Self:
        """The sort of a URL; newest first when it is absent or unknown."""
        given = (text or "").strip()
        try:
            return cls(SortField(given.removeprefix("-")), given.startswith("-"))
        except ValueError:
            return cls()

    def __str__(self) -> str:
        return f"-{self.field}" if self.descending else self.field.value


@dataclass(frozen=True, slots=True)
class Cursor:
    """The row that a page starts after, or ends before when it pages `back`."""

    value: date | str | int | None
    row_id: int
    back: bool = False

    def encode(self) -> str:
        value = self.value.isoformat() if isinstance(self.value, date) else self.value
        raw = json.dumps([value, self.row_id, int(self.back)], separators=(",", ":"))
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str | None, field: SortField) -> Self | None:
        """The cursor of a URL; None when it is absent, forged or made for another column."""
        if not text or len(text) > 400:
            return None
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            value, row_id, back = json.loads(raw)
        except (binascii.Error, ValueError, TypeError, RecursionError):
            return None
        if type(row_id) is not int or not 0 < row_id <= MAX_ID or back not in (0, 1):
            return None
        typed = _typed(value, field)
        return None if typed is _WRONG else cls(typed, row_id, bool(back))  # type: ignore[arg-type]


_WRONG = object()


def _typed(value: object, field: SortField) -> object:
    """The value as the column's type, or _WRONG."""
    if field in {SortField.ISSUED_ON, SortField.DUE_ON}:
        return (day_of(value) if isinstance(value, str) else None) or _WRONG
    if field is SortField.NUMBER:
        # No NUL and no lone surrogate, which no database takes; numbers hold neither.
        clean = value is None or (isinstance(value, str) and value.isprintable())
        return value if clean else _WRONG
    fits = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    return value if fits else _WRONG


@dataclass(frozen=True, slots=True)
class DocumentFilters:
    """What a list of documents is narrowed to. Everything empty: all that the actor may see.

    `companies` are slugs; `ignored` names the URL parameters that made no sense and were left out.
    """

    companies: tuple[str, ...] = ()
    account_id: int | None = None
    currencies: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    state: DocumentState | None = None
    issued_from: date | None = None
    issued_to: date | None = None
    due_from: date | None = None
    due_to: date | None = None
    text: str = ""
    ignored: tuple[str, ...] = ()

    @classmethod
    def parse(cls, query: Mapping[str, list[str]]) -> Self:
        """Filters of a URL's query. Never raises: what cannot be read is ignored and reported.

        Parameters: company, account, currency, kind, state, issued_from, issued_to, due_from,
        due_to, q. Those of several values may repeat or be separated by commas.
        """
        reader = _Reader(query)
        companies = reader.several("company", r"[a-z0-9][a-z0-9-]{0,59}")
        currencies = reader.several("currency", "[A-Z]{3}")
        kinds = reader.several("kind", "|".join(kind.value for kind in Kind))
        state = reader.one("state", "|".join(state.value for state in DocumentState))
        account = reader.number("account")
        return cls(
            companies=companies,
            account_id=account,
            currencies=currencies,
            kinds=tuple(Kind(kind) for kind in kinds),
            state=DocumentState(state) if state else None,
            issued_from=reader.day("issued_from"),
            issued_to=reader.day("issued_to"),
            due_from=reader.day("due_from"),
            due_to=reader.day("due_to"),
            text=reader.text("q"),
            ignored=tuple(reader.ignored),
        )

    def to_query(self) -> dict[str, list[str]]:
        """The URL parameters that `parse` reads back; empty filters are left out."""
        single: dict[str, object] = {
            "account": self.account_id,
            "state": self.state,
            "issued_from": self.issued_from,
            "issued_to": self.issued_to,
            "due_from": self.due_from,
            "due_to": self.due_to,
            "q": self.text or None,
        }
        several: dict[str, Iterable[str]] = {
            "company": self.companies,
            "currency": self.currencies,
            "kind": self.kinds,
        }
        query = {name: [str(value) for value in values] for name, values in several.items()}
        query |= {name: [str(value)] for name, value in single.items() if value is not None}
        return {name: values for name, values in query.items() if values}

    @property
    def is_empty(self) -> bool:
        return not self.to_query()


class _Reader:
    """Reads parameters one by one and remembers which made no sense."""

    def __init__(self, query: Mapping[str, list[str]]) -> None:
        self._query = query
        self.ignored: list[str] = []

    def _ignore(self, name: str) -> None:
        if name not in self.ignored:
            self.ignored.append(name)

    def several(self, name: str, pattern: str) -> tuple[str, ...]:
        given = [part.strip() for value in self._query.get(name, []) for part in value.split(",")]
        wanted = [part for part in given if part]
        good = [part for part in wanted if re.fullmatch(pattern, part)]
        if len(good) < len(wanted) or len(good) > MAX_VALUES:
            self._ignore(name)
        return tuple(dict.fromkeys(good[:MAX_VALUES]))

    def one(self, name: str, pattern: str) -> str | None:
        value = (self._query.get(name) or [""])[0].strip()
        if not value:
            return None
        if re.fullmatch(pattern, value):
            return value
        self._ignore(name)
        return None

    def number(self, name: str) -> int | None:
        value = self.one(name, "[1-9][0-9]{0,9}")
        if value is not None and int(value) > MAX_ID:
            self._ignore(name)
            return None
        return int(value) if value else None

    def day(self, name: str) -> date | None:
        value = (self._query.get(name) or [""])[0].strip()
        day = day_of(value) if value else None
        if value and day is None:
            self._ignore(name)
        return day

    def text(self, name: str) -> str:
        value = (self._query.get(name) or [""])[0]
        clean = " ".join("".join(char for char in value if char.isprintable()).split())
        if len(clean) > MAX_TEXT:
            self._ignore(name)
        return clean[:MAX_TEXT].strip()
