"""Statements of senders: which one carries a message, its lease, its bucket of calls.

Without an actor, since a sender may be the platform's own: the services on top of it check.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.delivery import MessageState
from clientportal.storage.models import BatchState, Channel, Message, MessageBatch, Sender


def find(session: Session, company_id: int | None, channel: Channel) -> Sender | None:
    """The sender of a company, or of the platform (None), on a channel."""
    owner = col(Sender.company_id)
    own = owner.is_(None) if company_id is None else owner == company_id
    return session.exec(select(Sender).where(own, col(Sender.channel) == channel)).first()


def get(session: Session, sender_id: int) -> Sender | None:
    return session.get(Sender, sender_id)


def locked(session: Session, sender_id: int) -> Sender | None:
    """The row as it is now, held until the end of the transaction."""
    statement = select(Sender).where(col(Sender.id) == sender_id).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).first()


def by_external_id(session: Session, channel: Channel, external_id: str) -> Sequence[Sender]:
    """Senders known to the provider by this id: who a notification is about."""
    return session.exec(
        select(Sender).where(col(Sender.channel) == channel, col(Sender.external_id) == external_id)
    ).all()


def add(session: Session, sender: Sender) -> Sender:
    session.add(sender)
    session.flush()
    return sender


def lease(session: Session, sender_id: int, owner: str, now: datetime, life: timedelta) -> bool:
    """Become, or stay, the only one that calls this sender's provider; False: somebody else is."""
    free = sa.or_(
        col(Sender.lease_owner) == owner,
        col(Sender.lease_until).is_(None),
        col(Sender.lease_until) <= now,
    )
    statement = (
        sa.update(Sender)
        .where(col(Sender.id) == sender_id, free)
        .values(lease_owner=owner, lease_until=now + life)
    )
    return session.connection().execute(statement).rowcount == 1


def release(session: Session, sender_id: int, owner: str) -> None:
    session.connection().execute(
        sa.update(Sender)
        .where(col(Sender.id) == sender_id, col(Sender.lease_owner) == owner)
        .values(lease_owner="", lease_until=None)
    )


def hand_over(session: Session, old_id: int, new_id: int) -> int:
    """Give what still waits at one sender to another; what was called already stays."""
    statement = (
        sa.update(Message)
        .where(
            col(Message.sender_id) == old_id,
            col(Message.state) == MessageState.PLANNED,
            col(Message.batch_id).is_(None),
        )
        .values(sender_id=new_id)
    )
    return session.connection().execute(statement).rowcount


def with_work(session: Session, now: datetime) -> Sequence[int]:
    """Senders with a message to send or a call to look at by now, and no standing pause."""
    waiting = (
        select(col(Message.sender_id))
        .where(
            col(Message.state) == MessageState.PLANNED,
            col(Message.check_at) <= now,
            col(Message.sender_id).is_not(None),
        )
        .distinct()
    )
    late = (
        select(col(MessageBatch.sender_id))
        .where(col(MessageBatch.check_at) <= now, col(MessageBatch.state) == BatchState.CALLING)
        .distinct()
    )
    idle = sa.or_(col(Sender.paused_at).is_(None), col(Sender.paused_until) <= now)
    statement = select(col(Sender.id)).where(
        sa.or_(col(Sender.id).in_(waiting), col(Sender.id).in_(late)), idle
    )
    return [sender_id for sender_id in session.exec(statement) if sender_id is not None]


def without_sender(session: Session, before: datetime, limit: int) -> Sequence[Message]:
    """Open messages that no sender has: planned before there were any."""
    statement = (
        select(Message)
        .where(
            col(Message.check_at) <= before,
            col(Message.state).in_([MessageState.PLANNED, MessageState.SENDING]),
            col(Message.sender_id).is_(None),
        )
        .order_by(col(Message.id))
        .limit(limit)
    )
    return session.exec(statement).all()
