"""Messages of which nobody knows whether they left: shown, and decided by a person (§8).

They are sent again by nobody else: the same message twice is worse than one that waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal import live
from clientportal.domain.actors import Actor
from clientportal.domain.contactability import Evidence
from clientportal.domain.delivery import MessageState
from clientportal.domain.errors import Conflict, NotFound
from clientportal.domain.permissions import Permission
from clientportal.services import audit, delivery_events, message_states, senders
from clientportal.services.guards import require_staff
from clientportal.storage import unknown_messages as storage
from clientportal.storage.models import Channel, Message, MessageBatch

MOST_CALLS = 50
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class UnknownCall:
    """A call to the provider without an answer. `subject` and `to`: of the first of its messages;
    `why`: the last that was heard of the call."""

    batch_id: int
    channel: str
    count: int
    subject: str
    to: tuple[str, ...]
    why: str
    called_at: datetime


def listing(session: Session, actor: Actor) -> list[UnknownCall]:
    """The company's messages that wait for somebody, by call, oldest first. Needs messages:read."""
    staff = require_staff(actor, Permission.MESSAGES_READ)
    found: list[UnknownCall] = []
    for batch, count in storage.groups(session, staff, MOST_CALLS):
        rows = storage.members(session, staff, batch.id or 0, MOST_NAMED)
        if rows:
            found.append(_shown(batch, count, rows))
    return found


def decide(session: Session, actor: Actor, *, batch_id: int, arrived: bool, now: datetime) -> int:
    """Say that the messages of a call arrived, or have them sent again; how many there were.

    Needs company:edit. Those of which the provider has been heard meanwhile are left alone. Sent
    again is the same message, by the sender that carries the company's messages now; alerts are
    looked at again. Raises Conflict when the provider or another person has decided on all of them,
    NotFound for a call with no message of the company.
    """
    staff = require_staff(actor, Permission.COMPANY_EDIT)
    rows = storage.members(session, staff, batch_id, lock=True)
    if not rows:
        past = audit.timeline(session, staff, subject=("message_batch", batch_id), limit=1)
        raise Conflict() if past or storage.knows(session, staff, batch_id) else NotFound()
    for row in rows:
        if arrived:
            delivery_events.apply(session, row, Evidence.ACCEPTED, now=now)
        else:
            _again(session, row, now)
    audit.record(
        session,
        staff,
        "messages.said_arrived" if arrived else "messages.sent_again",
        now=now,
        subject=("message_batch", batch_id),
        messages=[row.id for row in rows],
        address=rows[0].to_address if len(rows) == 1 else "",
    )
    live.changed(session, f"company:{staff.company_id}", batch_id)
    return len(rows)


def _again(session: Session, row: Message, now: datetime) -> None:
    sender = senders.carrier(session, row.company_id, Channel(row.channel), now=now)
    row.sender_id = sender.id if sender is not None else row.sender_id
    row.batch_id, row.check_at = None, now
    message_states.set_state(session, row, MessageState.PLANNED, now=now)
    assert row.sender_id is not None
    senders.wake(session, row.sender_id, now)


def _shown(batch: MessageBatch, count: int, rows: Sequence[Message]) -> UnknownCall:
    return UnknownCall(
        batch_id=batch.id or 0,
        channel=rows[0].channel,
        count=count,
        subject=rows[0].subject,
        to=tuple(row.to_address for row in rows),
        why=batch.error,
        called_at=batch.first_called_at or batch.created_at,
    )
