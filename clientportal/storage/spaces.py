"""Statements about the customer spaces of one portal user."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.storage.models import Access, Account, Company, Space, SpaceAccount, User
from clientportal.storage.scope import reachable_accounts


def lock_user(session: Session, user_id: int) -> None:
    """One change at a time to a user's spaces: two sign-ins at once must not make two."""
    session.exec(select(col(User.id)).where(col(User.id) == user_id).with_for_update()).first()


def reachable(session: Session, user_id: int) -> Sequence[tuple[Account, Company]]:
    """The accounts that the user may enter, with their companies, oldest account first."""
    statement = (
        select(Account, Company)
        .join(Company, col(Company.id) == col(Account.company_id))
        .where(col(Account.id).in_(reachable_accounts(user_id)))
        .order_by(col(Account.id))
    )
    return session.exec(statement).all()


def placements(session: Session, user_id: int) -> Sequence[SpaceAccount]:
    """Where accounts stand for this user, also those that they may not enter at present."""
    statement = select(SpaceAccount).where(col(SpaceAccount.user_id) == user_id)
    return session.exec(statement.order_by(col(SpaceAccount.id))).all()


def of_user(session: Session, user_id: int) -> Sequence[Space]:
    statement = select(Space).where(col(Space.user_id) == user_id)
    return session.exec(statement.order_by(col(Space.id))).all()


def add(session: Session, space: Space) -> Space:
    session.add(space)
    session.flush()
    return space


def delete_empty(session: Session, user_id: int) -> None:
    """Forget spaces in which no account stands any more."""
    used = select(col(SpaceAccount.space_id)).where(col(SpaceAccount.user_id) == user_id)
    session.connection().execute(
        sa.delete(Space).where(col(Space.user_id) == user_id, col(Space.id).not_in(used))
    )


def users_of_account(session: Session, account_id: int) -> Sequence[int]:
    """Portal users who may enter an account."""
    statement = select(col(Access.user_id)).where(
        col(Access.account_id) == account_id,
        col(Access.login).is_(True),
        col(Access.accepted_at).is_not(None),
        col(Access.user_id).is_not(None),
    )
    return [user_id for user_id in session.exec(statement.distinct()) if user_id is not None]
