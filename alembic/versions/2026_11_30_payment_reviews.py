"""What was decided about a payment in review, and the index of those that wait."""

import sqlalchemy as sa

from alembic import op
from clientportal.storage.base import UtcDateTime

revision = "20261130_payment_reviews"
down_revision = "20261130_session_proof"
branch_labels = None
depends_on = None

WAITS = sa.text("review_reason <> '' AND reviewed_at IS NULL")


def upgrade() -> None:
    op.add_column("payment", sa.Column("reviewed_at", UtcDateTime(), nullable=True))
    op.add_column(
        "payment",
        sa.Column("review_outcome", sa.String(length=12), nullable=False, server_default=""),
    )
    op.add_column(
        "payment",
        sa.Column("review_note", sa.String(length=500), nullable=False, server_default=""),
    )
    op.create_index(
        "ix_payment_in_review",
        "payment",
        ["company_id"],
        sqlite_where=WAITS,
        postgresql_where=WAITS,
    )


def downgrade() -> None:
    op.drop_index("ix_payment_in_review", "payment")
    op.drop_column("payment", "review_note")
    op.drop_column("payment", "review_outcome")
    op.drop_column("payment", "reviewed_at")
