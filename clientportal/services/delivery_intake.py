"""Notifications about messages as they come in: verified, kept once (DESIGN rule 10)."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal import queue
from clientportal.channels import delivery_reports, resend_notices, whatsapp_notices
from clientportal.channels.base import ChannelError
from clientportal.channels.notices import NotGenuine, NotUnderstood
from clientportal.domain.errors import NotFound
from clientportal.services import message_marks, senders
from clientportal.storage import identity as identity_store
from clientportal.storage import payments as inbox_storage
from clientportal.storage import senders as sender_storage
from clientportal.storage.models import Channel, Sender, WebhookInbox

PROVIDERS = {"resend": Channel.EMAIL, "smtp": Channel.EMAIL, "whatsapp": Channel.WHATSAPP}
Door = tuple[str, str | None]
"""Where a notification comes in: provider, and slug of the company or None."""


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
    known: dict[Door, Sender] | None = None,
) -> Received:
    """Verify a notification, store it once, wake the inbox.

    `known`: senders that others of the same transaction came for, and this one's from then on.

    Raises NotFound for an unknown provider or company, and where that one has no such sender. 401
    for one that is not genuine, which is not kept; 503 while the secret is missing.
    """
    doors: dict[Door, Sender] = {} if known is None else known
    door = (provider, company_slug)
    sender = doors.get(door) or _sender(session, provider, company_slug, now)
    doors[door] = sender
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
        sender = doors[door] = stored
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
