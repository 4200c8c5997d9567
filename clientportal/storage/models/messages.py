"""Messages on their way out (DESIGN rule 9): the row comes before the call."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from clientportal.storage.base import EnumText, UtcDateTime


class MessageState(StrEnum):
    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


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
    dedupe_key: str = Field(max_length=200, unique=True)
    state: MessageState = Field(default=MessageState.PLANNED, sa_type=EnumText(MessageState))  # type: ignore[call-overload]
    attempt: int = Field(default=0)
    subject: str = Field(default="", max_length=300)
    html: str = Field(default="", sa_type=sa.Text)
    text: str = Field(default="", sa_type=sa.Text)
    provider_id: str = Field(default="", max_length=100)
    error: str = Field(default="", max_length=300)
    created_at: datetime = Field(sa_type=UtcDateTime)
    check_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # when a sweep looks again
    claimed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
