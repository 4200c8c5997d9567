"""Statements of messages of which nobody knows whether they left: they wait for a person."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor
from clientportal.storage.models import Message, MessageBatch
from clientportal.storage.scope import visible_to


def groups(session: Session, actor: Actor, limit: int) -> Sequence[tuple[MessageBatch, int]]:
    """(call, how many of the company's messages wait in it), oldest first."""
    per_batch = (
        select(col(Message.batch_id).label("batch_id"), sa.func.count().label("n"))
        .where(*_unknown(actor))
        .group_by(col(Message.batch_id))
        .subquery()
    )
    statement = (
        select(MessageBatch, per_batch.c.n)
        .join(per_batch, per_batch.c.batch_id == col(MessageBatch.id))
        .order_by(col(MessageBatch.id))
        .limit(limit)
    )
    return [(batch, int(n)) for batch, n in session.exec(statement).all()]


def members(
    session: Session, actor: Actor, batch_id: int, limit: int | None = None, *, lock: bool = False
) -> Sequence[Message]:
    """The company's messages of a call that still wait, oldest first."""
    statement = (
        select(Message)
        .where(*_unknown(actor), col(Message.batch_id) == batch_id)
        .order_by(col(Message.id))
        .limit(limit)
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).all()


def knows(session: Session, actor: Actor, batch_id: int) -> bool:
    """Whether a call had messages of the company, whatever became of them."""
    statement = select(col(Message.id)).where(
        visible_to(actor, Message), col(Message.batch_id) == batch_id
    )
    return session.exec(statement.limit(1)).first() is not None


def count(session: Session, actor: Actor) -> int:
    """How many messages of the company wait."""
    statement = select(sa.func.count()).select_from(Message).where(*_unknown(actor))
    return int(session.exec(statement).one())


def _unknown(actor: Actor) -> list[sa.ColumnElement[bool]]:
    # The index is partial: SQLite cannot tell from a parameter that it applies.
    return [
        visible_to(actor, Message),
        col(Message.state) == sa.literal_column("'needs_check'"),
    ]
