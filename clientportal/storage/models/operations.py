"""Audit, live changes, import runs and stored files."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from clientportal.storage.base import UtcDateTime


class AuditEntry(SQLModel, table=True):
    """What happened, by whom. Never edited, never deleted."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.Index(None, "company_id", "id"),
        sa.Index(None, "subject_kind", "subject_id", "id"),
        sa.Index(None, "account_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int | None = Field(default=None, foreign_key="company.id")
    account_id: int | None = Field(default=None, foreign_key="account.id")
    at: datetime = Field(sa_type=UtcDateTime)
    actor_kind: str = Field(max_length=12)  # member | customer | system | nobody
    actor_user_id: int | None = Field(default=None, foreign_key="app_user.id")
    actor_name: str = Field(default="", max_length=200)
    action: str = Field(max_length=60)  # noun.past
    subject_kind: str = Field(default="", max_length=30)
    subject_id: int | None = Field(default=None)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)


class Change(SQLModel, table=True):
    """A live change on SQLite without Redis; read by others when data_version moves."""

    __tablename__ = "change"
    __table_args__ = {"sqlite_autoincrement": True}

    seq: int | None = Field(default=None, primary_key=True)
    topic: str = Field(max_length=60)
    ref: str = Field(default="", max_length=60)
    at: datetime = Field(sa_type=UtcDateTime)


class ImportRun(SQLModel, table=True):
    """A file brought by staff: kept from preview to confirmation, with its counts."""

    __tablename__ = "import_run"
    __table_args__ = (
        sa.UniqueConstraint("company_id", "id"),
        sa.Index(None, "company_id", "created_at"),
        sa.Index(None, "check_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    user_id: int | None = Field(default=None, foreign_key="app_user.id")
    kind: str = Field(max_length=20)  # documents | accounts | contacts
    file_name: str = Field(max_length=200)
    file_sha256: str = Field(max_length=64)
    options: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    state: str = Field(default="uploaded", max_length=12)  # uploaded | importing | done
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    progress: int = Field(default=0)  # rows that are in, of `total`
    total: int = Field(default=0)  # 0: not yet read
    attempt: int = Field(default=0)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    check_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # a worker is late then
    created_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ImportMapping(SQLModel, table=True):
    """Which column of a file feeds which field, as a person said it for files with this header.

    `columns`: [header, field] of each column, the field "" where it is left aside.
    """

    __tablename__ = "import_mapping"
    __table_args__ = (
        sa.UniqueConstraint("company_id", "kind", "header_key"),
        sa.UniqueConstraint("company_id", "kind", "name"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    kind: str = Field(max_length=20)
    name: str = Field(max_length=80)
    header_key: str = Field(max_length=64)
    columns: list[list[str]] = Field(default_factory=list, sa_type=sa.JSON)
    user_id: int | None = Field(default=None, foreign_key="app_user.id")
    updated_at: datetime = Field(sa_type=UtcDateTime)
