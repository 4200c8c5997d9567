"""Sessions of people who have proved who they are: opened, slid, ended (DESIGN rule 4)."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from clientportal import live
from clientportal.domain.actors import Nobody
from clientportal.services import audit
from clientportal.storage import identity as store
from clientportal.storage.models import Access, User, UserSession

MEMBER, CUSTOMER = "member", "customer"
SLIDING = {MEMBER: timedelta(hours=12), CUSTOMER: timedelta(days=30)}
ABSOLUTE = timedelta(days=90)
PROOF_LIFE = timedelta(minutes=10)
"""For so long a session that a code opened shows that its holder reads that address."""
BY_PASSWORD, BY_CODE, BY_DEMO = "password", "code", "demo"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: `token` goes into the cookie and nowhere else."""

    token: str
    session_id: int
    user_id: int
    kind: str


def open_session(
    session: Session,
    user: User,
    kind: str,
    *,
    by: str,
    user_agent: str,
    address: str,
    now: datetime,
    until: datetime | None = None,
) -> SignedIn:
    """A session for somebody whose identity the caller has just established.

    `by`: how (BY_PASSWORD, BY_CODE, BY_DEMO). `until`: an absolute end before the usual one.
    """
    assert user.id is not None
    token = secrets.token_urlsafe(32)
    ends_at = min(now + ABSOLUTE, until or now + ABSOLUTE)
    row = UserSession(
        user_id=user.id,
        token_hash=token_hash(token),
        kind=kind,
        opened_by=by,
        created_at=now,
        seen_at=now,
        expires_at=min(ends_at, now + SLIDING[kind]),
        ends_at=ends_at,
        user_agent=user_agent[:300],
        address=address[:64],
    )
    session.add(row)
    session.flush()
    assert row.id is not None
    audit.record(
        session,
        Nobody(),
        "session.opened",
        now=now,
        subject=("user", user.id),
        kind=kind,
        by=by,
    )
    return SignedIn(token=token, session_id=row.id, user_id=user.id, kind=kind)


def touch(session: Session, session_id: int, now: datetime) -> None:
    """Slide a session's end; never past its absolute end."""
    row = session.get(UserSession, session_id)
    if row is None or row.revoked_at is not None:
        return
    row.seen_at = now
    row.expires_at = min(row.ends_at, now + SLIDING[row.kind])
    session.add(row)


def sign_out(session: Session, session_id: int | None, now: datetime) -> None:
    """End this session."""
    row = session.get(UserSession, session_id) if session_id else None
    if row is not None:
        _revoke(session, row, now)


def sign_out_everywhere(
    session: Session, user_id: int, now: datetime, *, but: int | None = None
) -> int:
    """End every session of a user, one may stay (`but`); returns how many there were."""
    rows = [row for row in store.live_sessions(session, user_id, now) if row.id != but]
    for row in rows:
        _revoke(session, row, now)
    return len(rows)


def proves_address(session: Session, session_id: int | None, user_id: int, now: datetime) -> bool:
    """Whether a code opened this session of that user within the last ten minutes."""
    row = session.get(UserSession, session_id) if session_id else None
    return (
        row is not None
        and row.user_id == user_id
        and row.revoked_at is None
        and row.opened_by == BY_CODE
        and now - row.created_at <= PROOF_LIFE
    )


def token_hash(token: str) -> str:
    """What is stored of a cookie's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _revoke(session: Session, row: UserSession, now: datetime) -> None:
    row.revoked_at = now
    session.add(row)
    live.changed(session, f"session:{row.id}", row.user_id)


def accept(session: Session, access: Access, user: User, now: datetime) -> None:
    """The person has proved the address: what was invited at it is theirs (DESIGN §1, Access)."""
    if access.user_id == user.id and access.accepted_at is not None:
        return
    access.user_id = user.id
    access.accepted_at = access.accepted_at or now
    session.add(access)
    audit.record(
        session,
        Nobody(),
        "access.accepted",
        now=now,
        company_id=access.company_id,
        account_id=access.account_id,
        subject=("access", access.id or 0),
        email=access.email,
    )
    live.changed(session, f"account:{access.account_id}", access.account_id)
