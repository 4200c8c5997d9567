"""Statements of the consistency audit."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col

from clientportal.domain.actors import Actor
from clientportal.domain.documents import Lifecycle
from clientportal.domain.payments import OPEN_STATES, AttemptState
from clientportal.storage.models import (
    AttemptLine,
    Company,
    Dispute,
    Document,
    DocumentLine,
    DocumentOriginal,
    DocumentTax,
    PaymentAttempt,
)
from clientportal.storage.scope import visible_to


@dataclass(frozen=True, slots=True)
class Columns:
    """The stored columns of one document that the domain audit does not look at."""

    id: int
    lifecycle: Lifecycle
    issued_on: date
    total_minor: int
    settled_on: date | None
    disputed: bool
    has_open_dispute: bool


def companies(session: Session) -> list[tuple[int, str]]:
    """(id, slug) of every company, for the command that audits them one by one."""
    rows = sa.select(col(Company.id), col(Company.slug)).order_by(col(Company.id))
    return [(row[0], row[1]) for row in session.execute(rows)]


def columns(session: Session, actor: Actor) -> list[Columns]:
    """Every document of the company; open disputes are read once, not per row."""
    open_disputes = sa.select(col(Dispute.document_id)).where(
        visible_to(actor, Dispute), col(Dispute.closed_on).is_(None)
    )
    disputed = set(session.scalars(open_disputes))
    rows = sa.select(
        col(Document.id),
        col(Document.lifecycle),
        col(Document.issued_on),
        col(Document.total_minor),
        col(Document.settled_on),
        col(Document.disputed),
    ).where(visible_to(actor, Document))
    return [
        Columns(row[0], row[1], row[2], row[3], row[4], row[5], row[0] in disputed)
        for row in session.execute(rows)
    ]


def held(session: Session, actor: Actor, most: int) -> list[tuple[int, bool, AttemptState]]:
    """(document, whether the line holds it, state of the attempt) of lines that hold a document for
    an attempt that has ended, or let go of one that is being paid; at most `most`."""
    lives = col(PaymentAttempt.state).in_(OPEN_STATES)
    rows = (
        sa.select(col(AttemptLine.document_id), col(AttemptLine.is_open), col(PaymentAttempt.state))
        .join(PaymentAttempt, col(PaymentAttempt.id) == col(AttemptLine.attempt_id))
        .where(visible_to(actor, AttemptLine), col(AttemptLine.is_open) != lives)
        .order_by(col(AttemptLine.id))
        .limit(most)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(rows)]


def totals(session: Session, actor: Actor) -> list[tuple[str, str, int, str, str]]:
    """(code, entity, id, expected, found) where lines or taxes do not add up to the document.

    The difference that an electronic original came with is part of the sum (see ubl_figures).
    """
    found: list[tuple[str, str, int, str, str]] = []
    lines = _sum(
        DocumentLine.document_id, DocumentLine.amount_minor, visible_to(actor, DocumentLine)
    )
    taxes = _sum(DocumentTax.document_id, DocumentTax.tax_minor, visible_to(actor, DocumentTax))
    with_difference = lines.c.amount + sa.func.coalesce(col(DocumentOriginal.difference_minor), 0)
    net = (
        sa.select(col(Document.id), with_difference, col(Document.net_minor))
        .join(lines, lines.c.document_id == col(Document.id))
        .join(DocumentOriginal, col(DocumentOriginal.document_id) == col(Document.id), isouter=True)
    )
    scoped = visible_to(actor, Document)
    for key, expected, stored in session.execute(
        net.where(scoped, with_difference != col(Document.net_minor))
    ):
        found.append(("net", "document", key, str(expected), str(stored)))
    total = col(Document.net_minor) + sa.func.coalesce(taxes.c.amount, 0)
    both = sa.select(col(Document.id), total, col(Document.total_minor)).join(
        taxes, taxes.c.document_id == col(Document.id), isouter=True
    )
    for key, expected, stored in session.execute(
        both.where(scoped, total != col(Document.total_minor))
    ):
        found.append(("total", "document", key, str(expected), str(stored)))
    return found


def _sum(key: object, amount: object, scope: sa.ColumnElement[bool]) -> sa.Subquery:
    return (
        sa.select(
            col(key).label("document_id"),  # type: ignore[arg-type]
            sa.cast(sa.func.sum(col(amount)), sa.BigInteger).label("amount"),  # type: ignore[arg-type]
        )
        .where(scope)
        .group_by(col(key))  # type: ignore[arg-type]
        .subquery()
    )
