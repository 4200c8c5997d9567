"""Statements without an actor: cookie, sign-in, link and webhook look-up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.storage.models import (
    Access,
    Company,
    CompanyMember,
    Document,
    DocumentLink,
    SignInCode,
    SignInTry,
    Space,
    User,
    UserSession,
)


def session_by_token(session: Session, token_hash: str) -> tuple[UserSession, User] | None:
    statement = (
        select(UserSession, User)
        .join(User, col(User.id) == col(UserSession.user_id))
        .where(col(UserSession.token_hash) == token_hash)
    )
    row = session.exec(statement).first()
    return (row[0], row[1]) if row else None


def live_sessions(session: Session, user_id: int, now: datetime) -> Sequence[UserSession]:
    return session.exec(
        select(UserSession).where(
            col(UserSession.user_id) == user_id,
            col(UserSession.revoked_at).is_(None),
            col(UserSession.expires_at) > now,
        )
    ).all()


def user_by_email(session: Session, email: str) -> User | None:
    return session.exec(select(User).where(col(User.email) == email)).first()


def member(session: Session, user_id: int, company_slug: str) -> CompanyMember | None:
    statement = (
        select(CompanyMember)
        .join(Company, col(Company.id) == col(CompanyMember.company_id))
        .where(col(CompanyMember.user_id) == user_id, col(Company.slug) == company_slug)
    )
    return session.exec(statement).first()


def is_member(session: Session, user_id: int, company_id: int) -> bool:
    """Whether a user belongs to the staff of a company."""
    statement = select(col(CompanyMember.id)).where(
        col(CompanyMember.user_id) == user_id, col(CompanyMember.company_id) == company_id
    )
    return session.exec(statement).first() is not None


def document_link(session: Session, token_hash: str) -> tuple[DocumentLink, Document] | None:
    """The link of a token and the document that it opens."""
    statement = (
        select(DocumentLink, Document)
        .join(Document, col(Document.id) == col(DocumentLink.document_id))
        .where(col(DocumentLink.token_hash) == token_hash)
    )
    row = session.exec(statement).first()
    return (row[0], row[1]) if row else None


def companies_of_member(session: Session, user_id: int) -> Sequence[tuple[str, str]]:
    """(slug, name) of each company whose staff the user belongs to."""
    statement = (
        select(col(Company.slug), col(Company.name))
        .join(CompanyMember, col(CompanyMember.company_id) == col(Company.id))
        .where(col(CompanyMember.user_id) == user_id)
        .order_by(col(Company.name))
    )
    return [(slug, name) for slug, name in session.exec(statement).all()]


def space(session: Session, user_id: int, key: str) -> Space | None:
    return session.exec(
        select(Space).where(col(Space.user_id) == user_id, col(Space.key) == key)
    ).first()


def logins(session: Session, email: str) -> Sequence[Access]:
    """Access rows of an address whose login is on, accepted or not."""
    return session.exec(
        select(Access).where(col(Access.email) == email, col(Access.login).is_(True))
    ).all()


def has_login(session: Session, user_id: int) -> bool:
    statement = select(col(Access.id)).where(
        col(Access.user_id) == user_id,
        col(Access.login).is_(True),
        col(Access.accepted_at).is_not(None),
    )
    return session.exec(statement.limit(1)).first() is not None


def count_tries(session: Session, kind: str, subject: str, since: datetime) -> int:
    statement = select(sa.func.count()).where(
        col(SignInTry.kind) == kind,
        col(SignInTry.subject) == subject,
        col(SignInTry.at) > since,
    )
    return session.exec(statement).one()


def newest_try(session: Session, kind: str, subject: str) -> datetime | None:
    statement = select(sa.func.max(col(SignInTry.at))).where(
        col(SignInTry.kind) == kind, col(SignInTry.subject) == subject
    )
    return session.exec(statement).one()


def lock_subject(session: Session, subject: str) -> None:
    """Counting and adding a try is one step: on PostgreSQL under a lock of the subject."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(
            sa.select(
                sa.func.pg_advisory_xact_lock(sa.func.hashtext(sa.literal("sign-in:" + subject)))
            )
        )


def clear_tries(session: Session, kind: str, subject: str) -> None:
    statement: Any = sa.delete(SignInTry).where(
        col(SignInTry.kind) == kind, col(SignInTry.subject) == subject
    )
    session.connection().execute(statement)


def open_code(session: Session, email: str, now: datetime) -> SignInCode | None:
    """The newest request for a code, if it can still be used. Asking for it ended older ones.

    Its `code_hash` is empty when the address may not sign in or the code is not made yet.
    """
    statement = (
        select(SignInCode)
        .where(col(SignInCode.email) == email)
        .order_by(col(SignInCode.id).desc())
        .limit(1)
        .with_for_update()
    )
    code = session.exec(statement).first()
    if code is None or code.consumed_at is not None or code.expires_at <= now:
        return None
    return code


def company_by_slug(session: Session, slug: str) -> Company | None:
    return session.exec(select(Company).where(col(Company.slug) == slug)).first()


def any_company(session: Session) -> bool:
    return session.exec(select(col(Company.id)).limit(1)).first() is not None


def user(session: Session, user_id: int | None) -> User | None:
    return session.get(User, user_id) if user_id is not None else None


def locked_user(session: Session, user_id: int) -> User | None:
    """The user as they are now, held until the transaction ends (on PostgreSQL)."""
    statement = select(User).where(col(User.id) == user_id).with_for_update()
    return session.exec(statement.execution_options(populate_existing=True)).first()
