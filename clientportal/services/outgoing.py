"""Bringing messages out: one process per sender, calls whose content is fixed before the first.

Every function is one transaction of `jobs.delivery`; between them the provider is called (DESIGN
rule 9, contracts/messaging.md §8). What makes it hold under kill -9: members and bodies of a call
are stored before it is made; its key is the batch's id; answer and states are stored together; a
call of unknown outcome is made again as it was until there is an answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from clientportal import live
from clientportal.channels.base import (
    Answer,
    Attached,
    Channel,
    ChannelError,
    Outgoing,
    Repeat,
    Result,
    Trouble,
)
from clientportal.domain import messages as rules
from clientportal.domain.actors import System
from clientportal.domain.contactability import Evidence
from clientportal.domain.delivery import MessageState
from clientportal.rendering.mail import Mail
from clientportal.rendering.whatsapp import Short
from clientportal.services import (
    alerts,
    campaigns,
    delivery_events,
    message_marks,
    secret_links,
    sender_limits,
    senders,
    whatsapp_forms,
)
from clientportal.storage import files
from clientportal.storage import outgoing as storage
from clientportal.storage import senders as sender_storage
from clientportal.storage import sending as file_store
from clientportal.storage.models import (
    BatchState,
    Message,
    MessageBatch,
    MessageFile,
    Sender,
)
from clientportal.storage.models import Channel as ChannelName

KEY_LIFE = timedelta(hours=23)
"""How long a call is repeated under its key: the provider keeps it for 24 hours (§8)."""
CALL_TIME = timedelta(seconds=30)
"""A call is over by then, or the process that made it is; one more looks after it."""
STATUS_TIME = timedelta(minutes=2)
"""How long a call that may not be repeated waits for a notification about it (§3)."""
REFUSED = frozenset({Trouble.BUSY, Trouble.QUOTA, Trouble.CLOSED})
"""Answers by which nothing of the call was taken, for certain."""


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
    """A call that may be made now. `is_first`: no earlier one of it may have been taken."""

    batch_id: int
    outgoing: tuple[Outgoing, ...]
    is_first: bool = True

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


def look(session: Session, sender_id: int, most: int, *, turn: int, now: datetime) -> Look:
    """See what comes next: open calls first, then messages. `turn` counts the calls made so far.

    What somebody waits for goes first; while both lanes have work, every fifth call is theirs and
    the bulk has the other four (DESIGN §4).
    """
    sender = sender_storage.get(session, sender_id)
    if sender is None or sender_limits.is_paused(sender, now):
        return Look()
    if (wait := sender_limits.wait_for_call(sender, now)) > 0:
        return Look(wait=wait)
    if (batch := storage.due_batch(session, sender_id, now)) is not None:
        return Look(batch_id=batch.id)
    lanes = storage.lanes(session, sender_id, now)
    if not lanes:
        due = storage.next_look(session, sender_id)
        return Look(wait=None if due is None else max((due - now).total_seconds(), 0.05))
    lane = "now" if lanes == {"now"} or ("now" in lanes and turn % 5 == 0) else "bulk"
    rows = storage.candidates(session, sender_id, lane, now, most)
    return Look(lane=lane, planned=tuple(_planned(row) for row in rows))


def claim(
    session: Session,
    sender_id: int,
    channel: Channel,
    made: Mapping[int, Made],
    *,
    lane: str,
    now: datetime,
) -> Call | None:
    """Fix a call: its members, their bodies, its key. None when nothing is left of it.

    Alerts are looked at here once more; an address that has one by now gets nothing (§10 rule 2).
    """
    sender = sender_storage.locked(session, sender_id)
    if sender is None or sender_limits.is_paused(sender, now):
        return None
    sender_limits.end_expired(session, sender, now)
    rows = [row for row in storage.locked(session, list(made)) if row.state is MessageState.PLANNED]
    rows = campaigns.without_paused(session, [row for row in rows if row.lane == lane])
    rows = _without_alerted(session, rows, now)
    rows = _without_faults(session, rows, made, now)
    if not rows:
        return None
    batch = MessageBatch(
        sender_id=sender_id,
        lane=lane,
        size=len(rows),
        created_at=now,
        first_called_at=now,
        check_at=now + _answer_time(channel),
    )
    batch_id = storage.add_batch(session, batch)
    texted = whatsapp_forms.texted(session, rows, now=now)
    storage.update_rows(
        session,
        [
            _claimed(row, made[row.id or 0], batch_id, now)
            | whatsapp_forms.template_of(row, made[row.id or 0].short, sender, texted)
            for row in rows
        ],
    )
    for row in rows:
        if row.id is not None and not row.subject:
            _freeze_files(session, row.id, made[row.id].files)
    sender_limits.take_call(sender, now)
    session.add(sender)
    session.flush()
    return _call(session, batch_id, storage.members(session, batch_id))


def resume(
    session: Session, sender_id: int, channel: Channel, batch_id: int, *, now: datetime
) -> Call | None:
    """Make a call again that has no result yet. None when it may not be: it waits for somebody.

    Members stay as they were: what may have been taken is never changed (§8). A call of which every
    attempt was refused is as good as new, and loses those that have an alert by now.
    """
    sender = sender_storage.locked(session, sender_id)
    batch = storage.locked_batch(session, batch_id)
    if (
        sender is None
        or sender_limits.is_paused(sender, now)
        or batch is None
        or batch.state is not BatchState.CALLING
        or batch.check_at is None
        or batch.check_at > now
    ):
        return None
    sender_limits.end_expired(session, sender, now)
    began = batch.first_called_at
    if began is not None and (channel.repeat is Repeat.NEVER or now - began > KEY_LIFE):
        _give_up(session, batch, now)
        return None
    if began is None and not _still_wanted(session, batch, now):
        return None
    batch.attempt += 1
    batch.first_called_at = began or now
    batch.check_at = now + _answer_time(channel)
    session.add(batch)
    sender_limits.take_call(sender, now)
    session.add(sender)
    session.flush()
    rows = storage.members(session, batch_id)
    if channel.repeat is Repeat.REST:
        rows = [row for row in rows if row.state is MessageState.SENDING]
    return replace(_call(session, batch_id, rows), is_first=began is None)


def settle(
    session: Session, sender_id: int, batch_id: int, answer: Answer, *, now: datetime
) -> None:
    """Store the answer of a call: the states of its messages and its end, together."""
    batch = storage.locked_batch(session, batch_id)
    if batch is None or batch.state is not BatchState.CALLING:
        return
    results = {result.message_id: result for result in answer.results}
    unknown = 0
    for row in storage.members(session, batch_id):
        result = results.get(row.id or 0)
        if result is None:
            unknown += row.state is MessageState.SENDING
        else:
            _settle_one(session, row, result, now)
    if unknown:  # what has a result is out of the way; the rest is asked again
        batch.check_at = now + rules.pause(batch.attempt)
        batch.error = f"{unknown} unknown"
    else:
        batch.state, batch.done_at, batch.check_at = BatchState.DONE, now, None
        batch.error = ""
    session.add(batch)
    if answer.rate is not None:
        sender = sender_storage.locked(session, sender_id)
        if sender is not None:
            sender_limits.learn_rate(sender, answer.rate)
            session.add(sender)
    session.flush()


def settle_trouble(
    session: Session,
    sender_id: int,
    batch_id: int,
    error: ChannelError,
    *,
    is_first: bool,
    now: datetime,
) -> None:
    """Store that a call got no results, and what follows: another look, a pause, a check.

    `is_first`: that of the `Call`. A first call that was refused leaves nothing unknown.
    """
    sender = sender_storage.locked(session, sender_id)
    batch = storage.locked_batch(session, batch_id)
    if sender is None or batch is None or batch.state is not BatchState.CALLING:
        return
    batch.error = error.reason
    if is_first and error.trouble in REFUSED:
        batch.first_called_at = None
    wait = error.retry_after
    match error.trouble:
        case Trouble.OUR_BUG:
            _give_up(session, batch, now)
            return
        case Trouble.QUOTA:
            sender_limits.pause(
                session, sender, "quota", now=now, seconds=wait or 3600, detail=error.reason
            )
            batch.check_at = sender.paused_until
        case Trouble.CLOSED:
            # The platform's own has no member who could take the pause off.
            again = None if sender.company_id is not None else 900
            sender_limits.pause(
                session, sender, "closed", now=now, seconds=again, detail=error.reason
            )
            batch.check_at = now + CALL_TIME
        case Trouble.BUSY:
            pause = timedelta(seconds=wait) if wait else rules.pause(batch.attempt) / 60
            batch.check_at = now + min(pause, timedelta(hours=1))
            sender_limits.hold(sender, batch.check_at)
        case Trouble.UNKNOWN:
            batch.check_at = now + rules.pause(batch.attempt) / 60
    session.add(batch)
    session.add(sender)
    session.flush()
    live.changed(session, f"sender:{sender_id}", sender_id)


def _settle_one(session: Session, row: Message, result: Result, now: datetime) -> None:
    if row.state is not MessageState.SENDING:
        # A notification was faster than the answer; its id is news all the same.
        if result.provider_id and not row.provider_id:
            row.provider_id = result.provider_id[:100]
            session.add(row)
        return
    if result.evidence is not None:
        row.provider_id = result.provider_id[:100] or row.provider_id
        delivery_events.apply(session, row, result.evidence, detail=result.detail, now=now)
        return
    if row.attempt + 1 >= rules.MOST_ATTEMPTS:
        delivery_events.apply(session, row, result.at_last, detail=result.detail, now=now)
        return
    row.attempt += 1
    row.batch_id = None
    row.check_at = now + max(timedelta(seconds=result.again_in or 0), rules.pause(row.attempt - 1))
    delivery_events.set_state(session, row, MessageState.PLANNED, detail=result.detail, now=now)


def _give_up(session: Session, batch: MessageBatch, now: datetime) -> None:
    """Nobody can find out any more by asking: somebody has to look (§8)."""
    batch.state, batch.done_at, batch.check_at = BatchState.NEEDS_CHECK, now, None
    session.add(batch)
    assert batch.id is not None
    for row in storage.members(session, batch.id):
        if row.state is MessageState.SENDING:
            delivery_events.set_state(
                session, row, MessageState.NEEDS_CHECK, detail=batch.error, now=now
            )
    live.changed(session, f"sender:{batch.sender_id}", batch.sender_id)


def _answer_time(channel: Channel) -> timedelta:
    return STATUS_TIME if channel.repeat is Repeat.NEVER else CALL_TIME


def _still_wanted(session: Session, batch: MessageBatch, now: datetime) -> bool:
    """Drop members with an alert from a call that was never taken; False when nobody is left."""
    assert batch.id is not None
    rows = storage.locked(session, [row.id or 0 for row in storage.members(session, batch.id)])
    kept = {row.id for row in _without_alerted(session, rows, now)}
    for row in rows:
        if row.id not in kept:
            row.batch_id = None
            session.add(row)
    if not kept:
        batch.state, batch.done_at, batch.check_at = BatchState.DONE, now, None
        session.add(batch)
    session.flush()
    return bool(kept)


def leave_account(session: Session, sender: Sender, *, now: datetime) -> None:
    """Another account takes a sender's place, which knows nothing of the calls of the old one.

    What was never taken is planned anew; where that is unknown, somebody has to look.
    """
    for batch in sender_storage.open_batches(session, sender.id or 0):
        if batch.first_called_at is not None:
            _give_up(session, batch, now)
            continue
        batch.state, batch.done_at, batch.check_at = BatchState.DONE, now, None
        session.add(batch)
        for row in storage.members(session, batch.id or 0):
            row.batch_id, row.check_at = None, now
            delivery_events.set_state(session, row, MessageState.PLANNED, now=now)


def _without_alerted(session: Session, rows: Sequence[Message], now: datetime) -> list[Message]:
    """Drop those to whose address nothing may be sent any more."""
    groups: dict[tuple[int, str], list[Message]] = {}
    for row in rows:
        if row.company_id is not None:
            groups.setdefault((row.company_id, row.channel), []).append(row)
    dropped: set[int | None] = set()
    for (company_id, channel), some in groups.items():
        found = alerts.blocks(
            session, System(company_id), ChannelName(channel), [row.to_norm for row in some]
        )
        for row in some:
            if row.to_norm in found:
                dropped.add(row.id)
                delivery_events.set_state(
                    session, row, MessageState.BLOCKED, detail=found[row.to_norm].value, now=now
                )
    return [row for row in rows if row.id not in dropped]


def _without_faults(
    session: Session, rows: Sequence[Message], made: Mapping[int, Made], now: datetime
) -> list[Message]:
    kept: list[Message] = []
    for row in rows:
        fault = made[row.id or 0].fault
        if fault:
            delivery_events.apply(session, row, Evidence.FAILED, detail=fault, now=now)
        else:
            kept.append(row)
    return kept


def _claimed(row: Message, made: Made, batch_id: int, now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {
        "id": row.id,
        "state": MessageState.SENDING,
        "state_at": now,
        "claimed_at": now,
        "check_at": None,
        "batch_id": batch_id,
    }
    if made.mail is not None and not row.subject:
        values["subject"] = rules.header(made.mail.subject, rules.SUBJECT_LIMIT)
        values["html"], values["text"] = made.mail.html, made.mail.text
    return values


def _freeze_files(session: Session, message_id: int, made: Sequence[NewFile]) -> None:
    rows = [
        MessageFile(
            message_id=message_id,
            position=position,
            name=file.name[:200],
            media_type=file.media_type,
            file_sha256=file.sha256,
            size=file.size,
        )
        for position, file in enumerate(made, 1)
    ]
    if rows:
        file_store.add_files(session, rows)


def _call(session: Session, batch_id: int, rows: Sequence[Message]) -> Call:
    """What is handed over: of a repeated call everything, whatever was heard of it meanwhile, since
    the same key must have the same content."""
    attached: dict[int, list[Attached]] = {}
    for file in file_store.files_of(session, [row.id or 0 for row in rows]):
        content = files.store().get(file.file_sha256)
        attached.setdefault(file.message_id, []).append(
            Attached(file.name, file.media_type, content)
        )
    return Call(batch_id, tuple(_outgoing(row, attached.get(row.id or 0, [])) for row in rows))


def _outgoing(row: Message, attached: Sequence[Attached]) -> Outgoing:
    return Outgoing(
        id=row.id or 0,
        to_address=row.to_address,
        to_name=row.to_name,
        reply_to=row.reply_to,
        subject=row.subject,
        html=secret_links.filled(row.html, row.link_seed),
        text=secret_links.filled(row.text, row.link_seed),
        files=tuple(attached),
        language=row.language,
        template=row.template,
        parameters=tuple(secret_links.filled(one, row.link_seed) for one in row.parameters or ()),
        mark=message_marks.mark_of(row.id or 0),
    )


def _planned(row: Message) -> Planned:
    return Planned(
        id=row.id or 0,
        kind=row.kind,
        channel=row.channel,
        language=row.language,
        variables=row.variables,
        is_frozen=bool(row.subject),
        company_id=row.company_id,
        document_id=row.document_id,
    )


def has_work(session: Session, sender_id: int, *, now: datetime) -> bool:
    """Whether a drain that begins now would find something."""
    sender = sender_storage.get(session, sender_id)
    if sender is None or sender_limits.is_paused(sender, now):
        return False
    return bool(
        storage.lanes(session, sender_id, now) or storage.due_batch(session, sender_id, now)
    )


def close(session: Session, sender_id: int, error: ChannelError, *, now: datetime) -> None:
    """Stop a sender whose channel cannot be built: its credentials are missing or unreadable."""
    sender = sender_storage.locked(session, sender_id)
    if sender is None or sender_limits.is_paused(sender, now):
        return
    again = None if sender.company_id is not None else 900
    sender_limits.pause(session, sender, "closed", now=now, seconds=again, detail=error.reason)


def end_pauses(session: Session, *, now: datetime) -> None:
    """Take pauses off whose time is over, where no message has done so by leaving."""
    for sender_id in sender_storage.paused_until(session, now):
        sender = sender_storage.locked(session, sender_id)
        if sender is not None:
            sender_limits.end_expired(session, sender, now)


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


def sender_of(session: Session, sender_id: int) -> Sender | None:
    """The sender's row, to be read outside of the transaction."""
    sender = sender_storage.get(session, sender_id)
    if sender is not None:
        session.expunge(sender)
    return sender
