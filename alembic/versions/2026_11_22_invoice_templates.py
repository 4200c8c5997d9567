"""Templates from which invoices are written, and the tax rates that a company charges."""

import sqlalchemy as sa

from alembic import op
from clientportal.storage.base import UtcDateTime

revision = "20261122_invoice_templates"
down_revision = "20261122_document_sending"
branch_labels = None
depends_on = None

IN_USE = sa.text("archived_at IS NULL")


def upgrade() -> None:
    op.add_column(
        "company", sa.Column("tax_rates", sa.JSON(), nullable=False, server_default="[]")
    )
    op.create_table(
        "invoice_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=True),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("reminders", sa.Boolean(), nullable=False),
        sa.Column("reminder_days", sa.Integer(), nullable=False),
        sa.Column("reminder_count", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_invoice_template_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_template")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_invoice_template_company_id_id")),
    )
    op.create_index(
        "uq_invoice_template_name",
        "invoice_template",
        ["company_id", "name"],
        unique=True,
        sqlite_where=IN_USE,
        postgresql_where=IN_USE,
    )


def downgrade() -> None:
    op.drop_table("invoice_template")
    op.drop_column("company", "tax_rates")
