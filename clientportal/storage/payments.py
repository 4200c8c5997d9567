"""Statements about attempts, payments and the inbox of gateway notifications."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from clientportal.domain.actors import Actor, Customer
from clientportal.domain.documents import Lifecycle
from clientportal.domain.payments import OPEN_STATES
from clientportal.storage.base import UtcDateTime
from clientportal.storage.documents import holding
from clientportal.storage.models import (
    AttemptLine,
    Company,
    Document,
    Payment,
    PaymentAttempt,
    Space,
    SpaceAccount,
    User,
    WebhookInbox,
)
from clientportal.storage.scope import visible_to


def attempt_by_reference(session: Session, actor: Actor, reference: str) -> PaymentAttempt | None:
    """An attempt that the actor may see: their own as a customer, their company's as staff."""
    return session.exec(_attempts(actor).where(col(PaymentAttempt.reference) == reference)).first()


def attempt(session: Session, actor: Actor, attempt_id: int) -> PaymentAttempt | None:
    """As `attempt_by_reference`, by id."""
    return session.exec(_attempts(actor).where(col(PaymentAttempt.id) == attempt_id)).first()


def _attempts(actor: Actor) -> SelectOfScalar[PaymentAttempt]:
    statement = select(PaymentAttempt).where(visible_to(actor, PaymentAttempt))
    if isinstance(actor, Customer):
        statement = statement.where(col(PaymentAttempt.user_id) == actor.user_id)
    return statement


def company_of_attempt(session: Session, attempt_id: int) -> int | None:
    return session.exec(
        select(col(PaymentAttempt.company_id)).where(col(PaymentAttempt.id) == attempt_id)
    ).first()


