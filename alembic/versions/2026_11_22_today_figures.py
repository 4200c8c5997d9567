"""Indexes for the page Today: who owes most, and what came in month by month."""

import sqlalchemy as sa

from alembic import op

revision = "20261122_today_figures"
down_revision = "20261122_import_mappings"
branch_labels = None
depends_on = None

UNSETTLED = sa.text("lifecycle = 'issued' AND settlement <> 'paid'")
RECEIVED = sa.text("lifecycle = 'issued' AND kind IN ('cash_receipt', 'advance')")
OPEN = [
    "company_id",
    "due_on",
    "id",
    "kind",
    "currency",
    "settlement",
    "disputed",
    "total_minor",
    "balance_minor",
]


def _replace(columns: list[str]) -> None:
    op.drop_index("ix_document_company_unsettled", table_name="document")
    op.create_index(
        "ix_document_company_unsettled",
        "document",
        columns,
        sqlite_where=UNSETTLED,
        postgresql_where=UNSETTLED,
    )


def upgrade() -> None:
    _replace([*OPEN, "account_id", "lifecycle"])
    op.create_index(
        "ix_document_company_received",
        "document",
        ["company_id", "issued_on", "currency", "kind", "lifecycle", "total_minor"],
        sqlite_where=RECEIVED,
        postgresql_where=RECEIVED,
    )


def downgrade() -> None:
    op.drop_index("ix_document_company_received", table_name="document")
    _replace(OPEN)
