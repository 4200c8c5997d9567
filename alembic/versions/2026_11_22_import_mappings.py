"""Which column of an import file feeds which field, remembered per company and header."""

import sqlalchemy as sa

from alembic import op
from clientportal.storage.base import UtcDateTime

revision = "20261122_import_mappings"
down_revision = "20261122_document_originals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_mapping",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("header_key", sa.String(length=64), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_import_mapping_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_import_mapping_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mapping")),
        sa.UniqueConstraint(
            "company_id", "kind", "header_key", name=op.f("uq_import_mapping_company_id_kind_header_key")
        ),
        sa.UniqueConstraint(
            "company_id", "kind", "name", name=op.f("uq_import_mapping_company_id_kind_name")
        ),
    )


def downgrade() -> None:
    op.drop_table("import_mapping")
