"""Statements of the staff page Today: sums per currency."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from clientportal.domain.actors import Actor
from clientportal.domain.documents import CREDIT, PAYABLE, Kind
from clientportal.storage.documents import received, unsettled
from clientportal.storage.models import Document
from clientportal.storage.scope import visible_to


class Collected(NamedTuple):
    """Money that came in on one day in one currency, minor units."""

    currency: str
    on: date
    amount_minor: int
    count: int


class Owing(NamedTuple):
    """What one account owes in one currency, minor units; `overdue_minor` is part of it."""

    currency: str
    account_id: int
    owed_minor: int
    overdue_minor: int
    count: int


def collected(session: Session, actor: Actor, first: date, last: date) -> list[Collected]:
    """Receipts and advances that stand, by currency and issue date, `first` to `last`."""
    day, currency = col(Document.issued_on), col(Document.currency)
    rows = (
        sa.select(
            currency,
            day,
            sa.cast(sa.func.sum(col(Document.total_minor)), sa.BigInteger),
            sa.func.count(),
        )
        .where(visible_to(actor, Document), received(), day.between(first, last))
        .group_by(currency, day)
    )
    return [Collected(*row) for row in session.execute(rows)]


def debtors(session: Session, actor: Actor, today: date, limit: int) -> list[Owing]:
    """The accounts that owe most, at most `limit` per currency, largest first."""
    balance = col(Document.balance_minor)
    late = sa.case((col(Document.due_on) < today, balance), else_=0)
    owed = sa.cast(sa.func.sum(balance), sa.BigInteger).label("owed")
    accounts = (
        sa.select(
            col(Document.currency).label("currency"),
            col(Document.account_id).label("account_id"),
            owed,
            sa.cast(sa.func.sum(late), sa.BigInteger).label("overdue"),
            sa.func.count().label("number"),
        )
        .where(*_owing(actor, PAYABLE))
        .group_by(col(Document.account_id), col(Document.currency))
        .subquery()
    )
    order = (accounts.c.owed.desc(), accounts.c.account_id)
    place = sa.func.row_number().over(partition_by=accounts.c.currency, order_by=order)
    ranked = sa.select(accounts, place.label("place")).subquery()
    columns = ranked.c
    rows = (
        sa.select(
            columns.currency, columns.account_id, columns.owed, columns.overdue, columns.number
        )
        .where(ranked.c.place <= limit)
        .order_by(ranked.c.currency, ranked.c.place)
    )
    return [Owing(*row) for row in session.execute(rows)]


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


def _owing(actor: Actor, kinds: frozenset[Kind]) -> tuple[sa.ColumnElement[bool], ...]:
    """Unsettled documents of these kinds, in the words of the index of open documents."""
    # NOT IN, because an index on the kind must not tempt away from that of open documents.
    others = col(Document.kind).not_in(frozenset(Kind) - kinds)
    return visible_to(actor, Document), unsettled(), others


def _open(actor: Actor, bucket: Any, kinds: frozenset[Kind]) -> sa.Select[*tuple[Any, ...]]:
    inner = (
        sa.select(
            col(Document.currency).label("currency"),
            bucket.label("bucket"),
            col(Document.balance_minor).label("balance"),
        )
        .where(*_owing(actor, kinds))
        .subquery()
    )
    return sa.select(
        inner.c.currency,
        inner.c.bucket,
        sa.cast(sa.func.sum(inner.c.balance), sa.BigInteger),
        sa.func.count(),
    ).group_by(inner.c.currency, inner.c.bucket)
