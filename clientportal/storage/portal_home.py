"""Statements of the portal's home: what a space owes, what is near, what was received last."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clientportal.domain.actors import Actor
from clientportal.domain.documents import CREDIT, MONEY_IN, PAYABLE, Kind, Lifecycle, Settlement
from clientportal.domain.payment_reviews import CUSTOMERS
from clientportal.domain.payments import AttemptState
from clientportal.storage import prepared
from clientportal.storage.documents import holding
from clientportal.storage.models import (
    Allocation,
    AttemptLine,
    Document,
    Payment,
    PaymentAttempt,
)
from clientportal.storage.payment_reviews import in_review
from clientportal.storage.scope import visible_to

_ATTEMPT: sa.FromClause = sa.inspect(PaymentAttempt).local_table
_LINE: sa.FromClause = sa.inspect(AttemptLine).local_table
_UNSETTLED = (Settlement.OPEN, Settlement.PARTLY_PAID)


@dataclass(frozen=True, slots=True)
class OwedOn:
    """What a space owes one company in one currency for one due date. Minor units.

    `being_paid`: an open attempt holds these documents; `disputed`: the customer contests them.
    Each is a sum of its own.
    """

    company_id: int
    currency: str
    due_on: date
    being_paid: bool
    disputed: bool
    balance_minor: int
    count: int


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """An unpaid document; `being_paid`: an open attempt holds it."""

    id: int
    company_id: int
    kind: Kind
    number: str
    currency: str
    due_on: date
    balance_minor: int
    total_minor: int
    disputed: bool
    being_paid: bool


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """Money received: a cash receipt or an advance."""

    id: int
    company_id: int
    kind: Kind
    number: str
    issued_on: date
    currency: str
    total_minor: int
    payment_method: str


def _owing(actor: Actor) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        visible_to(actor, Document),
        col(Document.lifecycle) == Lifecycle.ISSUED,
        col(Document.kind).in_(PAYABLE),
        col(Document.settlement).in_(_UNSETTLED),
    )


def owed(session: Session, actor: Actor) -> list[OwedOn]:
    """Sums per company, currency, due date and whether it is being paid or contested, earliest
    first."""
    held = col(AttemptLine.id).is_not(None)
    # A sum: an index on the company must not tempt away from that of the space's accounts.
    company_id = sa.literal_column("document.company_id + 0", sa.BigInteger)
    contested = col(Document.disputed)
    parts = (company_id, col(Document.currency), col(Document.due_on), held, contested)
    rows = (
        sa.select(
            *parts,
            sa.cast(sa.func.sum(col(Document.balance_minor)), sa.BigInteger),
            sa.func.count(),
        )
        .select_from(Document)
        .join(
            AttemptLine,
            sa.and_(col(AttemptLine.document_id) == col(Document.id), holding()),
            isouter=True,
        )
        .where(*_owing(actor))
        .group_by(*parts)
        .order_by(col(Document.due_on), company_id, col(Document.currency), held, contested)
    )
    return [
        OwedOn(company_id, currency, due_on, bool(being_paid), disputed, balance, count)
        for company_id, currency, due_on, being_paid, disputed, balance, count in (
            session.execute(rows)
        )
    ]


def credit(session: Session, actor: Actor) -> dict[str, int]:
    """Currency → what the space has in its favour, over all companies. Minor units."""
    rows = (
        sa.select(
            col(Document.currency),
            sa.cast(sa.func.sum(col(Document.balance_minor)), sa.BigInteger),
        )
        .where(
            visible_to(actor, Document),
            col(Document.lifecycle) == Lifecycle.ISSUED,
            col(Document.kind).in_(CREDIT),
            col(Document.settlement).in_(_UNSETTLED),
        )
        .group_by(col(Document.currency))
    )
    return {row[0]: row[1] for row in session.execute(rows)}


def nearest(session: Session, actor: Actor, until: date, limit: int) -> list[OpenDocument]:
    """Unpaid documents that are due by `until`, or being paid now; earliest due first."""
    held = sa.exists().where(col(AttemptLine.document_id) == col(Document.id), holding())
    rows = (
        sa.select(
            col(Document.id),
            col(Document.company_id),
            col(Document.kind),
            sa.func.coalesce(col(Document.number), ""),
            col(Document.currency),
            col(Document.due_on),
            col(Document.balance_minor),
            col(Document.total_minor),
            col(Document.disputed),
            held,
        )
        .where(*_owing(actor))
        .where(sa.or_(col(Document.due_on) <= until, held))
        .order_by(col(Document.due_on), col(Document.id))
        .limit(limit)
    )
    return [OpenDocument(*row) for row in session.execute(rows)]


def receipts(session: Session, actor: Actor, limit: int) -> list[ReceiptRow]:
    """The newest cash receipts and advances."""
    rows = (
        sa.select(
            col(Document.id),
            col(Document.company_id),
            col(Document.kind),
            sa.func.coalesce(col(Document.number), ""),
            col(Document.issued_on),
            col(Document.currency),
            col(Document.total_minor),
            col(Document.payment_method),
        )
        .where(
            visible_to(actor, Document),
            col(Document.lifecycle) == Lifecycle.ISSUED,
            col(Document.kind).in_(MONEY_IN),
        )
        .order_by(col(Document.issued_on).desc(), col(Document.id).desc())
        .limit(limit)
    )
    return [ReceiptRow(*row) for row in session.execute(rows)]


def settled_by(session: Session, actor: Actor, ids: Collection[int]) -> list[tuple[int, str]]:
    """(credit document id, number) of the documents that these credits are applied to now."""
    rows = (
        sa.select(col(Allocation.credit_id), col(Document.number))
        .select_from(Allocation)
        .join(Document, col(Document.id) == col(Allocation.document_id))
        .where(
            visible_to(actor, Document),
            col(Allocation.credit_id).in_(ids),
        )
        .group_by(col(Allocation.credit_id), col(Document.id), col(Document.number))
        .having(sa.func.sum(col(Allocation.amount_minor)) > 0)
        .order_by(col(Allocation.credit_id), col(Document.number))
    )
    return [(row[0], row[1] or "") for row in session.execute(rows)]


@dataclass(frozen=True, slots=True)
class Offered:
    """A document that somebody ticked, as it stands now."""

    id: int
    company_id: int
    kind: Kind
    lifecycle: Lifecycle
    number: str
    currency: str
    balance_minor: int
    being_paid: bool


def offered(session: Session, actor: Actor, ids: Collection[int]) -> list[Offered]:
    """The visible documents of these ids, earliest due first."""
    held = sa.exists().where(col(AttemptLine.document_id) == col(Document.id), holding())
    rows = (
        sa.select(
            col(Document.id),
            col(Document.company_id),
            col(Document.kind),
            col(Document.lifecycle),
            sa.func.coalesce(col(Document.number), ""),
            col(Document.currency),
            col(Document.balance_minor),
            held,
        )
        .where(visible_to(actor, Document), col(Document.id).in_(ids))
        .order_by(col(Document.due_on), col(Document.id))
    )
    return [Offered(*row) for row in session.execute(rows)]


def owed_by_account(session: Session, actor: Actor) -> list[tuple[int, str, int]]:
    """(account id, currency, owed minor units) of everything that the actor may see."""
    rows = (
        sa.select(
            col(Document.account_id),
            col(Document.currency),
            sa.cast(sa.func.sum(col(Document.balance_minor)), sa.BigInteger),
        )
        .where(*_owing(actor))
        .group_by(col(Document.account_id), col(Document.currency))
        .order_by(col(Document.account_id), col(Document.currency))
    )
    return [(row[0], row[1], row[2]) for row in session.execute(rows)]


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A document inside an open attempt and what that attempt pays of it.

    `in_review`: the money has come, does not match, and the company looks at it.
    """

    document_id: int
    company_id: int
    currency: str
    amount_minor: int
    reference: str
    state: AttemptState
    user_id: int | None
    in_review: bool


