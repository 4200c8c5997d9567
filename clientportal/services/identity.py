"""Who is there: cookie to principal, principal to actor, sign-in, sign-out (DESIGN rules 2, 4).

These are the only use cases without an actor: they are what makes one.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from clientportal import live, queue
from clientportal.domain import message_keys
from clientportal.domain.actors import Customer, Member, Nobody
from clientportal.domain.errors import NotFound, NotSignedIn, TooMany
from clientportal.limits import network_of
from clientportal.services import audit, messages, passwords
from clientportal.settings import settings
from clientportal.storage import identity as store
from clientportal.storage.models import Access, SignInCode, SignInTry, User, UserSession

MEMBER, CUSTOMER = "member", "customer"
SLIDING = {MEMBER: timedelta(hours=12), CUSTOMER: timedelta(days=30)}
ABSOLUTE = timedelta(days=90)
TOUCH_AFTER = timedelta(minutes=5)

CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
CODE_PAUSE = timedelta(seconds=30)
CODES_PER_HOUR = 5
PASSWORDS_PER_HOUR = 10
TRIES_PER_ADDRESS = 120
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a cookie stands for. `touch_due`: the session was last seen long ago, slide it."""

    key: str
    user_id: int | None = None
    session_id: int | None = None
    name: str = ""
    email: str = ""
    kind: str = ""
    touch_due: bool = False


NOBODY = Principal(key="nobody")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: `token` goes into the cookie and nowhere else."""

    token: str
    session_id: int
    user_id: int
    kind: str


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """A password try that was counted; verify `stored` outside the transaction, then finish."""

    email: str
    stored: str
    user_id: int | None


@dataclass(frozen=True, slots=True)
class Doors:
    """Where a principal may go: companies as (slug, name); whether a portal is open to them."""

    companies: tuple[tuple[str, str], ...]
    portal: bool


def normalise_email(text: str) -> str:
    return text.strip().casefold()[:254]


def principal_of(session: Session, cookie: str | None, now: datetime) -> Principal:
    """The principal of a session cookie; NOBODY for none, unknown, expired or revoked ones."""
    if not cookie or len(cookie) > 200:
        return NOBODY
    found = store.session_by_token(session, _hash(cookie))
    if found is None:
        return NOBODY
    row, user = found
    ended = row.revoked_at is not None or row.expires_at <= now or row.ends_at <= now
    if ended or user.disabled_at is not None:
        return NOBODY
    return Principal(
        key=f"session:{row.id}",
        user_id=user.id,
        session_id=row.id,
        name=user.name,
        email=user.email,
        kind=row.kind,
        touch_due=now - row.seen_at > TOUCH_AFTER,
    )


def touch(session: Session, session_id: int, now: datetime) -> None:
    """Slide a session's end; never past its absolute end."""
    row = session.get(UserSession, session_id)
    if row is None or row.revoked_at is not None:
        return
    row.seen_at = now
    row.expires_at = min(row.ends_at, now + SLIDING[row.kind])
    session.add(row)


def member_actor(session: Session, principal: Principal, company_slug: str) -> Member:
    """The principal as staff of that company.

    Raises NotSignedIn for nobody and NotFound when the company is not theirs or does not exist.
    """
    user_id = _user_id(principal)
    member = store.member(session, user_id, company_slug) if principal.kind == MEMBER else None
    if member is None or member.id is None:
        raise NotFound()
    return Member(
        user_id=user_id,
        member_id=member.id,
        company_id=member.company_id,
        role=member.role,
        name=principal.name,
    )


def customer_actor(session: Session, principal: Principal, space: str | None) -> Customer:
    """The principal as customer, narrowed to the space of that URL segment (None: all).

    Raises NotSignedIn for nobody, NotFound when the space is not theirs or no portal is open.
    """
    user_id = _user_id(principal)
    space_id: int | None = None
    if space is not None:
        row = store.space(session, user_id, space[:20])
        if row is None:
            raise NotFound()
        space_id = row.id
    if not store.has_login(session, user_id):
        raise NotFound()
    return Customer(user_id=user_id, email=principal.email, name=principal.name, space_id=space_id)


def doors_of(session: Session, principal: Principal) -> Doors:
    """Where the principal may go after signing in."""
    user_id = _user_id(principal)
    companies = store.companies_of_member(session, user_id) if principal.kind == MEMBER else ()
    return Doors(companies=tuple(companies), portal=store.has_login(session, user_id))


def begin_password(session: Session, *, email: str, address: str, now: datetime) -> PasswordCheck:
    """Count a password try before it is verified, so that parallel guesses are limited too.

    Raises TooMany after 10 failed tries per hour and e-mail or 120 per hour and network address.
    """
    email = normalise_email(email)
    _count(session, "password", email, PASSWORDS_PER_HOUR, now)
    _count(session, "address", network_of(address), TRIES_PER_ADDRESS, now)
    user = store.user_by_email(session, email)
    stored = user.password_hash if user and user.password_hash and not user.disabled_at else None
    return PasswordCheck(
        email=email,
        stored=stored or passwords.dummy_hash(),
        user_id=user.id if user and stored else None,
    )


