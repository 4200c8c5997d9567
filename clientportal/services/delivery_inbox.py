"""Notifications about messages: verified, kept once, worked off in batches (DESIGN rule 10).

A notification may only speak of messages that left by the sender whose secret signed it.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import Session

from clientportal import queue
from clientportal.channels import delivery_reports, resend_notices, whatsapp_notices
from clientportal.channels.base import ChannelError
from clientportal.channels.notices import (
    ChannelNotice,
    InboundNotice,
    MessageNotice,
    NotGenuine,
    Notice,
    NotUnderstood,
    SuppressionNotice,
)
from clientportal.domain.actors import System
from clientportal.domain.contactability import EFFECTS, Evidence
from clientportal.domain.errors import NotFound, PortalError
from clientportal.services import (
    addresses,
    alerts,
    delivery_events,
    message_marks,
    sender_limits,
    senders,
)
from clientportal.storage import alerts as alert_storage
from clientportal.storage import identity as identity_store
from clientportal.storage import outgoing as outgoing_storage
from clientportal.storage import payments as inbox_storage
from clientportal.storage import senders as sender_storage
from clientportal.storage.models import AddressState, Channel, Sender, WebhookInbox

log = structlog.get_logger()

Units = Callable[[], AbstractContextManager[Session]]

PROVIDERS = {"resend": Channel.EMAIL, "smtp": Channel.EMAIL, "whatsapp": Channel.WHATSAPP}
BATCH = 500
CHUNK = 50
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Received:
    """What the webhook route answers."""

    status: int
    reason: str = ""


def receive(
    session: Session,
    *,
    provider: str,
    company_slug: str | None,
    raw: bytes,
    headers: Mapping[str, str],
    now: datetime,
) -> Received:
    """Verify a notification, store it once, wake the inbox.

    Raises NotFound for an unknown provider or company, and where that one has no such sender. 401
    for one that is not genuine, which is not kept; 503 while the secret is missing.
    """
    sender = _sender(session, provider, company_slug, now)
    try:
        secrets = senders.facts(sender).secrets
    except ChannelError:
        return Received(503, "missing_secret")
    try:
        name = _verified(provider, raw, headers, secrets, now)
    except NotGenuine as error:
        return Received(401, error.reason)
    if name is None:
        return Received(503, "missing_secret")
    if sender.id is None:  # genuine, and the first that the platform's sender has to do with
        stored = senders.carrier(session, None, sender.channel, now=now)
        assert stored is not None
        sender = stored
    row = WebhookInbox(
        provider=provider,
        company_id=sender.company_id,
        dedupe_key=f"{sender.id}:{name}"[:200],
        reference=str(sender.id),
        raw=raw,
        received_at=now,
    )
    if inbox_storage.insert_notification(session, row):
        queue.wake_inbox(session, provider, now)
    return Received(200)


def keep_report(session: Session, *, raw: bytes, now: datetime) -> bool:
    """Store a delivery report that the operator's own mail server handed over; whether it is one.

    Its mark is proven here already, so that the mail server learns at once whose mail it is.
    """
    try:
        notices = delivery_reports.read(raw)
    except NotUnderstood:
        return False
    sender = senders.carrier(session, None, Channel.EMAIL, now=now)
    if sender is None or not any(message_marks.message_of(notice.mark) for notice in notices):
        return False
    row = WebhookInbox(
        provider="smtp",
        company_id=None,
        dedupe_key=f"{sender.id}:{hashlib.sha256(raw).hexdigest()}",
        reference=str(sender.id),
        raw=raw,
        received_at=now,
    )
    if inbox_storage.insert_notification(session, row):
        queue.wake_inbox(session, "smtp", now)
    return True


def challenge(
    session: Session,
    *,
    provider: str,
    company_slug: str | None,
    query: Mapping[str, str],
    now: datetime,
) -> str | None:
    """What to answer a provider that asks whether the address is ours; None: it is not for it.

    Raises NotFound as `receive`.
    """
    if provider != "whatsapp":
        raise NotFound()
    sender = _sender(session, provider, company_slug, now)
    try:
        token = senders.facts(sender).secrets.get("verify_token", "")
    except ChannelError:
        return None
    return whatsapp_notices.challenge(query, token)


def _sender(session: Session, provider: str, company_slug: str | None, now: datetime) -> Sender:
    """The sender whose notifications come here. Raises NotFound."""
    channel = PROVIDERS.get(provider)
    if channel is None:
        raise NotFound()
    company_id: int | None = None
    if company_slug is not None:
        company = identity_store.company_by_slug(session, company_slug)
        if company is None:
            raise NotFound()
        company_id = company.id
        found = sender_storage.find(session, company_id, channel)
    else:
        found = senders.platform_as_is(session, channel, now=now)
    if found is None or found.provider != provider:
        raise NotFound()
    return found


def _verified(
    provider: str,
    raw: bytes,
    headers: Mapping[str, str],
    secrets: Mapping[str, str],
    now: datetime,
) -> str | None:
    """The notification's own name; None without the secret to check it by. Raises NotGenuine."""
    if provider == "resend":
        secret = secrets.get("webhook_secret", "")
        return resend_notices.verify(raw, headers, secret, now=now) if secret else None
    if provider == "whatsapp":
        secret = secrets.get("app_secret", "")
        return whatsapp_notices.verify(raw, headers, secret) if secret else None
    secret = secrets.get("bounce_token", "")
    if not secret:
        return None
    given = headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), secret.encode()):
        raise NotGenuine("token")
    return hashlib.sha256(raw).hexdigest()


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
            for row in rows:
                _apply_row(session, row, now)
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


def _apply_row(session: Session, row: WebhookInbox, now: datetime) -> None:
    assert row.id is not None
    sender = sender_storage.get(session, int(row.reference))
    error = "unknown_sender" if sender is None else ""
    if sender is not None:
        try:
            known = [_apply(session, sender, notice, row.id, now) for notice in _read(sender, row)]
            error = "" if all(known) else "unknown_message"
        except NotUnderstood:
            error = "not_understood"
    inbox_storage.mark_processed(session, [row.id], now, error)


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


def _apply(session: Session, sender: Sender, notice: Notice, event_id: int, now: datetime) -> bool:
    """Apply one notice; False when it speaks of nothing that we know."""
    match notice:
        case MessageNotice():
            return _message(session, sender, notice, event_id, now)
        case SuppressionNotice():
            return _suppressed(session, sender, notice, event_id, now)
        case InboundNotice():
            return _inbound(session, sender, notice)
        case ChannelNotice():
            sender_limits.pause(session, sender, "closed", now=now, detail=notice.reason)
            return True


def _message(
    session: Session, sender: Sender, notice: MessageNotice, event_id: int, now: datetime
) -> bool:
    message_id = notice.message_id
    if notice.mark:
        message_id = message_marks.message_of(notice.mark)
    assert sender.id is not None
    message = outgoing_storage.of_sender(
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
