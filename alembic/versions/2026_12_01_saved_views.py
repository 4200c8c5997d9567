"""Lists as a member likes to see them: filters and order under a name."""

import sqlalchemy as sa

from alembic import op
from clientportal.storage.base import UtcDateTime

revision = "20261201_saved_views"
down_revision = "20261201_receivables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_saved_view_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_saved_view_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint(
            "company_id",
            "user_id",
            "page",
            "name",
            name=op.f("uq_saved_view_company_id_user_id_page_name"),
        ),
    )


def downgrade() -> None:
    op.drop_table("saved_view")