def finish_password(
    session: Session,
    check: PasswordCheck,
    *,
    ok: bool,
    user_agent: str,
    address: str,
    now: datetime,
) -> SignedIn | None:
    """Open a session when the password was right; None otherwise (the try stays counted)."""
    user = session.get(User, check.user_id) if check.user_id else None
    if not ok or user is None or user.id is None:
        return None
    staff = bool(store.companies_of_member(session, user.id))
    if not staff and not store.has_login(session, user.id):
        return None
    store.clear_tries(session, "password", check.email)
    return _open_session(
        session,
        user,
        MEMBER if staff else CUSTOMER,
        user_agent=user_agent,
        address=address,
        now=now,
    )


def request_code(session: Session, *, email: str, address: str, now: datetime) -> None:
    """Take a request for a code. Known and unknown addresses do the same here: the job decides.

    Raises TooMany after one per 30 s, 5 per hour and e-mail, 120 tries per hour and address.
    """
    email = normalise_email(email)
    store.lock_subject(session, email)
    newest = store.newest_try(session, "code", email)
    if newest is not None and now - newest < CODE_PAUSE:
        raise TooMany(code="code_pause", seconds=_seconds(newest + CODE_PAUSE - now))
    _count(session, "code", email, CODES_PER_HOUR, now)
    _count(session, "address", network_of(address), TRIES_PER_ADDRESS, now)
    row = SignInCode(email=email, code_hash="", created_at=now, expires_at=now + CODE_LIFE)
    session.add(row)
    session.flush()
    assert row.id is not None
    queue.enqueue(session, "send_sign_in_code", f"send_sign_in_code:{row.id}:1", row.id)


def issue_code(session: Session, code_id: int, now: datetime) -> None:
    """Job: make the code of a request and plan its message, if that address may sign in."""
    row = session.get(SignInCode, code_id)
    if row is None or row.code_hash or row.expires_at <= now:
        return
    logins = store.logins(session, row.email)
    if not logins:
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
    email = normalise_email(email)
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
) -> SignedIn | None:
    """Open a customer's session when the code is right; None otherwise. Five tries per code.

    The code proves the address, so it also accepts what was waiting for it (DESIGN §1, Access).
    """
    email = normalise_email(email)
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
    if not logins:
        return None
    row.consumed_at = now
    user = _user_for(session, email, now)
    if user.disabled_at is not None:
        return None
    for access in logins:
        _accept(session, access, user, now)
    store.clear_tries(session, "code", email)
    return _open_session(session, user, CUSTOMER, user_agent=user_agent, address=address, now=now)


def count_address(session: Session, address: str, now: datetime) -> None:
    """Count a try of a network address. Raises TooMany after 120 per hour."""
    _count(session, "address", network_of(address), TRIES_PER_ADDRESS, now)


def sign_in_as(session: Session, *, email: str, now: datetime) -> SignedIn | None:
    """One-click sign-in of the demo's cast; the route exists in development with demo data only."""
    user = store.user_by_email(session, normalise_email(email))
    if user is None or user.id is None:
        return None
    staff = bool(store.companies_of_member(session, user.id))
    for access in store.logins(session, user.email):
        _accept(session, access, user, now)
    kind = MEMBER if staff else CUSTOMER
    return _open_session(session, user, kind, user_agent="demo", address="127.0.0.1", now=now)


def open_session_for(
    session: Session,
    user: User,
    *,
    kind: str,
    user_agent: str,
    address: str,
    now: datetime,
) -> SignedIn:
    """A session for somebody whose identity the caller has just established (first owner)."""
    return _open_session(session, user, kind, user_agent=user_agent, address=address, now=now)


def sign_out(session: Session, principal: Principal, now: datetime) -> None:
    """End this session."""
    row = session.get(UserSession, principal.session_id) if principal.session_id else None
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


def _open_session(
    session: Session,
    user: User,
    kind: str,
    *,
    user_agent: str,
    address: str,
    now: datetime,
) -> SignedIn:
    assert user.id is not None
    token = secrets.token_urlsafe(32)
    row = UserSession(
        user_id=user.id,
        token_hash=_hash(token),
        kind=kind,
        created_at=now,
        seen_at=now,
        expires_at=now + SLIDING[kind],
        ends_at=now + ABSOLUTE,
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
    )
    return SignedIn(token=token, session_id=row.id, user_id=user.id, kind=kind)


def _revoke(session: Session, row: UserSession, now: datetime) -> None:
    row.revoked_at = now
    session.add(row)
    live.changed(session, f"session:{row.id}", row.user_id)


def _accept(session: Session, access: Access, user: User, now: datetime) -> None:
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


def _count(session: Session, kind: str, subject: str, most: int, now: datetime) -> None:
    if not subject:
        return
    store.lock_subject(session, f"{kind}:{subject}")
    if store.count_tries(session, kind, subject, now - HOUR) >= most:
        raise TooMany(code="too_many_tries", seconds=_seconds(HOUR))
    session.add(SignInTry(kind=kind, subject=subject[:254], at=now))
    session.flush()


def _user_id(principal: Principal) -> int:
    if principal.user_id is None:
        raise NotSignedIn()
    return principal.user_id


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _code_hash(email: str, code: str) -> str:
    return hmac.new(settings().secret(), f"{email}:{code}".encode(), hashlib.sha256).hexdigest()


def _seconds(span: timedelta) -> int:
    return max(1, int(span.total_seconds()))
