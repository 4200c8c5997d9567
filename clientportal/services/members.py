"""The staff of a company, and the operator's help for somebody who cannot sign in."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from clientportal import live
from clientportal.domain.actors import Actor, Member, Nobody, Role, System
from clientportal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from clientportal.domain.permissions import Permission, require
from clientportal.services import addresses, audit, company_fields, passwords, sessions
from clientportal.services.guards import require_staff
from clientportal.storage import access as access_storage
from clientportal.storage import audit as audit_storage
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
    _owners_decide(staff, role)
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


def set_role(
    session: Session, actor: Actor, *, user_id: int, seen: Role, role: Role, now: datetime
) -> str:
    """Give a member of the actor's company another role; the member's name.

    `seen` is the role that whoever decides was shown. A role that they have already changes
    nothing. Only an owner (or the command line) makes or changes an owner. Raises NotFound for
    somebody who is no member, Conflict("member_changed", "last_owner"), NotAllowed.
    """
    staff = _deciding(session, actor)
    row = storage.member(session, staff, user_id)
    user = identities.user(session, user_id)
    if row is None or user is None:
        raise NotFound()
    before = row.role
    if before is not role:
        _as_seen(user, before, seen)
    _owners_decide(staff, before, role)
    if before is role:
        return user.name
    _keep_an_owner(session, staff, row)
    row.role = role
    session.add(row)
    _write_down(session, staff, "member.role_changed", row, user, now, after=role.value, was=before)
    return user.name


def remove(session: Session, actor: Actor, *, user_id: int, seen: Role, now: datetime) -> str:
    """Let a member leave the actor's company, who may be the actor; their name.

    The person stays, with what they did, and so do their places elsewhere; who has no door left is
    signed out. `seen` is as for `set_role`; somebody removed before is not removed again. Only an
    owner (or the command line) removes an owner. Raises NotFound for somebody who never was a
    member, Conflict("member_changed", "last_owner"), NotAllowed.
    """
    staff = _deciding(session, actor)
    row = storage.member(session, staff, user_id)
    user = identities.user(session, user_id)
    if user is None or (row is None and not _was_removed(session, staff, user_id)):
        raise NotFound()
    if row is None:
        return user.name
    before = row.role
    _as_seen(user, before, seen)
    _owners_decide(staff, before)
    _keep_an_owner(session, staff, row)
    storage.remove_member(session, row)
    _write_down(session, staff, "member.removed", row, user, now, after="", was=before)
    if not access_storage.keeps_a_door(session, user_id):
        sessions.sign_out_everywhere(session, user_id, now)
    return user.name


def _deciding(session: Session, actor: Actor) -> Member | System:
    """The actor as they are now, who decides about members alone until the transaction ends.

    One at a time: two owners who remove each other at once must not both succeed. A role that was
    taken from the actor a moment ago decides no more. Raises NotSignedIn, NotAllowed.
    """
    staff = require_staff(actor, Permission.COMPANY_EDIT)
    storage.visible(session, staff, staff.company_id, lock=True)
    if isinstance(staff, System):
        return staff
    row = storage.member(session, staff, staff.user_id)
    if row is None:
        raise NotAllowed(permission=Permission.COMPANY_EDIT.value)
    present = replace(staff, role=row.role)
    require(present, Permission.COMPANY_EDIT)
    return present


def _owners_decide(staff: Member | System, *roles: Role) -> None:
    """What makes or ends an owner is for owners and the command line."""
    if Role.OWNER in roles and isinstance(staff, Member) and staff.role is not Role.OWNER:
        raise NotAllowed(permission="members:owner")


def _as_seen(user: User, role: Role, seen: Role) -> None:
    if role is not seen:
        raise Conflict(code="member_changed", name=user.name)


def _keep_an_owner(session: Session, staff: Member | System, row: CompanyMember) -> None:
    if row.role is Role.OWNER and storage.owners(session, staff) < 2:
        raise Conflict(code="last_owner")


def _was_removed(session: Session, staff: Member | System, user_id: int) -> bool:
    subject = ("user", user_id)
    return bool(
        audit_storage.newest(session, staff, subject=subject, actions=("member.removed",), limit=1)
    )


def _write_down(
    session: Session,
    staff: Member | System,
    action: str,
    row: CompanyMember,
    user: User,
    now: datetime,
    *,
    after: str,
    was: Role,
) -> None:
    """In the trail under the person, who outlives the place; open pages of both sides hear it."""
    audit.record(
        session,
        staff,
        action,
        now=now,
        subject=("user", row.user_id),
        email=user.email,
        name=user.name,
        before=was.value,
        after=after,
    )
    live.changed(session, f"company:{row.company_id}", row.company_id)
    live.changed(session, f"user:{row.user_id}", row.user_id)


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
