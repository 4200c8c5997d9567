"""Campaigns that pause by themselves when too much of them bounces, until a person looked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlmodel import Session

from clientportal import live
from clientportal.domain import campaigns as rules
from clientportal.domain.actors import Actor, System
from clientportal.domain.errors import Conflict, NotFound
from clientportal.domain.permissions import Permission
from clientportal.services import audit, senders
from clientportal.services.guards import require_staff
from clientportal.storage import campaigns as storage
from clientportal.storage import senders as sender_storage
from clientportal.storage.models import CampaignPause, Message
from clientportal.storage.outgoing import Letter

log = structlog.get_logger()

NO_REPORTS = frozenset({"smtp", "outbox"})
"""Providers that tell of bounces, but never that a message was delivered."""


@dataclass(frozen=True, slots=True)
class Paused:
    """A paused campaign: how many of those whose end is known had bounced then."""

    id: int
    campaign: str
    bounced: int
    settled: int
    paused_at: datetime


def judge(session: Session, message: Message, *, now: datetime) -> bool:
    """Pause the campaign of a message that bounced when too many did; whether it was paused.

    In the transaction of the event. What left before somebody took the campaign up again counts no
    more, so that old bounces do not pause it anew.
    """
    if not message.campaign or message.company_id is None or message.state not in rules.BOUNCED:
        return False
    system = System(message.company_id)
    since = storage.last_resumed(session, system, message.campaign)
    found = storage.counts(session, system, message.campaign, since)
    bounced, settled = rules.outcome(found, told_of_delivery=_is_told(session, message))
    if not rules.is_too_much(bounced, settled):
        return False
    pause = CampaignPause(
        company_id=system.company_id,
        campaign=message.campaign,
        bounced=bounced,
        settled=settled,
        paused_at=now,
    )
    pause_id = storage.insert_standing(session, pause)
    if pause_id is None:
        return False
    held = storage.hold(session, system, message.campaign)
    log.warning("delivery.campaign.paused", pause=pause_id, bounced=bounced, settled=settled)
    audit.record(
        session,
        system,
        "campaign.paused",
        now=now,
        subject=("campaign_pause", pause_id),
        campaign=message.campaign,
        bounced=bounced,
        settled=settled,
        held=held,
    )
    live.changed(session, f"company:{system.company_id}", pause_id)
    return True


def paused(session: Session, actor: Actor) -> list[Paused]:
    """The company's paused campaigns, the latest first. Needs messages:read."""
    staff = require_staff(actor, Permission.MESSAGES_READ)
    return [
        Paused(row.id or 0, row.campaign, row.bounced, row.settled, row.paused_at)
        for row in storage.standing(session, staff)
    ]


def resume(session: Session, actor: Actor, *, pause_id: int, now: datetime) -> str:
    """Let the rest of a campaign leave; its name. Needs company:edit.

    Raises NotFound, Conflict when somebody else was first.
    """
    staff = require_staff(actor, Permission.COMPANY_EDIT)
    pause = storage.pause_by_id(session, staff, pause_id)
    if pause is None:
        raise NotFound()
    if pause.resumed_at is not None:
        raise Conflict()
    pause.resumed_at, pause.resumed_by = now, staff.name[:200]
    session.add(pause)
    session.flush()
    for sender_id in storage.let_go(session, staff, pause.campaign, now):
        senders.wake(session, sender_id, now)
    audit.record(
        session,
        staff,
        "campaign.resumed",
        now=now,
        subject=("campaign_pause", pause_id),
        campaign=pause.campaign,
    )
    live.changed(session, f"company:{staff.company_id}", pause_id)
    return pause.campaign


def is_paused(session: Session, system: System, campaign: str) -> bool:
    """Whether what is planned for a campaign has to wait."""
    pair = (system.company_id, campaign)
    return bool(campaign) and bool(storage.paused_among(session, {pair}))


def without_paused(session: Session, rows: Sequence[Letter]) -> list[Letter]:
    """Those of the messages, locked by the sender, whose campaign is not paused.

    The others are held: they were planned while the pause was being stored.
    """
    pairs = {(row.company_id, row.campaign) for row in rows if row.campaign and row.company_id}
    stopped = storage.paused_among(session, pairs)
    held = [row.id for row in rows if (row.company_id, row.campaign) in stopped]
    if held:
        storage.hold_these(session, held)
    return [row for row in rows if (row.company_id, row.campaign) not in stopped]


def _is_told(session: Session, message: Message) -> bool:
    sender = sender_storage.get(session, message.sender_id) if message.sender_id else None
    return sender is None or sender.provider not in NO_REPORTS
