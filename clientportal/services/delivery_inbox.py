"""Notifications about messages that came in, worked off in batches (DESIGN rule 10).

A notification may only speak of messages that left by the sender whose secret signed it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import Session

from clientportal.channels import delivery_reports, resend_notices, whatsapp_notices
from clientportal.channels.notices import (
    ChannelNotice,
    InboundNotice,
    MessageNotice,
    Notice,
    NotUnderstood,
    SuppressionNotice,
)
from clientportal.domain.actors import System
from clientportal.domain.contactability import EFFECTS, Evidence
from clientportal.domain.errors import PortalError
from clientportal.services import (
    addresses,
    alerts,
    delivery_events,
    message_marks,
    sender_limits,
    senders,
)
from clientportal.storage import alerts as alert_storage
from clientportal.storage import outgoing as outgoing_storage
from clientportal.storage import payments as inbox_storage
from clientportal.storage import senders as sender_storage
from clientportal.storage.models import AddressState, Channel, Message, Sender, WebhookInbox

log = structlog.get_logger()

Units = Callable[[], AbstractContextManager[Session]]

BATCH = 500
CHUNK = 50
MOST_TRIES = 5


def process_inbox(units: Units, provider: str, *, now: datetime) -> int:
    """Work off one batch of notifications; returns how many there were.

    In chunks, each a transaction. One that cannot be worked is tried alone, so that it holds up
    nobody else, and given up after a few tries with its error on the row.
    """
    with units() as session:
        rows = list(inbox_storage.unprocessed(session, provider, BATCH))
        session.expunge_all()
    for start in range(0, len(rows), CHUNK):
        _work(units, rows[start : start + CHUNK], now)
    return len(rows)


def _work(units: Units, rows: Sequence[WebhookInbox], now: datetime) -> None:
    try:
        with units() as session:
            _apply_rows(session, rows, now)
    except Exception as error:
        if len(rows) > 1:
            for row in rows:
                _work(units, [row], now)
            return
        log.exception("delivery.notification.failed", inbox=rows[0].id)
        with units() as session:
            inbox_storage.count_failed_try(
                session, [rows[0].id or 0], type(error).__name__, most=MOST_TRIES, now=now
            )


@dataclass(frozen=True, slots=True)
class _Heard:
    """What a notification says; `error`: why it says nothing."""

    sender: Sender | None
    notices: Sequence[Notice] = ()
    error: str = ""


def _apply_rows(session: Session, rows: Sequence[WebhookInbox], now: datetime) -> None:
    """Apply those that no other drain has taken, in their order.

    Their messages are locked together, in the order of their ids, as whoever stores answers does:
    the two never wait for each other in a circle.
    """
    ours = inbox_storage.still_unprocessed(session, [row.id or 0 for row in rows])
    rows = [row for row in rows if row.id in ours]
    known: dict[int, Sender | None] = {}
    for reference in {int(row.reference) for row in rows}:
        known[reference] = sender_storage.get(session, reference)
    heard = {row.id or 0: _heard(known[int(row.reference)], row) for row in rows}
    messages = outgoing_storage.of_providers(session, _provider_ids(heard.values()))
    ended: dict[str, list[int]] = {}
    for row_id, one in heard.items():
        applied = [
            _apply(session, one.sender, notice, messages, row_id, now)
            for notice in one.notices
            if one.sender is not None
        ]
        error = one.error or ("" if all(applied) else "unknown_message")
        ended.setdefault(error, []).append(row_id)
    for error, ids in ended.items():
        inbox_storage.mark_processed(session, ids, now, error)


def _heard(sender: Sender | None, row: WebhookInbox) -> _Heard:
    if sender is None:
        return _Heard(None, error="unknown_sender")
    try:
        return _Heard(sender, _read(sender, row))
    except NotUnderstood:
        return _Heard(sender, error="not_understood")


def _provider_ids(heard: Iterable[_Heard]) -> set[tuple[int, str]]:
    return {
        (one.sender.id or 0, notice.provider_id)
        for one in heard
        for notice in one.notices
        if one.sender is not None and isinstance(notice, MessageNotice) and notice.provider_id
    }


def _read(sender: Sender, row: WebhookInbox) -> list[Notice]:
    if row.provider == "resend":
        notice = resend_notices.read(row.raw)
        return [notice] if notice is not None else []
    if row.provider == "whatsapp":
        return [
            notice
            for number, notice in whatsapp_notices.read(row.raw)
            if number == sender.external_id
        ]
    return list(delivery_reports.read(row.raw))


def _apply(
    session: Session,
    sender: Sender,
    notice: Notice,
    messages: Mapping[tuple[int, str], Message],
    event_id: int,
    now: datetime,
) -> bool:
    """Apply one notice; False when it speaks of nothing that we know."""
    match notice:
        case MessageNotice():
            found = messages.get((sender.id or 0, notice.provider_id))
            return _message(session, sender, notice, event_id, now, found)
        case SuppressionNotice():
            return _suppressed(session, sender, notice, event_id, now)
        case InboundNotice():
            return _inbound(session, sender, notice)
        case ChannelNotice():
            sender_limits.pause(session, sender, "closed", now=now, detail=notice.reason)
            return True


def _message(
    session: Session,
    sender: Sender,
    notice: MessageNotice,
    event_id: int,
    now: datetime,
    found: Message | None = None,
) -> bool:
    message_id = notice.message_id
    if notice.mark:
        message_id = message_marks.message_of(notice.mark)
    assert sender.id is not None
    message = found or outgoing_storage.of_sender(
        session, sender.id, provider_id=notice.provider_id, message_id=message_id
    )
    if message is None:
        return False
    if notice.provider_id and not message.provider_id:
        message.provider_id = notice.provider_id
        session.add(message)
    evidence = notice.evidence
    if notice.recipient and notice.recipient.casefold() != message.to_norm:
        # It was forwarded, and that mailbox failed: nothing certain about the address we know.
        evidence = Evidence.SOFT_BOUNCE if EFFECTS[evidence].alert else evidence
    delivery_events.apply(
        session, message, evidence, detail=notice.detail, event_id=event_id, now=now
    )
    if message.company_id is not None and (notice.wa_id or notice.bsuid):
        known = alert_storage.state(
            session, System(message.company_id), Channel.WHATSAPP, message.to_norm
        )
        known.wa_id = notice.wa_id or known.wa_id
        known.bsuid = notice.bsuid or known.bsuid
        session.add(known)
    return True


def _suppressed(
    session: Session, sender: Sender, notice: SuppressionNotice, event_id: int, now: datetime
) -> bool:
    """An address on the provider's list is an alert for each company that sends through it."""
    try:
        address = addresses.email(notice.address)
    except PortalError:
        return False
    if sender.company_id is not None:
        companies = [sender.company_id]
    else:
        companies = [
            company_id
            for company_id in alert_storage.companies_with(session, Channel.EMAIL, address)
            if _sends_by(session, company_id, sender, now)
        ]
    known = False
    for company_id in companies:
        system = System(company_id)
        if alert_storage.holders(session, system, Channel.EMAIL, address):
            known = True
            alerts.raise_alert(
                session,
                system,
                channel=Channel.EMAIL,
                address=address,
                reason=notice.reason,
                detail="suppression list",
                event_id=event_id,
                now=now,
            )
    return known


