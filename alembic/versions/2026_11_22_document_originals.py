"""The electronic originals of documents: UBL files kept byte for byte."""

import sqlalchemy as sa

from alembic import op
from clientportal.storage.base import UtcDateTime

revision = "20261122_document_originals"
down_revision = "20261122_account_endpoint"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document_original",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("root_kind", sa.String(length=24), nullable=False),
        sa.Column("corrects", sa.JSON(), nullable=False),
        sa.Column("fiscal_url", sa.String(length=250), nullable=False),
        sa.Column("difference_minor", sa.BigInteger(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "document_id"],
            ["document.company_id", "document.id"],
            name=op.f("fk_document_original_company_id_document_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_original")),
        sa.UniqueConstraint(
            "company_id", "file_sha256", name=op.f("uq_document_original_company_id_file_sha256")
        ),
        sa.UniqueConstraint("document_id", name=op.f("uq_document_original_document_id")),
    )


def downgrade() -> None:
    op.drop_table("document_original")
