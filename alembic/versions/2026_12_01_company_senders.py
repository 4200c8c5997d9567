"""What a company sees of its senders: the provider's words about a pause, the last test."""

import sqlalchemy as sa

from alembic import op
from clientportal.storage.base import UtcDateTime

revision = "20261201_company_senders"
down_revision = "20261201_interactions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sender",
        sa.Column("pause_detail", sa.String(length=300), nullable=False, server_default=""),
    )
    op.create_table(
        "channel_test",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("sender_id", sa.Integer(), nullable=False),
        sa.Column("sender_version", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_channel_test_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["sender.id"], name=op.f("fk_channel_test_sender_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_channel_test_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_test")),
        sa.UniqueConstraint(
            "company_id", "channel", name=op.f("uq_channel_test_company_id_channel")
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_channel_test_message_id")),
    )


def downgrade() -> None:
    op.drop_table("channel_test")
    op.drop_column("sender", "pause_detail")
