"""The first schema: identity, companies, accounts, documents, payments, messages, search."""

import sqlalchemy as sa

from alembic import op
from clientportal.storage.base import ExactDecimal, UtcDateTime

revision = "20261121_initial"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "app_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("email", name=op.f("uq_app_user_email")),
    )
    op.create_table(
        "change",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("ref", sa.String(length=60), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "company",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("tax_id_kind", sa.String(length=20), nullable=False),
        sa.Column("tax_id", sa.String(length=40), nullable=False),
        sa.Column("logo_sha256", sa.String(length=64), nullable=True),
        sa.Column("logo_media_type", sa.String(length=60), nullable=False),
        sa.Column("accent", sa.String(length=7), nullable=False),
        sa.Column("accent_tokens", sa.JSON(), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("currencies", sa.JSON(), nullable=False),
        sa.Column("reply_email", sa.String(length=254), nullable=False),
        sa.Column("allow_partial_payment", sa.Boolean(), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company")),
        sa.UniqueConstraint("slug", name=op.f("uq_company_slug")),
    )
    op.create_table(
        "sign_in_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("consumed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_code")),
    )
    op.create_index(
        op.f("ix_sign_in_code_email_created_at"),
        "sign_in_code",
        ["email", "created_at"],
        unique=False,
    )
    op.create_table(
        "sign_in_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=254), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_try")),
    )
    op.create_index(
        op.f("ix_sign_in_try_kind_subject_at"),
        "sign_in_try",
        ["kind", "subject", "at"],
        unique=False,
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("country", sa.String(length=20), nullable=False),
        sa.Column("tax_id_kind", sa.String(length=20), nullable=False),
        sa.Column("tax_id", sa.String(length=40), nullable=False),
        sa.Column("tax_id_norm", sa.String(length=40), nullable=False),
        sa.Column("street", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("region", sa.String(length=100), nullable=False),
        sa.Column("postal_code", sa.String(length=20), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("norm", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_account_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("company_id", "code", name=op.f("uq_account_company_id_code")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_account_company_id_id")),
    )
    op.create_index(
        op.f("ix_account_company_id_name_id"), "account", ["company_id", "name", "id"], unique=False
    )
    op.create_index(
        op.f("ix_account_country_tax_id_norm"), "account", ["country", "tax_id_norm"], unique=False
    )
    op.create_table(
        "company_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_company_member_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_company_member_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_company_member")),
        sa.UniqueConstraint(
            "company_id", "user_id", name=op.f("uq_company_member_company_id_user_id")
        ),
    )
    op.create_index(op.f("ix_company_member_user_id"), "company_member", ["user_id"], unique=False)
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("position", sa.String(length=100), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("norm", sa.String(length=1000), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_contact_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_contact_company_id_id")),
    )
    op.create_index(
        op.f("ix_contact_company_id_name_id"), "contact", ["company_id", "name", "id"], unique=False
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_import_run_company_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_import_run_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_import_run_company_id_id")),
    )
    op.create_index(
        op.f("ix_import_run_company_id_created_at"),
        "import_run",
        ["company_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "number_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.Column("padding", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_number_series_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_number_series")),
        sa.UniqueConstraint("company_id", "kind", name=op.f("uq_number_series_company_id_kind")),
    )
    op.create_table(
        "space",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=12), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_space_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_space")),
        sa.UniqueConstraint("key", name=op.f("uq_space_key")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_space_user_id_key")),
    )
    op.create_table(
        "user_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("user_agent", sa.String(length=300), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_user_session_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_session_token_hash")),
    )
    op.create_index(op.f("ix_user_session_user_id"), "user_session", ["user_id"], unique=False)
    op.create_table(
        "webhook_inbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=True),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("provider_id", sa.String(length=100), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("processed_at", UtcDateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_webhook_inbox_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_inbox")),
        sa.UniqueConstraint(
            "provider", "dedupe_key", name=op.f("uq_webhook_inbox_provider_dedupe_key")
        ),
    )
    op.create_index(
        "ix_webhook_inbox_todo", "webhook_inbox", ["provider", "processed_at", "id"], unique=False
    )
    op.create_table(
        "access",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("login", sa.Boolean(), nullable=False),
        sa.Column("notify", sa.Boolean(), nullable=False),
        sa.Column("email_sync", sa.Boolean(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("login_since", UtcDateTime(), nullable=True),
        sa.Column("accepted_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id", "account_id"],
            ["account.company_id", "account.id"],
            name=op.f("fk_access_company_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "contact_id"],
            ["contact.company_id", "contact.id"],
            name=op.f("fk_access_company_id_contact_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_access_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access")),
        sa.UniqueConstraint(
            "account_id", "contact_id", "email", name=op.f("uq_access_account_id_contact_id_email")
        ),
    )
    op.create_index(op.f("ix_access_email_login"), "access", ["email", "login"], unique=False)
    op.create_index(op.f("ix_access_user_id_login"), "access", ["user_id", "login"], unique=False)
    op.create_table(
        "account_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "account_id"],
            ["account.company_id", "account.id"],
            name=op.f("fk_account_contact_company_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "contact_id"],
            ["contact.company_id", "contact.id"],
            name=op.f("fk_account_contact_company_id_contact_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_contact")),
        sa.UniqueConstraint(
            "account_id", "contact_id", name=op.f("uq_account_contact_account_id_contact_id")
        ),
    )
    op.create_index(
        op.f("ix_account_contact_contact_id"), "account_contact", ["contact_id"], unique=False
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_kind", sa.String(length=12), nullable=False),
        sa.Column("actor_user_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=30), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_audit_entry_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["actor_user_id"], ["app_user.id"], name=op.f("fk_audit_entry_actor_user_id")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_audit_entry_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(
        op.f("ix_audit_entry_account_id_id"), "audit_entry", ["account_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_audit_entry_company_id_id"), "audit_entry", ["company_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_audit_entry_subject_kind_subject_id_id"),
        "audit_entry",
        ["subject_kind", "subject_id", "id"],
        unique=False,
    )
    op.create_table(
        "contact_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("address_norm", sa.String(length=254), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "contact_id"],
            ["contact.company_id", "contact.id"],
            name=op.f("fk_contact_point_company_id_contact_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_point")),
        sa.UniqueConstraint(
            "contact_id",
            "channel",
            "address_norm",
            name=op.f("uq_contact_point_contact_id_channel_address_norm"),
        ),
    )
    op.create_index(
        op.f("ix_contact_point_company_id_channel_address_norm"),
        "contact_point",
        ["company_id", "channel", "address_norm"],
        unique=False,
    )
    op.create_table(
        "document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("lifecycle", sa.String(length=24), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=False),
        sa.Column("settlement", sa.String(length=24), nullable=False),
        sa.Column("settled_on", sa.Date(), nullable=True),
        sa.Column("disputed", sa.Boolean(), nullable=False),
        sa.Column("payment_method", sa.String(length=40), nullable=False),
        sa.Column("concept", sa.String(length=500), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("fiscal_code", sa.String(length=120), nullable=False),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.Column("void_reason", sa.String(length=500), nullable=False),
        sa.Column("source", sa.String(length=24), nullable=False),
        sa.Column("norm", sa.String(length=1500), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=True),
        sa.Column("voided_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "lifecycle = 'draft' OR number IS NOT NULL", name=op.f("ck_document_number")
        ),
        sa.CheckConstraint(
            "balance_minor >= 0 AND balance_minor <= total_minor", name=op.f("ck_document_balance")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "account_id"],
            ["account.company_id", "account.id"],
            name=op.f("fk_document_company_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "corrects_id"],
            ["document.company_id", "document.id"],
            name=op.f("fk_document_company_id_corrects_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_document_company_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_document_company_id_id")),
        sa.UniqueConstraint(
            "company_id", "kind", "number", name=op.f("uq_document_company_id_kind_number")
        ),
    )
    op.create_index(
        "ix_document_account_date",
        "document",
        ["account_id", sa.literal_column("issued_on DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_document_account_open",
        "document",
        ["account_id", "settlement", "due_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_document_company_balance",
        "document",
        ["company_id", "balance_minor", "id"],
        unique=False,
    )
    op.create_index(
        "ix_document_company_currency",
        "document",
        [
            "company_id",
            "currency",
            sa.literal_column("issued_on DESC"),
            sa.literal_column("id DESC"),
        ],
        unique=False,
    )
    op.create_index(
        "ix_document_company_date",
        "document",
        ["company_id", sa.literal_column("issued_on DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_document_company_due", "document", ["company_id", "due_on", "id"], unique=False
    )
    op.create_index(
        "ix_document_company_kind",
        "document",
        ["company_id", "kind", sa.literal_column("issued_on DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_document_company_number", "document", ["company_id", "number", "id"], unique=False
    )
    op.create_index(
        "ix_document_company_open",
        "document",
        ["company_id", "settlement", "due_on", "id"],
        unique=False,
    )
    op.create_index(
        "ix_document_company_total", "document", ["company_id", "total_minor", "id"], unique=False
    )
    op.create_table(
        "payment_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("reference", sa.String(length=40), nullable=False),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("provider_id", sa.String(length=100), nullable=True),
        sa.Column("redirect_url", sa.String(length=1000), nullable=False),
        sa.Column("failure", sa.String(length=100), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("check_at", UtcDateTime(), nullable=True),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("superseded_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id", "account_id"],
            ["account.company_id", "account.id"],
            name=op.f("fk_payment_attempt_company_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_payment_attempt_company_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_payment_attempt_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempt")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_payment_attempt_company_id_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_payment_attempt_reference")),
    )
    op.create_index(
        op.f("ix_payment_attempt_state_check_at"),
        "payment_attempt",
        ["state", "check_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payment_attempt_user_id_created_at"),
        "payment_attempt",
        ["user_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "space_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("space_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_space_account_account_id")
        ),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_space_account_space_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["app_user.id"], name=op.f("fk_space_account_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_space_account")),
        sa.UniqueConstraint(
            "user_id", "account_id", name=op.f("uq_space_account_user_id_account_id")
        ),
    )
    op.create_index(op.f("ix_space_account_space_id"), "space_account", ["space_id"], unique=False)
    op.create_table(
        "allocation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("credit_id", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("allocated_on", sa.Date(), nullable=False),
        sa.Column("reverses_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name=op.f("ck_allocation_amount")),
        sa.ForeignKeyConstraint(
            ["company_id", "credit_id"],
            ["document.company_id", "document.id"],
            name=op.f("fk_allocation_company_id_credit_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "document_id"],
            ["document.company_id", "document.id"],
            name=op.f("fk_allocation_company_id_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "reverses_id"],
            ["allocation.company_id", "allocation.id"],
            name=op.f("fk_allocation_company_id_reverses_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_allocation_company_id_id")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_allocation_reverses_id")),
    )
    op.create_index(op.f("ix_allocation_credit_id"), "allocation", ["credit_id"], unique=False)
    op.create_index(op.f("ix_allocation_document_id"), "allocation", ["document_id"], unique=False)
    op.create_table(
        "attempt_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_attempt_line_amount")),
        sa.ForeignKeyConstraint(
            ["company_id", "attempt_id"],
            ["payment_attempt.company_id", "payment_attempt.id"],
            name=op.f("fk_attempt_line_company_id_attempt_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "document_id"],
            ["document.company_id", "document.id"],
            name=op.f("fk_attempt_line_company_id_document_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_line")),
    )
    op.create_index(
        op.f("ix_attempt_line_attempt_id"), "attempt_line", ["attempt_id"], unique=False
    )
    op.create_index(
        "uq_attempt_line_open",
        "attempt_line",
        ["document_id"],
        unique=True,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("body", sa.String(length=4000), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "document_id"],
            ["document.company_id", "document.id"],
            name=op.f("fk_comment_company_id_document_id"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_comment_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
    )
    op.create_index(op.f("ix_comment_document_id"), "comment", ["document_id"], unique=False)
    op.create_table(
        "credit_return",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("returned_on", sa.Date(), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_credit_return_amount")),
        sa.ForeignKeyConstraint(
            ["company_id", "document_id"],
            ["document.company_id", "document.id"],
            name=op.f("fk_credit_return_company_id_document_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_return")),
    )
    op.create_index(
        op.f("ix_credit_return_document_id"), "credit_return", ["document_id"], unique=False
    )
    op.create_table(
        "dispute",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id", "document_id"],
            ["document.company_id", "document.id"],
            name=op.f("fk_dispute_company_id_document_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
    )
    op.create_index(op.f("ix_dispute_document_id"), "dispute", ["document_id"], unique=False)
    op.create_table(
        "document_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("quantity", ExactDecimal(), nullable=False),
        sa.Column("unit_price", ExactDecimal(), nullable=False),
        sa.Column("tax_rate", ExactDecimal(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "document_id"],
            ["document.company_id", "document.id"],
            name=op.f("fk_document_line_company_id_document_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_line")),
        sa.UniqueConstraint(
            "document_id", "position", name=op.f("uq_document_line_document_id_position")
        ),
    )
    op.create_table(
        "document_tax",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("rate", ExactDecimal(), nullable=False),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "document_id"],
            ["document.company_id", "document.id"],
            name=op.f("fk_document_tax_company_id_document_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_tax")),
        sa.UniqueConstraint("document_id", "rate", name=op.f("uq_document_tax_document_id_rate")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("document_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("to_address", sa.String(length=254), nullable=False),
        sa.Column("to_norm", sa.String(length=254), nullable=False),
        sa.Column("to_name", sa.String(length=200), nullable=False),
        sa.Column("reply_to", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("variables", sa.JSON(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.String(length=100), nullable=False),
        sa.Column("error", sa.String(length=300), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("check_at", UtcDateTime(), nullable=True),
        sa.Column("claimed_at", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_message_account_id")),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_message_company_id")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.id"], name=op.f("fk_message_document_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_message_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_message_dedupe_key")),
    )
    op.create_index(
        "ix_message_check_at",
        "message",
        ["check_at"],
        unique=False,
        sqlite_where=sa.text("check_at IS NOT NULL"),
        postgresql_where=sa.text("check_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_message_company_id_created_at"),
        "message",
        ["company_id", "created_at"],
        unique=False,
    )
    op.create_index(op.f("ix_message_state_id"), "message", ["state", "id"], unique=False)
    op.create_index(
        op.f("ix_message_to_norm_created_at"), "message", ["to_norm", "created_at"], unique=False
    )
    op.create_table(
        "payment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=True),
        sa.Column("gateway", sa.String(length=20), nullable=False),
        sa.Column("provider_payment_id", sa.String(length=100), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("review_reason", sa.String(length=60), nullable=False),
        sa.Column("receipt_id", sa.Integer(), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("raw", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "account_id"],
            ["account.company_id", "account.id"],
            name=op.f("fk_payment_company_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "attempt_id"],
            ["payment_attempt.company_id", "payment_attempt.id"],
            name=op.f("fk_payment_company_id_attempt_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "receipt_id"],
            ["document.company_id", "document.id"],
            name=op.f("fk_payment_company_id_receipt_id"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name=op.f("fk_payment_company_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("company_id", "id", name=op.f("uq_payment_company_id_id")),
        sa.UniqueConstraint(
            "gateway", "provider_payment_id", name=op.f("uq_payment_gateway_provider_payment_id")
        ),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_payment_receipt_id")),
    )
    op.create_index(op.f("ix_payment_attempt_id"), "payment", ["attempt_id"], unique=False)
    op.create_index(
        op.f("ix_payment_company_id_received_at"),
        "payment",
        ["company_id", "received_at"],
        unique=False,
    )
    create_search(op.get_bind())


def downgrade() -> None:
    op.execute("DROP TABLE IF EXISTS search_entry")
    op.drop_index(op.f("ix_payment_company_id_received_at"), table_name="payment")
    op.drop_index(op.f("ix_payment_attempt_id"), table_name="payment")
    op.drop_table("payment")
    op.drop_index(op.f("ix_message_to_norm_created_at"), table_name="message")
    op.drop_index(op.f("ix_message_state_id"), table_name="message")
    op.drop_index(op.f("ix_message_company_id_created_at"), table_name="message")
    op.drop_index(
        "ix_message_check_at",
        table_name="message",
        sqlite_where=sa.text("check_at IS NOT NULL"),
        postgresql_where=sa.text("check_at IS NOT NULL"),
    )
    op.drop_table("message")
    op.drop_table("document_tax")
    op.drop_table("document_line")
    op.drop_index(op.f("ix_dispute_document_id"), table_name="dispute")
    op.drop_table("dispute")
    op.drop_index(op.f("ix_credit_return_document_id"), table_name="credit_return")
    op.drop_table("credit_return")
    op.drop_index(op.f("ix_comment_document_id"), table_name="comment")
    op.drop_table("comment")
    op.drop_index(
        "uq_attempt_line_open",
        table_name="attempt_line",
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.drop_index(op.f("ix_attempt_line_attempt_id"), table_name="attempt_line")
    op.drop_table("attempt_line")
    op.drop_index(op.f("ix_allocation_document_id"), table_name="allocation")
    op.drop_index(op.f("ix_allocation_credit_id"), table_name="allocation")
    op.drop_table("allocation")
    op.drop_index(op.f("ix_space_account_space_id"), table_name="space_account")
    op.drop_table("space_account")
    op.drop_index(op.f("ix_payment_attempt_user_id_created_at"), table_name="payment_attempt")
    op.drop_index(op.f("ix_payment_attempt_state_check_at"), table_name="payment_attempt")
    op.drop_table("payment_attempt")
    op.drop_index("ix_document_company_total", table_name="document")
    op.drop_index("ix_document_company_open", table_name="document")
    op.drop_index("ix_document_company_number", table_name="document")
    op.drop_index("ix_document_company_kind", table_name="document")
    op.drop_index("ix_document_company_due", table_name="document")
    op.drop_index("ix_document_company_date", table_name="document")
    op.drop_index("ix_document_company_currency", table_name="document")
    op.drop_index("ix_document_company_balance", table_name="document")
    op.drop_index("ix_document_account_open", table_name="document")
    op.drop_index("ix_document_account_date", table_name="document")
    op.drop_table("document")
    op.drop_index(
        op.f("ix_contact_point_company_id_channel_address_norm"), table_name="contact_point"
    )
    op.drop_table("contact_point")
    op.drop_index(op.f("ix_audit_entry_subject_kind_subject_id_id"), table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_company_id_id"), table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_account_id_id"), table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_index(op.f("ix_account_contact_contact_id"), table_name="account_contact")
    op.drop_table("account_contact")
    op.drop_index(op.f("ix_access_user_id_login"), table_name="access")
    op.drop_index(op.f("ix_access_email_login"), table_name="access")
    op.drop_table("access")
    op.drop_index("ix_webhook_inbox_todo", table_name="webhook_inbox")
    op.drop_table("webhook_inbox")
    op.drop_index(op.f("ix_user_session_user_id"), table_name="user_session")
    op.drop_table("user_session")
    op.drop_table("space")
    op.drop_table("number_series")
    op.drop_index(op.f("ix_import_run_company_id_created_at"), table_name="import_run")
    op.drop_table("import_run")
    op.drop_index(op.f("ix_contact_company_id_name_id"), table_name="contact")
    op.drop_table("contact")
    op.drop_index(op.f("ix_company_member_user_id"), table_name="company_member")
    op.drop_table("company_member")
    op.drop_index(op.f("ix_account_country_tax_id_norm"), table_name="account")
    op.drop_index(op.f("ix_account_company_id_name_id"), table_name="account")
    op.drop_table("account")
    op.drop_index(op.f("ix_sign_in_try_kind_subject_at"), table_name="sign_in_try")
    op.drop_table("sign_in_try")
    op.drop_index(op.f("ix_sign_in_code_email_created_at"), table_name="sign_in_code")
    op.drop_table("sign_in_code")
    op.drop_table("company")
    op.drop_table("change")
    op.drop_table("app_user")


def create_search(connection: sa.Connection) -> None:
    """One text index per dialect; trigram indexes only where the server lets us have them."""
    if connection.dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE search_entry USING fts5(norm, tokenize='trigram')")
        return
    op.execute(
        "CREATE TABLE search_entry (kind smallint NOT NULL, ref_id bigint NOT NULL,"
        " company_id bigint NOT NULL, account_id bigint, norm text NOT NULL,"
        " CONSTRAINT pk_search_entry PRIMARY KEY (kind, ref_id))"
    )
    if has_trigrams(connection):
        op.execute(
            "CREATE INDEX ix_search_entry_norm ON search_entry"
            " USING gin (company_id, account_id, norm gin_trgm_ops)"
        )
    else:
        op.execute(
            "CREATE INDEX ix_search_entry_scope ON search_entry"
            " (company_id, account_id, ref_id DESC)"
        )


def has_trigrams(connection: sa.Connection) -> bool:
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS btree_gin")
    except sa.exc.DBAPIError:
        return False
    return True
