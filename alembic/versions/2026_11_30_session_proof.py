"""How a session was opened, and codes that staff ask for to prove their address again."""

import sqlalchemy as sa

from alembic import op

revision = "20261130_session_proof"
down_revision = "20261130_document_reminders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "user_session",
        sa.Column("opened_by", sa.String(length=12), nullable=False, server_default=""),
    )
    op.add_column(
        "sign_in_code",
        sa.Column("by_member", sa.Boolean(), nullable=False, server_default=sa.false()),
    )


def downgrade() -> None:
    op.drop_column("sign_in_code", "by_member")
    op.drop_column("user_session", "opened_by")
