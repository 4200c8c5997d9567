"""What people change about themselves: their name, the language we write in, their password."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal import live
from clientportal.domain import message_keys
from clientportal.domain.actors import Actor, Customer, Member
from clientportal.domain.errors import Conflict, Invalid, NotAllowed
from clientportal.domain.permissions import Permission, require
from clientportal.rendering.texts import LANGUAGES
from clientportal.services import audit, company_fields, identity, messages, passwords, sessions
from clientportal.services.identity import PasswordCheck
from clientportal.storage import identity as store
from clientportal.storage.models import User


@dataclass(frozen=True, slots=True)
class Profile:
    """One's own data. `language` is that of the messages one gets."""

    name: str
    email: str
    language: str


def read(session: Session, actor: Actor) -> Profile:
    """The actor's own profile."""
    user = _own(session, actor)
    return Profile(user.name, user.email, user.language)


def rename(session: Session, actor: Actor, *, name: str, now: datetime) -> str:
    """Set one's own name; the name as it is stored. Raises Invalid("required" | "too_long")."""
    user = _own(session, actor)
    line = company_fields.text(name, "name", longest=200)
    if line != user.name:
        audit.record(session, actor, "user.renamed", now=now, subject=_subject(user), name=line)
        user.name = line
        _changed(session, user)
    return line


def choose_language(session: Session, actor: Actor, *, language: str, now: datetime) -> None:
    """Set the language in which one is written to. Raises Invalid("language_unknown")."""
    user = _own(session, actor)
    if language not in LANGUAGES:
        raise Invalid(code="language_unknown", field="language", value=language[:20])
    if language != user.language:
        audit.record(
            session,
            actor,
            "user.language_chosen",
            now=now,
            subject=_subject(user),
            language=language,
        )
        user.language = language
        _changed(session, user)


def begin_password(
    session: Session, actor: Actor, *, new: str, address: str, now: datetime
) -> PasswordCheck:
    """Look at a new password and count a try of the present one, as a sign-in counts it.

    Verify the present password against `stored` outside the transaction, then finish. Raises
    Invalid (the codes of `passwords.check_strength`) and TooMany.
    """
    user = _own(session, actor)
    passwords.check_strength(new, email=user.email, name=user.name)
    return identity.begin_password(session, email=user.email, address=address, now=now)


def finish_password(
    session: Session,
    actor: Actor,
    check: PasswordCheck,
    *,
    ok: bool,
    password_hash: str,
    keep: int | None,
    now: datetime,
) -> int:
    """Store the new password's hash when the present one was right (`ok`).

    Every session of the user but `keep` ends; returns how many did. Raises
    Invalid("password_wrong") otherwise; the try stays counted.
    """
    user = _own(session, actor, hold=True)
    if not ok or check.user_id != user.id or check.stored != user.password_hash:
        raise Invalid(code="password_wrong", field="current")
    store.clear_tries(session, "password", check.email)
    return _store_password(
        session, actor, user, "user.password_changed", password_hash, keep=keep, now=now
    )


def password_way(session: Session, actor: Actor, *, session_id: int | None, now: datetime) -> str:
    """What stands between the person and a new password.

    `change`: the present one. `set`: nothing, they have none and a code opened this session within
    ten minutes. `prove`: they have none, and a fresh code comes first.
    """
    user = _own(session, actor)
    if user.password_hash:
        return "change"
    proved = sessions.proves_address(session, session_id, user.id or 0, now)
    return "set" if proved else "prove"


def begin_first_password(
    session: Session, actor: Actor, *, new: str, session_id: int | None, now: datetime
) -> None:
    """Look at the first password of somebody whose session a code opened just now.

    Hash it outside the transaction, then finish. Raises Conflict("password_exists"),
    Conflict("password_proof") and Invalid (the codes of `passwords.check_strength`).
    """
    user = _own(session, actor)
    _require_first(session, user, session_id, now)
    passwords.check_strength(new, email=user.email, name=user.name)


def finish_first_password(
    session: Session,
    actor: Actor,
    *,
    password_hash: str,
    session_id: int | None,
    now: datetime,
) -> int:
    """Store the hash of a first password; every session but this one ends, returns how many did.

    Raises as `begin_first_password`: another tab may have been faster.
    """
    user = _own(session, actor, hold=True)
    _require_first(session, user, session_id, now)
    return _store_password(
        session, actor, user, "user.password_created", password_hash, keep=session_id, now=now
    )


def _require_first(session: Session, user: User, session_id: int | None, now: datetime) -> None:
    if user.password_hash:
        raise Conflict(code="password_exists")
    if not sessions.proves_address(session, session_id, user.id or 0, now):
        raise Conflict(code="password_proof")


def _store_password(
    session: Session,
    actor: Actor,
    user: User,
    action: str,
    password_hash: str,
    *,
    keep: int | None,
    now: datetime,
) -> int:
    """Store, write down, tell the person by mail, end the other sessions."""
    user.password_hash = password_hash
    session.add(user)
    audit.record(session, actor, action, now=now, subject=_subject(user))
    messages.plan(
        session,
        kind="password_changed",
        to=user.email,
        to_name=user.name,
        language=user.language,
        variables={"email": user.email, "contact_name": user.name},
        dedupe_key=message_keys.password(user.id or 0, now),
        user_id=user.id,
        now=now,
    )
    return sessions.sign_out_everywhere(session, user.id or 0, now, but=keep)


def _own(session: Session, actor: Actor, *, hold: bool = False) -> User:
    require(actor, Permission.PROFILE_EDIT)
    find = store.locked_user if hold else store.user
    user = find(session, actor.user_id) if isinstance(actor, Member | Customer) else None
    if user is None:
        raise NotAllowed(permission=Permission.PROFILE_EDIT.value)
    return user


def _subject(user: User) -> tuple[str, int]:
    return "user", user.id or 0


def _changed(session: Session, user: User) -> None:
    session.add(user)
    live.changed(session, f"user:{user.id}", user.id or 0)
