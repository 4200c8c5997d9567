"""Statements of the change table: live changes on SQLite without Redis (DESIGN rule 12)."""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from clientportal.storage.models import Change


def add(session: Session, changes: Sequence[tuple[str, str]]) -> None:
    """Write (topic, ref) rows in the caller's transaction."""
    # Wall clock on purpose: `at` serves pruning alone and is no business fact.
    at = datetime.now(UTC)
    rows = [{"topic": topic, "ref": ref, "at": at} for topic, ref in changes]
    session.connection().execute(sa.insert(Change), rows)


def prune(session: Session, before: datetime) -> int:
    """Delete changes written before `before`; every process has read them long since."""
    return session.connection().execute(sa.delete(Change).where(col(Change.at) < before)).rowcount
