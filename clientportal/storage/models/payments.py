"""Attempts, payments and the inbox of gateway notifications (contracts/payments.md §6)."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from clientportal.domain.payments import AttemptState, PaymentState
from clientportal.storage.base import UtcDateTime, enum_type, same_company

IN_REVIEW = "review_reason <> '' AND reviewed_at IS NULL"
"""Payments that may wait for a decision, in the words of their partial index."""


class PaymentAttempt(SQLModel, table=True):
    """One try to pay: amount, currency and split are frozen before the redirect."""

    __tablename__ = "payment_attempt"
    __table_args__ = (
        sa.UniqueConstraint("company_id", "id"),
        *same_company("account", "account_id"),
        sa.Index(None, "state", "check_at"),
        sa.Index(None, "user_id", "created_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    account_id: int  # where the receipt will stand
    user_id: int | None = Field(default=None, foreign_key="app_user.id")
    reference: str = Field(max_length=40, unique=True)
    gateway: str = Field(max_length=20)
    method: str = Field(default="", max_length=40)
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=sa.BigInteger)
    state: AttemptState = Field(default=AttemptState.CREATED, sa_type=enum_type(AttemptState))
    provider_id: str | None = Field(default=None, max_length=100)
    redirect_url: str = Field(default="", max_length=1000)
    failure: str = Field(default="", max_length=100)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    check_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    checks: int = Field(default=0)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    superseded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AttemptLine(SQLModel, table=True):
    """A document inside an attempt. While `is_open`, no other attempt may hold the document."""

    __tablename__ = "attempt_line"
    __table_args__ = (
        sa.Index(None, "attempt_id"),
        sa.Index(
            "uq_attempt_line_open",
            "document_id",
            unique=True,
            sqlite_where=sa.text("is_open"),
            postgresql_where=sa.text("is_open"),
        ),
        sa.Index(
            None,
            "account_id",
            sqlite_where=sa.text("is_open"),
            postgresql_where=sa.text("is_open"),
        ),
        *same_company("payment_attempt", "attempt_id"),
        *same_company("document", "document_id"),
        *same_company("account", "account_id"),
        sa.CheckConstraint("amount_minor > 0", name="amount"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int
    attempt_id: int
    document_id: int
    account_id: int  # of the document
    amount_minor: int = Field(sa_type=sa.BigInteger)
    is_open: bool = Field(default=True)


class Payment(SQLModel, table=True):
    """Money that a provider or a member says was received. Booking it issues one cash receipt."""

    __tablename__ = "payment"
    __table_args__ = (
        sa.UniqueConstraint("company_id", "id"),
        sa.UniqueConstraint("gateway", "provider_payment_id"),
        sa.UniqueConstraint("receipt_id"),
        *same_company("account", "account_id"),
        *same_company("payment_attempt", "attempt_id"),
        *same_company("document", "receipt_id"),
        sa.Index(None, "company_id", "received_at"),
        sa.Index(None, "attempt_id"),
        sa.Index(
            "ix_payment_in_review",
            "company_id",
            sqlite_where=sa.text(IN_REVIEW),
            postgresql_where=sa.text(IN_REVIEW),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    account_id: int
    attempt_id: int | None = Field(default=None)
    gateway: str = Field(max_length=20)  # manual for payments recorded by staff
    provider_payment_id: str = Field(max_length=100)
    method: str = Field(default="", max_length=40)
    currency: str = Field(max_length=3)
    amount_minor: int = Field(sa_type=sa.BigInteger)
    state: PaymentState = Field(sa_type=enum_type(PaymentState))
    review_reason: str = Field(default="", max_length=60)
    reviewed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    review_outcome: str = Field(default="", max_length=12)
    review_note: str = Field(default="", max_length=500)
    receipt_id: int | None = Field(default=None)
    received_at: datetime = Field(sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    raw: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)


class WebhookInbox(SQLModel, table=True):
    """A notification as it arrived: stored once, processed later, in any order (DESIGN rule 10)."""

    __tablename__ = "webhook_inbox"
    __table_args__ = (
        sa.UniqueConstraint("provider", "dedupe_key"),
        sa.Index("ix_webhook_inbox_todo", "provider", "processed_at", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    provider: str = Field(max_length=20)
    company_id: int | None = Field(default=None, foreign_key="company.id")
    dedupe_key: str = Field(max_length=200)
    reference: str = Field(default="", max_length=100)
    provider_id: str = Field(default="", max_length=100)
    raw: bytes = Field(sa_type=sa.LargeBinary)
    received_at: datetime = Field(sa_type=UtcDateTime)
    processed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tries: int = Field(default=0)
    error: str = Field(default="", max_length=300)
