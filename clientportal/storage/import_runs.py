"""Statements about import runs: a file between preview and confirmation."""

from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor
from clientportal.storage.models import ImportRun
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
