"""Messages on their way out (DESIGN rule 9): the row comes before the call."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from clientportal.domain.delivery import MessageState
from clientportal.storage.base import UtcDateTime, enum_type


class Message(SQLModel, table=True):
    """One communication on one channel; rendered and frozen when first claimed."""

    __tablename__ = "message"
    __table_args__ = (
        sa.Index(None, "state", "id"),
        sa.Index(None, "company_id", "created_at"),
        sa.Index(None, "to_norm", "created_at"),
        sa.Index(
            "ix_message_check_at",
            "check_at",
            sqlite_where=sa.text("check_at IS NOT NULL"),
            postgresql_where=sa.text("check_at IS NOT NULL"),
        ),
        sa.Index(None, "provider_id"),
        sa.Index(None, "account_id", "id"),
        sa.Index(None, "company_id", "id"),
        sa.Index(
            "ix_message_queued",
            "sender_id",
            "lane",
            "id",
            sqlite_where=sa.text("state = 'planned'"),
            postgresql_where=sa.text("state = 'planned'"),
        ),
        sa.Index(
            "ix_message_campaign",
            "company_id",
            "campaign",
            "state",
            sqlite_where=sa.text("campaign <> ''"),
            postgresql_where=sa.text("campaign <> ''"),
        ),
        sa.Index(
            "ix_message_needs_check",
            "company_id",
            "id",
            sqlite_where=sa.text("state = 'needs_check'"),
            postgresql_where=sa.text("state = 'needs_check'"),
        ),
        sa.Index(
            "ix_message_batch_id",
            "batch_id",
            sqlite_where=sa.text("batch_id IS NOT NULL"),
            postgresql_where=sa.text("batch_id IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int | None = Field(default=None, foreign_key="company.id")
    account_id: int | None = Field(default=None, foreign_key="account.id")
    document_id: int | None = Field(default=None, foreign_key="document.id")
    user_id: int | None = Field(default=None, foreign_key="app_user.id")
    kind: str = Field(max_length=40)
    channel: str = Field(default="email", max_length=12)
    to_address: str = Field(max_length=254)
    to_norm: str = Field(max_length=254)
    to_name: str = Field(default="", max_length=200)
    reply_to: str = Field(default="", max_length=254)
    language: str = Field(max_length=5)
    variables: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    link_seed: str = Field(default="", max_length=64)  # makes the secret link that it carries
    dedupe_key: str = Field(max_length=200, unique=True)
    state: MessageState = Field(default=MessageState.PLANNED, sa_type=enum_type(MessageState))
    attempt: int = Field(default=0)
    subject: str = Field(default="", max_length=300)
    html: str = Field(default="", sa_type=sa.Text)
    text: str = Field(default="", sa_type=sa.Text)
    template: str = Field(default="", max_length=100)  # of WhatsApp, with what fills it
    parameters: list[str] | None = Field(default=None, sa_type=sa.JSON)
    provider_id: str = Field(default="", max_length=100)
    error: str = Field(default="", max_length=300)
    created_at: datetime = Field(sa_type=UtcDateTime)
    check_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # when a sweep looks again
    claimed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    state_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # of the last event
    sender_id: int | None = Field(default=None, foreign_key="sender.id")
    # now: somebody waits for it | bulk; held_…: its campaign is paused
    lane: str = Field(default="now", max_length=12)
    campaign: str = Field(default="", max_length=60)  # what it belongs to, as one
    batch_id: int | None = Field(default=None, foreign_key="message_batch.id")
    fallback_of: int | None = Field(default=None, foreign_key="message.id")
