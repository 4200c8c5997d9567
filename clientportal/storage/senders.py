"""Statements of senders: which one carries a message, its lease, its bucket of calls.

Without an actor, since a sender may be the platform's own: the services on top of it check.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor
from clientportal.domain.delivery import MessageState
from clientportal.storage.models import (
    BatchState,
    Channel,
    ChannelTest,
    Message,
    MessageBatch,
    Sender,
)
from clientportal.storage.scope import visible_to


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


def hand_over(session: Session, company_id: int, old_id: int, new_id: int) -> int:
    """Give what of a company still waits at one sender to another; what was called stays."""
    statement = (
        sa.update(Message)
        .where(
            col(Message.sender_id) == old_id,
            col(Message.company_id) == company_id,
            col(Message.state) == MessageState.PLANNED,
            col(Message.batch_id).is_(None),
        )
        .values(sender_id=new_id)
    )
    return session.connection().execute(statement).rowcount


def waiting(session: Session, company_id: int, sender_id: int) -> Sequence[int]:
    """Messages of a company that no call has taken from a sender yet."""
    statement = select(col(Message.id)).where(
        col(Message.sender_id) == sender_id,
        col(Message.company_id) == company_id,
        col(Message.state) == MessageState.PLANNED,
    )
    return [found for found in session.exec(statement) if found is not None]


def open_batches(session: Session, sender_id: int) -> Sequence[MessageBatch]:
    """Calls of a sender without a result, held until the end of the transaction."""
    statement = (
        select(MessageBatch)
        .where(
            col(MessageBatch.sender_id) == sender_id,
            col(MessageBatch.state) == BatchState.CALLING,
        )
        .order_by(col(MessageBatch.id))
        .with_for_update()
    )
    return session.exec(statement.execution_options(populate_existing=True)).all()


def paused_until(session: Session, now: datetime) -> Sequence[int]:
    """Senders whose pause is over by now."""
    statement = select(col(Sender.id)).where(
        col(Sender.paused_at).is_not(None), col(Sender.paused_until) <= now
    )
    return [sender_id for sender_id in session.exec(statement) if sender_id is not None]


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


def test_of_message(session: Session, message_id: int) -> ChannelTest | None:
    """The test that a message is, while it is the company's last."""
    statement = select(ChannelTest).where(col(ChannelTest.message_id) == message_id)
    return session.exec(statement).first()


def last_test(session: Session, actor: Actor, channel: Channel) -> ChannelTest | None:
    """The last test of a channel by the actor's company."""
    statement = select(ChannelTest).where(
        visible_to(actor, ChannelTest), col(ChannelTest.channel) == channel
    )
    return session.exec(statement).first()


def put_test(
    session: Session,
    company_id: int,
    channel: Channel,
    *,
    sender_id: int,
    sender_version: int,
    message_id: int,
    asked_at: datetime,
) -> None:
    """Make this the last test of a company's channel, instead of the one before."""
    known = session.exec(
        select(ChannelTest).where(
            col(ChannelTest.company_id) == company_id, col(ChannelTest.channel) == channel
        )
    ).first()
    test = known or ChannelTest(
        company_id=company_id,
        channel=channel,
        sender_id=sender_id,
        sender_version=sender_version,
        message_id=message_id,
        asked_at=asked_at,
    )
    test.sender_id, test.sender_version = sender_id, sender_version
    test.message_id, test.asked_at = message_id, asked_at
    session.add(test)
    session.flush()
