"""Statements about documents sent by e-mail: sends, their links, what became of them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.delivery import TAKEN, UNDELIVERED
from clientportal.storage.models import (
    Company,
    Document,
    DocumentLink,
    DocumentSend,
    Message,
    MessageFile,
)
from clientportal.storage.scope import visible_to


class Outcome(NamedTuple):
    """When a channel last took a mail of the document; addresses its newest send did not reach."""

    sent_at: datetime | None
    undelivered: int


def add_send(session: Session, row: DocumentSend) -> int:
    session.add(row)
    session.flush()
    assert row.id is not None
    return row.id


def add_links(session: Session, rows: Sequence[DocumentLink]) -> None:
    session.add_all(rows)
    session.flush()


def newest_attempt(session: Session, actor: Actor, document_id: int) -> int:
    """How often the document was sent; the document must be locked by whoever adds one."""
    return (
        session.scalar(
            sa.select(sa.func.max(col(DocumentSend.attempt))).where(
                visible_to(actor, DocumentSend), col(DocumentSend.document_id) == document_id
            )
        )
        or 0
    )


def sends_since(session: Session, actor: Actor, document_id: int, since: datetime) -> int:
    statement = select(sa.func.count()).where(
        visible_to(actor, DocumentSend),
        col(DocumentSend.document_id) == document_id,
        col(DocumentSend.created_at) > since,
    )
    return session.exec(statement).one()


def one_at_a_time(session: Session, staff: Member | System) -> None:
    """Let one send of the company at a time pass, so that mails are counted as they are.

    Others may go on naming the company in their rows (FOR NO KEY UPDATE). On SQLite the unit of
    work holds the write lock already.
    """
    statement = select(col(Company.id)).where(
        visible_to(staff, Company), col(Company.id) == staff.company_id
    )
    session.exec(statement.with_for_update(key_share=True)).first()


def mails_since(session: Session, actor: Actor, since: datetime, most: int) -> dict[str, int]:
    """How many mails with documents each author of the company sent.

    Looks at the newest `most` sends, each of which has a mail at least: beyond them it matters to
    nobody, and the time that this takes has an end.
    """
    newest = (
        select(
            col(DocumentSend.id).label("id"),
            col(DocumentSend.document_id).label("document_id"),
            col(DocumentSend.author).label("author"),
            col(DocumentSend.created_at).label("created_at"),
        )
        .where(visible_to(actor, DocumentSend))
        .order_by(col(DocumentSend.id).desc())
        .limit(most)
        .subquery()
    )
    statement = (
        sa.select(newest.c.author, sa.func.count())
        .join(
            DocumentLink,
            sa.and_(
                col(DocumentLink.document_id) == newest.c.document_id,
                col(DocumentLink.send_id) == newest.c.id,
            ),
        )
        .where(newest.c.created_at > since)
        .group_by(newest.c.author)
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def deliveries(
    session: Session, actor: Actor, document_id: int, now: datetime, limit: int, *, live: bool
) -> Sequence[tuple[DocumentSend, DocumentLink, Message]]:
    """Recipients of the document's sends whose links open something, or do not; newest first."""
    opens = sa.and_(col(DocumentLink.revoked_at).is_(None), col(DocumentLink.expires_at) > now)
    statement = (
        select(DocumentSend, DocumentLink, Message)
        .join(DocumentLink, col(DocumentLink.send_id) == col(DocumentSend.id))
        .join(Message, col(Message.id) == col(DocumentLink.message_id))
        .where(
            visible_to(actor, DocumentSend),
            col(DocumentSend.document_id) == document_id,
            opens if live else sa.not_(opens),
        )
        .order_by(col(DocumentSend.id).desc(), col(DocumentLink.id))
        .limit(limit)
    )
    return session.exec(statement).all()


def link(session: Session, actor: Actor, link_id: int) -> DocumentLink | None:
    """A link that the actor may see, locked."""
    statement = select(DocumentLink).where(
        visible_to(actor, DocumentLink), col(DocumentLink.id) == link_id
    )
    return session.exec(statement.with_for_update()).first()


