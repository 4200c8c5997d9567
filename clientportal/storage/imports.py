"""Statements of an import of documents: what is stored already, and rows in bulk."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Session, SQLModel, col

from clientportal.domain.actors import Actor
from clientportal.domain.documents import Kind, Lifecycle, Settlement
from clientportal.storage.models import Account, Allocation, Document
from clientportal.storage.scope import visible_to
from clientportal.storage.search_index import Entry, SearchKind, put_all

SLICE = 1_000
"""Values of one IN list; well below the limits of both databases."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A document that has a number of the file already. `prepaid_minor`: paid before its import."""

    id: int
    kind: Kind
    number: str
    account_code: str
    currency: str
    issued_on: date
    due_on: date
    total_minor: int
    lifecycle: Lifecycle
    settlement: Settlement
    settled_on: date | None
    balance_minor: int
    prepaid_minor: int


def stored(session: Session, actor: Actor, kind: Kind, numbers: Sequence[str]) -> dict[str, Stored]:
    """Number → the stored document of this kind, of the numbers given."""
    found: dict[str, Stored] = {}
    for some in _slices(numbers):
        prepaid = (
            sa.select(
                sa.cast(
                    sa.func.coalesce(sa.func.sum(col(Allocation.amount_minor)), 0), sa.BigInteger
                )
            )
            .where(
                col(Allocation.document_id) == col(Document.id), col(Allocation.credit_id).is_(None)
            )
            .scalar_subquery()
        )
        rows = (
            sa.select(
                col(Document.id),
                col(Document.kind),
                col(Document.number),
                col(Account.code),
                col(Document.currency),
                col(Document.issued_on),
                col(Document.due_on),
                col(Document.total_minor),
                col(Document.lifecycle),
                col(Document.settlement),
                col(Document.settled_on),
                col(Document.balance_minor),
                prepaid,
            )
            .join(Account, col(Account.id) == col(Document.account_id))
            .where(
                visible_to(actor, Document),
                col(Document.kind) == kind,
                col(Document.number).in_(some),
            )
        )
        found |= {row[2]: Stored(*row) for row in session.execute(rows)}
    return found


def _slices(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), SLICE):
        yield values[start : start + SLICE]


_NULLS = {"render_nulls": True}


def insert_returning(
    session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]
) -> list[int]:
    """Insert rows in bulk; their ids in the order given. None is written as NULL.

    Left out, as the ORM would, every row with other gaps than the one before began a statement of
    its own: 20,000 rows took 2,500 statements and half a minute.
    """
    if not rows:
        return []
    key = sa.inspect(table).local_table.c.id
    if session.get_bind().dialect.name == "postgresql":
        # One prepared statement for all rows; values in the statement's text cost twice as much.
        ids = _next_ids(session, key, len(rows))
        insert(session, table, [{**row, "id": new} for new, row in zip(ids, rows, strict=True)])
        return ids
    statement = sa.insert(table).returning(key, sort_by_parameter_order=True)
    return list(session.scalars(statement, list(rows), execution_options=_NULLS))


def _next_ids(session: Session, key: sa.Column[int], count: int) -> list[int]:
    """Ids that the table's sequence will not give again."""
    sequence = sa.func.pg_get_serial_sequence(key.table.name, key.name)
    each = sa.func.generate_series(1, count).table_valued("n")
    next_id = sa.func.nextval(sa.cast(sequence, postgresql.REGCLASS))
    return list(session.scalars(sa.select(next_id).select_from(each)))


def insert(session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows in bulk whose ids nobody needs."""
    if rows:
        session.execute(sa.insert(table), list(rows), execution_options=_NULLS)


def put_search(session: Session, ids: Sequence[int], rows: Sequence[Mapping[str, Any]]) -> None:
    """Search entries of documents that were just inserted."""
    entries = [
        Entry(SearchKind.DOCUMENT, key, row["company_id"], row["account_id"], row["norm"])
        for key, row in zip(ids, rows, strict=True)
    ]
    put_all(session, entries, fresh=True)
