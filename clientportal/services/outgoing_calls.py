"""Calls to a provider, fixed before they are made: members, bodies, key (DESIGN rule 9)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from clientportal.channels.base import (
    Attached,
    Channel,
    Outgoing,
    Repeat,
)
from clientportal.domain import messages as rules
from clientportal.domain.actors import System
from clientportal.domain.contactability import Evidence
from clientportal.domain.delivery import MessageState
from clientportal.services import (
    alerts,
    campaigns,
    delivery_events,
    message_marks,
    message_states,
    secret_links,
    sender_limits,
    whatsapp_forms,
)
from clientportal.services.outgoing import Call, Made, NewFile
from clientportal.services.outgoing_results import CALL_TIME, give_up
from clientportal.storage import files
from clientportal.storage import outgoing as storage
from clientportal.storage import senders as sender_storage
from clientportal.storage import sending as file_store
from clientportal.storage.models import (
    BatchState,
    MessageBatch,
    MessageFile,
)
from clientportal.storage.models import Channel as ChannelName
from clientportal.storage.outgoing import Letter

KEY_LIFE = timedelta(hours=23)
"""How long a call is repeated under its key: the provider keeps it for 24 hours (§8)."""
STATUS_TIME = timedelta(minutes=2)
"""How long a call that may not be repeated waits for a notification about it (§3)."""


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
    rows = campaigns.without_paused(session, storage.planned_of(session, list(made), lane))
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
    letters = [
        whatsapp_forms.with_template(
            _with_body(row, made[row.id]), made[row.id].short, sender, texted
        )
        for row in rows
    ]
    storage.fix(session, letters, batch_id, now)
    for row in rows:
        if not row.subject:
            _freeze_files(session, row.id, made[row.id].files)
    sender_limits.take_call(sender, now)
    session.add(sender)
    session.flush()
    call = _call(session, batch_id, letters)
    return replace(call, may_repeat=channel.repeat is not Repeat.NEVER)


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
        give_up(session, batch, now)
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
    rows = storage.letters_of(session, batch_id)
    if channel.repeat is Repeat.REST:
        rows = [row for row in rows if row.state is MessageState.SENDING]
    return replace(
        _call(session, batch_id, rows),
        is_first=began is None,
        may_repeat=channel.repeat is not Repeat.NEVER,
    )


def _answer_time(channel: Channel) -> timedelta:
    return STATUS_TIME if channel.repeat is Repeat.NEVER else CALL_TIME


def _still_wanted(session: Session, batch: MessageBatch, now: datetime) -> bool:
    """Drop members with an alert from a call that was never taken; False when nobody is left."""
    assert batch.id is not None
    rows = storage.locked(session, [row.id for row in storage.letters_of(session, batch.id)])
    kept = {row.id for row in _without_alerted(session, storage.letters_of(session, batch.id), now)}
    for row in rows:
        if row.id not in kept:
            row.batch_id = None
            session.add(row)
    if not kept:
        batch.state, batch.done_at, batch.check_at = BatchState.DONE, now, None
        session.add(batch)
    session.flush()
    return bool(kept)


def _without_alerted(session: Session, rows: Sequence[Letter], now: datetime) -> list[Letter]:
    """Drop those to whose address nothing may be sent any more."""
    groups: dict[tuple[int, str], list[Letter]] = {}
    for row in rows:
        if row.company_id is not None:
            groups.setdefault((row.company_id, row.channel), []).append(row)
    dropped: dict[int, str] = {}
    for (company_id, channel), some in groups.items():
        found = alerts.blocks(
            session, System(company_id), ChannelName(channel), [row.to_norm for row in some]
        )
        dropped |= {row.id: found[row.to_norm].value for row in some if row.to_norm in found}
    for message in storage.locked(session, dropped) if dropped else ():
        detail = dropped[message.id or 0]
        message_states.set_state(session, message, MessageState.BLOCKED, detail=detail, now=now)
    return [row for row in rows if row.id not in dropped]


def _without_faults(
    session: Session, rows: Sequence[Letter], made: Mapping[int, Made], now: datetime
) -> list[Letter]:
    faulty = [row.id for row in rows if made[row.id].fault]
    for message in storage.locked(session, faulty) if faulty else ():
        fault = made[message.id or 0].fault
        delivery_events.apply(session, message, Evidence.FAILED, detail=fault, now=now)
    return [row for row in rows if not made[row.id].fault]


def _with_body(row: Letter, made: Made) -> Letter:
    if made.mail is None or row.subject:
        return row
    subject = rules.header(made.mail.subject, rules.SUBJECT_LIMIT)
    return row._replace(subject=subject, html=made.mail.html, text=made.mail.text)


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


def _call(session: Session, batch_id: int, rows: Sequence[Letter]) -> Call:
    """What is handed over: of a repeated call everything, whatever was heard of it meanwhile, since
    the same key must have the same content."""
    attached: dict[int, list[Attached]] = {}
    for file in file_store.files_of(session, [row.id for row in rows]):
        content = files.store().get(file.file_sha256)
        attached.setdefault(file.message_id, []).append(
            Attached(file.name, file.media_type, content)
        )
    return Call(batch_id, tuple(_outgoing(row, attached.get(row.id, [])) for row in rows))


def _outgoing(row: Letter, attached: Sequence[Attached]) -> Outgoing:
    return Outgoing(
        id=row.id,
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
        mark=message_marks.mark_of(row.id),
    )
