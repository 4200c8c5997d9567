"""Indexes for lists of what is open among a million documents."""

import sqlalchemy as sa

from alembic import op

revision = "20261122_open_lists"
down_revision = "20261122_import_progress"
branch_labels = None
depends_on = None

UNSETTLED = sa.text("lifecycle = 'issued' AND settlement <> 'paid'")
OPEN = ["account_id", "settlement", "due_on", "id"]
SUMS = ["lifecycle", "kind", "currency", "total_minor", "balance_minor"]


def _replace(columns: list[str]) -> None:
    op.drop_index("ix_document_account_open", table_name="document")
    op.create_index("ix_document_account_open", "document", columns)


def upgrade() -> None:
    _replace([*OPEN, *SUMS])
    op.create_index(
        "ix_document_company_unsettled_date",
        "document",
        ["company_id", sa.text("issued_on DESC"), sa.text("id DESC")],
        sqlite_where=UNSETTLED,
        postgresql_where=UNSETTLED,
    )


def downgrade() -> None:
    op.drop_index("ix_document_company_unsettled_date", table_name="document")
    _replace(OPEN)
