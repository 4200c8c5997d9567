"""Statements for rewriting the searched text of documents."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor
from clientportal.storage.models import Document
from clientportal.storage.scope import visible_to


def of_account(
    session: Session, actor: Actor, account_id: int, after: int, limit: int
) -> Sequence[Document]:
    """Documents of an account by id, beyond `after`."""
    rows = select(Document).where(
        visible_to(actor, Document),
        col(Document.account_id) == account_id,
        col(Document.id) > after,
    )
    return session.exec(rows.order_by(col(Document.id)).limit(limit)).all()
