"""Partial indexes for what is owed or available, and for drafts and void documents."""

import sqlalchemy as sa

from alembic import op

revision = "20261121_open_documents"
down_revision = "20261121_initial"
branch_labels = None
depends_on = None

UNSETTLED = sa.text("lifecycle = 'issued' AND settlement <> 'paid'")
UNISSUED = sa.text("lifecycle <> 'issued'")


def upgrade() -> None:
    op.create_index(
        "ix_document_company_unsettled",
        "document",
        [
            "company_id",
            "due_on",
            "id",
            "kind",
            "currency",
            "settlement",
            "disputed",
            "total_minor",
            "balance_minor",
        ],
        sqlite_where=UNSETTLED,
        postgresql_where=UNSETTLED,
    )
    op.create_index(
        "ix_document_company_unissued",
        "document",
        ["company_id", "lifecycle", "issued_on", "id"],
        sqlite_where=UNISSUED,
        postgresql_where=UNISSUED,
    )


def downgrade() -> None:
    op.drop_index("ix_document_company_unissued", table_name="document")
    op.drop_index("ix_document_company_unsettled", table_name="document")
