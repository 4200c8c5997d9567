"""The staff of a company, and the operator's help for somebody who cannot sign in."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal import live
from clientportal.domain.actors import Actor, Member, Nobody, Role
from clientportal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from clientportal.domain.permissions import Permission
from clientportal.services import addresses, audit, company_fields, passwords, sessions
from clientportal.services.guards import require_staff
from clientportal.storage import companies as storage
from clientportal.storage import identity as identities
from clientportal.storage.models import Company, CompanyMember, User


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One person of the staff."""

    member_id: int
    user_id: int
    name: str
    email: str
    role: Role
    has_password: bool


def listing(session: Session, actor: Actor) -> list[MemberRow]:
    """The staff of the actor's company, strongest role first."""
    require_staff(actor, Permission.MEMBERS_READ)
    return [
        MemberRow(
            member.id or 0,
            user.id or 0,
            user.name,
            user.email,
            member.role,
            bool(user.password_hash),
        )
        for member, user in storage.members(session, actor)
    ]


def answering(session: Session, company: Company) -> list[tuple[str, str]]:
    """(e-mail, name) of those who are told what customers do: the company's reply address; without
    one, its owners and admins."""
    if company.reply_email:
        return [(company.reply_email, company.name)]
    return storage.leaders(session, company)


def add(
    session: Session,
    actor: Actor,
    *,
    name: str,
    email: str,
    role: Role,
    password: str | None,
    now: datetime,
) -> int:
    """Make a person a member of the actor's company; the user's id.

    An e-mail that is known joins with the credentials that it has: a given password never replaces
    one. Only an owner (or the command line) names an owner. Raises Invalid ("required",
    "email_invalid", "password_required" and the codes of `passwords.check_strength`),
    Conflict("member_exists"), NotAllowed.
    """
    staff = require_staff(actor, Permission.COMPANY_EDIT)
    if isinstance(actor, Member) and role is Role.OWNER and actor.role is not Role.OWNER:
        raise NotAllowed(permission="members:owner")
    address = addresses.email(email)
    known = identities.user_by_email(session, address)
    user = known or _new_user(session, address, name, password, now)
    assert user.id is not None
    if storage.member(session, actor, user.id) is not None:
        raise Conflict(code="member_exists", field="email", email=address)
    row = CompanyMember(company_id=staff.company_id, user_id=user.id, role=role, created_at=now)
    storage.add_member(session, row)
    audit.record(
        session,
        actor,
        "member.added",
        now=now,
        subject=("member", row.id or 0),
        email=address,
        role=role.value,
    )
    live.changed(session, f"company:{staff.company_id}", staff.company_id)
    return user.id


def _new_user(session: Session, email: str, name: str, password: str | None, now: datetime) -> User:
    line = company_fields.text(name, "name", longest=200)
    if not password:
        raise Invalid(code="password_required", field="password")
    passwords.check_strength(password, email=email, name=line)
    user = User(
        email=email, name=line, password_hash=passwords.hash_password(password), created_at=now
    )
    session.add(user)
    session.flush()
    return user


def set_password(session: Session, *, email: str, password: str, now: datetime) -> int:
    """Give a user a new password, from the command line alone, and end their sessions; their id.

    Raises NotFound("user_unknown"), Invalid for a weak password.
    """
    user = identities.user_by_email(session, addresses.email(email))
    if user is None or user.id is None:
        raise NotFound(code="user_unknown", field="email")
    passwords.check_strength(password, email=user.email, name=user.name)
    user.password_hash = passwords.hash_password(password)
    session.add(user)
    sessions.sign_out_everywhere(session, user.id, now)
    audit.record(session, Nobody(), "user.password_set", now=now, subject=("user", user.id))
    return user.id
