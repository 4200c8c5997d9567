"""Signing in by a six-digit code that is sent to an address (DESIGN rule 4)."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlmodel import Session

from clientportal import queue
from clientportal.domain import message_keys
from clientportal.domain.actors import Nobody
from clientportal.domain.errors import NotFound, TooMany
from clientportal.services import audit, messages, sessions, sign_in_tries
from clientportal.services.sessions import BY_CODE, CUSTOMER, MEMBER, SignedIn
from clientportal.settings import settings
from clientportal.storage import identity as store
from clientportal.storage.models import SignInCode, User, UserSession

CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
CODE_PAUSE = timedelta(seconds=30)
CODES_PER_HOUR = 5


def request_code(
    session: Session, *, email: str, address: str, now: datetime, by_member: bool = False
) -> None:
    """Take a request for a code. Known and unknown addresses do the same here: the job decides.

    `by_member`: staff ask for it from their own session, to prove the address again.
    Raises TooMany after one per 30 s, 5 per hour and e-mail, 120 tries per hour and address.
    """
    email = sign_in_tries.normalise_email(email)
    store.lock_subject(session, email)
    newest = store.newest_try(session, "code", email)
    if newest is not None and now - newest < CODE_PAUSE:
        raise TooMany(code="code_pause", seconds=sign_in_tries.seconds(newest + CODE_PAUSE - now))
    sign_in_tries.count(session, "code", email, CODES_PER_HOUR, now)
    sign_in_tries.count_address(session, address, now)
    row = SignInCode(
        email=email,
        code_hash="",
        created_at=now,
        expires_at=now + CODE_LIFE,
        by_member=by_member,
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    queue.enqueue(session, "send_sign_in_code", f"send_sign_in_code:{row.id}:1", row.id)


def issue_code(session: Session, code_id: int, now: datetime) -> None:
    """Job: make the code of a request and plan its message, if that address may sign in."""
    row = session.get(SignInCode, code_id)
    if row is None or row.code_hash or row.expires_at <= now:
        return
    if not row.by_member and not store.logins(session, row.email):
        return
    code = f"{secrets.randbelow(1_000_000):06d}"
    row.code_hash = _code_hash(row.email, code)
    session.add(row)
    user = store.user_by_email(session, row.email)
    messages.plan(
        session,
        kind="sign_in_code",
        to=row.email,
        language=user.language if user else settings().default_language,
        variables={"code": code, "minutes": int(CODE_LIFE.total_seconds() // 60)},
        dedupe_key=message_keys.code(code_id),
        company_id=None,
        now=now,
    )


def operator_code(session: Session, *, email: str, now: datetime) -> str:
    """A code for the operator to read out, and an end to the address's waiting times.

    Raises NotFound("code_needs_access") when no portal is open to the address.
    """
    email = sign_in_tries.normalise_email(email)
    if not store.logins(session, email):
        raise NotFound(code="code_needs_access", field="email")
    code = f"{secrets.randbelow(1_000_000):06d}"
    session.add(
        SignInCode(
            email=email,
            code_hash=_code_hash(email, code),
            created_at=now,
            expires_at=now + CODE_LIFE,
        )
    )
    store.clear_tries(session, "code", email)
    audit.record(session, Nobody(), "code.given_by_operator", now=now, email=email)
    return code


def verify_code(
    session: Session,
    *,
    email: str,
    code: str,
    user_agent: str,
    address: str,
    now: datetime,
    present: int | None = None,
) -> SignedIn | None:
    """Open a customer's session when the code is right; None otherwise. Five tries per code.

    The code proves the address, so it also accepts what was waiting for it (DESIGN §1, Access). Who
    is here as staff already (`present`, their session's id) stays staff, and no longer than before.
    """
    email = sign_in_tries.normalise_email(email)
    row = store.open_code(session, email, now)
    if row is None or row.tries >= CODE_TRIES:
        return None
    # Also of an address that got no code: how long the answer takes must not tell them apart.
    row.tries += 1
    session.add(row)
    given = _code_hash(email, "".join(code.split())[:12])
    if not hmac.compare_digest(given, row.code_hash):
        return None
    logins = store.logins(session, email)
    staff = _staff_session(session, email, present, now)
    if not logins and staff is None:
        return None
    row.consumed_at = now
    user = _user_for(session, email, now)
    if user.disabled_at is not None:
        return None
    for access in logins:
        sessions.accept(session, access, user, now)
    store.clear_tries(session, "code", email)
    return sessions.open_session(
        session,
        user,
        MEMBER if staff else CUSTOMER,
        by=BY_CODE,
        user_agent=user_agent,
        address=address,
        now=now,
        until=staff.ends_at if staff else None,
    )


def _staff_session(
    session: Session, email: str, session_id: int | None, now: datetime
) -> UserSession | None:
    user = store.user_by_email(session, email)
    if session_id is None or user is None or user.id is None:
        return None
    rows = store.live_sessions(session, user.id, now)
    return next((row for row in rows if row.id == session_id and row.kind == MEMBER), None)


def _user_for(session: Session, email: str, now: datetime) -> User:
    user = store.user_by_email(session, email)
    if user is None:
        user = User(
            email=email,
            name=email.partition("@")[0],
            language=settings().default_language,
            created_at=now,
        )
        session.add(user)
        session.flush()
    return user


def _code_hash(email: str, code: str) -> str:
    return hmac.new(settings().secret(), f"{email}:{code}".encode(), hashlib.sha256).hexdigest()
