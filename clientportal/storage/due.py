"""Overdue work of all companies: statements without an actor, for jobs alone (DESIGN rule 2)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.payments import AttemptState
from clientportal.storage.models import (
    ImportRun,
    PaymentAttempt,
    SignInCode,
    SignInTry,
    UserSession,
    WebhookInbox,
)


def imports(session: Session, now: datetime, limit: int) -> list[tuple[int, int]]:
    """(company_id, id) of imports that nobody has worked for a while, longest first."""
    statement = (
        select(ImportRun.company_id, ImportRun.id)
        .where(col(ImportRun.check_at) <= now)
        .order_by(col(ImportRun.check_at), col(ImportRun.id))
        .limit(limit)
    )
    return [(company, id_ or 0) for company, id_ in session.exec(statement)]


def import_run(session: Session, run_id: int) -> ImportRun | None:
    """One import as it stands, by the id that its job was given."""
    run = session.get(ImportRun, run_id)
    if run is not None:
        session.expunge(run)  # it is looked at after this transaction
    return run


def inbox_providers(session: Session, before: datetime) -> Sequence[str]:
    """Providers with a notification that arrived before `before` and is still unprocessed."""
    statement = (
        select(WebhookInbox.provider)
        .where(col(WebhookInbox.processed_at).is_(None), col(WebhookInbox.received_at) < before)
        .distinct()
    )
    return session.exec(statement).all()


def has_failed_notifications(session: Session, provider: str) -> bool:
    """Whether a notification was tried and is still unprocessed: its provider did not answer."""
    statement = (
        select(WebhookInbox.id)
        .where(
            col(WebhookInbox.provider) == provider,
            col(WebhookInbox.processed_at).is_(None),
            col(WebhookInbox.tries) > 0,
        )
        .limit(1)
    )
    return session.exec(statement).first() is not None


def attempts(session: Session, now: datetime, limit: int) -> list[tuple[int, int, int]]:
    """(company_id, id, checks) of payment attempts whose look is due, longest overdue first."""
    # Every state, since money may come after an attempt's end; named so that the index serves.
    statement = (
        select(PaymentAttempt.company_id, PaymentAttempt.id, PaymentAttempt.checks)
        .where(
            col(PaymentAttempt.state).in_(list(AttemptState)), col(PaymentAttempt.check_at) <= now
        )
        .order_by(col(PaymentAttempt.check_at), col(PaymentAttempt.id))
        .limit(limit)
    )
    return [(company, id_ or 0, checks) for company, id_, checks in session.exec(statement)]


def claim_attempt(session: Session, attempt_id: int, checks: int, check_at: datetime) -> bool:
    """Count one more look and put the next one off; False when somebody else was first."""
    statement = (
        sa.update(PaymentAttempt)
        .where(col(PaymentAttempt.id) == attempt_id, col(PaymentAttempt.checks) == checks)
        .values(checks=checks + 1, check_at=check_at)
    )
    return session.connection().execute(statement).rowcount == 1


def delete_sign_in_tries(session: Session, before: datetime) -> int:
    return _delete(session, SignInTry, col(SignInTry.at) < before)


def delete_sign_in_codes(session: Session, before: datetime) -> int:
    return _delete(session, SignInCode, col(SignInCode.expires_at) < before)


def delete_sessions(session: Session, before: datetime) -> int:
    """Sessions that ended, by time or by sign-out, before `before`."""
    ended = sa.or_(
        col(UserSession.expires_at) < before,
        col(UserSession.ends_at) < before,
        col(UserSession.revoked_at) < before,
    )
    return _delete(session, UserSession, ended)


def delete_processed_webhooks(session: Session, before: datetime) -> int:
    """Raw notifications that were worked and arrived before `before` (retention: 90 days)."""
    return _delete(
        session,
        WebhookInbox,
        sa.and_(
            col(WebhookInbox.processed_at).is_not(None), col(WebhookInbox.received_at) < before
        ),
    )


def delete_unconfirmed_imports(session: Session, before: datetime) -> int:
    """Files that were kept before `before` and that nobody ever had imported; the sweep of files
    takes their bytes. One that was given back after a try stays: it may say what came in."""
    waiting = sa.and_(
        col(ImportRun.state) == "uploaded",
        col(ImportRun.started_at).is_(None),
        col(ImportRun.created_at) < before,
    )
    return _delete(session, ImportRun, waiting)


def _delete(session: Session, table: type[Any], condition: sa.ColumnElement[bool]) -> int:
    return session.connection().execute(sa.delete(table).where(condition)).rowcount
