"""Statements of messages: planned once, listed, shown in the local mailbox."""

from collections.abc import Sequence

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from clientportal.storage.models import Message
from clientportal.storage.session import is_sqlite


def insert_once(session: Session, message: Message) -> int | None:
    """The id of the new row, or None when its dedupe_key was there already."""
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    statement = (
        insert(Message)
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
        .returning(col(Message.id))
    )
    values = message.model_dump(exclude={"id"})
    return session.connection().execute(statement, values).scalar_one_or_none()


def get(session: Session, message_id: int) -> Message | None:
    return session.get(Message, message_id)


def mailbox(session: Session, address: str, limit: int) -> Sequence[Message]:
    """Rendered mails whose address contains `address`, newest first: the local mailbox."""
    statement = select(Message).where(col(Message.channel) == "email", col(Message.subject) != "")
    if address:
        statement = statement.where(col(Message.to_norm).contains(address, autoescape=True))
    return session.exec(statement.order_by(col(Message.id).desc()).limit(limit)).all()
