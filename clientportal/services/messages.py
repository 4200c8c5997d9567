"""Messages: planned in the transaction of their cause, handed over later (DESIGN rule 9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal.domain import messages as rules
from clientportal.domain.actors import Actor, System
from clientportal.domain.delivery import MessageState
from clientportal.domain.errors import Invalid
from clientportal.domain.permissions import Permission, require
from clientportal.services import addresses, alerts, delivery_events, senders
from clientportal.storage import messages as store
from clientportal.storage.models import Channel, Message

MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message in a list of staff: never its body, which may hold a customer's private links."""

    id: int
    kind: str
    channel: str
    to_address: str
    to_name: str
    subject: str
    state: MessageState
    error: str
    account_id: int | None
    document_id: int | None
    created_at: datetime
    sent_at: datetime | None


def plan(
    session: Session,
    *,
    kind: str,
    to: str,
    language: str,
    variables: Mapping[str, object],
    dedupe_key: str,
    now: datetime,
    company_id: int | None = None,
    account_id: int | None = None,
    document_id: int | None = None,
    user_id: int | None = None,
    to_name: str = "",
    reply_to: str = "",
    link_seed: str = "",
    channel: Channel = Channel.EMAIL,
    fallback_of: int | None = None,
    in_bulk: bool = False,
    campaign: str = "",
) -> int | None:
    """Store a message and wake its sender in the caller's transaction.

    `kind` and `variables` (JSON-safe) are those of `rendering.mail.render`; of `link_seed` comes
    the token that stands in them as `secret_links.PLACE`. `in_bulk`: nobody waits for it, so what
    somebody waits for goes first. An address with an alert gets a row in state `blocked` and no
    message (contracts §10 rule 2). Returns the id, or None when `dedupe_key` was planned before:
    then nothing happens. Raises Invalid("email_invalid", "phone_invalid", "channel_not_set_up").
    """
    written, norm = _address(channel, to)
    sender = senders.carrier(session, company_id, channel, now=now)
    if sender is None or sender.id is None:
        raise Invalid(code="channel_not_set_up", field="channel", channel=channel.value)
    blocked = (
        alerts.blocks(session, System(company_id), channel, [norm])
        if company_id is not None
        else {}
    )
    message = Message(
        company_id=company_id,
        account_id=account_id,
        document_id=document_id,
        user_id=user_id,
        kind=kind,
        channel=channel.value,
        to_address=written,
        to_norm=norm,
        to_name=rules.header(to_name, 200),
        reply_to=rules.address(reply_to) if reply_to else "",
        language=language,
        variables=dict(variables),
        link_seed=link_seed,
        dedupe_key=dedupe_key,
        created_at=now,
        check_at=None if blocked else now,
        sender_id=sender.id,
        lane="bulk" if in_bulk else "now",
        campaign=campaign[:60],
        fallback_of=fallback_of,
    )
    message_id = store.insert_once(session, message)
    if message_id is None:
        return None
    row = store.get(session, message_id)
    assert row is not None
    if blocked:
        delivery_events.set_state(
            session, row, MessageState.BLOCKED, detail=blocked[norm].value, now=now
        )
    else:
        delivery_events.tell(session, row)
        senders.wake(session, sender.id, now)
    return message_id


def _address(channel: Channel, to: str) -> tuple[str, str]:
    """(as it is sent to, normalised). Raises Invalid as `plan`."""
    if channel is Channel.EMAIL:
        return rules.address(to), addresses.email(to)
    _, norm = addresses.phone(to, "")
    return norm, norm


def listing(
    session: Session,
    actor: Actor,
    *,
    account_id: int | None = None,
    document_id: int | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[MessageRow]:
    """The company's messages, newest first. Needs messages:read; `before_id` pages on."""
    require(actor, Permission.MESSAGES_READ)
    rows = store.newest(
        session,
        actor,
        account_id=account_id,
        document_id=document_id,
        before_id=before_id,
        limit=min(limit, MOST_LISTED),
    )
    return [_row(message) for message in rows]


def _row(row: Message) -> MessageRow:
    return MessageRow(
        id=row.id or 0,
        kind=row.kind,
        channel=row.channel,
        to_address=row.to_address,
        to_name=row.to_name,
        subject=row.subject,
        state=row.state,
        error=row.error,
        account_id=row.account_id,
        document_id=row.document_id,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )
