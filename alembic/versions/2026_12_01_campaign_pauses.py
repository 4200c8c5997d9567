"""Campaigns that too many addresses bounced: when each was paused, and who took it up again."""

import sqlalchemy as sa

from alembic import op
from clientportal.storage.base import UtcDateTime

revision = "20261201_campaign_pauses"
down_revision = "20261201_company_senders"
branch_labels = None
depends_on = None

STANDING = sa.text("resumed_at IS NULL")
OF_CAMPAIGN = sa.text("campaign <> ''")
UNKNOWN = sa.text("state = 'needs_check'")


def upgrade() -> None:
    op.create_table(
        "campaign_pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.String(length=60), nullable=False),
        sa.Column("bounced", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("paused_at", UtcDateTime(), nullable=False),
        sa.Column("resumed_at", UtcDateTime(), nullable=True),
        sa.Column("resumed_by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_campaign_pause_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_pause")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_campaign_pause_company_id_id")),
    )
    op.create_index(
        op.f("ix_campaign_pause_company_id_campaign_id"),
        "campaign_pause",
        ["company_id", "campaign", "id"],
    )
    op.create_index(
        "uq_campaign_pause_standing",
        "campaign_pause",
        ["company_id", "campaign"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )
    op.create_index(
        "ix_message_campaign",
        "message",
        ["company_id", "campaign", "state"],
        sqlite_where=OF_CAMPAIGN,
        postgresql_where=OF_CAMPAIGN,
    )
    op.create_index(
        "ix_message_needs_check",
        "message",
        ["company_id", "id"],
        sqlite_where=UNKNOWN,
        postgresql_where=UNKNOWN,
    )


def downgrade() -> None:
    op.drop_index("ix_message_needs_check", "message")
    op.drop_index("ix_message_campaign", "message")
    op.drop_table("campaign_pause")
