"""Where each account stands, derived from its open documents; lists that a member keeps."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from clientportal.domain.receivables import NEVER
from clientportal.storage.base import UtcDateTime, same_company


class AccountStanding(SQLModel, table=True):
    """One row for each account that ever had a document that was issued.

    Written by `storage.standings` alone, from the account's open documents, and audited by `check`.
    """

    __tablename__ = "account_standing"
    __table_args__ = (
        sa.UniqueConstraint("account_id"),
        sa.Index(None, "company_id", "oldest_due", "account_id"),
        *same_company("account", "account_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int
    account_id: int
    oldest_due: date = Field(default=NEVER)  # of what is owed; NEVER when nothing is
    open_count: int = Field(default=0)  # payable documents that are owed
    disputed_count: int = Field(default=0)


class AccountBalance(SQLModel, table=True):
    """What an account owes and may still use in one currency; no row when nothing is open."""

    __tablename__ = "account_balance"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "currency"),
        sa.Index(None, "company_id", "currency", "owed_minor", "account_id"),
        *same_company("account", "account_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int
    account_id: int
    currency: str = Field(max_length=3)
    owed_minor: int = Field(default=0, sa_type=sa.BigInteger)
    credit_minor: int = Field(default=0, sa_type=sa.BigInteger)
    open_count: int = Field(default=0)
    disputed_count: int = Field(default=0)
    oldest_due: date = Field(default=NEVER)


class SavedView(SQLModel, table=True):
    """A list as one member likes to see it: its name, and the filters and order of its address."""

    __tablename__ = "saved_view"
    __table_args__ = (sa.UniqueConstraint("company_id", "user_id", "page", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    user_id: int = Field(foreign_key="app_user.id")
    page: str = Field(max_length=20)
    name: str = Field(max_length=60)
    query: str = Field(max_length=1000)
    created_at: datetime = Field(sa_type=UtcDateTime)
