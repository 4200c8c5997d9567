"""Senders, batches, alerts on addresses, and the segment of each account."""

import sqlalchemy as sa

from alembic import op
from clientportal.storage.base import UtcDateTime

revision = "20261130_delivery"
down_revision = "20261122_invoice_templates"
branch_labels = None
depends_on = None

OWN = sa.text("company_id IS NOT NULL")
PLATFORM = sa.text("company_id IS NULL")
STANDING = sa.text("removed_at IS NULL")
WAITS = sa.text("check_at IS NOT NULL")
QUEUED = sa.text("state = 'planned'")
BATCHED = sa.text("batch_id IS NOT NULL")


def _partial(name: str, table: str, columns: list[str], where: sa.TextClause, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where, unique=unique)


def upgrade() -> None:
    op.create_table(
        "sender",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("from_address", sa.String(length=254), nullable=False),
        sa.Column("from_name", sa.String(length=200), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=False),
        sa.Column("secrets", sa.Text(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("tokens", sa.Float(), nullable=False),
        sa.Column("tokens_at", UtcDateTime(), nullable=True),
        sa.Column("lease_owner", sa.String(length=100), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("paused_at", UtcDateTime(), nullable=True),
        sa.Column("paused_until", UtcDateTime(), nullable=True),
        sa.Column("pause_reason", sa.String(length=60), nullable=False),
        sa.Column("tested_at", UtcDateTime(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_sender_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender")),
    )
    _partial("uq_sender_company_channel", "sender", ["company_id", "channel"], OWN, unique=True)
    _partial("uq_sender_platform_channel", "sender", ["channel"], PLATFORM, unique=True)
    op.create_index(op.f("ix_sender_external_id"), "sender", ["external_id"])
    op.create_table(
        "message_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sender_id", sa.Integer(), nullable=False),
        sa.Column("lane", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("first_called_at", UtcDateTime(), nullable=True),
        sa.Column("check_at", UtcDateTime(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["sender.id"], name=op.f("fk_message_batch_sender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_batch")),
    )
    op.create_index(
        op.f("ix_message_batch_sender_id_state_check_at"),
        "message_batch",
        ["sender_id", "state", "check_at"],
    )
    _partial("ix_message_batch_check_at", "message_batch", ["check_at"], WAITS)
    op.create_table(
        "address_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("address_norm", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.Column("removed_by", sa.String(length=200), nullable=False),
        sa.Column("removal", sa.String(length=24), nullable=True),
        sa.Column("removal_note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_address_alert_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_address_alert_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_alert")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_address_alert_company_id_id")),
    )
    op.create_index(
        op.f("ix_address_alert_company_id_channel_address_norm_id"),
        "address_alert",
        ["company_id", "channel", "address_norm", "id"],
    )
    _partial(
        "uq_address_alert_standing",
        "address_alert",
        ["company_id", "channel", "address_norm"],
        STANDING,
        unique=True,
    )
    op.create_table(
        "address_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("address_norm", sa.String(length=254), nullable=False),
        sa.Column("last_ok_at", UtcDateTime(), nullable=True),
        sa.Column("last_inbound_at", UtcDateTime(), nullable=True),
        sa.Column("opted_out_at", UtcDateTime(), nullable=True),
        sa.Column("wa_id", sa.String(length=40), nullable=False),
        sa.Column("bsuid", sa.String(length=140), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_address_state_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_state")),
        sa.UniqueConstraint(
            "company_id",
            "channel",
            "address_norm",
            name=op.f("uq_address_state_company_id_channel_address_norm"),
        ),
    )
    op.create_index(op.f("ix_address_state_company_id_bsuid"), "address_state", ["company_id", "bsuid"])
    op.create_index(op.f("ix_address_state_company_id_wa_id"), "address_state", ["company_id", "wa_id"])
    _messages()
    _segments()


def _messages() -> None:
    op.add_column("message", sa.Column("state_at", UtcDateTime(), nullable=True))
    op.add_column(
        "message", sa.Column("lane", sa.String(length=12), nullable=False, server_default="now")
    )
    op.add_column(
        "message", sa.Column("campaign", sa.String(length=60), nullable=False, server_default="")
    )
    for column, table in (
        ("sender_id", "sender"),
        ("batch_id", "message_batch"),
        ("fallback_of", "message"),
    ):
        # With its reference in one statement, SQLite need not write the table anew.
        op.execute(
            f"ALTER TABLE message ADD COLUMN {column} INTEGER"
            f" CONSTRAINT fk_message_{column} REFERENCES {table} (id)"
        )
    op.create_index(op.f("ix_message_provider_id"), "message", ["provider_id"])
    op.create_index(op.f("ix_message_account_id_id"), "message", ["account_id", "id"])
    _partial("ix_message_queued", "message", ["sender_id", "lane", "id"], QUEUED)
    _partial("ix_message_batch_id", "message", ["batch_id"], BATCHED)


def _segments() -> None:
    op.add_column(
        "company",
        sa.Column("fallback_channel", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "account",
        sa.Column("segment", sa.String(length=24), nullable=False, server_default="no_data"),
    )
    op.execute(
        "UPDATE account SET segment = 'contactable' WHERE id IN ("
        "SELECT l.account_id FROM account_contact l JOIN contact_point p"
        " ON p.contact_id = l.contact_id WHERE p.channel IN ('email', 'whatsapp'))"
    )
    op.create_index(
        op.f("ix_account_company_id_segment_name_id"),
        "account",
        ["company_id", "segment", "name", "id"],
    )


def downgrade() -> None:
    op.drop_index("ix_account_company_id_segment_name_id", "account")
    op.drop_column("account", "segment")
    op.drop_column("company", "fallback_channel")
    for name in ("batch_id", "queued", "account_id_id", "provider_id"):
        op.drop_index(f"ix_message_{name}", "message")
    with op.batch_alter_table("message") as batch:
        for column in ("fallback_of", "batch_id", "campaign", "lane", "sender_id", "state_at"):
            batch.drop_column(column)
    for table in ("address_state", "address_alert", "message_batch", "sender"):
        op.drop_table(table)
