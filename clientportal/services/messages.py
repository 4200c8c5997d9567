"""Messages on their way out: planned once, frozen at the first claim (DESIGN rule 9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal import live, queue
from clientportal.channels.base import DeliveryError, Outgoing, Result
from clientportal.domain import messages as rules
from clientportal.domain.actors import Actor
from clientportal.domain.permissions import Permission, require
from clientportal.rendering.mail import Mail
from clientportal.services import addresses
from clientportal.storage import due
from clientportal.storage import messages as store
from clientportal.storage.models import Message, MessageState

TOPIC = "message"
MOST_LISTED = 200


@dataclass(frozen=True, slots=True)
class Planned:
    """What the body of a message is made from."""

    id: int
    attempt: int
    kind: str
    language: str
    variables: Mapping[str, object]
    is_frozen: bool


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


@dataclass(frozen=True, slots=True)
class Post:
    """A mail of the local mailbox, whole."""

    id: int
    to_address: str
    to_name: str
    reply_to: str
    language: str
    subject: str
    html: str
    text: str
    state: MessageState
    created_at: datetime


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
) -> int | None:
    """Store a message and enqueue its delivery in the caller's transaction.

    `kind` and `variables` (JSON-safe) are those of `rendering.mail.render`. Returns the id, or None
    when `dedupe_key` was planned before: then nothing happens. Raises Invalid("email_invalid").
    """
    message = Message(
        company_id=company_id,
        account_id=account_id,
        document_id=document_id,
        user_id=user_id,
        kind=kind,
        to_address=rules.address(to),
        to_norm=addresses.email(to),
        to_name=rules.header(to_name, 200),
        reply_to=rules.address(reply_to) if reply_to else "",
        language=language,
        variables=dict(variables),
        dedupe_key=dedupe_key,
        created_at=now,
        check_at=now + rules.FIRST_LOOK,
    )
    message_id = store.insert_once(session, message)
    if message_id is not None:
        _enqueue(session, message_id, 0)
    return message_id


def planned(session: Session, message_id: int, attempt: int) -> Planned | None:
    """The message when this attempt is still to be made, else None."""
    row = store.get(session, message_id)
    if row is None or row.state is not MessageState.PLANNED or row.attempt != attempt:
        return None
    return Planned(
        id=message_id,
        attempt=attempt,
        kind=row.kind,
        language=row.language,
        variables=row.variables,
        is_frozen=bool(row.subject),
    )


def claim(
    session: Session, message_id: int, attempt: int, *, mail: Mail | None, now: datetime
) -> Outgoing | None:
    """Take the message for sending and freeze its body, `mail`, if this is the first claim.

    None when another worker was first. After this commits, and only then, the channel is called.
    """
    body: dict[str, object] = {}
    if mail is not None:
        subject = rules.header(mail.subject, rules.SUBJECT_LIMIT)
        body = {"subject": subject, "html": mail.html, "text": mail.text}
    times = {"claimed_at": now, "check_at": now + rules.CLAIM_TIME}
    if not store.claim(session, message_id, attempt, **body, **times):
        return None
    row = store.get(session, message_id)
    if row is None:
        return None
    session.refresh(row)
    return Outgoing(
        id=message_id,
        to_address=row.to_address,
        to_name=row.to_name,
        reply_to=row.reply_to,
        subject=row.subject,
        html=row.html,
        text=row.text,
    )


def settle(session: Session, result: Result, attempt: int, *, now: datetime) -> None:
    """Store what the channel said about one claimed message.

    Sent is final whichever attempt reports it; a failure counts only for the current attempt. After
    a temporary one the sweep tries again, with growing pauses, ten times.
    """
    if result.error is None:
        done = store.settle(
            session,
            result.message_id,
            state=MessageState.SENT,
            sent_at=now,
            check_at=None,
            provider_id=result.provider_id[:100],
            error="",
        )
    else:
        final = result.error.permanent or attempt + 1 >= rules.MOST_ATTEMPTS
        done = store.settle(
            session,
            result.message_id,
            attempt,
            state=MessageState.FAILED if final else MessageState.SENDING,
            check_at=None if final else now + rules.pause(attempt),
            error=result.error.reason[:300],
        )
    if done:
        live.changed(session, TOPIC, result.message_id)


def retry_overdue(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Start the next attempt of messages whose delivery is overdue; returns how many.

    Covers a killed worker (row in `sending`), a lost job (`planned`) and temporary failures. After
    the last attempt the message has failed.
    """
    count = 0
    for _company_id, message_id, attempt in due.messages(session, now, limit):
        if attempt + 1 >= rules.MOST_ATTEMPTS:
            error = DeliveryError("no answer", permanent=True)
            settle(session, Result(message_id, error=error), attempt, now=now)
            continue
        check_at = now + rules.pause(attempt + 1)
        if store.retry(session, message_id, attempt, check_at):
            _enqueue(session, message_id, attempt + 1)
            count += 1
    return count


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


def mailbox(session: Session, *, address: str = "", limit: int = MOST_LISTED) -> list[Post]:
    """Every mail that was rendered, newest first: for `/outbox` alone, which production has not."""
    found = store.mailbox(session, address.strip().casefold(), limit)
    return [_post(message) for message in found]


def post(session: Session, message_id: int) -> Post | None:
    """One mail of the local mailbox; None when there is none or it was not rendered yet."""
    row = store.get(session, message_id)
    return _post(row) if row is not None and row.channel == "email" and row.subject else None


def _enqueue(session: Session, message_id: int, attempt: int) -> None:
    key = f"deliver_message:{message_id}:{attempt}"
    queue.enqueue(session, "deliver_message", key, message_id, attempt)
    live.changed(session, TOPIC, message_id)


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


def _post(row: Message) -> Post:
    return Post(
        id=row.id or 0,
        to_address=row.to_address,
        to_name=row.to_name,
        reply_to=row.reply_to,
        language=row.language,
        subject=row.subject,
        html=row.html,
        text=row.text,
        state=row.state,
        created_at=row.created_at,
    )
