"""How fast a sender may call, and when it may not at all: its bucket, its holds, its pauses."""

from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from clientportal import live
from clientportal.domain.actors import System
from clientportal.services import audit
from clientportal.storage.models import Sender

log = structlog.get_logger()

LATE_SECONDS = 0.2
"""A call that is made up to that late takes nothing off the rate: those that follow make it up."""
FASTEST = 1000.0


def is_paused(sender: Sender, now: datetime) -> bool:
    """Whether nothing may leave now."""
    if sender.paused_at is None:
        return False
    return sender.paused_until is None or sender.paused_until > now


def wait_for_call(sender: Sender, now: datetime) -> float:
    """Seconds until one call more is within the rate; 0 when it is now."""
    missing = 1.0 - _tokens(sender, now)
    return max(missing / sender.rate, 0.0)


def take_call(sender: Sender, now: datetime) -> None:
    """Count a call that is about to be made. A repetition may bring the bucket below nothing."""
    sender.tokens = max(_tokens(sender, now) - 1.0, -1.0)
    sender.tokens_at = now


def hold(sender: Sender, until: datetime) -> None:
    """Make no call before then: the provider said that there were too many."""
    sender.tokens = 0.0
    sender.tokens_at = until - timedelta(seconds=1 / sender.rate)


def learn_rate(sender: Sender, rate: float) -> None:
    """Keep to the rate that the provider told (contracts/messaging.md §1.4)."""
    sender.rate = min(max(rate, 0.1), FASTEST)


def pause(
    session: Session,
    sender: Sender,
    reason: str,
    *,
    now: datetime,
    seconds: float | None = None,
    detail: str = "",
) -> None:
    """Stop a sender, for a time or until somebody has looked; the staff are told by a banner."""
    sender.paused_at = sender.paused_at or now
    sender.paused_until = now + timedelta(seconds=seconds) if seconds is not None else None
    sender.pause_reason, sender.pause_detail = reason[:60], detail[:300]
    session.add(sender)
    log.warning("delivery.sender.paused", sender=sender.id, reason=reason, detail=detail)
    tell(session, sender)
    if sender.company_id is not None and sender.id is not None:
        audit.record(
            session,
            System(sender.company_id),
            "sender.paused",
            now=now,
            subject=("sender", sender.id),
            reason=reason,
            channel=sender.channel.value,
            detail=detail[:300],
        )


def lift(session: Session, sender: Sender) -> None:
    """Let messages leave again; whoever decided it records it."""
    sender.paused_at = sender.paused_until = None
    sender.pause_reason = sender.pause_detail = ""
    session.add(sender)
    tell(session, sender)


def end_expired(session: Session, sender: Sender, now: datetime) -> None:
    """Take a pause off whose time is over, with its reason, so that no page tells of it."""
    if sender.paused_at is not None and not is_paused(sender, now):
        lift(session, sender)


def _tokens(sender: Sender, now: datetime) -> float:
    most = 1.0 + sender.rate * LATE_SECONDS
    if sender.tokens_at is None:
        return most
    return min(sender.tokens + (now - sender.tokens_at).total_seconds() * sender.rate, most)


def tell(session: Session, sender: Sender) -> None:
    """Publish that a sender is not what it was: its pages and, for a company's own, all of it."""
    assert sender.id is not None
    live.changed(session, f"sender:{sender.id}", sender.id)
    if sender.company_id is not None:
        live.changed(session, f"company:{sender.company_id}", sender.id)
