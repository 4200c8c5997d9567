"""Statements of comments."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from clientportal.storage.models import Comment, User


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
