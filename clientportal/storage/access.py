"""Statements about access rows."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor
from clientportal.storage.models import Access, CompanyMember
from clientportal.storage.scope import visible_to


def row(
    session: Session, actor: Actor, account_id: int, contact_id: int, email: str
) -> Access | None:
    """The row of a key, locked."""
    statement = (
        select(Access)
        .where(
            visible_to(actor, Access),
            col(Access.account_id) == account_id,
            col(Access.contact_id) == contact_id,
            col(Access.email) == email,
        )
        .with_for_update()
    )
    return session.exec(statement).first()


def add(session: Session, access: Access) -> Access:
    session.add(access)
    session.flush()
    return access


def of_account(session: Session, actor: Actor, account_id: int) -> Sequence[Access]:
    statement = select(Access).where(
        visible_to(actor, Access), col(Access.account_id) == account_id
    )
    return session.exec(statement.order_by(col(Access.id))).all()


def open_of_contact(
    session: Session,
    actor: Actor,
    contact_id: int,
    *,
    account_id: int | None = None,
    email: str | None = None,
) -> Sequence[Access]:
    """Rows of a contact whose login is on, of one account or e-mail where given; locked."""
    statement = select(Access).where(
        visible_to(actor, Access), col(Access.contact_id) == contact_id, col(Access.login).is_(True)
    )
    if account_id is not None:
        statement = statement.where(col(Access.account_id) == account_id)
    if email is not None:
        statement = statement.where(col(Access.email) == email)
    return session.exec(statement.order_by(col(Access.id)).with_for_update()).all()


def keeps_a_door(session: Session, user_id: int) -> bool:
    """Whether a user can still enter anywhere: an access with login, or a membership.

    Asked while one company takes an access away: it looks past that company and tells yes or no.
    """
    access = select(sa.literal(1)).where(
        col(Access.user_id) == user_id, col(Access.login).is_(True)
    )
    member = select(sa.literal(1)).where(col(CompanyMember.user_id) == user_id)
    return session.scalar(access.union_all(member).limit(1)) is not None
