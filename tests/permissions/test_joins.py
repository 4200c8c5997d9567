"""A row of one company that points at a row of another cannot be stored, whatever the code does."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import AutoString, SQLModel

from clientportal.storage import models
from clientportal.storage.base import EnumText, ExactDecimal, UtcDateTime
from clientportal.storage.session import make_engine
from tests.support.databases import KINDS, fresh_database

assert models.__all__  # importing them fills the metadata
TABLES = SQLModel.metadata.tables
OWNER = "company_id"

# Columns that name a row of a company by its id alone. Messages, senders and entries of the audit
# may belong to no company (a sign-in code, the platform's own sender), and a pair with a NULL in it
# is not looked at. That none of them grows in silence is what the test below is for.
ALONE = frozenset(
    {
        "address_alert.message_id",
        "audit_entry.account_id",
        "channel_test.message_id",
        "channel_test.sender_id",
        "document_link.message_id",
        "message.account_id",
        "message.batch_id",
        "message.document_id",
        "message.fallback_of",
        "message.sender_id",
    }
)


def owned(table: sa.Table) -> bool:
    return OWNER in table.columns


def joins() -> Iterator[tuple[str, sa.Table, str, sa.Table]]:
    """(name, table, column, target) of every key that carries the company along."""
    for table in SQLModel.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            columns = [column.name for column in key.columns]
            if OWNER in columns and len(columns) > 1:
                (column,) = set(columns) - {OWNER}
                yield f"{table.name}.{column}", table, column, key.referred_table


JOINS = {name: (table, column, target) for name, table, column, target in joins()}


def test_every_reference_between_owned_rows_carries_the_company() -> None:
    alone = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        if owned(table)
        for column in table.columns
        for key in column.foreign_keys
        if column.name != OWNER and f"{table.name}.{column.name}" not in JOINS
        if owned(key.column.table) or key.column.table.name == "message_batch"
    }
    assert len(JOINS) >= 20
    assert alone == ALONE


@dataclass(slots=True)
class Maker:
    """Stores rows that hold nothing but what their columns demand; parents come with them."""

    connection: sa.Connection
    parents: dict[tuple[str, int], int] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def company(self) -> int:
        return self._insert(TABLES["company"], {})

    def parent(self, table: sa.Table, company: int) -> int:
        """A row of that table and company that others may point at: always the same one."""
        key = table.name, company if owned(table) else 0
        if key not in self.parents:
            self.parents[key] = self.insert(table, company, {})
        return self.parents[key]

    def insert(self, table: sa.Table, company: int, given: dict[str, Any]) -> int:
        """A row of `company`; what it must point at is the company's own. `given` goes first."""
        values = dict(given)
        if owned(table):
            values[OWNER] = company
        for column in table.columns:
            if column.name in values or column.nullable or not column.foreign_keys:
                continue
            target = next(iter(column.foreign_keys)).column.table
            values[column.name] = self.parent(target, company)
        return self._insert(table, values)

    def _insert(self, table: sa.Table, values: dict[str, Any]) -> int:
        for column in table.columns:
            if column.name not in values and not column.nullable and not column.primary_key:
                values[column.name] = self._value(column)
        key = self.connection.execute(sa.insert(table).values(**values)).inserted_primary_key
        assert key is not None
        return int(key[0])

    def _value(self, column: sa.Column[Any]) -> Any:
        number = next(self.numbers)
        if isinstance(column.type, EnumText):
            return next(iter(column.type.enum))
        if isinstance(column.type, sa.JSON):
            return []
        if isinstance(column.type, UtcDateTime):
            return datetime(2026, 3, 2, tzinfo=UTC)
        if isinstance(column.type, ExactDecimal):
            return Decimal(1)
        if isinstance(column.type, sa.String | AutoString):
            return f"j{number}"[: getattr(column.type, "length", None) or 60]
        kinds: dict[type, Any] = {bool: False, int: 1, float: 1.0, date: date(2026, 3, 2)}
        return kinds[column.type.python_type]


@pytest.fixture(scope="module", params=KINDS)
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[sa.Engine]:
    """An empty migrated database, made as the product makes it; every test is taken back."""
    with fresh_database(str(request.param), tmp_path_factory.mktemp("joins")) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.mark.parametrize("name", sorted(JOINS))
def test_a_join_across_companies_is_refused(both: sa.Engine, name: str) -> None:
    table, column, target = JOINS[name]
    with both.connect() as connection:
        if both.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
        maker = Maker(connection)
        alfa, beta = maker.company(), maker.company()
        own, foreign = (maker.insert(target, company, {}) for company in (alfa, beta))
        with connection.begin_nested() as good:
            maker.insert(table, alfa, {column: own})
            good.rollback()
        with pytest.raises(sa.exc.IntegrityError, match=r"(?i)foreign key"):
            maker.insert(table, alfa, {column: foreign})
        connection.rollback()
