"""Statements of the ledger: allocations, returns, open documents, and the rows for the audit."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain import audit, dates, ledger
from clientportal.domain.actors import Actor
from clientportal.domain.documents import CREDIT, PAYABLE, Kind, Lifecycle, Settlement
from clientportal.domain.payments import PaymentState
from clientportal.storage.models import Account, Allocation, CreditReturn, Document, Payment
from clientportal.storage.scope import visible_to

MANUAL = "manual"
"""Payment.gateway of money that staff recorded."""
IMPORTED = "import"
"""Payment.gateway of a settlement that came with a file."""

_UNSETTLED = [Settlement.OPEN, Settlement.PARTLY_PAID]
ALLOCATION_COLUMNS = (
    col(Allocation.id),
    col(Allocation.credit_id),
    col(Allocation.document_id),
    col(Allocation.currency),
    col(Allocation.amount_minor),
    col(Allocation.allocated_on),
    col(Allocation.reverses_id),
)
RETURN_COLUMNS = (
    col(CreditReturn.id),
    col(CreditReturn.document_id),
    col(CreditReturn.currency),
    col(CreditReturn.amount_minor),
    col(CreditReturn.returned_on),
)


@dataclass(frozen=True, slots=True)
class Applied:
    """An allocation as one of its two documents sees it. `other_*` None: prepaid at import."""

    id: int
    amount_minor: int
    allocated_on: date
    reverses_id: int | None
    other_id: int | None
    other_kind: Kind | None
    other_number: str | None
    other_method: str


def allocations(session: Session, actor: Actor, ids: Collection[int]) -> list[ledger.Allocation]:
    """Every row with one of the documents on either side."""
    rows = sa.select(*ALLOCATION_COLUMNS).where(
        visible_to(actor, Allocation),
        sa.or_(col(Allocation.document_id).in_(ids), col(Allocation.credit_id).in_(ids)),
    )
    return [ledger.Allocation(*row) for row in session.execute(rows.order_by(col(Allocation.id)))]


def allocation(session: Session, actor: Actor, allocation_id: int) -> ledger.Allocation | None:
    rows = sa.select(*ALLOCATION_COLUMNS).where(
        visible_to(actor, Allocation), col(Allocation.id) == allocation_id
    )
    row = session.execute(rows).one_or_none()
    return ledger.Allocation(*row) if row else None


def counterparts(session: Session, actor: Actor, document_id: int) -> set[int]:
    """Ids of the documents on the other side of a document's allocations."""
    rows = allocations(session, actor, [document_id])
    both = {row.document_id for row in rows} | {row.credit_id for row in rows}
    return {key for key in both if key is not None and key != document_id}


def applied(
    session: Session, actor: Actor, document_id: int, *, credit_side: bool
) -> list[Applied]:
    """The allocations of a document with the other document's facts, oldest first."""
    mine, theirs = col(Allocation.document_id), col(Allocation.credit_id)
    if credit_side:
        mine, theirs = theirs, mine
    rows = (
        sa.select(
            col(Allocation.id),
            col(Allocation.amount_minor),
            col(Allocation.allocated_on),
            col(Allocation.reverses_id),
            theirs,
            col(Document.kind),
            col(Document.number),
            sa.func.coalesce(col(Document.payment_method), ""),
        )
        .select_from(Allocation)
        .join(Document, theirs == col(Document.id), isouter=True)
        .where(visible_to(actor, Allocation), mine == document_id)
        .order_by(col(Allocation.allocated_on), col(Allocation.id))
    )
    return [Applied(*row) for row in session.execute(rows)]


def returns(session: Session, actor: Actor, document_id: int) -> Sequence[CreditReturn]:
    return session.exec(
        select(CreditReturn)
        .where(visible_to(actor, CreditReturn), col(CreditReturn.document_id) == document_id)
        .order_by(col(CreditReturn.id))
    ).all()


def add(
    session: Session,
    credit: Document,
    payable: Document,
    amount_minor: int,
    on: date,
    now: datetime,
) -> None:
    """Write one allocation; the rules were checked by the caller on locked documents."""
    session.add(
        Allocation(
            company_id=payable.company_id,
            document_id=payable.id or 0,
            credit_id=credit.id,
            currency=payable.currency,
            amount_minor=amount_minor,
            allocated_on=on,
            created_at=now,
        )
    )


def add_reversal(session: Session, company_id: int, row: ledger.Allocation, now: datetime) -> None:
    """Write the row that takes an allocation back (made by domain.ledger.reversal)."""
    session.add(
        Allocation(
            company_id=company_id,
            document_id=row.document_id,
            credit_id=row.credit_id,
            currency=row.currency,
            amount_minor=row.amount_minor,
            allocated_on=row.on,
            reverses_id=row.reverses_id,
            created_at=now,
        )
    )


def online_payment(session: Session, actor: Actor, receipt_id: int) -> bool:
    """Whether the document is the receipt of money that a gateway received."""
    found = select(col(Payment.id)).where(
        visible_to(actor, Payment),
        col(Payment.receipt_id) == receipt_id,
        col(Payment.gateway).not_in([MANUAL, IMPORTED]),
    )
    return session.exec(found).first() is not None


