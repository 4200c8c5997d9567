"""Statements of the staff page Today: sums per currency."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clientportal.domain.actors import Actor
from clientportal.domain.documents import CREDIT, PAYABLE, Kind, Lifecycle
from clientportal.domain.payments import PaymentState
from clientportal.storage.documents import unsettled
from clientportal.storage.ledger import IMPORTED
from clientportal.storage.models import Document, Payment
from clientportal.storage.scope import visible_to


def received(
    session: Session, actor: Actor, start: datetime, end: datetime
) -> Sequence[tuple[str, int, int]]:
    """(currency, sum, count) of money received in `start <= at < end`, less annulled receipts."""
    rows = (
        sa.select(
            col(Payment.currency),
            sa.cast(sa.func.sum(col(Payment.amount_minor)), sa.BigInteger),
            sa.func.count(),
        )
        .join(Document, col(Document.id) == col(Payment.receipt_id), isouter=True)
        .where(
            visible_to(actor, Payment),
            col(Payment.received_at) >= start,
            col(Payment.received_at) < end,
            col(Payment.state) == PaymentState.SUCCEEDED,
            col(Payment.gateway) != IMPORTED,
            sa.or_(col(Document.id).is_(None), col(Document.lifecycle) == Lifecycle.ISSUED),
        )
        .group_by(col(Payment.currency))
    )
    return [(row[0], row[1], row[2]) for row in session.execute(rows)]


def open_by_age(session: Session, actor: Actor, today: date) -> Sequence[tuple[str, str, int, int]]:
    """(currency, ageing bucket, sum, count) of what is owed, in one pass."""
    due = col(Document.due_on)
    bucket = sa.case(
        (due >= today, "current"),
        (due >= today - timedelta(days=30), "1-30"),
        (due >= today - timedelta(days=60), "31-60"),
        (due >= today - timedelta(days=90), "61-90"),
        else_="90+",
    )
    rows = _open(actor, bucket, PAYABLE)
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(rows)]


def credit(session: Session, actor: Actor) -> Sequence[tuple[str, int]]:
    """(currency, available credit)."""
    rows = _open(actor, sa.literal("credit"), CREDIT)
    return [(row[0], row[2]) for row in session.execute(rows)]


def _open(actor: Actor, bucket: Any, kinds: frozenset[Any]) -> sa.Select[*tuple[Any, ...]]:
    inner = (
        sa.select(
            col(Document.currency).label("currency"),
            bucket.label("bucket"),
            col(Document.balance_minor).label("balance"),
        )
        .where(
            visible_to(actor, Document),
            unsettled(),
            # NOT IN, because an index on the kind must not tempt away from that of open documents.
            col(Document.kind).not_in(frozenset(Kind) - kinds),
        )
        .subquery()
    )
    return sa.select(
        inner.c.currency,
        inner.c.bucket,
        sa.cast(sa.func.sum(inner.c.balance), sa.BigInteger),
        sa.func.count(),
    ).group_by(inner.c.currency, inner.c.bucket)