def lock_attempt(session: Session, attempt_id: int) -> PaymentAttempt | None:
    """The attempt, locked and read anew."""
    return session.exec(
        select(PaymentAttempt)
        .where(col(PaymentAttempt.id) == attempt_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def lock_documents(session: Session, actor: Actor, ids: Sequence[int]) -> Sequence[Document]:
    """Visible documents of these ids, locked in ascending order of id."""
    return session.exec(
        select(Document)
        .where(col(Document.id).in_(ids), visible_to(actor, Document))
        .order_by(col(Document.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def lines_of(session: Session, attempt_id: int) -> Sequence[AttemptLine]:
    return session.exec(
        select(AttemptLine)
        .where(col(AttemptLine.attempt_id) == attempt_id)
        .order_by(col(AttemptLine.document_id))
    ).all()


NumberedLine = tuple[int, str, int]
"""Document id, its number, the share that an attempt pays of it."""


def numbered_lines(session: Session, actor: Actor, attempt_id: int) -> list[NumberedLine]:
    """The lines of an attempt whose document the actor may see.

    A payer may have lost one of the accounts that they paid for.
    """
    return lines_of_each(session, actor, [attempt_id])[attempt_id]


def lines_of_each(
    session: Session, actor: Actor, attempt_ids: Sequence[int]
) -> defaultdict[int, list[NumberedLine]]:
    """`numbered_lines` of several attempts by their ids."""
    statement = (
        select(
            col(AttemptLine.attempt_id),
            col(AttemptLine.document_id),
            col(Document.number),
            col(AttemptLine.amount_minor),
        )
        .join(Document, col(Document.id) == col(AttemptLine.document_id))
        .where(col(AttemptLine.attempt_id).in_(attempt_ids), visible_to(actor, Document))
        .order_by(col(AttemptLine.document_id))
    )
    found: defaultdict[int, list[NumberedLine]] = defaultdict(list)
    for attempt_id, document_id, number, amount in session.exec(statement):
        found[attempt_id].append((document_id, number or "", amount))
    return found


def open_attempts(session: Session, document_ids: Sequence[int]) -> Sequence[PaymentAttempt]:
    """Attempts that hold any of these documents."""
    held = select(col(AttemptLine.attempt_id)).where(
        col(AttemptLine.document_id).in_(document_ids),
        holding(),
    )
    return session.exec(
        select(PaymentAttempt)
        .where(col(PaymentAttempt.id).in_(held))
        .order_by(col(PaymentAttempt.id))
    ).all()


def close_lines(session: Session, attempt_id: int) -> None:
    statement: Any = (
        sa.update(AttemptLine)
        .where(
            col(AttemptLine.attempt_id) == attempt_id,
            col(AttemptLine.is_open).is_(True),
        )
        .values(is_open=False)
    )
    session.connection().execute(statement)


def payment(session: Session, gateway: str, provider_payment_id: str) -> Payment | None:
    return session.exec(
        select(Payment)
        .where(
            col(Payment.gateway) == gateway,
            col(Payment.provider_payment_id) == provider_payment_id,
        )
        .with_for_update()
    ).first()


def payments_of(session: Session, attempt_id: int) -> list[Payment]:
    """What came in by an attempt, oldest first."""
    return payments_of_each(session, [attempt_id])[attempt_id]


def payments_of_each(
    session: Session, attempt_ids: Sequence[int]
) -> defaultdict[int, list[Payment]]:
    """`payments_of` several attempts by their ids."""
    statement = select(Payment).where(col(Payment.attempt_id).in_(attempt_ids))
    found: defaultdict[int, list[Payment]] = defaultdict(list)
    for payment in session.exec(statement.order_by(col(Payment.id))):
        found[payment.attempt_id or 0].append(payment)
    return found


def payers(session: Session, attempts: Sequence[PaymentAttempt]) -> dict[int | None, str]:
    """The names of those who began these attempts, by their user id."""
    ids = {attempt.user_id for attempt in attempts}
    named = select(col(User.id), col(User.name)).where(col(User.id).in_(ids))
    return dict(session.exec(named).all())


def owing(session: Session, document_ids: Sequence[int]) -> dict[int, int]:
    """What can still be paid of each of these documents; void ones are absent."""
    statement = select(col(Document.id), col(Document.balance_minor)).where(
        col(Document.id).in_(document_ids), col(Document.lifecycle) == Lifecycle.ISSUED
    )
    return {i: balance for i, balance in session.exec(statement).all() if i is not None}


def attempt_for_notification(
    session: Session, gateway: str, company_id: int, *, reference: str, provider_id: str
) -> int | None:
    """The attempt that a genuine notification of a company's account speaks about."""
    names = []
    if reference:
        names.append(col(PaymentAttempt.reference) == reference)
    if provider_id:
        names.append(col(PaymentAttempt.provider_id) == provider_id)
    if not names:
        return None
    return session.exec(
        select(col(PaymentAttempt.id)).where(
            col(PaymentAttempt.gateway) == gateway,
            col(PaymentAttempt.company_id) == company_id,
            sa.or_(*names),
        )
    ).first()


# Built once: hundreds come in a second.
_INSERT_ONCE = {
    name: insert(WebhookInbox).on_conflict_do_nothing().returning(col(WebhookInbox.id))
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


def insert_notification(session: Session, row: WebhookInbox) -> bool:
    """Store a notification once; False when that dedupe key is known already."""
    statement = _INSERT_ONCE[session.get_bind().dialect.name]
    values = row.model_dump(exclude={"id"})
    return session.connection().execute(statement, values).first() is not None


def unprocessed(session: Session, provider: str, limit: int) -> Sequence[WebhookInbox]:
    return session.exec(
        select(WebhookInbox)
        .where(
            col(WebhookInbox.provider) == provider,
            col(WebhookInbox.processed_at).is_(None),
        )
        .order_by(col(WebhookInbox.id))
        .limit(limit)
    ).all()


def still_unprocessed(session: Session, ids: Sequence[int]) -> set[int]:
    """Those that nobody else has worked or is working, held until the end of the transaction."""
    statement = select(col(WebhookInbox.id)).where(
        col(WebhookInbox.id).in_(ids), col(WebhookInbox.processed_at).is_(None)
    )
    found = session.exec(statement.order_by(col(WebhookInbox.id)).with_for_update(skip_locked=True))
    return {row_id for row_id in found if row_id is not None}


def mark_processed(session: Session, ids: Sequence[int], now: datetime, error: str = "") -> None:
    statement: Any = (
        sa.update(WebhookInbox)
        .where(col(WebhookInbox.id).in_(ids))
        .values(processed_at=now, error=error[:300], tries=col(WebhookInbox.tries) + 1)
    )
    session.connection().execute(statement)


def count_failed_try(
    session: Session, ids: Sequence[int], error: str, *, most: int, now: datetime
) -> None:
    """Count a try that could not be worked off; after `most` of them the row is given up."""
    tries = col(WebhookInbox.tries) + 1
    statement: Any = (
        sa.update(WebhookInbox)
        .where(col(WebhookInbox.id).in_(ids))
        .values(
            error=error[:300],
            tries=tries,
            processed_at=sa.case((tries >= most, sa.literal(now, UtcDateTime)), else_=sa.null()),
        )
    )
    session.connection().execute(statement)


def open_attempts_of_company(
    session: Session, actor: Actor, limit: int = 50
) -> Sequence[PaymentAttempt]:
    """Attempts of the actor's company that hold documents now, newest first."""
    return session.exec(
        select(PaymentAttempt)
        .where(
            visible_to(actor, PaymentAttempt),
            col(PaymentAttempt.state).in_(OPEN_STATES),
        )
        .order_by(col(PaymentAttempt.id).desc())
        .limit(limit)
    ).all()


def company(session: Session, company_id: int) -> Company:
    found = session.get(Company, company_id)
    assert found is not None
    return found


def space_key(session: Session, user_id: int, account_id: int) -> str | None:
    """The URL segment of the user's space in which the account stands."""
    return session.exec(
        select(col(Space.key))
        .join(SpaceAccount, col(SpaceAccount.space_id) == col(Space.id))
        .where(col(SpaceAccount.user_id) == user_id, col(SpaceAccount.account_id) == account_id)
    ).first()
