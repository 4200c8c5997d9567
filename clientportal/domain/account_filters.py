"""Filters and sorting of the accounts list as typed values; URLs are hostile and parsed here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

MAX_TEXT = 100
_CURRENCY = re.compile(r"[A-Z]{3}")
_KINDS = ("customer", "supplier", "both")


class LoginState(StrEnum):
    """Portal access of an account (mission 204-205): somebody can enter, is invited, or nobody."""

    ON = "on"
    PENDING = "pending"
    NONE = "none"


class AccountSort(StrEnum):
    """The whitelist of orders. `balance` is what is owed in one currency, greatest first."""

    NAME = "name"
    CODE = "code"
    NEWEST = "newest"
    BALANCE = "balance"


@dataclass(frozen=True, slots=True)
class AccountFilters:
    """What the list is narrowed to. Everything empty: all accounts by name.

    `kind` customer or supplier includes accounts that are both. `currency` says which balance the
    order `balance` reads (empty: the company's first). `ignored` names parameters left out.
    """

    text: str = ""
    kind: str = ""
    country: str = ""
    tag: str = ""
    login: LoginState | None = None
    overdue: bool = False
    sort: AccountSort = AccountSort.NAME
    currency: str = ""
    ignored: tuple[str, ...] = ()

    @classmethod
    def parse(cls, query: Mapping[str, list[str]]) -> Self:
        """Filters of a URL's query: q, kind, country, tag, login, overdue=1, sort, currency.

        Never raises: what cannot be read is ignored and reported.
        """
        given = {name: _clean(values) for name, values in query.items() if values}
        ignored: list[str] = []

        def chosen(name: str, allowed: object) -> str:
            value = given.get(name, "")
            fits = (
                bool(allowed.fullmatch(value))
                if isinstance(allowed, re.Pattern)
                else value in allowed  # type: ignore[operator]
            )
            if value and not fits:
                ignored.append(name)
            return value if fits else ""

        login = chosen("login", tuple(LoginState))
        return cls(
            text=given.get("q", ""),
            kind=chosen("kind", _KINDS),
            country=given.get("country", "")[:20],
            tag=given.get("tag", "")[:60],
            login=LoginState(login) if login else None,
            overdue=chosen("overdue", ("1",)) == "1",
            sort=AccountSort(chosen("sort", tuple(AccountSort)) or AccountSort.NAME),
            currency=chosen("currency", _CURRENCY),
            ignored=tuple(ignored),
        )

    def to_query(self) -> dict[str, list[str]]:
        """The URL parameters that `parse` reads back; empty filters are left out."""
        query = {
            "q": self.text,
            "kind": self.kind,
            "country": self.country,
            "tag": self.tag,
            "login": self.login.value if self.login else "",
            "overdue": "1" if self.overdue else "",
            "sort": "" if self.sort is AccountSort.NAME else self.sort.value,
            "currency": self.currency,
        }
        return {name: [value] for name, value in query.items() if value}

    @property
    def is_narrowed(self) -> bool:
        """Whether an empty list may be the filters' doing."""
        return bool(set(self.to_query()) - {"sort", "currency"})


def _clean(values: list[str]) -> str:
    printable = "".join(char for char in values[0] if char.isprintable())
    return " ".join(printable.split())[:MAX_TEXT].strip()
