"""Statements about the customer spaces of one portal user."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.storage import prepared
from clientportal.storage.models import Access, Account, Company, Space, SpaceAccount, User
from clientportal.storage.prepared import Term
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


class Inside(NamedTuple):
    """An account that a user may enter, the space where it stands for them, and its company."""

    space_id: int
    key: str
    account_id: int
    code: str
    name: str
    company_id: int
    company_slug: str
    company_name: str
    accent_tokens: dict[str, object]
    logo_sha256: str | None


def inside(session: Session, user_id: int) -> list[Inside]:
    """What stands in the user's spaces, oldest account first. Every page of the portal asks it."""
    user = sa.bindparam("user")
    mine = Term("user's accounts", {"user": user_id}, lambda: _enters(user))
    place, space, account, company = _PLACE.c, _SPACE.c, _ACCOUNT.c, _COMPANY.c

    def build() -> sa.Select[*tuple[Any, ...]]:
        columns: list[Any] = [space.id, space.key, account.id, account.code, account.name]
        columns += [company.id, company.slug, company.name]
        columns += [company.accent_tokens, company.logo_sha256]
        return (
            sa.select(*columns)
            .select_from(_PLACE)
            .join(_SPACE, sa.and_(space.id == place.space_id, space.user_id == place.user_id))
            .join(_ACCOUNT, account.id == place.account_id)
            .join(_COMPANY, company.id == account.company_id)
            .where(place.user_id == user, mine.build())
            .order_by(account.id)
        )

    return [Inside(*row) for row in prepared.run(session, ("inside",), (mine,), build)]


def _enters(user: Any) -> sa.ColumnElement[bool]:
    return _ACCOUNT.c.id.in_(reachable_accounts(user))


_ACCOUNT: sa.FromClause = sa.inspect(Account).local_table
_COMPANY: sa.FromClause = sa.inspect(Company).local_table
_PLACE: sa.FromClause = sa.inspect(SpaceAccount).local_table
_SPACE: sa.FromClause = sa.inspect(Space).local_table


def placements(session: Session, user_id: int) -> Sequence[SpaceAccount]:
    """Where accounts stand for this user, also those that they may not enter at present."""
    statement = select(SpaceAccount).where(col(SpaceAccount.user_id) == user_id)
    return session.exec(statement.order_by(col(SpaceAccount.id))).all()


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
