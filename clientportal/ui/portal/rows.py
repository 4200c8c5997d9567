"""Rows and ticked documents of the portal's list as the browser gets them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clientportal.domain.document_filters import DocumentFilters, Sort, SortField
from clientportal.domain.documents import Badge
from clientportal.services.document_lists import CurrencySum, DocumentRow
from clientportal.services.portal_paying import Ticked
from clientportal.ui.portal.common import iso, url


@dataclass(frozen=True, slots=True)
class Row:
    """One document of the list (mission 67-74). `group`: what can be paid together."""

    id: int
    href: str
    pdf: str
    kind: str
    number: str
    company: str
    issued_on: str
    due_on: str
    currency: str
    total_minor: int
    paid_minor: int
    balance_minor: int
    method: str
    concept: str
    group: str
    payable: bool
    being_paid: bool
    late: bool
    badge: dict[str, Any] = field(default_factory=dict)
    left: bool = False  # no longer in the filtered set; stays, dimmed, until the next action


@dataclass(frozen=True, slots=True)
class Chosen:
    """A ticked document: what is owed, what will be paid, what is wrong with that amount."""

    id: int
    kind: str
    number: str
    balance_minor: int
    amount_minor: int
    error: str = ""

    @property
    def field_value(self) -> str:
        """The value of the form field `document`."""
        return (
            f"{self.id}:{self.amount_minor}"
            if self.amount_minor != self.balance_minor
            else str(self.id)
        )


@dataclass(frozen=True, slots=True)
class Sum:
    """Sums of the filtered set in one currency."""

    currency: str
    count: int
    total_minor: int
    balance_minor: int
    credit_minor: int


def badge_of(badge: Badge) -> dict[str, Any]:
    return {
        "code": badge.code,
        "tone": badge.tone,
        "icon": badge.icon,
        "params": dict(badge.params),
    }


def row_of(row: DocumentRow, base: str) -> Row:
    return Row(
        id=row.id,
        href=f"{base}/documents/{row.id}",
        pdf=f"/files/documents/{row.id}.pdf",
        kind=row.kind.value,
        number=row.number,
        company=row.company_name,
        issued_on=iso(row.issued_on),
        due_on=iso(row.due_on),
        currency=row.currency,
        total_minor=row.total_minor,
        paid_minor=row.paid_minor,
        balance_minor=row.balance_minor,
        method=row.payment_method,
        concept=row.concept,
        group=group_of(row.company_id, row.currency),
        payable=row.payable,
        being_paid=row.status.being_paid,
        late=row.status.overdue_days > 0,
        badge=badge_of(row.badge),
    )


def with_left(rows: Sequence[Row], left: Sequence[Row], before: Sequence[int]) -> list[Row]:
    """The rows with those that left the filtered set at the places where they stood."""
    shown = list(rows)
    for row in left:
        shown.insert(min(before.index(row.id), len(shown)), row)
    return shown


def sum_of(row: CurrencySum) -> Sum:
    return Sum(row.currency, row.count, row.total_minor, row.balance_minor, row.credit_minor)


def group_of(company_id: int, currency: str) -> str:
    """Documents of one company and currency can be paid together (contracts: one attempt)."""
    return f"{company_id}-{currency}"


def chosen_of(row: Ticked, amount_minor: int | None) -> Chosen:
    """A ticked document with the amount typed for it, as far as the balance allows."""
    amount = row.balance_minor if amount_minor is None else min(amount_minor, row.balance_minor)
    return Chosen(row.id, row.kind.value, row.number, row.balance_minor, amount)


def list_url(
    path: str, filters: DocumentFilters, sort: Sort, changes: Mapping[str, list[str]] | None = None
) -> str:
    """The list's address: filters and sort, with some parameters replaced; paging starts anew."""
    query = filters.to_query()
    if sort != Sort():
        query["sort"] = [str(sort)]
    for name, values in (changes or {}).items():
        query[name] = values
    return url(path, {name: values for name, values in query.items() if values})


def sort_links(path: str, filters: DocumentFilters, sort: Sort) -> dict[str, str]:
    """Column → address that sorts by it; a second press turns the order."""
    links = {}
    for column in SortField:
        down = column in {SortField.ISSUED_ON, SortField.TOTAL, SortField.BALANCE}
        wanted = Sort(column, not sort.descending if sort.field is column else down)
        links[column.value] = list_url(path, filters, wanted, {"sort": [str(wanted)]})
    return links
