"""What staff see of a document's mails – to whom, what became of each – and ending a link."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.delivery import TAKEN, UNDELIVERED
from clientportal.domain.document_filters import MAX_ID
from clientportal.domain.errors import NotFound
from clientportal.domain.permissions import Permission
from clientportal.services import document_support as support
from clientportal.services.guards import require_staff
from clientportal.storage import sending as storage
from clientportal.storage.models import DocumentLink, DocumentSend, Message

MOST_SHOWN = 200
MOST_LIVE = 1_000
"""Links that still open something are shown beyond `MOST_SHOWN`: they can be ended there alone."""


class Reach(StrEnum):
    """How far one mail has come. `opened`: by a program, as scanners of mail do; no person yet."""

    ON_ITS_WAY = "on_its_way"
    SENT = "sent"
    OPENED = "opened"
    SEEN = "seen"
    FAILED = "failed"


class LinkState(StrEnum):
    LIVE = "live"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One recipient of one send. `at`: when it came as far as `reach` says."""

    link_id: int
    name: str
    address: str
    reach: Reach
    at: datetime
    error: str
    link: LinkState


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One send with its recipients; `attempt` counts from 1."""

    attempt: int
    at: datetime
    author: str
    deliveries: tuple[Delivery, ...]


def listing(
    session: Session, actor: Actor, *, document_id: int, now: datetime
) -> tuple[Dispatch, ...]:
    """The document's sends, newest first; of too many, the oldest ended links are left out.

    Raises NotFound.
    """
    staff = require_staff(actor, Permission.MESSAGES_READ)
    support.found(session, staff, document_id)
    rows = [*storage.deliveries(session, staff, document_id, now, MOST_LIVE, live=True)]
    room = max(MOST_SHOWN - len(rows), 0)
    rows += storage.deliveries(session, staff, document_id, now, room, live=False)
    sends: dict[int, list[tuple[DocumentSend, Delivery]]] = {}
    for send, link, message in sorted(rows, key=lambda row: row[1].id or 0):
        sends.setdefault(link.send_id, []).append((send, _delivery(link, message, now)))
    return tuple(
        Dispatch(
            attempt=of[0][0].attempt,
            at=of[0][0].created_at,
            author=of[0][0].author,
            deliveries=tuple(delivery for _, delivery in of),
        )
        for _, of in sorted(sends.items(), reverse=True)
    )


def revoke(session: Session, actor: Actor, *, link_id: int, now: datetime) -> None:
    """End a link before its time; whoever has it open loses it. Doing it twice changes nothing.

    Raises NotFound.
    """
    staff = require_staff(actor, Permission.DOCUMENTS_SEND)
    link = storage.link(session, staff, link_id) if 0 < link_id <= MAX_ID else None
    if link is None:
        raise NotFound()
    if link.revoked_at is None:
        _end(session, staff, link, now)


def withdraw(
    session: Session,
    staff: Member | System,
    *,
    emails: Collection[str],
    account_id: int | None = None,
    now: datetime,
) -> int:
    """End every link that was sent to these addresses (normalised; of one account's documents).

    Called by the contacts service after its own permission check, when the addresses are nobody's
    there any more; returns how many there were.
    """
    links = storage.open_links(session, staff, emails, account_id, now)
    for link in links:
        _end(session, staff, link, now)
    return len(links)


def _end(session: Session, staff: Member | System, link: DocumentLink, now: datetime) -> None:
    link.revoked_at = now
    session.add(link)
    document = support.found(session, staff, link.document_id)
    support.tell(session, document)
    support.audited(session, staff, "document.link_revoked", document, now, email=link.to_address)


def _delivery(link: DocumentLink, message: Message, now: datetime) -> Delivery:
    reach, at = _reach(link, message)
    ended = LinkState.EXPIRED if link.expires_at <= now else LinkState.LIVE
    return Delivery(
        link_id=link.id or 0,
        name=link.to_name,
        address=link.to_address,
        reach=reach,
        at=at,
        error=message.error if reach is Reach.FAILED else "",
        link=LinkState.REVOKED if link.revoked_at is not None else ended,
    )


def _reach(link: DocumentLink, message: Message) -> tuple[Reach, datetime]:
    """A person's look beats everything: somebody who read the page got the mail."""
    if link.seen_at is not None:
        return Reach.SEEN, link.seen_at
    if message.state in UNDELIVERED:
        return Reach.FAILED, message.claimed_at or message.created_at
    if link.opened_at is not None:
        return Reach.OPENED, link.opened_at
    if message.state in TAKEN and message.sent_at is not None:
        return Reach.SENT, message.sent_at
    return Reach.ON_ITS_WAY, message.created_at
