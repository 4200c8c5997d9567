"""Documents keep the template they were written from, and how their clients are to be reminded."""

import sqlalchemy as sa

from alembic import op

revision = "20261130_document_reminders"
down_revision = "20261130_delivery"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "document", sa.Column("reminders", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for name, usual in (("reminder_days", "3"), ("reminder_count", "1")):
        op.add_column(
            "document", sa.Column(name, sa.Integer(), nullable=False, server_default=usual)
        )
    # A key of two columns cannot be added to a table on SQLite without writing it anew.
    op.create_table(
        "document_template",
        sa.Column("document_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "document_id"],
            ["document.company_id", "document.id"],
            name=op.f("fk_document_template_company_id_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "template_id"],
            ["invoice_template.company_id", "invoice_template.id"],
            name=op.f("fk_document_template_company_id_template_id"),
        ),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_document_template")),
    )


def downgrade() -> None:
    op.drop_table("document_template")
    for name in ("reminder_count", "reminder_days", "reminders"):
        op.drop_column("document", name)
