"""Statements of comments."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor
from clientportal.storage.models import Access, Comment, Document, User
from clientportal.storage.scope import visible_to


def add(session: Session, comment: Comment) -> None:
    session.add(comment)
    session.flush()


def lock_author(session: Session, user_id: int) -> None:
    """Counting and adding a comment is one step of its author: parallel ones wait."""
    session.execute(sa.select(col(User.id)).where(col(User.id) == user_id).with_for_update())


def times_since(session: Session, user_id: int, since: datetime) -> Sequence[datetime]:
    """When a person commented since a moment, in any company, oldest first."""
    moments = sa.select(col(Comment.created_at)).where(
        col(Comment.user_id) == user_id, col(Comment.created_at) > since
    )
    return session.scalars(moments.order_by(col(Comment.created_at))).all()


def told(session: Session, actor: Actor, document: Document) -> Sequence[User]:
    """The customers who wrote about the document, may still enter and want to be told."""
    wrote = select(col(Comment.user_id)).where(
        visible_to(actor, Comment),
        col(Comment.document_id) == document.id,
        col(Comment.by_staff).is_(False),
    )
    enters = select(col(Access.user_id)).where(
        visible_to(actor, Access),
        col(Access.account_id) == document.account_id,
        col(Access.login).is_(True),
        col(Access.accepted_at).is_not(None),
        col(Access.notify).is_(True),
    )
    users = select(User).where(col(User.id).in_(wrote), col(User.id).in_(enters))
    return session.exec(users.order_by(col(User.id))).all()
