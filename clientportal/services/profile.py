"""What people change about themselves: their name, the language we write in, their password."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal import live
from clientportal.domain.actors import Actor, Customer, Member
from clientportal.domain.errors import Invalid, NotAllowed
from clientportal.domain.permissions import Permission, require
from clientportal.rendering.texts import LANGUAGES
from clientportal.services import audit, company_fields, identity, passwords, sessions
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
    user = _own(session, actor)
    if not ok or check.user_id != user.id or check.stored != user.password_hash:
        raise Invalid(code="password_wrong", field="current")
    user.password_hash = password_hash
    session.add(user)
    store.clear_tries(session, "password", check.email)
    audit.record(session, actor, "user.password_changed", now=now, subject=_subject(user))
    return sessions.sign_out_everywhere(session, user.id or 0, now, but=keep)


def _own(session: Session, actor: Actor) -> User:
    require(actor, Permission.PROFILE_EDIT)
    user = store.user(session, actor.user_id) if isinstance(actor, Member | Customer) else None
    if user is None:
        raise NotAllowed(permission=Permission.PROFILE_EDIT.value)
    return user


def _subject(user: User) -> tuple[str, int]:
    return "user", user.id or 0


def _changed(session: Session, user: User) -> None:
    session.add(user)
    live.changed(session, f"user:{user.id}", user.id or 0)
