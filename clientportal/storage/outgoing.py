"""Statements of what is about to leave: candidates, batches and their members (DESIGN rule 9)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from clientportal.domain.delivery import MessageState
from clientportal.storage.models import BatchState, Message, MessageBatch

_WITHOUT_BODIES = tuple(
    defer(column)  # type: ignore[arg-type]
    for column in (Message.html, Message.text, Message.variables, Message.parameters)
)


def lanes(session: Session, sender_id: int, now: datetime) -> set[str]:
    """The lanes of a sender in which something could leave now."""
    return {
        lane
        for lane in ("now", "bulk")
        if session.exec(
            _ready(sender_id, lane, now).with_only_columns(col(Message.id)).limit(1)
        ).first()
        is not None
    }


def candidates(
    session: Session, sender_id: int, lane: str, now: datetime, limit: int
) -> Sequence[Message]:
    """Messages that could leave now, oldest first."""
    return session.exec(_ready(sender_id, lane, now).order_by(col(Message.id)).limit(limit)).all()


def _ready(sender_id: int, lane: str, now: datetime) -> Any:
    return select(Message).where(
        col(Message.sender_id) == sender_id,
        col(Message.lane) == lane,
        col(Message.state) == MessageState.PLANNED,
        sa.or_(col(Message.check_at).is_(None), col(Message.check_at) <= now),
    )


def due_batch(session: Session, sender_id: int, now: datetime) -> MessageBatch | None:
    """A call whose outcome is to be found out by making it again; somebody's wait first."""
    statement = (
        select(MessageBatch)
        .where(
            col(MessageBatch.sender_id) == sender_id,
            col(MessageBatch.state) == BatchState.CALLING,
            col(MessageBatch.check_at) <= now,
        )
        .order_by(col(MessageBatch.lane).desc(), col(MessageBatch.id))
        .limit(1)
    )
    return session.exec(statement).first()


def next_look(session: Session, sender_id: int) -> datetime | None:
    """When the earliest open call of a sender is looked at again."""
    statement = select(sa.func.min(col(MessageBatch.check_at))).where(
        col(MessageBatch.sender_id) == sender_id, col(MessageBatch.state) == BatchState.CALLING
    )
    return session.exec(statement).one()


def batch(session: Session, batch_id: int) -> MessageBatch | None:
    return session.get(MessageBatch, batch_id)


def locked_batch(session: Session, batch_id: int) -> MessageBatch | None:
    statement = select(MessageBatch).where(col(MessageBatch.id) == batch_id).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).first()


def members(session: Session, batch_id: int, *, bodies: bool = True) -> Sequence[Message]:
    """The messages of a batch in their order, as the database has them."""
    statement = select(Message).where(col(Message.batch_id) == batch_id).order_by(col(Message.id))
    if not bodies:
        statement = statement.options(*_WITHOUT_BODIES)
    return session.exec(statement.execution_options(populate_existing=True)).all()


def locked(session: Session, message_ids: Collection[int]) -> Sequence[Message]:
    """Messages as they are now, held until the end of the transaction, in order."""
    statement = (
        select(Message).where(col(Message.id).in_(message_ids)).order_by(col(Message.id))
    ).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).all()


def add_batch(session: Session, batch: MessageBatch) -> int:
    session.add(batch)
    session.flush()
    assert batch.id is not None
    return batch.id


def update_rows(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write columns of many messages by their `id` in one statement."""
    if rows:
        session.bulk_update_mappings(Message, list(rows))
        session.flush()


def of_sender(
    session: Session, sender_id: int, *, provider_id: str, message_id: int | None
) -> Message | None:
    """A message that left by this sender, held until the end: by its provider's id, else ours."""
    for known in (
        (col(Message.provider_id) == provider_id) if provider_id else None,
        (col(Message.id) == message_id) if message_id is not None else None,
    ):
        if known is None:
            continue
        statement = select(Message).where(known, col(Message.sender_id) == sender_id).limit(1)
        found = session.exec(statement.with_for_update()).first()
        if found is not None:
            return found
    return None