def open_lines(session: Session, actor: Actor) -> list[OpenLine]:
    """The visible documents that are being paid now, by attempt."""
    seen, of_lines = prepared.visible(actor, Document), prepared.visible(actor, AttemptLine)

    def build() -> sa.Select[*tuple[Any, ...]]:
        # A sum: open lines are few, so they lead to their documents and never the other way round.
        line_document = sa.literal_column("attempt_line.document_id + 0", sa.BigInteger)
        reviewed = col(Payment.attempt_id) == col(PaymentAttempt.id), in_review(CUSTOMERS)
        rows = sa.select(
            _LINE.c.document_id,
            _ATTEMPT.c.company_id,
            _ATTEMPT.c.currency,
            _LINE.c.amount_minor,
            _ATTEMPT.c.reference,
            _ATTEMPT.c.state,
            _ATTEMPT.c.user_id,
            sa.exists().where(*reviewed),
        )
        return (
            rows.join(_ATTEMPT, _ATTEMPT.c.id == _LINE.c.attempt_id)
            .join(Document, col(Document.id) == line_document)
            .where(seen.build(), of_lines.build(), holding())
            .order_by(_ATTEMPT.c.id, _LINE.c.id)
        )

    found = prepared.run(session, ("open lines",), (seen, of_lines), build)
    return [OpenLine(*row) for row in found]


def own_attempt(session: Session, actor: Actor, user_id: int, document_id: int) -> str | None:
    """Reference of the open attempt by which this user pays the document now."""
    found = (
        sa.select(col(PaymentAttempt.reference))
        .join(AttemptLine, col(AttemptLine.attempt_id) == col(PaymentAttempt.id))
        .where(
            visible_to(actor, AttemptLine),
            col(AttemptLine.document_id) == document_id,
            holding(),
            col(PaymentAttempt.user_id) == user_id,
        )
    )
    return session.scalars(found).first()


def number_of(session: Session, actor: Actor, document_id: int) -> str:
    """The number of a visible document, "" otherwise."""
    found = sa.select(col(Document.number)).where(
        visible_to(actor, Document), col(Document.id) == document_id
    )
    return session.scalars(found).first() or ""
