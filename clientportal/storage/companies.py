"""Statements about companies, their members and their number series."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor, Role
from clientportal.domain.documents import Kind
from clientportal.storage.models import Company, CompanyMember, Document, NumberSeries, User
from clientportal.storage.scope import visible_to
from clientportal.storage.session import is_sqlite


def is_empty(session: Session) -> bool:
    """Whether no company exists yet; the set-up page and the command line ask."""
    return session.exec(select(col(Company.id)).limit(1)).first() is None


def lock_set_up(session: Session) -> None:
    """Let one set-up at a time pass. On SQLite the unit of work holds the write lock already."""
    if not is_sqlite(session):
        session.connection().exec_driver_sql("LOCK TABLE company IN SHARE ROW EXCLUSIVE MODE")


def add(session: Session, company: Company) -> Company:
    session.add(company)
    session.flush()
    return company


def slug_taken(session: Session, slug: str) -> bool:
    return (
        session.exec(select(col(Company.id)).where(col(Company.slug) == slug)).first() is not None
    )


def visible(
    session: Session, actor: Actor, company_id: int, *, lock: bool = False
) -> Company | None:
    """A company that the actor may see."""
    statement = select(Company).where(visible_to(actor, Company), col(Company.id) == company_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def all_visible(session: Session, actor: Actor) -> Sequence[Company]:
    """Every company that the actor may see, by name."""
    statement = select(Company).where(visible_to(actor, Company))
    return session.exec(statement.order_by(col(Company.name), col(Company.id))).all()


def id_of_slug(session: Session, slug: str) -> int | None:
    """For the command line, which names a company before it can act for it."""
    return session.exec(select(col(Company.id)).where(col(Company.slug) == slug)).first()


def series(session: Session, actor: Actor) -> Sequence[NumberSeries]:
    statement = select(NumberSeries).where(visible_to(actor, NumberSeries))
    return session.exec(statement.order_by(col(NumberSeries.id))).all()


def last_number(session: Session, actor: Actor, kind: Kind, prefix: str) -> int:
    """The highest running number that documents of this kind and prefix bear; 0 for none."""
    number = col(Document.number)
    rest = sa.func.substr(number, len(prefix) + 1)
    if is_sqlite(session):
        digits = sa.and_(rest.op("GLOB")("[0-9]*"), rest.op("NOT GLOB")("*[^0-9]*"))
    else:
        digits = rest.regexp_match("^[0-9]+$")
    running = sa.case((sa.and_(digits, sa.func.length(rest) <= 18), sa.cast(rest, sa.BigInteger)))
    statement = select(sa.func.max(running)).where(
        visible_to(actor, Document),
        col(Document.kind) == kind,
        sa.func.substr(number, 1, len(prefix)) == prefix,
    )
    return session.exec(statement).one() or 0


def members(session: Session, actor: Actor) -> Sequence[tuple[CompanyMember, User]]:
    """Members with their users, strongest role first, then by name."""
    order = sa.case(
        {role.value: place for place, role in enumerate(Role)}, value=col(CompanyMember.role)
    )
    statement = (
        select(CompanyMember, User)
        .join(User, col(User.id) == col(CompanyMember.user_id))
        .where(visible_to(actor, CompanyMember))
        .order_by(order, col(User.name), col(CompanyMember.id))
    )
    return session.exec(statement).all()


def member(session: Session, actor: Actor, user_id: int) -> CompanyMember | None:
    statement = select(CompanyMember).where(
        visible_to(actor, CompanyMember), col(CompanyMember.user_id) == user_id
    )
    return session.exec(statement.execution_options(populate_existing=True)).first()


def owners(session: Session, actor: Actor) -> int:
    """How many owners the actor's company has."""
    statement = select(sa.func.count()).where(
        visible_to(actor, CompanyMember), col(CompanyMember.role) == Role.OWNER
    )
    return session.exec(statement).one()


def add_member(session: Session, row: CompanyMember) -> CompanyMember:
    session.add(row)
    session.flush()
    return row


def remove_member(session: Session, row: CompanyMember) -> None:
    session.delete(row)
    session.flush()


def leaders(session: Session, company: Company) -> list[tuple[str, str]]:
    """(e-mail, name) of the owners and admins of a company."""
    statement = (
        select(col(User.email), col(User.name))
        .join(CompanyMember, col(CompanyMember.user_id) == col(User.id))
        .where(
            col(CompanyMember.company_id) == company.id,
            col(CompanyMember.role).in_([Role.OWNER, Role.ADMIN]),
        )
        .order_by(col(User.email))
    )
    return [(email, name) for email, name in session.exec(statement).all()]
