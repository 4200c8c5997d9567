"""What became of the mails of a document, as its own columns say: sent, or not delivered."""

from datetime import datetime

from sqlmodel import Session

from clientportal.domain.actors import System
from clientportal.domain.delivery import UNDELIVERED
from clientportal.services import document_support as support
from clientportal.storage import documents as document_storage
from clientportal.storage import sending as storage
from clientportal.storage.models import Message


def settled(session: Session, message: Message, *, now: datetime) -> None:
    """A mail was taken or has failed for good: bring its document's columns up to date.

    Called by `messages` in the transaction that settles; messages of no link change nothing.
    """
    if message.company_id is None or message.document_id is None or message.id is None:
        return
    system = System(message.company_id)
    link = storage.link_of_message(session, system, message.id)
    if link is None:
        return
    document = support.locked(session, system, [link.document_id])[link.document_id]
    found = storage.outcome(session, system, link.document_id)
    document.sent_at, document.undelivered = found.sent_at, found.undelivered
    session.add(document)
    support.tell(session, document)
    if message.state in UNDELIVERED:
        support.audited(
            session,
            system,
            "document.not_delivered",
            document,
            now,
            email=link.to_address,
            message_id=document_storage.identity(message),
        )