def payment_by_key(session: Session, actor: Actor, key: str) -> Payment | None:
    """The payment that was recorded by hand under this key."""
    return session.exec(
        select(Payment).where(
            visible_to(actor, Payment),
            col(Payment.gateway) == MANUAL,
            col(Payment.provider_payment_id) == key,
        )
    ).one_or_none()


def open_payables(
    session: Session, actor: Actor, account_id: int, currency: str
) -> list[ledger.Open]:
    """What an account owes in a currency, for domain.ledger.oldest_first."""
    rows = sa.select(
        col(Document.id),
        col(Document.due_on),
        col(Document.issued_on),
        col(Document.balance_minor),
    ).where(
        visible_to(actor, Document),
        col(Document.account_id) == account_id,
        col(Document.currency) == currency,
        col(Document.lifecycle) == Lifecycle.ISSUED,
        col(Document.kind).in_(PAYABLE),
        col(Document.settlement).in_(_UNSETTLED),
    )
    return [ledger.Open(*row) for row in session.execute(rows)]


def available_credit(
    session: Session, actor: Actor, account_ids: Collection[int] | None = None
) -> list[tuple[int, str, int]]:
    """(account id, currency, available minor units) of the credit kinds in the actor's scope."""
    rows = sa.select(
        col(Document.account_id),
        col(Document.currency),
        sa.cast(sa.func.sum(col(Document.balance_minor)), sa.BigInteger),
    ).where(
        visible_to(actor, Document),
        col(Document.lifecycle) == Lifecycle.ISSUED,
        col(Document.kind).in_(CREDIT),
        col(Document.settlement).in_(_UNSETTLED),
    )
    if account_ids is not None:
        rows = rows.where(col(Document.account_id).in_(account_ids))
    rows = rows.group_by(col(Document.account_id), col(Document.currency))
    return [
        (row[0], row[1], row[2])
        for row in session.execute(rows.order_by(*rows.selected_columns[:2]))
    ]


def documents_for_audit(
    session: Session,
    actor: Actor,
    zone: ZoneInfo,
    where: Iterable[sa.ColumnElement[bool]] = (),
) -> list[ledger.Document]:
    """The documents of the actor's company as the ledger sees them."""
    rows = (
        sa.select(
            col(Document.id),
            col(Document.kind),
            col(Document.lifecycle),
            col(Document.currency),
            col(Document.total_minor),
            col(Document.issued_on),
            col(Document.due_on),
            col(Document.balance_minor),
            col(Document.settlement),
            col(Document.number),
            col(Account.code),
            col(Document.voided_at),
        )
        .join(Account, col(Account.id) == col(Document.account_id))
        .where(visible_to(actor, Document), *where)
    )
    return [_ledger_document(row, zone) for row in session.execute(rows)]


def _ledger_document(row: Any, zone: ZoneInfo) -> ledger.Document:
    void_on = dates.local_date(row[11], zone) if row[11] else None
    return ledger.Document(
        id=row[0],
        kind=row[1],
        lifecycle=row[2],
        currency=row[3],
        total_minor=row[4],
        issued_on=row[5],
        due_on=row[6],
        balance_minor=row[7],
        settlement=row[8],
        number=row[9] or "",
        account=row[10],
        void_on=void_on,
    )


def all_allocations(
    session: Session, actor: Actor, where: Iterable[sa.ColumnElement[bool]] = ()
) -> list[ledger.Allocation]:
    rows = sa.select(*ALLOCATION_COLUMNS).where(visible_to(actor, Allocation), *where)
    return [ledger.Allocation(*row) for row in session.execute(rows)]


def all_returns(session: Session, actor: Actor) -> list[ledger.Return]:
    rows = sa.select(*RETURN_COLUMNS).where(visible_to(actor, CreditReturn))
    return [ledger.Return(*row) for row in session.execute(rows)]


def all_payments(session: Session, actor: Actor) -> list[audit.PaymentFacts]:
    """Succeeded payments; refunds are not part of the foundation, so nothing is given back yet."""
    rows = sa.select(
        col(Payment.id), col(Payment.currency), col(Payment.amount_minor), col(Payment.receipt_id)
    ).where(visible_to(actor, Payment), col(Payment.state) == PaymentState.SUCCEEDED)
    return [audit.PaymentFacts(*row) for row in session.execute(rows)]


def issued_by(as_of: date) -> list[sa.ColumnElement[bool]]:
    """What may be open at the end of a day: payable, issued by then, not settled by then."""
    return [
        col(Document.kind).in_(PAYABLE),
        col(Document.lifecycle) != Lifecycle.DRAFT,
        col(Document.issued_on) <= as_of,
        sa.or_(col(Document.settled_on).is_(None), col(Document.settled_on) > as_of),
    ]


def applied_by(session: Session, actor: Actor, as_of: date) -> list[ledger.Allocation]:
    """Allocations that count at the end of a day, of documents that may be open then."""
    open_then = sa.select(col(Document.id)).where(visible_to(actor, Document), *issued_by(as_of))
    where = [col(Allocation.allocated_on) <= as_of, col(Allocation.document_id).in_(open_then)]
    return all_allocations(session, actor, where)
