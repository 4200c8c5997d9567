"""Where an account stands with what it owes, and the filters of the list of receivables.

The situation is judged for the whole account by its oldest overdue document (spec, neighbouring
facts 15 and 17). URLs are hostile and parsed here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Self

from clientportal.domain.contactability import NOT_CONTACTABLE, WITH_PROBLEMS, Segment

MAX_TEXT = 100
NEVER = date.max
"""The oldest due date of an account that owes nothing: it sorts behind every other."""
_CURRENCY = re.compile(r"[A-Z]{3}")


class Situation(StrEnum):
    """How late an account is; `CLAIM` stands beside the others: some open document is disputed."""

    CURRENT = "current"
    EARLY = "early"  # 1 to 29 days
    LATE_30 = "late_30"
    LATE_60 = "late_60"
    LATE_90 = "late_90"
    CLAIM = "claim"
    SETTLED = "settled"  # nothing is owed


_FROM_DAYS = (
    (90, Situation.LATE_90),
    (60, Situation.LATE_60),
    (30, Situation.LATE_30),
    (1, Situation.EARLY),
)


def situation(oldest_due: date, today: date) -> Situation:
    """The situation of an account by the oldest due date of what it owes (NEVER: nothing)."""
    if oldest_due == NEVER:
        return Situation.SETTLED
    late = (today - oldest_due).days
    return next((found for least, found in _FROM_DAYS if late >= least), Situation.CURRENT)


def due_between(wanted: Situation, today: date) -> tuple[date, date]:
    """First and last oldest due date of the accounts in a situation (not for CLAIM)."""
    if wanted is Situation.SETTLED:
        return NEVER, NEVER
    if wanted is Situation.CURRENT:
        return today, NEVER - timedelta(days=1)
    first = date.min
    for least, found in _FROM_DAYS:
        last = today - timedelta(days=least)
        if found is wanted:
            return first, last
        first = last + timedelta(days=1)
    raise ValueError(wanted)


class Reach(StrEnum):
    """Choices of the filter by contactability (mission 99, ambiguity m)."""

    PROBLEMS = "problems"  # some address has an alert
    UNREACHABLE = "unreachable"  # every address has one
    NO_DATA = "no_data"  # there is no address
    CONTACTABLE = "contactable"  # at least one address works


SEGMENTS: Mapping[Reach, frozenset[Segment]] = {
    Reach.PROBLEMS: WITH_PROBLEMS,
    Reach.UNREACHABLE: frozenset({Segment.UNREACHABLE}),
    Reach.NO_DATA: frozenset({Segment.NO_DATA}),
    Reach.CONTACTABLE: frozenset(Segment) - NOT_CONTACTABLE,
}


class ReceivableSort(StrEnum):
    """The whitelist of orders. `balance` is what is owed in one currency, greatest first."""

    OLDEST = "oldest"
    BALANCE = "balance"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class ReceivableFilters:
    """What the list is narrowed to; choices of one group add up, groups narrow each other.

    `owing`: only accounts that owe something. `currency`: something is open in it, and the order
    `balance` reads it (empty: the company's first). `ignored` names parameters left out.
    """

    text: str = ""
    reach: tuple[Reach, ...] = ()
    situations: tuple[Situation, ...] = ()
    owing: bool = False
    currency: str = ""
    tag: str = ""
    sort: ReceivableSort = ReceivableSort.OLDEST
    ignored: tuple[str, ...] = ()

    @classmethod
    def parse(cls, query: Mapping[str, Sequence[str]]) -> Self:
        """Filters of a URL's query: q, contact, situation, owing=1, currency, tag, sort.

        Never raises: what cannot be read is ignored and reported.
        """
        ignored: list[str] = []

        def chosen(name: str, kind: type[Any]) -> tuple[Any, ...]:
            given = [_clean(value) for value in query.get(name, ())[:20]]
            known = tuple(choice for choice in kind if choice.value in given)
            if len(known) != len(set(given)):
                ignored.append(name)
            return known

        currency = _first(query, "currency")
        if currency and not _CURRENCY.fullmatch(currency):
            ignored.append("currency")
            currency = ""
        reach, situations = chosen("contact", Reach), chosen("situation", Situation)
        return cls(
            text=_first(query, "q"),
            reach=reach,
            situations=situations,
            owing=_first(query, "owing") == "1",
            currency=currency,
            tag=_first(query, "tag")[:60],
            sort=next(iter(chosen("sort", ReceivableSort)), ReceivableSort.OLDEST),
            ignored=tuple(ignored),
        )

    def to_query(self) -> dict[str, list[str]]:
        """The URL parameters that `parse` reads back; empty filters are left out."""
        query = {
            "q": [self.text],
            "contact": [choice.value for choice in self.reach],
            "situation": [choice.value for choice in self.situations],
            "owing": ["1" if self.owing else ""],
            "currency": [self.currency],
            "tag": [self.tag],
            "sort": ["" if self.sort is ReceivableSort.OLDEST else self.sort.value],
        }
        return {name: values for name, values in query.items() if values and values[0]}

    @property
    def is_narrowed(self) -> bool:
        """Whether an empty list may be the filters' doing."""
        return bool(set(self.to_query()) - {"sort"})

    @property
    def segments(self) -> frozenset[Segment]:
        """The segments that the choices by contactability leave; empty: all of them."""
        return frozenset().union(*(SEGMENTS[choice] for choice in self.reach))


def _first(query: Mapping[str, Sequence[str]], name: str) -> str:
    values = query.get(name) or ("",)
    return _clean(values[0])


def _clean(value: str) -> str:
    printable = "".join(char for char in value if char.isprintable())
    return " ".join(printable.split())[:MAX_TEXT].strip()
