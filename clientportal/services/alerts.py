"""Alerts on addresses: set by evidence, taken off by staff, kept for ever (contracts §10, §11)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from clientportal import live
from clientportal.domain import contactability as rules
from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.contactability import AlertReason, Removal
from clientportal.domain.errors import Conflict, Invalid, NotFound
from clientportal.domain.permissions import Permission
from clientportal.services import audit, company_fields, segments
from clientportal.services.guards import require_staff
from clientportal.storage import alerts as storage
from clientportal.storage.models import AddressAlert, Channel

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as staff see it; `removed_at` is None while it stands."""

    id: int
    channel: str
    address: str
    reason: str
    detail: str
    set_at: datetime
    removed_at: datetime | None
    removed_by: str
    removal: str
    removal_note: str


def raise_alert(
    session: Session,
    system: System,
    *,
    channel: Channel,
    address: str,
    reason: AlertReason,
    detail: str = "",
    message_id: int | None = None,
    event_id: int | None = None,
    now: datetime,
) -> bool:
    """Set an alert on a normalised address, with its segments; False when one stands already."""
    alert = AddressAlert(
        company_id=system.company_id,
        channel=channel,
        address_norm=address,
        reason=reason,
        detail=detail[:300],
        message_id=message_id,
        event_id=event_id,
        set_at=now,
    )
    alert_id = storage.insert_standing(session, alert)
    if alert_id is None:
        return False
    said = {"reason": reason.value}
    _changed(session, system, "alert.set", alert_id, channel, address, now, said)
    return True


def remove(
    session: Session,
    actor: Actor,
    *,
    alert_id: int,
    removal: str,
    note: str = "",
    now: datetime,
) -> Alert:
    """Take an alert off, saying why (mission 96, 102, 103; ambiguity n). Needs accounts:edit.

    Where the provider keeps the address on a list of its own, `services.suppressions.lift` comes
    first: if it fails, the alert stays (§10 rule 6). Raises NotFound, Conflict when somebody else
    was first, Invalid ("choice_invalid", and "required" for a complaint without words).
    """
    staff = require_staff(actor, Permission.ACCOUNTS_EDIT)
    alert = storage.by_id(session, staff, alert_id, lock=True)
    if alert is None:
        raise NotFound()
    if alert.removed_at is not None:
        raise Conflict()
    check_removal(alert.reason, removal, note)
    alert.removed_at = now
    alert.removed_by = staff.name[:200]
    alert.removal = Removal(removal)
    alert.removal_note = company_fields.text(note, "note", longest=500, required=False)
    session.add(alert)
    session.flush()
    _changed(
        session,
        staff,
        "alert.removed",
        alert_id,
        alert.channel,
        alert.address_norm,
        now,
        {"removal": removal, "note": alert.removal_note},
    )
    return _shown(alert)


def check_removal(reason: AlertReason, removal: str, note: str) -> None:
    """Raises Invalid as `remove` does."""
    if removal not in {choice.value for choice in Removal}:
        raise Invalid(code="choice_invalid", field="removal", value=removal[:20])
    if reason is AlertReason.COMPLAINT and not note.strip():
        raise Invalid(code="required", field="note")


def get(session: Session, actor: Actor, *, alert_id: int) -> Alert:
    """One alert of the company. Needs accounts:read. Raises NotFound."""
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    alert = storage.by_id(session, staff, alert_id)
    if alert is None:
        raise NotFound()
    return _shown(alert)


def history(session: Session, actor: Actor, *, channel: str, address: str) -> list[Alert]:
    """The alerts that a normalised address has had, newest first. Needs accounts:read."""
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    try:
        known = Channel(channel)
    except ValueError as error:
        raise Invalid(code="channel_invalid", field="channel", value=channel[:20]) from error
    return [_shown(row) for row in storage.history(session, staff, known, address, MOST_SHOWN)]


def blocks(
    session: Session, system: System, channel: Channel, addresses: list[str]
) -> dict[str, AlertReason]:
    """Those of the addresses to which nothing may be sent, with the reason (§10 rule 2)."""
    found = storage.standing(session, system, channel, addresses)
    return {address: alert.reason for address, alert in found.items()}


def is_old_news(
    session: Session, system: System, channel: Channel, address: str, sent_at: datetime | None
) -> bool:
    """Whether evidence about a message sent then is older than the last removal (§10 rule 5)."""
    removed = storage.last_removal(session, system, channel, address)
    return rules.is_old_news(sent_at, removed)


def _changed(
    session: Session,
    staff: Member | System,
    action: str,
    alert_id: int,
    channel: Channel,
    address: str,
    now: datetime,
    said: dict[str, Any],
) -> None:
    """Segments, audit and live topics of an alert that was set or taken off."""
    accounts = list(storage.holders(session, staff, channel, address))
    segments.recompute(session, staff, accounts)
    audit.record(
        session,
        staff,
        action,
        now=now,
        account_id=accounts[0] if accounts else None,
        subject=("alert", alert_id),
        channel=channel.value,
        address=address,
        **said,
    )
    live.changed(session, f"company:{staff.company_id}", alert_id)
    for account_id in accounts:
        live.changed(session, f"account:{account_id}", account_id)


def _shown(alert: AddressAlert) -> Alert:
    return Alert(
        id=alert.id or 0,
        channel=alert.channel.value,
        address=alert.address_norm,
        reason=alert.reason.value,
        detail=alert.detail,
        set_at=alert.set_at,
        removed_at=alert.removed_at,
        removed_by=alert.removed_by,
        removal=alert.removal.value if alert.removal else "",
        removal_note=alert.removal_note,
    )
