"""Statements of invoice templates."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor
from clientportal.storage.models import Document, DocumentTemplate, InvoiceTemplate
from clientportal.storage.scope import visible_to


def listing(session: Session, actor: Actor, *, archived: bool) -> Sequence[InvoiceTemplate]:
    """Those in use, or those that were archived, by name."""
    gone = col(InvoiceTemplate.archived_at)
    return session.exec(
        select(InvoiceTemplate)
        .where(
            visible_to(actor, InvoiceTemplate), gone.is_not(None) if archived else gone.is_(None)
        )
        .order_by(sa.func.lower(col(InvoiceTemplate.name)), col(InvoiceTemplate.id))
    ).all()


def get(
    session: Session, actor: Actor, template_id: int, *, lock: bool = False
) -> InvoiceTemplate | None:
    """The template if the actor may see it; `lock` for an edit."""
    statement = select(InvoiceTemplate).where(
        visible_to(actor, InvoiceTemplate), col(InvoiceTemplate.id) == template_id
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).one_or_none()


def names(session: Session, actor: Actor) -> dict[str, int]:
    """Name → id of the templates in use."""
    rows = session.execute(
        sa.select(col(InvoiceTemplate.name), col(InvoiceTemplate.id)).where(
            visible_to(actor, InvoiceTemplate), col(InvoiceTemplate.archived_at).is_(None)
        )
    )
    return {row[0]: row[1] for row in rows}


def count(session: Session, actor: Actor) -> int:
    """How many there are, archived ones included."""
    found = sa.select(sa.func.count()).select_from(InvoiceTemplate)
    return session.scalar(found.where(visible_to(actor, InvoiceTemplate))) or 0


def of_document(session: Session, actor: Actor, document_id: int) -> int | None:
    """The template that a document was written from."""
    return session.scalar(
        sa.select(col(DocumentTemplate.template_id)).where(
            visible_to(actor, InvoiceTemplate),
            col(InvoiceTemplate.id) == col(DocumentTemplate.template_id),
            col(DocumentTemplate.document_id) == document_id,
        )
    )


def set_of_document(session: Session, document: Document, template_id: int | None) -> None:
    """Write down the template that a document was written from, or that there is none."""
    assert document.id is not None
    row = session.get(DocumentTemplate, document.id)
    if row is not None and template_id is None:
        session.delete(row)
    elif template_id is not None:
        row = row or DocumentTemplate(
            document_id=document.id, company_id=document.company_id, template_id=template_id
        )
        row.template_id = template_id
        session.add(row)
    session.flush()
