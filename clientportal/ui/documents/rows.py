"""Rows, sums and addresses of lists of documents: codes, ISO dates, minor units, links."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import Any

from clientportal.domain.document_filters import DocumentFilters, Sort, SortField
from clientportal.domain.documents import MONEY_IN, Badge, Lifecycle
from clientportal.services.document_lists import CurrencySum, DocumentRow
from clientportal.ui.values import iso, url


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDocument:
    """What every list says of a document; `number` is "" for drafts, `due_on` for credit kinds.

    A void document owes nothing, whatever its balance was. `left`: no longer in the filtered set;
    it stays, dimmed, until the next action.
    """

    id: int
    kind: str
    number: str
    issued_on: str
    due_on: str
    late_days: int
    currency: str
    total_minor: int
    balance_minor: int
    badge: dict[str, Any]
    left: bool = False


@dataclass(frozen=True, slots=True)
class Sum:
    """Sums of the filtered set in one currency.

    `received_minor` is only given where the set holds nothing but money received.
    """

    currency: str
    count: int
    total_minor: int
    balance_minor: int
    credit_minor: int
    received_minor: int


def badge_of(badge: Badge) -> dict[str, Any]:
    """A badge as the kit draws it: one object for all rows that say the same, never written to."""
    return _badge(badge.code, badge.tone, badge.icon, tuple(badge.params.items()))


@lru_cache(maxsize=1000)
def _badge(code: str, tone: str, icon: str, params: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return {
        "code": code,
        "tone": tone,
        "icon": icon,
        "params": dict(params),
    }


def listed(row: DocumentRow) -> dict[str, Any]:
    """The fields of `ListedDocument`. Addresses follow from the id, so the page makes them."""
    return {
        "id": row.id,
        "kind": row.kind.value,
        "number": row.number,
        "issued_on": iso(row.issued_on),
        "due_on": iso(row.due_on),
        "late_days": row.status.overdue_days,
        "currency": intern(row.currency),
        "total_minor": row.total_minor,
        "balance_minor": 0 if row.status.lifecycle is Lifecycle.VOID else row.balance_minor,
        "badge": badge_of(row.badge),
    }


def sum_of(row: CurrencySum, filters: DocumentFilters) -> Sum:
    """The sums of one currency of the list that these filters make."""
    only_money = bool(filters.kinds) and MONEY_IN.issuperset(filters.kinds)
    return Sum(
        row.currency,
        row.count,
        row.total_minor,
        row.balance_minor,
        row.credit_minor,
        row.received_minor if only_money else 0,
    )


def list_url(
    path: str, filters: DocumentFilters, sort: Sort, changes: Mapping[str, list[str]] | None = None
) -> str:
    """The list's address: filters and sort with some parameters replaced; paging starts anew."""
    query = filters.to_query()
    if sort != Sort():
        query["sort"] = [str(sort)]
    return url(path, query | dict(changes or {}))


def sort_links(path: str, filters: DocumentFilters, sort: Sort) -> dict[str, str]:
    """Column → address that sorts by it; a second press turns the order."""
    links = {}
    for column in SortField:
        down = column in {SortField.ISSUED_ON, SortField.TOTAL, SortField.BALANCE}
        wanted = Sort(column, not sort.descending if sort.field is column else down)
        links[column.value] = list_url(path, filters, wanted, {"sort": [str(wanted)]})
    return links
