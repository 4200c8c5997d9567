"""Documents as the staff's pages get them: codes, dates, minor units, links."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clientportal.domain.document_filters import DocumentFilters, Sort, SortField
from clientportal.domain.documents import Badge, Lifecycle
from clientportal.domain.errors import NotFound
from clientportal.services.document_lists import CurrencySum, DocumentRow
from clientportal.ui.staff.common import iso, url


@dataclass(frozen=True, slots=True)
class Row:
    """One document of a list; `number` is "" for drafts, `due_on` for credit kinds."""

    id: int
    href: str
    kind: str
    number: str
    account: str
    account_href: str
    issued_on: str
    due_on: str
    late: bool
    currency: str
    total_minor: int
    balance_minor: int
    badge: dict[str, Any] = field(default_factory=dict)


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


def row_of(row: DocumentRow, base: str) -> Row:
    """A row with its links below `base` (/staff/{slug})."""
    return Row(
        id=row.id,
        href=f"{base}/billing/{row.id}",
        kind=row.kind.value,
        number=row.number,
        account=row.account_name,
        account_href=f"{base}/accounts/{row.account_id}",
        issued_on=iso(row.issued_on),
        due_on=iso(row.due_on),
        late=row.status.overdue_days > 0,
        currency=row.currency,
        total_minor=row.total_minor,
        balance_minor=0 if row.status.lifecycle is Lifecycle.VOID else row.balance_minor,
        badge=badge_of(row.badge),
    )


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


def row_id(value: object) -> int:
    """An id that a browser sent as a handler's argument. Raises NotFound when it is none."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        raise NotFound()
    return value
