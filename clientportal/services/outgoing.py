"""Bringing messages out: one process per sender, calls whose content is fixed before the first.

Here is what could be done next; `outgoing_calls` fixes a call, `outgoing_results` stores what came
of it. Each use case is one transaction of `jobs.mail`; between them the provider is called (DESIGN
rule 9, contracts/messaging.md §8). What makes it hold under kill -9: members and bodies of a call
are stored before it is made; its key is the batch's id; answer and states are stored together; a
call of unknown outcome is made again as it was until there is an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal.channels.base import (
    ChannelError,
    Outgoing,
)
from clientportal.domain.delivery import MessageState
from clientportal.rendering.mail import Mail
from clientportal.rendering.whatsapp import Short
from clientportal.services import (
    sender_limits,
    senders,
)
from clientportal.storage import outgoing as storage
from clientportal.storage import senders as sender_storage
from clientportal.storage.models import Channel as ChannelName
from clientportal.storage.models import Sender

BULK_SHARE = 4
"""Calls of the bulk for one of what somebody waits for, while both have work (DESIGN §4)."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What the body of a message is made from; `wants_files`: some go with it."""

    id: int
    kind: str
    channel: str
    language: str
    variables: Mapping[str, object]
    is_frozen: bool
    company_id: int | None = None
    document_id: int | None = None

    @property
    def wants_files(self) -> bool:
        return bool(self.variables.get("with_pdf") or self.variables.get("with_xml"))


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file for a message that is being frozen; its bytes are in the file store already."""

    name: str
    media_type: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Made:
    """A body, or why none could be made: then none can be made later either.

    `short`: of WhatsApp, what its body says as a text and as a template.
    """

    mail: Mail | None = None
    files: tuple[NewFile, ...] = ()
    fault: str = ""
    short: Short | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A call that may be made now. `is_first`: no earlier one of it may have been taken;
    `may_repeat`: where it stays without an answer, it can be made again."""

    batch_id: int
    outgoing: tuple[Outgoing, ...]
    is_first: bool = True
    may_repeat: bool = True

    @property
    def key(self) -> str:
        return f"batch-{self.batch_id}"


@dataclass(frozen=True, slots=True)
class Look:
    """What a sender could do now: repeat a call, make one of `planned`, or wait.

    `wait`: seconds until something may be possible; None while nothing is in sight.
    """

    batch_id: int | None = None
    lane: str = ""
    planned: tuple[Planned, ...] = ()
    wait: float | None = None


def look(session: Session, sender_id: int, most: int, *, bulk_calls: int, now: datetime) -> Look:
    """See what comes next. `bulk_calls`: made since the last one of what somebody waits for.

    That goes first, before calls that are repeated too, until it is behind one of the last
    `BULK_SHARE`: while both lanes have work, every fifth call is its, and the bulk has the other
    four (DESIGN §4).
    """
    sender = sender_storage.get(session, sender_id)
    if sender is None or sender_limits.is_paused(sender, now):
        return Look()
    if (wait := sender_limits.wait_for_call(sender, now)) > 0:
        return Look(wait=wait)
    batch = storage.due_batch(session, sender_id, now)
    lanes = storage.lanes(session, sender_id, now)
    if batch is not None and (batch.lane == "now" or "now" not in lanes or bulk_calls < BULK_SHARE):
        return Look(batch_id=batch.id, lane=batch.lane)
    if not lanes:
        due = storage.next_look(session, sender_id)
        return Look(wait=None if due is None else max((due - now).total_seconds(), 0.05))
    lane = "bulk" if "bulk" in lanes and ("now" not in lanes or bulk_calls < BULK_SHARE) else "now"
    rows = storage.candidates(session, sender_id, lane, now, most)
    return Look(lane=lane, planned=tuple(_planned(row) for row in rows))


def has_work(session: Session, sender_id: int, *, now: datetime) -> bool:
    """Whether a drain that begins now would find something."""
    sender = sender_storage.get(session, sender_id)
    if sender is None or sender_limits.is_paused(sender, now):
        return False
    return bool(
        storage.lanes(session, sender_id, now) or storage.due_batch(session, sender_id, now)
    )


def sender_of(session: Session, sender_id: int) -> Sender | None:
    """The sender's row, to be read outside of the transaction."""
    sender = sender_storage.get(session, sender_id)
    if sender is not None:
        session.expunge(sender)
    return sender


def adopt(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Give open messages that no sender has, from before there were any, to theirs."""
    rows = sender_storage.without_sender(session, now, limit)
    for row in rows:
        sender = senders.carrier(session, row.company_id, ChannelName(row.channel), now=now)
        if sender is not None:
            row.sender_id, row.state, row.check_at = sender.id, MessageState.PLANNED, now
            session.add(row)
    session.flush()
    return len(rows)


def end_pauses(session: Session, *, now: datetime) -> None:
    """Take pauses off whose time is over, where no message has done so by leaving."""
    for sender_id in sender_storage.paused_until(session, now):
        sender = sender_storage.locked(session, sender_id)
        if sender is not None:
            sender_limits.end_expired(session, sender, now)


def close(session: Session, sender_id: int, error: ChannelError, *, now: datetime) -> None:
    """Stop a sender whose channel cannot be built: its credentials are missing or unreadable."""
    sender = sender_storage.locked(session, sender_id)
    if sender is None or sender_limits.is_paused(sender, now):
        return
    again = None if sender.company_id is not None else 900
    sender_limits.pause(session, sender, "closed", now=now, seconds=again, detail=error.reason)


def _planned(row: storage.Candidate) -> Planned:
    return Planned(
        id=row.id,
        kind=row.kind,
        channel=row.channel,
        language=row.language,
        variables=row.variables,
        is_frozen=bool(row.subject),
        company_id=row.company_id,
        document_id=row.document_id,
    )
