"""Rows, sums and addresses of lists of documents: codes, ISO dates, minor units, links."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from clientportal.domain.document_filters import DocumentFilters, Sort, SortField
from clientportal.domain.documents import Badge, Lifecycle
from clientportal.services.document_lists import CurrencySum, DocumentRow
from clientportal.ui.values import iso, url


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDocument:
    """What every list says of a document; `number` is "" for drafts, `due_on` for credit kinds.

    A void document owes nothing, whatever its balance was.
    """

    id: int
    href: str
    kind: str
    number: str
    issued_on: str
    due_on: str
    late_days: int
    currency: str
    total_minor: int
    balance_minor: int
    badge: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sum:
    """Sums of the filtered set in one currency."""

    currency: str
    count: int
    total_minor: int
    balance_minor: int
    credit_minor: int


def badge_of(badge: Badge) -> dict[str, Any]:
    """A badge as the kit draws it."""
    return {
        "code": badge.code,
        "tone": badge.tone,
        "icon": badge.icon,
        "params": dict(badge.params),
    }


def listed(row: DocumentRow, path: str) -> dict[str, Any]:
    """The fields of `ListedDocument`; `path` is the list's, below which each document stands."""
    return {
        "id": row.id,
        "href": f"{path}/{row.id}",
        "kind": row.kind.value,
        "number": row.number,
        "issued_on": iso(row.issued_on),
        "due_on": iso(row.due_on),
        "late_days": row.status.overdue_days,
        "currency": row.currency,
        "total_minor": row.total_minor,
        "balance_minor": 0 if row.status.lifecycle is Lifecycle.VOID else row.balance_minor,
        "badge": badge_of(row.badge),
    }


def sum_of(row: CurrencySum) -> Sum:
    return Sum(row.currency, row.count, row.total_minor, row.balance_minor, row.credit_minor)


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
