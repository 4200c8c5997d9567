"""Who is there: cookie to principal, principal to actor, sign-in by password (DESIGN rules 2, 4).

With `sessions` and `sign_in_codes` the only use cases without an actor: they are what makes one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from clientportal.domain.actors import Customer, Member
from clientportal.domain.errors import NotFound, NotSignedIn
from clientportal.services import passwords, sessions, sign_in_tries
from clientportal.services.sessions import CUSTOMER, MEMBER, SignedIn
from clientportal.storage import identity as store
from clientportal.storage.models import User

TOUCH_AFTER = timedelta(minutes=5)
PASSWORDS_PER_HOUR = 10


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


def principal_of(session: Session, cookie: str | None, now: datetime) -> Principal:
    """The principal of a session cookie; NOBODY for none, unknown, expired or revoked ones."""
    if not cookie or len(cookie) > 200:
        return NOBODY
    found = store.session_by_token(session, sessions.token_hash(cookie))
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
    email = sign_in_tries.normalise_email(email)
    sign_in_tries.count(session, "password", email, PASSWORDS_PER_HOUR, now)
    sign_in_tries.count_address(session, address, now)
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
    return sessions.open_session(
        session,
        user,
        MEMBER if staff else CUSTOMER,
        by=sessions.BY_PASSWORD,
        user_agent=user_agent,
        address=address,
        now=now,
    )


def sign_in_as(session: Session, *, email: str, now: datetime) -> SignedIn | None:
    """One-click sign-in of the demo's cast; the route exists in development with demo data only."""
    user = store.user_by_email(session, sign_in_tries.normalise_email(email))
    if user is None or user.id is None:
        return None
    staff = bool(store.companies_of_member(session, user.id))
    for access in store.logins(session, user.email):
        sessions.accept(session, access, user, now)
    kind = MEMBER if staff else CUSTOMER
    return sessions.open_session(
        session,
        user,
        kind,
        by=sessions.BY_DEMO,
        user_agent="demo",
        address="127.0.0.1",
        now=now,
    )


def _user_id(principal: Principal) -> int:
    if principal.user_id is None:
        raise NotSignedIn()
    return principal.user_id
