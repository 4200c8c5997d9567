"""Disputes of documents: staff open and close them, a settlement closes them too."""

from datetime import datetime

from sqlmodel import Session

from clientportal.domain import documents as rules
from clientportal.domain.actors import Actor
from clientportal.domain.errors import Conflict
from clientportal.domain.permissions import Permission, require
from clientportal.services import document_support as support
from clientportal.storage import documents as storage
from clientportal.storage.models import Dispute, Document


class AlreadyDisputed(Conflict):
    """One dispute at a time."""

    code = "already_disputed"


class NotDisputed(Conflict):
    """There is no open dispute to close."""

    code = "not_disputed"


def open_dispute(
    session: Session, actor: Actor, *, document_id: int, reason: str, now: datetime
) -> None:
    """Mark a document with a balance as disputed.

    Raises NotFound, AlreadyDisputed, NotPayable, Invalid("required" | "too_long").
    """
    require(actor, Permission.DOCUMENTS_EDIT)
    why = support.check_text(reason, "reason", required=True)
    document = support.locked(session, actor, [document_id])[document_id]
    rules.check_payable(document.kind, document.lifecycle, document.balance_minor)
    if storage.open_disputes(session, document.company_id, [document_id]):
        raise AlreadyDisputed()
    today = support.today_of(support.company_of(session, actor, document.company_id), now)
    opened_on = max(today, document.issued_on)
    session.add(
        Dispute(
            company_id=document.company_id,
            document_id=document_id,
            reason=why,
            opened_on=opened_on,
        )
    )
    _changed(session, actor, "document.disputed", document, now, reason=why)


def close_dispute(session: Session, actor: Actor, *, document_id: int, now: datetime) -> None:
    """End the open dispute of a document. Raises NotFound, NotDisputed."""
    require(actor, Permission.DOCUMENTS_EDIT)
    document = support.locked(session, actor, [document_id])[document_id]
    disputes = storage.open_disputes(session, document.company_id, [document_id])
    if not disputes:
        raise NotDisputed()
    today = support.today_of(support.company_of(session, actor, document.company_id), now)
    for dispute in disputes:
        dispute.closed_on = max(today, dispute.opened_on)
        session.add(dispute)
    _changed(session, actor, "document.dispute_closed", document, now)


def _changed(
    session: Session, actor: Actor, action: str, document: Document, now: datetime, **more: str
) -> None:
    storage.settle(session, document)
    support.tell(session, document)
    support.audited(session, actor, action, document, now, **more)
