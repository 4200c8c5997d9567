"""Documents, their lines, dated allocations, returns, disputes and comments."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from clientportal.domain.documents import Kind, Lifecycle, Settlement
from clientportal.storage.base import ExactDecimal, UtcDateTime, enum_type, same_company

UNSETTLED = "lifecycle = 'issued' AND settlement <> 'paid'"
"""What is owed or available. Literals, because SQLite matches a partial index only by them."""
UNISSUED = "lifecycle <> 'issued'"
"""Drafts and void documents: few among many."""
RECEIVED = "lifecycle = 'issued' AND kind IN ('cash_receipt', 'advance')"
"""Money that came in: receipts and advances that stand.

The lifecycle is a column of these indexes as well: without it SQLite reads each row for it.
"""


class DocumentSource(StrEnum):
    """How a document came to be."""

    MANUAL = "manual"
    IMPORT = "import"
    UBL = "ubl"
    PAYMENT = "payment"
    DEMO = "demo"


class Document(SQLModel, table=True):
    """An invoice, debit note, credit note, advance or cash receipt.

    `balance_minor`, `settlement` and `settled_on` are derived from the allocations, written by
    `storage.documents.settle` alone, and audited by `check`.
    """

    __tablename__ = "document"
    __table_args__ = (
        sa.UniqueConstraint("company_id", "id"),
        sa.UniqueConstraint("company_id", "kind", "number"),
        *same_company("account", "account_id"),
        *same_company("document", "corrects_id"),
        sa.CheckConstraint("balance_minor >= 0 AND balance_minor <= total_minor", name="balance"),
        sa.CheckConstraint("lifecycle = 'draft' OR number IS NOT NULL", name="number"),
        sa.Index(
            "ix_document_company_date",
            "company_id",
            sa.text("issued_on DESC"),
            sa.text("id DESC"),
        ),
        sa.Index(
            "ix_document_account_date",
            "account_id",
            sa.text("issued_on DESC"),
            sa.text("id DESC"),
        ),
        sa.Index("ix_document_company_open", "company_id", "settlement", "due_on", "id"),
        # What the sums of a customer's list need besides: 20,000 rows are not looked up one by one.
        sa.Index(
            "ix_document_account_open",
            "account_id",
            "settlement",
            "due_on",
            "id",
            "lifecycle",
            "kind",
            "currency",
            "total_minor",
            "balance_minor",
        ),
        sa.Index(
            "ix_document_company_unsettled_date",
            "company_id",
            sa.text("issued_on DESC"),
            sa.text("id DESC"),
            sqlite_where=sa.text(UNSETTLED),
            postgresql_where=sa.text(UNSETTLED),
        ),
        sa.Index(
            "ix_document_company_currency",
            "company_id",
            "currency",
            sa.text("issued_on DESC"),
            sa.text("id DESC"),
        ),
        sa.Index(
            "ix_document_company_unsettled",
            "company_id",
            "due_on",
            "id",
            "kind",
            "currency",
            "settlement",
            "disputed",
            "total_minor",
            "balance_minor",
            "account_id",
            "lifecycle",
            sqlite_where=sa.text(UNSETTLED),
            postgresql_where=sa.text(UNSETTLED),
        ),
        sa.Index(
            "ix_document_company_received",
            "company_id",
            "issued_on",
            "currency",
            "kind",
            "lifecycle",
            "total_minor",
            sqlite_where=sa.text(RECEIVED),
            postgresql_where=sa.text(RECEIVED),
        ),
        sa.Index(
            "ix_document_company_unissued",
            "company_id",
            "lifecycle",
            "issued_on",
            "id",
            sqlite_where=sa.text(UNISSUED),
            postgresql_where=sa.text(UNISSUED),
        ),
        sa.Index("ix_document_company_due", "company_id", "due_on", "id"),
        sa.Index("ix_document_company_total", "company_id", "total_minor", "id"),
        sa.Index("ix_document_company_balance", "company_id", "balance_minor", "id"),
        sa.Index("ix_document_company_number", "company_id", "number", "id"),
        sa.Index(
            "ix_document_company_kind",
            "company_id",
            "kind",
            sa.text("issued_on DESC"),
            sa.text("id DESC"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    account_id: int
    kind: Kind = Field(sa_type=enum_type(Kind))
    lifecycle: Lifecycle = Field(default=Lifecycle.DRAFT, sa_type=enum_type(Lifecycle))
    number: str | None = Field(default=None, max_length=60)
    issued_on: date
    due_on: date  # of credit kinds: the issue date, so that every list can be sorted by it
    currency: str = Field(max_length=3)
    net_minor: int = Field(default=0, sa_type=sa.BigInteger)
    total_minor: int = Field(default=0, sa_type=sa.BigInteger)
    balance_minor: int = Field(default=0, sa_type=sa.BigInteger)
    settlement: Settlement = Field(default=Settlement.OPEN, sa_type=enum_type(Settlement))
    settled_on: date | None = Field(default=None)
    disputed: bool = Field(default=False)
    payment_method: str = Field(default="", max_length=40)
    concept: str = Field(default="", max_length=500)
    reference: str = Field(default="", max_length=100)
    fiscal_code: str = Field(default="", max_length=120)
    corrects_id: int | None = Field(default=None)
    void_reason: str = Field(default="", max_length=500)
    source: DocumentSource = Field(sa_type=enum_type(DocumentSource))
    norm: str = Field(default="", max_length=1500)
    created_at: datetime = Field(sa_type=UtcDateTime)
    issued_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    voided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # last taken by a channel
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # first by a person
    undelivered: int = Field(default=0)  # addresses that the newest send did not reach
    reminders: bool = Field(default=False)  # what the reminders to come will follow
    reminder_days: int = Field(default=3)
    reminder_count: int = Field(default=1)


class DocumentLine(SQLModel, table=True):
    """One line: quantity and unit price with six places, the amount rounded to the currency."""

    __tablename__ = "document_line"
    __table_args__ = (
        sa.UniqueConstraint("document_id", "position"),
        *same_company("document", "document_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int
    document_id: int
    position: int
    description: str = Field(max_length=500)
    quantity: Decimal = Field(sa_type=ExactDecimal)
    unit_price: Decimal = Field(sa_type=ExactDecimal)
    tax_rate: Decimal = Field(default=Decimal(0), sa_type=ExactDecimal)
    amount_minor: int = Field(sa_type=sa.BigInteger)


class DocumentTax(SQLModel, table=True):
    """The tax of one rate, on the sum of the rounded lines of that rate."""

    __tablename__ = "document_tax"
    __table_args__ = (
        sa.UniqueConstraint("document_id", "rate"),
        *same_company("document", "document_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int
    document_id: int
    rate: Decimal = Field(sa_type=ExactDecimal)
    base_minor: int = Field(sa_type=sa.BigInteger)
    tax_minor: int = Field(sa_type=sa.BigInteger)


class Allocation(SQLModel, table=True):
    """Money or credit applied from a credit kind (or *prepaid* at import) to a payable document.

    Never edited: an allocation is taken back by a row with the opposite amount that names it.
    """

    __tablename__ = "allocation"
    __table_args__ = (
        sa.UniqueConstraint("company_id", "id"),
        sa.UniqueConstraint("reverses_id"),
        sa.Index(None, "document_id"),
        sa.Index(None, "credit_id"),
        *same_company("document", "document_id", "credit_id"),
        *same_company("allocation", "reverses_id"),
        sa.CheckConstraint("amount_minor <> 0", name="amount"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int
    document_id: int
    credit_id: int | None = Field(default=None)  # None: prepaid at import
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=sa.BigInteger)
    allocated_on: date
    reverses_id: int | None = Field(default=None)
    created_at: datetime = Field(sa_type=UtcDateTime)


class CreditReturn(SQLModel, table=True):
    """Unused credit given back to the customer outside the portal."""

    __tablename__ = "credit_return"
    __table_args__ = (
        sa.Index(None, "document_id"),
        *same_company("document", "document_id"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int
    document_id: int
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=sa.BigInteger)
    returned_on: date
    method: str = Field(default="", max_length=40)
    note: str = Field(default="", max_length=500)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Dispute(SQLModel, table=True):
    """A customer contests a document."""

    __tablename__ = "dispute"
    __table_args__ = (
        sa.Index(None, "document_id"),
        *same_company("document", "document_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int
    document_id: int
    reason: str = Field(default="", max_length=500)
    opened_on: date
    closed_on: date | None = Field(default=None)


class Comment(SQLModel, table=True):
    """What somebody wrote about a document; it stays on the timeline."""

    __tablename__ = "comment"
    __table_args__ = (
        sa.Index(None, "document_id"),
        *same_company("document", "document_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int
    document_id: int
    user_id: int = Field(foreign_key="app_user.id")
    by_staff: bool = Field(default=False)
    author: str = Field(max_length=200)
    body: str = Field(max_length=4000)
    created_at: datetime = Field(sa_type=UtcDateTime)
