"""Where each account stands: oldest due date, balances by currency, from its open documents."""

from typing import Any

import sqlalchemy as sa

from alembic import op

revision = "20261201_receivables"
down_revision = "20261201_campaign_pauses"
branch_labels = None
depends_on = None

NEVER = "9999-12-31"
OWED = "kind NOT IN ('credit_note', 'advance', 'cash_receipt')"


def _account(table: str) -> list[Any]:
    return [
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "account_id"],
            ["account.company_id", "account.id"],
            name=op.f(f"fk_{table}_company_id_account_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def upgrade() -> None:
    op.create_table(
        "account_balance",
        sa.Column("id", sa.Integer(), nullable=False),
        *_account("account_balance"),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("owed_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("open_count", sa.Integer(), nullable=False),
        sa.Column("disputed_count", sa.Integer(), nullable=False),
        sa.Column("oldest_due", sa.Date(), nullable=False),
        sa.UniqueConstraint(
            "account_id", "currency", name=op.f("uq_account_balance_account_id_currency")
        ),
    )
    op.create_index(
        op.f("ix_account_balance_company_id_currency_owed_minor_account_id"),
        "account_balance",
        ["company_id", "currency", "owed_minor", "account_id"],
    )
    op.create_table(
        "account_standing",
        sa.Column("id", sa.Integer(), nullable=False),
        *_account("account_standing"),
        sa.Column("oldest_due", sa.Date(), nullable=False),
        sa.Column("open_count", sa.Integer(), nullable=False),
        sa.Column("disputed_count", sa.Integer(), nullable=False),
        sa.UniqueConstraint("account_id", name=op.f("uq_account_standing_account_id")),
    )
    op.create_index(
        op.f("ix_account_standing_company_id_oldest_due_account_id"),
        "account_standing",
        ["company_id", "oldest_due", "account_id"],
    )
    _fill()


def _fill() -> None:
    op.execute(
        "INSERT INTO account_balance (company_id, account_id, currency, owed_minor, credit_minor,"
        " open_count, disputed_count, oldest_due)"
        " SELECT company_id, account_id, currency,"
        f" SUM(CASE WHEN {OWED} THEN balance_minor ELSE 0 END),"
        f" SUM(CASE WHEN {OWED} THEN 0 ELSE balance_minor END),"
        f" SUM(CASE WHEN {OWED} THEN 1 ELSE 0 END),"
        f" SUM(CASE WHEN {OWED} AND disputed THEN 1 ELSE 0 END),"
        f" MIN(CASE WHEN {OWED} THEN due_on ELSE '{NEVER}' END)"
        " FROM document WHERE lifecycle = 'issued' AND settlement <> 'paid'"
        " GROUP BY company_id, account_id, currency"
    )
    op.execute(
        "INSERT INTO account_standing"
        " (company_id, account_id, oldest_due, open_count, disputed_count)"
        " SELECT a.company_id, a.id, COALESCE(MIN(b.oldest_due), '9999-12-31'),"
        " COALESCE(SUM(b.open_count), 0), COALESCE(SUM(b.disputed_count), 0)"
        " FROM account a LEFT JOIN account_balance b ON b.account_id = a.id"
        " WHERE EXISTS (SELECT 1 FROM document d WHERE d.account_id = a.id"
        " AND d.lifecycle <> 'draft')"
        " GROUP BY a.company_id, a.id"
    )


def downgrade() -> None:
    op.drop_table("account_standing")
    op.drop_table("account_balance")
