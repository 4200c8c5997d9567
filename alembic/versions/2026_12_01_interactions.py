"""The template that a message left as, and the order in which a company's log is read."""

import sqlalchemy as sa

from alembic import op

revision = "20261201_interactions"
down_revision = "20261130_fiscal_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "message", sa.Column("template", sa.String(length=100), nullable=False, server_default="")
    )
    op.add_column("message", sa.Column("parameters", sa.JSON(), nullable=True))
    op.create_index(op.f("ix_message_company_id_id"), "message", ["company_id", "id"])
    op.create_index(op.f("ix_address_alert_message_id"), "address_alert", ["message_id"])


def downgrade() -> None:
    op.drop_index("ix_address_alert_message_id", "address_alert")
    op.drop_index("ix_message_company_id_id", "message")
    op.drop_column("message", "parameters")
    op.drop_column("message", "template")
