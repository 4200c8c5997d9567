"""Sending documents by e-mail: sends, links, attached files; who is told of which kind of news."""

import sqlalchemy as sa

from alembic import op
from clientportal.storage.base import UtcDateTime

revision = "20261122_document_sending"
down_revision = "20261122_open_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _send()
    _link()
    _file()
    op.add_column("document", sa.Column("sent_at", UtcDateTime(), nullable=True))
    op.add_column("document", sa.Column("seen_at", UtcDateTime(), nullable=True))
    op.add_column(
        "document", sa.Column("undelivered", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column(
        "message", sa.Column("link_seed", sa.String(length=64), nullable=False, server_default="")
    )
    op.add_column("access", sa.Column("muted", sa.JSON(), nullable=False, server_default="[]"))


def _send() -> None:
    op.create_table(
        "document_send",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "document_id"],
            ["document.company_id", "document.id"],
            name=op.f("fk_document_send_company_id_document_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_send")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_document_send_company_id_id")),
        sa.UniqueConstraint(
            "document_id", "attempt", name=op.f("uq_document_send_document_id_attempt")
        ),
    )


def _link() -> None:
    op.create_table(
        "document_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("send_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("to_address", sa.String(length=254), nullable=False),
        sa.Column("to_norm", sa.String(length=254), nullable=False),
        sa.Column("to_name", sa.String(length=200), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id", "document_id"],
            ["document.company_id", "document.id"],
            name=op.f("fk_document_link_company_id_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "send_id"],
            ["document_send.company_id", "document_send.id"],
            name=op.f("fk_document_link_company_id_send_id"),
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_document_link_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_link")),
        sa.UniqueConstraint("message_id", name=op.f("uq_document_link_message_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_document_link_token_hash")),
    )
    op.create_index(
        op.f("ix_document_link_document_id_send_id"), "document_link", ["document_id", "send_id"]
    )


def _file() -> None:
    op.create_table(
        "message_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_file_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_file")),
        sa.UniqueConstraint(
            "message_id", "position", name=op.f("uq_message_file_message_id_position")
        ),
    )
    op.create_index(op.f("ix_message_file_file_sha256"), "message_file", ["file_sha256"])


def downgrade() -> None:
    op.drop_column("access", "muted")
    op.drop_column("message", "link_seed")
    op.drop_column("document", "undelivered")
    op.drop_column("document", "seen_at")
    op.drop_column("document", "sent_at")
    op.drop_table("message_file")
    op.drop_table("document_link")
    op.drop_table("document_send")
