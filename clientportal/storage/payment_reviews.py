"""Statements about payments that wait for a decision of the staff."""

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor
from clientportal.domain.payment_reviews import CUSTOMERS, WAITING
from clientportal.domain.payments import PaymentState, Review
from clientportal.storage.models import (
    Account,
    AttemptLine,
    Document,
    Payment,
    PaymentAttempt,
    User,
)
from clientportal.storage.scope import visible_to

MOST = 50


class Waiting(NamedTuple):
    """A payment in review with its attempt, the account's name and the payer's."""

    payment: Payment
    attempt: PaymentAttempt
    account: str
    payer: str | None


def in_review(reasons: Iterable[Review] = WAITING) -> sa.ColumnElement[bool]:
    """As `domain.payment_reviews.waits`; begins with the words of the partial index."""
    return sa.and_(
        sa.literal_column("payment.review_reason") != sa.literal_column("''"),
        col(Payment.reviewed_at).is_(None),
        col(Payment.state) == PaymentState.SUCCEEDED,
        col(Payment.review_reason).in_(sorted(reasons)),
        sa.or_(
            col(Payment.receipt_id).is_(None),
            col(Payment.review_reason) == Review.REVERSED.value,
        ),
    )


def waiting(session: Session, actor: Actor, document_id: int | None = None) -> list[Waiting]:
    """Payments of the actor's company that wait, newest first; of all, or of one document."""
    statement = (
        sa.select(Payment, PaymentAttempt, col(Account.name), col(User.name))
        .join(PaymentAttempt, col(PaymentAttempt.id) == col(Payment.attempt_id))
        .join(Account, col(Account.id) == col(Payment.account_id))
        .join(User, col(User.id) == col(PaymentAttempt.user_id), isouter=True)
        .where(visible_to(actor, Payment), in_review())
        .order_by(col(Payment.id).desc())
        .limit(MOST)
    )
    if document_id is not None:
        held = sa.exists().where(
            col(AttemptLine.attempt_id) == col(Payment.attempt_id),
            col(AttemptLine.document_id) == document_id,
        )
        statement = statement.where(sa.or_(held, col(Payment.receipt_id) == document_id))
    return [Waiting(*row) for row in session.execute(statement)]


def visible(session: Session, actor: Actor, payment_id: int) -> Payment | None:
    """A payment that the actor may see."""
    return session.exec(
        select(Payment).where(visible_to(actor, Payment), col(Payment.id) == payment_id)
    ).first()


def lock(session: Session, actor: Actor, payment_id: int) -> Payment | None:
    """As `visible`, locked and read anew; the attempt is locked before it."""
    return session.exec(
        select(Payment)
        .where(visible_to(actor, Payment), col(Payment.id) == payment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def holds_customer(session: Session, actor: Actor, document_id: int) -> bool:
    """Whether money for a visible document has arrived and is being looked at."""
    found = (
        sa.select(sa.literal(1))
        .select_from(Document)
        .join(AttemptLine, col(AttemptLine.document_id) == col(Document.id))
        .join(Payment, col(Payment.attempt_id) == col(AttemptLine.attempt_id))
        .where(visible_to(actor, Document), col(Document.id) == document_id, in_review(CUSTOMERS))
        .limit(1)
    )
    return session.scalars(found).first() is not None
