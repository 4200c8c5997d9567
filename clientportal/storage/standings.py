"""Where each account stands, written from its open documents at the end of every transaction.

Whoever writes an issued document says so with `touch`. The figures are worked out once, right
before the commit, when the transaction takes no other lock any more: each of two payments of one
customer waits for the other here and then reads what the other has written (ADR 22).
"""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor
from clientportal.domain.documents import CREDIT, Lifecycle, Settlement
from clientportal.domain.receivables import NEVER
from clientportal.storage.models import Account, AccountBalance, AccountStanding, Document
from clientportal.storage.scope import visible_to
from clientportal.storage.session import is_sqlite

_KEY = "standings"
CHUNK = 500


def touch(session: Session, account_id: int) -> None:
    """A document of the account that is no draft was written in this transaction."""
    touched: set[int] | None = session.info.get(_KEY)
    if touched is None:
        touched = session.info[_KEY] = set()
        event.listen(session, "before_commit", _at_the_end)
    touched.add(account_id)


def _at_the_end(session: Session) -> None:
    if not session.in_nested_transaction():  # what a savepoint keeps may still be taken back
        catch_up(session)


def catch_up(session: Session) -> None:
    """Bring the accounts touched so far up to date: before the commit, and before a read."""
    touched: set[int] = session.info.get(_KEY) or set()
    if not touched:
        return
    session.flush()
    ids = sorted(touched)
    for start in range(0, len(ids), CHUNK):
        _write(session, ids[start : start + CHUNK])
    touched.clear()


def _write(session: Session, ids: list[int]) -> None:
    run = session.connection().execute
    insert: Any = sqlite.insert if is_sqlite(session) else postgresql.insert
    history = sa.exists().where(
        col(Document.account_id) == col(Account.id), col(Document.lifecycle) != Lifecycle.DRAFT
    )  # what a savepoint took back has left none
    fresh = sa.select(
        col(Account.company_id), col(Account.id), sa.literal(NEVER), sa.literal(0), sa.literal(0)
    ).where(col(Account.id).in_(ids), history)
    columns = ["company_id", "account_id", "oldest_due", "open_count", "disputed_count"]
    run(
        insert(AccountStanding)
        .from_select(columns, fresh.order_by(col(Account.id)))
        .on_conflict_do_nothing(index_elements=["account_id"])
    )
    locked = sa.select(col(AccountStanding.id)).where(col(AccountStanding.account_id).in_(ids))
    run(locked.order_by(col(AccountStanding.account_id)).with_for_update())
    run(sa.delete(AccountBalance).where(col(AccountBalance.account_id).in_(ids)))
    run(
        sa.insert(AccountBalance).from_select(
            _COLUMNS, _balances(col(Document.account_id).in_(ids))
        )
    )
    figures = sa.select(
        sa.func.coalesce(sa.func.min(col(AccountBalance.oldest_due)), NEVER),
        sa.func.coalesce(sa.func.sum(col(AccountBalance.open_count)), 0),
        sa.func.coalesce(sa.func.sum(col(AccountBalance.disputed_count)), 0),
    ).where(col(AccountBalance.account_id) == col(AccountStanding.account_id))
    figures = figures.correlate(AccountStanding)
    run(
        sa.update(AccountStanding)
        .where(col(AccountStanding.account_id).in_(ids))
        .values(
            {
                name: figures.with_only_columns(column).scalar_subquery()
                for name, column in zip(columns[2:], figures.selected_columns, strict=True)
            }
        )
    )


_COLUMNS = [
    "company_id",
    "account_id",
    "currency",
    "owed_minor",
    "credit_minor",
    "open_count",
    "disputed_count",
    "oldest_due",
]


def _balances(where: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    """What is open by account and currency, in the order of _COLUMNS.

    The settlement is named by what it is, not by what it is not: the index of an account's open
    documents answers that, and the one of a company's must not be walked for a single account.
    """
    owes = col(Document.kind).not_in(sorted(CREDIT))
    balance, due = col(Document.balance_minor), col(Document.due_on)
    keys = (col(Document.company_id), col(Document.account_id), col(Document.currency))

    def total(condition: sa.ColumnElement[bool], of: Any, kind: Any) -> sa.ColumnElement[Any]:
        return sa.cast(sa.func.sum(sa.case((condition, of), else_=0)), kind)

    return (
        sa.select(
            *keys,
            total(owes, balance, sa.BigInteger),
            total(~owes, balance, sa.BigInteger),
            total(owes, 1, sa.Integer),
            total(sa.and_(owes, col(Document.disputed)), 1, sa.Integer),
            sa.func.min(sa.case((owes, due), else_=sa.literal(NEVER, sa.Date))),
        )
        .where(
            where,
            col(Document.lifecycle) == Lifecycle.ISSUED,
            col(Document.settlement).in_([Settlement.OPEN, Settlement.PARTLY_PAID]),
        )
        .group_by(*keys)
    )


class Standing(NamedTuple):
    """An account in one currency, as it is stored or as its documents say. Minor units."""

    account_id: int
    currency: str
    owed_minor: int
    credit_minor: int
    open_count: int
    disputed_count: int
    oldest_due: date


def stored(session: Session, actor: Actor) -> set[Standing]:
    """Every balance of the company's accounts."""
    columns = [getattr(AccountBalance, name) for name in _COLUMNS[1:]]
    rows = sa.select(*map(col, columns)).where(visible_to(actor, AccountBalance))
    return {Standing(*row) for row in session.execute(rows)}


def derived(session: Session, actor: Actor) -> set[Standing]:
    """What `stored` must say, from the documents."""
    return {Standing(*row[1:]) for row in session.execute(_balances(visible_to(actor, Document)))}


def totals(session: Session, actor: Actor) -> dict[int, tuple[date, int, int]]:
    """Account id → its stored oldest due date and its counts of open and disputed documents."""
    columns = (
        col(AccountStanding.account_id),
        col(AccountStanding.oldest_due),
        col(AccountStanding.open_count),
        col(AccountStanding.disputed_count),
    )
    rows = sa.select(*columns).where(visible_to(actor, AccountStanding))
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(rows)}


def with_history(session: Session, actor: Actor) -> Collection[int]:
    """Ids of the accounts that ever had a document that was issued."""
    statement = (
        select(col(Document.account_id))
        .where(visible_to(actor, Document), col(Document.lifecycle) != Lifecycle.DRAFT)
        .distinct()
    )
    return session.exec(statement).all()


def summed(rows: Iterable[Standing]) -> dict[int, tuple[date, int, int]]:
    """What `totals` must say of the accounts with balances."""
    found: dict[int, tuple[date, int, int]] = {}
    for row in rows:
        due, opened, disputed = found.get(row.account_id, (NEVER, 0, 0))
        found[row.account_id] = (
            min(due, row.oldest_due),
            opened + row.open_count,
            disputed + row.disputed_count,
        )
    return found
