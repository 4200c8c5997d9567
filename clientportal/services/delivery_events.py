"""What evidence does to a message, its address and the customer (contracts/messaging.md §11)."""

from datetime import datetime

from sqlmodel import Session

from clientportal.domain import contactability as rules
from clientportal.domain.actors import System
from clientportal.domain.contactability import EFFECTS, AlertReason, Effect, Evidence
from clientportal.domain.delivery import moves
from clientportal.services import after_failure, alerts, campaigns
from clientportal.services.message_states import set_state
from clientportal.storage import alerts as storage
from clientportal.storage.models import Channel, Message


def apply(
    session: Session,
    message: Message,
    evidence: Evidence,
    *,
    detail: str = "",
    event_id: int | None = None,
    now: datetime,
) -> bool:
    """Apply evidence about a message that the caller has locked; whether its state moved.

    In any order, any number of times: states only go up, an alert stands once, and what was sent
    before staff took an alert off sets none again.
    """
    effect = EFFECTS[evidence]
    moved = effect.state is not None and moves(message.state, effect.state)
    if moved:
        assert effect.state is not None
        set_state(session, message, effect.state, detail=detail, now=now)
    if message.company_id is not None:
        _address(session, message, effect, detail=detail, event_id=event_id, now=now)
    if moved:
        after_failure.follow(session, message, evidence, detail=detail, now=now)
        campaigns.judge(session, message, now=now)
    return moved


def _address(
    session: Session,
    message: Message,
    effect: Effect,
    *,
    detail: str,
    event_id: int | None,
    now: datetime,
) -> None:
    assert message.company_id is not None
    if not (effect.alert or effect.counts_soft or effect.is_ok or effect.opts_out):
        return
    system, channel = System(message.company_id), Channel(message.channel)
    known = storage.state(session, system, channel, message.to_norm)
    if effect.is_ok:
        known.last_ok_at = max(filter(None, (known.last_ok_at, now)))
    if effect.opts_out:
        known.opted_out_at = known.opted_out_at or now
    session.add(known)
    session.flush()
    reason = effect.alert
    if effect.counts_soft and _is_enough(session, system, channel, message, known.last_ok_at):
        reason = AlertReason.SOFT_BOUNCES
    if reason is None:
        return
    sent_at = message.sent_at or message.claimed_at
    if alerts.is_old_news(session, system, channel, message.to_norm, sent_at):
        return
    alerts.raise_alert(
        session,
        system,
        channel=channel,
        address=message.to_norm,
        reason=reason,
        detail=detail,
        message_id=message.id,
        event_id=event_id,
        now=now,
    )


def _is_enough(
    session: Session,
    system: System,
    channel: Channel,
    message: Message,
    last_ok_at: datetime | None,
) -> bool:
    outcomes = storage.outcomes(
        session, system, channel, message.to_norm, last_ok_at, rules.SOFT_WINDOW
    )
    return rules.soft_threshold(outcomes)
