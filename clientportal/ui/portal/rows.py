"""Rows and ticked documents of the portal's list as the browser gets them."""

from collections.abc import Sequence
from dataclasses import dataclass

from clientportal.services.document_lists import DocumentRow
from clientportal.services.portal_paying import Ticked
from clientportal.ui.documents.rows import ListedDocument, listed
from clientportal.ui.portal.underway import PaymentUnderway


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(ListedDocument):
    """One document of the list (mission 67-74). `group`: what can be paid together.

    `payment` is the page of the person's own payment that holds it, `phase` that payment's.
    """

    pdf: str
    company: str
    paid_minor: int
    method: str
    concept: str
    group: str
    payable: bool
    being_paid: bool
    payment: str = ""
    phase: str = ""
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


def row_of(
    row: DocumentRow, base: str, payments: Sequence[PaymentUnderway], *, left: bool = False
) -> Row:
    """A row with its links below `base` (/portal/{space}) and what becomes of its payment."""
    held = next((payment for payment in payments if row.id in payment.document_ids), None)
    return Row(
        pdf=f"/files/documents/{row.id}.pdf",
        company=row.company_name,
        paid_minor=row.paid_minor,
        method=row.payment_method,
        concept=row.concept,
        group=group_of(row.company_id, row.currency),
        payable=row.payable,
        being_paid=row.status.being_paid,
        payment=held.href if held else "",
        phase=held.phase if held else "",
        left=left,
        **listed(row, f"{base}/documents"),
    )


def with_left(rows: Sequence[Row], left: Sequence[Row], before: Sequence[int]) -> list[Row]:
    """The rows with those that left the filtered set at the places where they stood."""
    shown = list(rows)
    for row in left:
        shown.insert(min(before.index(row.id), len(shown)), row)
    return shown


def group_of(company_id: int, currency: str) -> str:
    """Documents of one company and currency can be paid together (contracts: one attempt)."""
    return f"{company_id}-{currency}"


def chosen_of(row: Ticked, amount_minor: int | None) -> Chosen:
    """A ticked document with the amount typed for it, as far as the balance allows."""
    amount = row.balance_minor if amount_minor is None else min(amount_minor, row.balance_minor)
    return Chosen(row.id, row.kind.value, row.number, row.balance_minor, amount)
