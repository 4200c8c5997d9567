"""The link of a sent document: who holds it, and whether a person has read what it opens.

`hold` is a use case without an actor: it is what makes one (DESIGN rule 2).
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clientportal.domain import dates
from clientportal.domain.actors import Actor, Customer, Guest
from clientportal.domain.documents import Lifecycle
from clientportal.domain.errors import Gone, NotAllowed, NotFound, TooMany
from clientportal.domain.permissions import Permission, require
from clientportal.limits import Limiter, network_of
from clientportal.services import document_support as support
from clientportal.services import secret_links
from clientportal.services.guards import require_customer
from clientportal.services.identity import Principal
from clientportal.storage import companies as company_storage
from clientportal.storage import documents as document_storage
from clientportal.storage import identity as store
from clientportal.storage import payments as payment_storage
from clientportal.storage import sending as storage
from clientportal.storage.models import Document, DocumentLink

GUESSES_PER_SECOND = 1 / 60
GUESSES_AT_ONCE = 30
_guesses = Limiter(GUESSES_PER_SECOND, GUESSES_AT_ONCE)
"""Tokens that open nothing, per network: after thirty, one a minute. A token has 256 bits, so this
tells programs to stop more than it protects anybody."""


def hold(session: Session, *, token: str, address: str, now: datetime) -> Guest:
    """Whoever holds this token, for the one document that it opens.

    `address` is the visitor's network address. Raises NotFound for a token that never was one,
    TooMany for a network that tries many of them, Gone for one that has had its time:
    "link_expired" or "link_revoked" with its company, the former with its day there.
    """
    digest = secret_links.hash_of(token) if secret_links.is_token(token) else ""
    found = store.document_link(session, digest) if digest else None
    if found is None or found[1].lifecycle is Lifecycle.DRAFT:
        # Only after the look: whoever holds a link shares a network with those who guess.
        if not _guesses.allows(network_of(address)):
            raise TooMany(seconds=60)
        raise NotFound()
    link, document = found
    guest = Guest(
        link_id=document_storage.identity(link),
        company_id=link.company_id,
        account_id=document.account_id,
        document_id=link.document_id,
        name=link.to_name or link.to_address,
    )
    if link.revoked_at is not None or link.expires_at <= now:
        _had_its_time(session, guest, link)
    return guest


def _had_its_time(session: Session, guest: Guest, link: DocumentLink) -> None:
    company = company_storage.visible(session, guest, guest.company_id)
    assert company is not None
    if link.revoked_at is not None:
        raise Gone(code="link_revoked", company=company.name)
    day = dates.local_date(link.expires_at, ZoneInfo(company.time_zone))
    raise Gone(code="link_expired", company=company.name, date=day.isoformat())


def opened(session: Session, actor: Actor, *, now: datetime) -> None:
    """A program has loaded the page of the link: a browser, or a scanner of mail that runs scripts.

    Kept apart from what a person reads. Only the first time counts.
    """
    guest = _guest(actor)
    if storage.set_once(session, guest.link_id, opened_at=now):
        support.tell(session, support.found(session, guest, guest.document_id))


def seen(session: Session, actor: Actor, *, who: Principal, now: datetime) -> None:
    """A person has read the document behind the link.

    `who` is signed in in that browser: staff of the company, who look at what they sent, are no
    readers. Only the first time of each link is written down.
    """
    guest = _guest(actor)
    if who.user_id is not None and store.is_member(session, who.user_id, guest.company_id):
        return
    if storage.set_once(session, guest.link_id, seen_at=now):
        _note(session, guest, guest.document_id, now)


def seen_in_portal(session: Session, actor: Actor, *, document_id: int, now: datetime) -> None:
    """A customer has read the document in the portal: so were the mails to their address.

    Written down once per document, and once for each mail. Raises NotFound.
    """
    customer = require_customer(actor, Permission.DOCUMENTS_READ)
    document = support.found(session, customer, document_id)
    links = storage.unseen_of(session, customer, document_id, customer.email)
    if document.seen_at is not None and not links:
        return
    for link in links:
        storage.set_once(session, document_storage.identity(link), seen_at=now)
    _note(session, customer, document_id, now)


def portal_path(session: Session, actor: Actor, *, document_id: int) -> str:
    """Where a customer finds a document that they may see in the portal. Raises NotFound."""
    customer = require_customer(actor, Permission.DOCUMENTS_READ)
    document = support.found(session, customer, document_id)
    key = payment_storage.space_key(session, customer.user_id, document.account_id)
    if key is None:
        raise NotFound()
    return f"/portal/{key}/documents/{document_id}"


def _guest(actor: Actor) -> Guest:
    require(actor, Permission.DOCUMENTS_READ)
    if not isinstance(actor, Guest):
        raise NotAllowed(permission=Permission.DOCUMENTS_READ.value)
    return actor


def _note(session: Session, actor: Guest | Customer, document_id: int, now: datetime) -> None:
    document: Document = support.locked(session, actor, [document_id])[document_id]
    document.seen_at = document.seen_at or now
    session.add(document)
    support.tell(session, document)
    support.audited(session, actor, "document.seen", document, now)
