"""The keys by which a company's fiscal codes are computed again, and what came of it per file."""

import sqlalchemy as sa

from alembic import op

revision = "20261130_fiscal_keys"
down_revision = "20261130_payment_reviews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "company", sa.Column("fiscal_keys", sa.Text(), nullable=False, server_default="")
    )
    op.add_column(
        "document_original",
        sa.Column("fiscal_check", sa.String(length=24), nullable=False, server_default="unchecked"),
    )


def downgrade() -> None:
    op.drop_column("document_original", "fiscal_check")
    op.drop_column("company", "fiscal_keys")
