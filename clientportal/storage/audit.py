"""Statements of the audit trail."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor
from clientportal.storage.models import AuditEntry
from clientportal.storage.scope import visible_to


def add(session: Session, entry: AuditEntry) -> None:
    session.add(entry)


def newest(
    session: Session,
    actor: Actor,
    *,
    subject: tuple[str, int] | None = None,
    account_id: int | None = None,
    actions: Sequence[str] = (),
    before_id: int | None = None,
    limit: int = 50,
) -> Sequence[AuditEntry]:
    """Newest first, of what the actor may see; `before_id` pages on."""
    statement = select(AuditEntry).where(visible_to(actor, AuditEntry))
    if subject is not None:
        statement = statement.where(
            col(AuditEntry.subject_kind) == subject[0],
            col(AuditEntry.subject_id) == subject[1],
        )
    if account_id is not None:
        statement = statement.where(col(AuditEntry.account_id) == account_id)
    if actions:
        statement = statement.where(col(AuditEntry.action).in_(actions))
    if before_id is not None:
        statement = statement.where(col(AuditEntry.id) < before_id)
    return session.exec(statement.order_by(col(AuditEntry.id).desc()).limit(limit)).all()
