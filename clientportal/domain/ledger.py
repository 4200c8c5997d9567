"""Dated allocations between credit kinds and payable documents, and balances at any date.

An allocation row adds to what is settled; a reversing row carries the negative amount of the row
that it takes back. Balances are total minus the sum of rows, so they are derivable at any date.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from clientportal.domain.documents import (
    CREDIT,
    PAYABLE,
    Kind,
    Lifecycle,
    NotCredit,
    NotPayable,
    Settlement,
    check_issued,
)
from clientportal.domain.errors import Conflict, Invalid
from clientportal.domain.money import CurrencyMismatch


class NotPositive(Invalid):
    """An amount to apply or to return must be above zero."""

    code = "amount_not_positive"


class MoreThanBalance(Conflict):
    """More than is left; `balance_minor` says what is, `side` on which document."""

    code = "more_than_balance"


class AlreadyReversed(Conflict):
    """The allocation was taken back before, or is itself a taking back."""

    code = "already_reversed"


@dataclass(frozen=True, slots=True)
class Document:
    """A document as the ledger sees it. `balance_minor` and `settlement` are the stored columns."""

    id: int
    kind: Kind
    lifecycle: Lifecycle
    currency: str
    total_minor: int
    issued_on: date | None
    due_on: date | None
    balance_minor: int
    settlement: Settlement
    number: str = ""
    account: str = ""
    void_on: date | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
    """Money or credit applied to a payable document on a day.

    `credit_id` None means prepaid at import. A reversing row has `reverses_id` and the negative
    amount. `on` is never before either document's issue date (use allocation_date).
    """

    id: int
    credit_id: int | None
    document_id: int
    currency: str
    amount_minor: int
    on: date
    reverses_id: int | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """Unused credit handed back to the customer on a day; also every succeeded refund."""

    id: int
    credit_id: int
    currency: str
    amount_minor: int
    on: date


class Dated(Protocol):
    """Any row that changes a balance on a day."""

    @property
    def amount_minor(self) -> int: ...
    @property
    def on(self) -> date: ...


def allocation_date(on: date, *issued_on: date | None) -> date:
    """The day from which an allocation counts: never before the documents' issue dates."""
    return max([on, *(day for day in issued_on if day is not None)])


def applied(rows: Iterable[Dated], as_of: date | None = None) -> int:
    """Sum of the rows in minor units, at the end of `as_of` if given."""
    return sum(row.amount_minor for row in rows if as_of is None or row.on <= as_of)


def balance(total_minor: int, rows: Iterable[Dated], as_of: date | None = None) -> int:
    """What is left of a total in minor units at the end of a day.

    Payable documents: pass their allocations. Credit kinds: pass allocations and returns.
    """
    return total_minor - applied(rows, as_of)


def room(total_minor: int, rows: Iterable[Dated], on: date) -> int:
    """The most that a row dated `on` may take, so that no later day ends below zero.

    It is the smallest balance from that day on: a back-dated payment may not overlap a later one
    that was taken back later still.
    """
    kept = list(rows)
    days = {on, *(row.on for row in kept if row.on > on)}
    return min(balance(total_minor, kept, day) for day in days)


class Open(NamedTuple):
    """A payable document with a balance, for oldest_first."""

    document_id: int
    due_on: date | None
    issued_on: date
    balance_minor: int


def oldest_first(amount_minor: int, documents: Iterable[Open]) -> tuple[list[tuple[int, int]], int]:
    """Spread an amount over documents by due date, then issue date, then id.

    Returns [(document_id, amount_minor)] without zeros, and what no document could take.
    Raises NotPositive.
    """
    if amount_minor <= 0:
        raise NotPositive(field="amount")
    queue = sorted(documents, key=lambda d: (d.due_on or d.issued_on, d.issued_on, d.document_id))
    spread: list[tuple[int, int]] = []
    left = amount_minor
    for document in queue:
        part = min(left, document.balance_minor)
        if part > 0:
            spread.append((document.document_id, part))
            left -= part
    return spread, left


class Side(NamedTuple):
    """One document of an allocation about to be written; `room_minor` is balance or room()."""

    kind: Kind
    lifecycle: Lifecycle
    currency: str
    room_minor: int


def check_allocation(amount_minor: int, credit: Side, payable: Side) -> None:
    """Whether credit may be applied to a payable document.

    Raises NotPositive, NotCredit, NotPayable, DocumentNotIssued, DocumentVoid, CurrencyMismatch,
    MoreThanBalance.
    """
    if amount_minor <= 0:
        raise NotPositive(field="amount")
    if credit.kind not in CREDIT:
        raise NotCredit()
    if payable.kind not in PAYABLE:
        raise NotPayable()
    check_issued(credit.lifecycle)
    check_issued(payable.lifecycle)
    if credit.currency != payable.currency:
        raise CurrencyMismatch(left=credit.currency, right=payable.currency)
    for side, document in (("credit", credit), ("payable", payable)):
        if amount_minor > document.room_minor:
            raise MoreThanBalance(
                field="amount",
                side=side,
                balance_minor=document.room_minor,
                currency=credit.currency,
            )


def check_return(amount_minor: int, credit: Side) -> None:
    """Whether unused credit may be handed back. Raises as check_allocation does."""
    if amount_minor <= 0:
        raise NotPositive(field="amount")
    if credit.kind not in CREDIT:
        raise NotCredit()
    check_issued(credit.lifecycle)
    if amount_minor > credit.room_minor:
        raise MoreThanBalance(
            field="amount", side="credit", balance_minor=credit.room_minor, currency=credit.currency
        )


def reversal(row: Allocation, on: date, rows: Iterable[Allocation], new_id: int = 0) -> Allocation:
    """The row that takes `row` back: negative, dated `on` but never before the row itself.

    `rows` are all allocations of the same document. Raises AlreadyReversed.
    """
    if row.reverses_id is not None or any(other.reverses_id == row.id for other in rows):
        raise AlreadyReversed()
    return Allocation(
        id=new_id,
        credit_id=row.credit_id,
        document_id=row.document_id,
        currency=row.currency,
        amount_minor=-row.amount_minor,
        on=max(on, row.on),
        reverses_id=row.id,
    )


def standing(rows: Sequence[Allocation]) -> list[Allocation]:
    """The allocations that count today: neither taken back nor a taking back."""
    reversed_ids = {row.reverses_id for row in rows}
    return [row for row in rows if row.reverses_id is None and row.id not in reversed_ids]


def customer_credit(documents: Iterable[Document]) -> dict[str, int]:
    """Available credit per currency: the balances of issued credit kinds (DESIGN §1)."""
    credit: dict[str, int] = {}
    for document in documents:
        if document.kind in CREDIT and document.lifecycle is Lifecycle.ISSUED:
            found = credit.get(document.currency, 0)
            credit[document.currency] = found + document.balance_minor
    return credit
