"""The account of each document in an attempt: a space's payments are found among its own lines."""

import sqlalchemy as sa

from alembic import op

revision = "20261201_attempt_line_account"
down_revision = "20261201_saved_views"
branch_labels = None
depends_on = None

INDEX = "ix_attempt_line_account_id"
OPEN = sa.text("is_open")


def upgrade() -> None:
    op.add_column("attempt_line", sa.Column("account_id", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE attempt_line SET account_id ="
        " (SELECT account_id FROM document WHERE document.id = attempt_line.document_id)"
    )
    with op.batch_alter_table("attempt_line") as batch:
        batch.alter_column("account_id", existing_type=sa.Integer(), nullable=False)
        batch.create_foreign_key(
            op.f("fk_attempt_line_company_id_account_id"),
            "account",
            ["company_id", "account_id"],
            ["company_id", "id"],
        )
    op.create_index(
        op.f(INDEX), "attempt_line", ["account_id"], sqlite_where=OPEN, postgresql_where=OPEN
    )


def downgrade() -> None:
    op.drop_index(op.f(INDEX), "attempt_line")
    with op.batch_alter_table("attempt_line") as batch:
        batch.drop_constraint(op.f("fk_attempt_line_company_id_account_id"), type_="foreignkey")
        batch.drop_column("account_id")
