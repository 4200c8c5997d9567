"""Statements of messages: planned once, listed, shown in the local mailbox."""

from collections.abc import Sequence

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor
from clientportal.storage.models import Message
from clientportal.storage.scope import visible_to
from clientportal.storage.session import is_sqlite


def insert_once(session: Session, message: Message) -> int | None:
    """The id of the new row, or None when its dedupe_key was there already."""
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    statement = (
        insert(Message)
        .values(**message.model_dump(exclude={"id"}))
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
        .returning(col(Message.id))
    )
    return session.connection().execute(statement).scalar_one_or_none()


def get(session: Session, message_id: int) -> Message | None:
    return session.get(Message, message_id)


def newest(
    session: Session,
    actor: Actor,
    *,
    account_id: int | None,
    document_id: int | None,
    before_id: int | None,
    limit: int,
) -> Sequence[Message]:
    """Newest first, of what the actor may see; `before_id` pages on."""
    statement = select(Message).where(visible_to(actor, Message))
    if account_id is not None:
        statement = statement.where(col(Message.account_id) == account_id)
    if document_id is not None:
        statement = statement.where(col(Message.document_id) == document_id)
    if before_id is not None:
        statement = statement.where(col(Message.id) < before_id)
    return session.exec(statement.order_by(col(Message.id).desc()).limit(limit)).all()


def mailbox(session: Session, address: str, limit: int) -> Sequence[Message]:
    """Rendered mails whose address contains `address`, newest first: the local mailbox."""
    statement = select(Message).where(col(Message.channel) == "email", col(Message.subject) != "")
    if address:
        statement = statement.where(col(Message.to_norm).contains(address, autoescape=True))
    return session.exec(statement.order_by(col(Message.id).desc()).limit(limit)).all()
