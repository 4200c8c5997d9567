"""Statements of the views of lists that a member keeps."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Member
from clientportal.storage.models import SavedView
from clientportal.storage.scope import visible_to


def listing(session: Session, actor: Member, page: str) -> Sequence[SavedView]:
    """The actor's own views of a page, by name."""
    statement = select(SavedView).where(*_own(actor), col(SavedView.page) == page)
    return session.exec(statement.order_by(col(SavedView.name), col(SavedView.id))).all()


def own(session: Session, actor: Member, view_id: int) -> SavedView | None:
    """One of the actor's own views."""
    statement = select(SavedView).where(*_own(actor), col(SavedView.id) == view_id)
    return session.exec(statement).first()


def store(session: Session, view: SavedView) -> int:
    """Its id. Raises IntegrityError when the member has a view of that name."""
    session.add(view)
    session.flush()
    assert view.id is not None
    return view.id


def remove(session: Session, view: SavedView) -> None:
    session.delete(view)
    session.flush()


def _own(actor: Member) -> tuple[sa.ColumnElement[bool], ...]:
    return visible_to(actor, SavedView), col(SavedView.user_id) == actor.user_id