def open_links(
    session: Session,
    actor: Actor,
    addresses: Collection[str],
    account_id: int | None,
    now: datetime,
) -> Sequence[DocumentLink]:
    """Links to normalised addresses that open something (of one account's documents), locked."""
    statement = select(DocumentLink).where(
        visible_to(actor, DocumentLink),
        col(DocumentLink.to_norm).in_(addresses),
        col(DocumentLink.revoked_at).is_(None),
        col(DocumentLink.expires_at) > now,
    )
    if account_id is not None:
        documents = select(col(Document.id)).where(
            visible_to(actor, Document), col(Document.account_id) == account_id
        )
        statement = statement.where(col(DocumentLink.document_id).in_(documents))
    return session.exec(statement.order_by(col(DocumentLink.id)).with_for_update()).all()


def link_of_message(session: Session, actor: Actor, message_id: int) -> DocumentLink | None:
    statement = select(DocumentLink).where(
        visible_to(actor, DocumentLink), col(DocumentLink.message_id) == message_id
    )
    return session.exec(statement).first()


def outcome(session: Session, actor: Actor, document_id: int) -> Outcome:
    """What the messages of the document's links say now."""
    links = (
        select(col(DocumentLink.send_id), col(Message.state), col(Message.sent_at))
        .join(Message, col(Message.id) == col(DocumentLink.message_id))
        .where(visible_to(actor, DocumentLink), col(DocumentLink.document_id) == document_id)
    )
    rows = session.exec(links).all()
    newest = max((send_id for send_id, _, _ in rows), default=0)
    failed = [state for send_id, state, _ in rows if send_id == newest]
    sent = [at for _, state, at in rows if state in TAKEN and at is not None]
    return Outcome(max(sent, default=None), sum(state in UNDELIVERED for state in failed))


def set_once(session: Session, link_id: int, **moment: datetime) -> bool:
    """Write the first time of something into a link's row; False when it happened before."""
    [(name, at)] = moment.items()
    statement = (
        sa.update(DocumentLink)
        .where(col(DocumentLink.id) == link_id, col(getattr(DocumentLink, name)).is_(None))
        .values({name: at})
    )
    return session.connection().execute(statement).rowcount == 1


def unseen_of(
    session: Session, actor: Actor, document_id: int, address: str
) -> Sequence[DocumentLink]:
    """Links of the document that were sent to an address and that nobody has read yet."""
    statement = select(DocumentLink).where(
        visible_to(actor, DocumentLink),
        col(DocumentLink.document_id) == document_id,
        col(DocumentLink.to_norm) == address,
        col(DocumentLink.seen_at).is_(None),
    )
    return session.exec(statement.order_by(col(DocumentLink.id))).all()


def unreached(session: Session, actor: Actor, addresses: Collection[str]) -> set[str]:
    """Those addresses to which the company's last mail could not be brought."""
    last = (
        select(sa.func.max(col(Message.id)))
        .where(
            visible_to(actor, Message),
            col(Message.to_norm).in_(addresses),
            col(Message.state).in_([*TAKEN, *UNDELIVERED]),
        )
        .group_by(col(Message.to_norm))
    )
    statement = select(col(Message.to_norm)).where(
        col(Message.id).in_(last), col(Message.state).in_(UNDELIVERED)
    )
    return set(session.exec(statement))


def files_of(session: Session, message_ids: Collection[int]) -> Sequence[MessageFile]:
    """The files of messages that the caller has read, in order."""
    statement = select(MessageFile).where(col(MessageFile.message_id).in_(message_ids))
    order: tuple[Any, ...] = (col(MessageFile.message_id), col(MessageFile.position))
    return session.exec(statement.order_by(*order)).all()


def add_files(session: Session, rows: Sequence[MessageFile]) -> None:
    session.add_all(rows)
    session.flush()
