"""Column types, naming convention and the common parts of every table."""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = SQLModel.metadata


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC moments. SQLite keeps no zone: stored naive there and made aware again."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(sa.DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive moment cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ExactDecimal(sa.types.TypeDecorator[Decimal]):
    """Quantities, prices and rates with six places. Text on SQLite, whose numbers are floats."""

    impl = sa.Numeric
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.String(40))
        return dialect.type_descriptor(sa.Numeric(24, 6))

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        return f"{value:.6f}" if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class EnumText(sa.types.TypeDecorator[StrEnum]):
    """A StrEnum stored by its value: a new member needs no migration, a wrong value no row."""

    impl = sa.String
    cache_ok = True

    def __init__(self, enum: type[StrEnum], length: int = 24) -> None:
        super().__init__(length)
        self.enum = enum
        self._members = {member.value: member for member in enum}

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> StrEnum | None:
        # A look-up: calling the enumeration for every cell takes a tenth of a list's time.
        return None if value is None else self._members[value]


def enum_type(enum: type[StrEnum]) -> Any:
    """The `sa_type` of a column of that enumeration (SQLModel's hints know column classes only)."""
    return EnumText(enum)


def same_company(table: str, *columns: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    """Foreign keys (company_id, column) -> table(company_id, id): a wrong join cannot be stored."""
    return tuple(
        sa.ForeignKeyConstraint(["company_id", column], [f"{table}.company_id", f"{table}.id"])
        for column in columns
    )
