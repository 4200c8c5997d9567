"""What keeps a company's messages from leaving: paused channels and campaigns, open questions."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.errors import NotFound
from clientportal.domain.permissions import Permission
from clientportal.services import audit, campaigns, sender_limits, senders
from clientportal.services.campaigns import Paused
from clientportal.services.channel_fields import PROVIDERS
from clientportal.services.guards import require_staff
from clientportal.storage import senders as storage
from clientportal.storage import unknown_messages
from clientportal.storage.models import Channel, Sender

REASONS = ("closed", "quota")
"""Every reason for which a sender is paused; `closed`: credentials, account, billing."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A channel of the company that sends nothing now. `until` is None where somebody has to look.

    `is_own`: by the company's own account, whose pause its admins may end; of the platform's there
    is no `detail`, which could speak of others.
    """

    channel: str
    reason: str
    detail: str
    since: datetime
    until: datetime | None
    is_own: bool


@dataclass(frozen=True, slots=True)
class Stops:
    """What has stopped: channels, campaigns, and how many messages wait for a decision."""

    channels: tuple[Pause, ...]
    campaigns: tuple[Paused, ...]
    unknown: int


def overview(session: Session, actor: Actor, *, now: datetime) -> Stops:
    """Everything of the company that has stopped. Needs messages:read."""
    staff = require_staff(actor, Permission.MESSAGES_READ)
    rows = (_carrier(session, staff, channel) for channel in PROVIDERS)
    return Stops(
        channels=tuple(_pause(row) for row in rows if row is not None and _is_paused(row, now)),
        campaigns=tuple(campaigns.paused(session, staff)),
        unknown=unknown_messages.count(session, staff),
    )


def carriers(session: Session, actor: Actor) -> list[int]:
    """The senders that carry the company's messages, to be watched. Needs messages:read."""
    staff = require_staff(actor, Permission.MESSAGES_READ)
    found = (_carrier(session, staff, channel) for channel in PROVIDERS)
    return [row.id for row in found if row is not None and row.id is not None]


def resume(session: Session, actor: Actor, *, channel: str, now: datetime) -> None:
    """End the pause of the company's own account now. Needs company:edit.

    Raises NotFound without one; one that is not paused stays as it is.
    """
    staff = require_staff(actor, Permission.COMPANY_EDIT)
    known = next((one for one in PROVIDERS if one.value == channel), None)
    own = storage.find(session, staff.company_id, known) if known is not None else None
    row = storage.locked(session, own.id or 0) if own is not None else None
    if row is None or row.id is None:
        raise NotFound()
    if not _is_paused(row, now):
        return
    reason = row.pause_reason
    sender_limits.lift(session, row)
    senders.wake(session, row.id, now)
    audit.record(
        session,
        staff,
        "sender.resumed",
        now=now,
        subject=("sender", row.id),
        channel=row.channel.value,
        reason=reason,
    )


def _is_paused(row: Sender, now: datetime) -> bool:
    return sender_limits.is_paused(row, now)


def _pause(row: Sender) -> Pause:
    is_own = row.company_id is not None
    assert row.paused_at is not None
    return Pause(
        channel=row.channel.value,
        reason=row.pause_reason if row.pause_reason in REASONS else REASONS[0],
        detail=row.pause_detail if is_own else "",
        since=row.paused_at,
        until=row.paused_until,
        is_own=is_own,
    )


def _carrier(session: Session, staff: Member | System, channel: Channel) -> Sender | None:
    """As `senders.carrier`, for whoever only looks. An own account that is off may be paused too,
    by a test; that is told where it is tried."""
    own = storage.find(session, staff.company_id, channel)
    return own if own is not None and own.is_on else storage.find(session, None, channel)