def _sends_by(session: Session, company_id: int, sender: Sender, now: datetime) -> bool:
    carrier = senders.carrier(session, company_id, sender.channel, now=now)
    return carrier is not None and carrier.id == sender.id


def _inbound(session: Session, sender: Sender, notice: InboundNotice) -> bool:
    """A person wrote: their window is open for 24 hours. No alert goes by itself (§12)."""
    known = _known_persons(session, sender, notice)
    for state in known:
        state.last_inbound_at = max(filter(None, (state.last_inbound_at, notice.at)))
        state.wa_id = notice.sender or state.wa_id
        state.bsuid = notice.bsuid or state.bsuid
        session.add(state)
    session.flush()
    return bool(known)


def _known_persons(
    session: Session, sender: Sender, notice: InboundNotice
) -> Sequence[AddressState]:
    """What is known of the writer, by their own id first, then by telephone (§3, identity)."""
    if sender.company_id is not None:
        companies: Sequence[int] = [sender.company_id]
    else:
        companies = alert_storage.companies_with(
            session, Channel.WHATSAPP, f"+{notice.sender.lstrip('+')}"
        )
    found: list[AddressState] = []
    for company_id in companies:
        system = System(company_id)
        by_person = alert_storage.by_person(session, system, notice.bsuid, notice.sender)
        if by_person:
            found += by_person
        elif notice.sender:
            address = f"+{notice.sender.lstrip('+')}"
            if alert_storage.holders(session, system, Channel.WHATSAPP, address):
                found.append(alert_storage.state(session, system, Channel.WHATSAPP, address))
    return found
