"""Templates from which invoices are written."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from clientportal.storage.base import UtcDateTime, same_company


class InvoiceTemplate(SQLModel, table=True):
    """What an invoice begins with. Names are unique per company among those not archived.

    `lines`: description, quantity, unit_price and tax_rate ("" for no tax) as plain decimal text.
    """

    __tablename__ = "invoice_template"
    __table_args__ = (
        sa.UniqueConstraint("company_id", "id"),
        sa.Index(
            "uq_invoice_template_name",
            "company_id",
            "name",
            unique=True,
            sqlite_where=sa.text("archived_at IS NULL"),
            postgresql_where=sa.text("archived_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    name: str = Field(max_length=100)
    currency: str = Field(max_length=3)
    lines: list[dict[str, str]] = Field(default_factory=list, sa_type=sa.JSON)
    total_minor: int = Field(default=0, sa_type=sa.BigInteger)
    due_days: int | None = Field(default=None)  # None: the invoice's own due date stays
    message: str = Field(default="", max_length=500)
    reminders: bool = Field(default=False)
    reminder_days: int = Field(default=3)
    reminder_count: int = Field(default=1)
    version: int = Field(default=1)  # counts edits: a form that saw an older one is refused
    archived_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class DocumentTemplate(SQLModel, table=True):
    """Which template a document was written from."""

    __tablename__ = "document_template"
    __table_args__ = same_company("document", "document_id") + same_company(
        "invoice_template", "template_id"
    )

    document_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    company_id: int
    template_id: int
