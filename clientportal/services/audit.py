"""The audit trail: what happened, by whom, readable as a timeline."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from clientportal.domain.actors import Actor, Customer, Guest, Member, System
from clientportal.domain.permissions import Permission, require
from clientportal.storage import audit as audit_storage
from clientportal.storage.models import AuditEntry


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a timeline. `data` holds codes, numbers and names, never sentences."""

    id: int
    at: datetime
    actor_kind: str
    actor_name: str
    action: str
    subject_kind: str
    subject_id: int | None
    account_id: int | None
    data: dict[str, Any] = field(default_factory=dict)


def record(
    session: Session,
    actor: Actor,
    action: str,
    *,
    now: datetime,
    company_id: int | None = None,
    account_id: int | None = None,
    subject: tuple[str, int] | None = None,
    **data: Any,
) -> None:
    """Write one entry in the caller's transaction; `action` is noun.past, `data` JSON-safe."""
    kind, user_id, name = _who(actor)
    if company_id is None and isinstance(actor, Member | System):
        company_id = actor.company_id
    audit_storage.add(
        session,
        AuditEntry(
            company_id=company_id,
            account_id=account_id,
            at=now,
            actor_kind=kind,
            actor_user_id=user_id,
            actor_name=name,
            action=action,
            subject_kind=subject[0] if subject else "",
            subject_id=subject[1] if subject else None,
            data=data,
        ),
    )


def timeline(
    session: Session,
    actor: Actor,
    *,
    subject: tuple[str, int] | None = None,
    account_id: int | None = None,
    actions: Sequence[str] = (),
    before_id: int | None = None,
    limit: int = 50,
) -> list[Event]:
    """Newest events first. Staff need audit:read; a subject or account of others yields nothing."""
    require(actor, Permission.AUDIT_READ)
    rows = audit_storage.newest(
        session,
        actor,
        subject=subject,
        account_id=account_id,
        actions=actions,
        before_id=before_id,
        limit=limit,
    )
    return [_event(row) for row in rows]


def _event(row: AuditEntry) -> Event:
    assert row.id is not None
    return Event(
        id=row.id,
        at=row.at,
        actor_kind=row.actor_kind,
        actor_name=row.actor_name,
        action=row.action,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        account_id=row.account_id,
        data=row.data,
    )


def _who(actor: Actor) -> tuple[str, int | None, str]:
    match actor:
        case Member():
            return "member", actor.user_id, actor.name
        case Customer():
            return "customer", actor.user_id, actor.name
        case Guest():
            return "customer", None, actor.name
        case System():
            return "system", None, actor.name
        case _:
            return "nobody", None, ""
