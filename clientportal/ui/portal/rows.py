"""Rows and ticked documents of the portal's list as the browser gets them."""

from dataclasses import dataclass, fields
from operator import attrgetter
from sys import intern
from typing import Any

import reflex as rx

from clientportal.services.document_lists import DocumentRow
from clientportal.services.portal_paying import Ticked
from clientportal.ui.documents.rows import ListedDocument, listed
from clientportal.ui.portal.underway import PaymentUnderway


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(ListedDocument):
    """One document of the list (mission 67-74). `group`: what can be paid together; `company` is ""
    where the space has only one.

    `payment` is the page of the person's own payment that holds it, `phase` that payment's.
    """

    company: str
    paid_minor: int
    method: str
    group: str
    payable: bool
    being_paid: bool
    payment: str = ""
    phase: str = ""


_HELD = ("being_paid", "payment", "phase")
"""Said of a row that is being paid."""
_SAID = ("late_days", "left", "company")
"""Said where it is so: the page asks no more of them than whether they are; a company is named
where there are several."""
_PAYABLE = ("payable", "group")
_ALWAYS = tuple(each.name for each in fields(Row) if each.name not in {*_HELD, *_SAID, *_PAYABLE})
_always = attrgetter(*_ALWAYS)


@rx.serializer
def row_json(row: Row) -> dict[str, Any]:
    """A row without what it is not: a list's first load is mostly its rows (DESIGN §7)."""
    values = dict(zip(_ALWAYS, _always(row), strict=True))
    for name in _SAID:
        if value := getattr(row, name):
            values[name] = value
    if row.payable:
        values |= {name: getattr(row, name) for name in _PAYABLE}
    if row.being_paid:
        values |= {name: getattr(row, name) for name in _HELD}
    return values


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


def row_of(
    row: DocumentRow, held: PaymentUnderway | None, *, companies: bool, left: bool = False
) -> Row:
    """A row and what becomes of the payment that holds it; `companies`: it names its company."""
    return Row(
        company=row.company_name if companies else "",
        paid_minor=row.paid_minor,
        method=row.payment_method,
        group=intern(group_of(row.company_id, row.currency)),
        payable=row.payable,
        being_paid=row.status.being_paid,
        payment=held.href if held else "",
        phase=held.phase if held else "",
        left=left,
        **listed(row),
    )


def group_of(company_id: int, currency: str) -> str:
    """Documents of one company and currency can be paid together (contracts: one attempt)."""
    return f"{company_id}-{currency}"


def chosen_of(row: Ticked, amount_minor: int | None) -> Chosen:
    """A ticked document with the amount typed for it, as far as the balance allows."""
    amount = row.balance_minor if amount_minor is None else min(amount_minor, row.balance_minor)
    return Chosen(row.id, row.kind.value, row.number, row.balance_minor, amount)
