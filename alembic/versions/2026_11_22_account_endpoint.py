"""The address of an account in UBL files, by which a customer without a tax id is found."""

import sqlalchemy as sa

from alembic import op

revision = "20261122_account_endpoint"
down_revision = "20261121_open_documents"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "account", sa.Column("endpoint_id", sa.String(100), nullable=False, server_default="")
    )
    op.create_index(
        op.f("ix_account_company_id_endpoint_id"), "account", ["company_id", "endpoint_id"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_account_company_id_endpoint_id"), table_name="account")
    op.drop_column("account", "endpoint_id")
