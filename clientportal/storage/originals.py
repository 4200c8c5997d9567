"""Statements about the electronic originals of documents."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exists
from sqlmodel import Session, and_, col, or_, select

from clientportal.domain.actors import Actor
from clientportal.domain.documents import PAYABLE, Kind, Lifecycle
from clientportal.storage import prepared
from clientportal.storage.models import Document, DocumentOriginal, DocumentSource
from clientportal.storage.scope import visible_to


def add(session: Session, row: DocumentOriginal) -> None:
    session.add(row)
    session.flush()


def of_document(session: Session, actor: Actor, document_id: int) -> DocumentOriginal | None:
    """The original of a document that the actor may see."""
    statement = select(DocumentOriginal).where(
        visible_to(actor, DocumentOriginal), col(DocumentOriginal.document_id) == document_id
    )
    return session.exec(statement).one_or_none()


def having_xml(
    session: Session,
    actor: Actor,
    document_ids: Sequence[int],
    *,
    sources: Iterable[DocumentSource],
    kinds: Iterable[Kind],
) -> Sequence[int]:
    """Those that have an original, or are issued ones of these sources and kinds."""
    seen = prepared.visible(actor, Document)

    def build() -> sa.Select[Any]:
        has_original = exists().where(col(DocumentOriginal.document_id) == col(Document.id))
        written = and_(
            col(Document.source).in_(sa.bindparam("sources", expanding=True)),
            col(Document.kind).in_(sa.bindparam("kinds", expanding=True)),
            col(Document.lifecycle) == Lifecycle.ISSUED,
        )
        wanted = col(Document.id).in_(sa.bindparam("ids", expanding=True))
        rows = sa.select(sa.inspect(Document).local_table.c.id)
        return rows.where(seen.build(), wanted, or_(has_original, written))

    given = {"sources": list(sources), "kinds": list(kinds), "ids": list(document_ids)}
    return prepared.run(session, ("having xml",), (seen,), build, **given).scalars().all()


def by_sha256(session: Session, actor: Actor, sha256: str) -> DocumentOriginal | None:
    """The original with exactly these bytes."""
    statement = select(DocumentOriginal).where(
        visible_to(actor, DocumentOriginal), col(DocumentOriginal.file_sha256) == sha256
    )
    return session.exec(statement).one_or_none()


def documents_by_number(
    session: Session, actor: Actor, kinds: Sequence[Kind], number: str
) -> Sequence[Document]:
    """Numbered documents of these kinds, drafts aside."""
    statement = select(Document).where(
        visible_to(actor, Document),
        col(Document.kind).in_(kinds),
        col(Document.number) == number,
        col(Document.lifecycle) != Lifecycle.DRAFT,
    )
    return session.exec(statement.order_by(col(Document.id))).all()


def corrected(
    session: Session, actor: Actor, account_id: int, numbers: Sequence[str]
) -> Document | None:
    """The payable document of an account that a note refers to; an invoice before a debit note."""
    statement = select(Document).where(
        visible_to(actor, Document),
        col(Document.account_id) == account_id,
        col(Document.kind).in_(PAYABLE),
        col(Document.number).in_(numbers),
        col(Document.lifecycle) != Lifecycle.DRAFT,
    )
    found = session.exec(statement.order_by(col(Document.id))).all()
    return min(found, key=lambda row: row.kind is not Kind.INVOICE, default=None)


def waiting(
    session: Session, actor: Actor, account_id: int, number: str
) -> list[tuple[Document, DocumentOriginal]]:
    """Notes of an account that refer to this number and have not found their document yet."""
    statement = (
        select(Document, DocumentOriginal)
        .join(DocumentOriginal, col(DocumentOriginal.document_id) == col(Document.id))
        .where(
            visible_to(actor, Document),
            col(Document.account_id) == account_id,
            col(Document.kind).in_([Kind.CREDIT_NOTE, Kind.DEBIT_NOTE]),
            col(Document.corrects_id).is_(None),
        )
        .order_by(col(Document.id))
    )
    return [
        (note, original)
        for note, original in session.exec(statement)
        if number in original.corrects
    ]
