"""Senders, batches, alerts on addresses: how messages leave, and whom they cannot reach."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from clientportal.domain.contactability import AlertReason, Removal
from clientportal.storage.base import UtcDateTime, enum_type
from clientportal.storage.models.accounts import Channel


class BatchState(StrEnum):
    """`calling`: its members are fixed and the provider may have been asked."""

    CALLING = "calling"
    DONE = "done"
    NEEDS_CHECK = "needs_check"


class Sender(SQLModel, table=True):
    """An account at a provider by which messages leave: a company's own, or the platform's (none).

    Its lease makes one process the only one that calls the provider; its bucket of `tokens`
    (refilled to `rate` a second) goes with the lease. `paused_at` with `pause_reason`: nothing
    leaves until `paused_until`, or until somebody takes the pause off.
    """

    __tablename__ = "sender"
    __table_args__ = (
        sa.Index(
            "uq_sender_company_channel",
            "company_id",
            "channel",
            unique=True,
            sqlite_where=sa.text("company_id IS NOT NULL"),
            postgresql_where=sa.text("company_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_sender_platform_channel",
            "channel",
            unique=True,
            sqlite_where=sa.text("company_id IS NULL"),
            postgresql_where=sa.text("company_id IS NULL"),
        ),
        sa.Index(None, "external_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int | None = Field(default=None, foreign_key="company.id")
    channel: Channel = Field(sa_type=enum_type(Channel))
    provider: str = Field(max_length=20)  # outbox | resend | smtp | whatsapp
    is_on: bool = Field(default=True)
    from_address: str = Field(default="", max_length=254)
    from_name: str = Field(default="", max_length=200)
    external_id: str = Field(default="", max_length=100)  # phone_number_id of WhatsApp
    secrets: str = Field(default="", sa_type=sa.Text)  # encrypted JSON, see services.credentials
    options: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    rate: float = Field(default=2.0)
    tokens: float = Field(default=0.0)
    tokens_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_owner: str = Field(default="", max_length=100)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paused_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    pause_reason: str = Field(default="", max_length=60)
    pause_detail: str = Field(default="", max_length=300)  # the provider's own words
    tested_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = Field(default=1)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class MessageBatch(SQLModel, table=True):
    """Messages that go to the provider in one call. Members and bodies are fixed before the first.

    `first_called_at`: from then on nobody may leave it, since its outcome may be unknown; none
    while every call of it was refused for certain. Its id is the idempotency key, kept by the
    provider for 24 hours.
    """

    __tablename__ = "message_batch"
    __table_args__ = (
        sa.Index(None, "sender_id", "state", "check_at"),
        sa.Index(
            "ix_message_batch_check_at",
            "check_at",
            sqlite_where=sa.text("check_at IS NOT NULL"),
            postgresql_where=sa.text("check_at IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    sender_id: int = Field(foreign_key="sender.id")
    lane: str = Field(max_length=12)  # now | bulk
    state: BatchState = Field(default=BatchState.CALLING, sa_type=enum_type(BatchState))
    attempt: int = Field(default=0)
    size: int = Field(default=0)
    error: str = Field(default="", max_length=300)
    created_at: datetime = Field(sa_type=UtcDateTime)
    first_called_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    check_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AddressAlert(SQLModel, table=True):
    """An alert on (company, channel, normalised address); at most one stands, all are kept."""

    __tablename__ = "address_alert"
    __table_args__ = (
        sa.UniqueConstraint("company_id", "id"),
        sa.Index(None, "company_id", "channel", "address_norm", "id"),
        sa.Index(None, "message_id"),
        sa.Index(
            "uq_address_alert_standing",
            "company_id",
            "channel",
            "address_norm",
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    channel: Channel = Field(sa_type=enum_type(Channel))
    address_norm: str = Field(max_length=254)
    reason: AlertReason = Field(sa_type=enum_type(AlertReason))
    detail: str = Field(default="", max_length=300)  # the provider's own words
    message_id: int | None = Field(default=None, foreign_key="message.id")
    event_id: int | None = Field(default=None)  # row of webhook_inbox, deleted after 90 days
    set_at: datetime = Field(sa_type=UtcDateTime)
    removed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    removed_by: str = Field(default="", max_length=200)
    removal: Removal | None = Field(default=None, sa_type=enum_type(Removal))
    removal_note: str = Field(default="", max_length=500)


class AddressState(SQLModel, table=True):
    """What is known of an address besides alerts: when it last worked, its WhatsApp identity."""

    __tablename__ = "address_state"
    __table_args__ = (
        sa.UniqueConstraint("company_id", "channel", "address_norm"),
        sa.Index(None, "company_id", "bsuid"),
        sa.Index(None, "company_id", "wa_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    channel: Channel = Field(sa_type=enum_type(Channel))
    address_norm: str = Field(max_length=254)
    last_ok_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_inbound_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    opted_out_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    wa_id: str = Field(default="", max_length=40)
    bsuid: str = Field(default="", max_length=140)


class ChannelTest(SQLModel, table=True):
    """The last message by which a company tried a channel; what became of it is its message's.

    `sender_version`: of the credentials that it tried.
    """

    __tablename__ = "channel_test"
    __table_args__ = (
        sa.UniqueConstraint("company_id", "channel"),
        sa.UniqueConstraint("message_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    channel: Channel = Field(sa_type=enum_type(Channel))
    sender_id: int = Field(foreign_key="sender.id")
    sender_version: int
    message_id: int = Field(foreign_key="message.id")
    asked_at: datetime = Field(sa_type=UtcDateTime)


class CampaignPause(SQLModel, table=True):
    """A campaign was paused because too much of it bounced; at most one stands, all are kept."""

    __tablename__ = "campaign_pause"
    __table_args__ = (
        sa.UniqueConstraint("company_id", "id"),
        sa.Index(None, "company_id", "campaign", "id"),
        sa.Index(
            "uq_campaign_pause_standing",
            "company_id",
            "campaign",
            unique=True,
            sqlite_where=sa.text("resumed_at IS NULL"),
            postgresql_where=sa.text("resumed_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    company_id: int = Field(foreign_key="company.id")
    campaign: str = Field(max_length=60)
    bounced: int
    settled: int
    paused_at: datetime = Field(sa_type=UtcDateTime)
    resumed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resumed_by: str = Field(default="", max_length=200)
