"""Statements about import runs: a file between preview and confirmation."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor
from clientportal.storage.models import ImportRun, User
from clientportal.storage.scope import visible_to


def add(session: Session, run: ImportRun) -> ImportRun:
    session.add(run)
    session.flush()
    return run


def lock(session: Session, actor: Actor, run_id: int) -> ImportRun | None:
    """A run of the actor's company, locked, so that it is confirmed once."""
    statement = (
        select(ImportRun)
        .where(visible_to(actor, ImportRun), col(ImportRun.id) == run_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.exec(statement).first()


def find(session: Session, actor: Actor, run_id: int) -> ImportRun | None:
    """A run of the actor's company."""
    statement = select(ImportRun).where(visible_to(actor, ImportRun), col(ImportRun.id) == run_id)
    return session.exec(statement).first()


def newest(session: Session, actor: Actor, limit: int) -> Sequence[tuple[ImportRun, str | None]]:
    """The newest runs of the actor's company, each with the name of who brought it; None: the
    command line did."""
    statement = (
        select(ImportRun, User.name)
        .join(User, col(User.id) == col(ImportRun.user_id), isouter=True)
        .where(visible_to(actor, ImportRun))
        .order_by(col(ImportRun.created_at).desc(), col(ImportRun.id).desc())
        .limit(limit)
    )
    return session.exec(statement).all()
