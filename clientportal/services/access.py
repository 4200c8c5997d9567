"""Portal access of (account, contact, e-mail): the login switch (mission 187, 191-193)."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal import live
from clientportal.domain.account_filters import LoginState
from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.errors import Invalid, NotFound
from clientportal.domain.permissions import Permission
from clientportal.services import addresses, audit, messages, sessions
from clientportal.services.guards import require_staff
from clientportal.settings import settings
from clientportal.storage import access as storage
from clientportal.storage import accounts as accounts_storage
from clientportal.storage import companies as companies_storage
from clientportal.storage import contacts as contacts_storage
from clientportal.storage import identity as identities
from clientportal.storage.models import Access, Account, Channel, Contact, User


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One e-mail of one contact of an account; `login` is on, pending or none."""

    account_id: int
    contact_id: int
    contact_name: str
    position: str
    email: str
    login: LoginState
    login_since: datetime | None
    accepted_at: datetime | None


def of_account(session: Session, actor: Actor, *, account_id: int) -> list[AccessRow]:
    """Every e-mail of every contact of an account (mission 259). Raises NotFound."""
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    if accounts_storage.visible(session, staff, account_id) is None:
        raise NotFound()
    contacts = {row.id: row for row in contacts_storage.of_account(session, staff, account_id)}
    ids = [contact_id for contact_id in contacts if contact_id is not None]
    rows = {
        (row.contact_id, row.email): row for row in storage.of_account(session, staff, account_id)
    }
    found = []
    for point in contacts_storage.points(session, staff, ids):
        if point.channel is Channel.EMAIL:
            row = rows.get((point.contact_id, point.address_norm))
            contact = contacts[point.contact_id]
            found.append(_view(account_id, contact, point.address_norm, row))
    order = {contact_id: place for place, contact_id in enumerate(ids)}
    return sorted(found, key=lambda row: order[row.contact_id])


def set_login(
    session: Session,
    actor: Actor,
    *,
    account_id: int,
    contact_id: int,
    email: str,
    on: bool,
    now: datetime,
) -> AccessRow:
    """Switch portal access of one e-mail of a contact on or off. Doing it twice changes nothing.

    On: the address is told by e-mail and counts as accepted at its first correct code. Off: that
    person leaves this account at once, and all their sessions end when no door is left to them;
    other e-mails, contacts and accounts stay as they are.

    Raises NotFound (account or contact of another company), Invalid: "contact_not_linked",
    "email_not_of_contact".
    """
    staff = require_staff(actor, Permission.ACCESS_EDIT)
    account = accounts_storage.visible(session, staff, account_id, lock=True)
    contact = contacts_storage.visible(session, staff, contact_id)
    if account is None or contact is None:
        raise NotFound()
    address = addresses.email(email)
    _check_key(session, staff, account_id, contact_id, address)
    row = storage.row(session, staff, account_id, contact_id, address)
    if on and not (row and row.login):
        row = _switch_on(session, staff, account, contact, address, row, now)
    elif not on and row is not None and row.login:
        _switch_off(session, staff, row, now)
    return _view(account_id, contact, address, row)


def take_away(
    session: Session,
    staff: Member | System,
    *,
    contact_id: int,
    account_id: int | None = None,
    email: str | None = None,
    now: datetime,
) -> int:
    """Switch off every login of a contact (on one account, of one e-mail), for its ground is gone.

    Called by the contacts service after its own permission check; returns how many there were.
    """
    rows = storage.open_of_contact(session, staff, contact_id, account_id=account_id, email=email)
    for row in rows:
        _switch_off(session, staff, row, now)
    return len(rows)


def _check_key(
    session: Session, staff: Member | System, account_id: int, contact_id: int, email: str
) -> None:
    if contacts_storage.link(session, staff, account_id, contact_id) is None:
        raise Invalid(code="contact_not_linked", field="contact")
    points = contacts_storage.points(session, staff, [contact_id])
    if not any(p.channel is Channel.EMAIL and p.address_norm == email for p in points):
        raise Invalid(code="email_not_of_contact", field="email", value=email)


def _switch_on(
    session: Session,
    staff: Member | System,
    account: Account,
    contact: Contact,
    email: str,
    row: Access | None,
    now: datetime,
) -> Access:
    assert account.id is not None
    assert contact.id is not None
    company = companies_storage.visible(session, staff, staff.company_id)
    assert company is not None
    language = contact.language or company.language
    user = _user(session, email, contact.name, language, now)
    row = row or Access(
        company_id=account.company_id, account_id=account.id, contact_id=contact.id, email=email
    )
    row.login, row.login_since, row.accepted_at, row.user_id = True, now, None, user.id
    storage.add(session, row)
    messages.plan(
        session,
        kind="access_granted",
        to=email,
        to_name=contact.name,
        language=language,
        variables={
            "contact_name": contact.name,
            "email": email,
            "link": f"{settings().public_url}/sign-in",
            "company_name": company.name,
            "company_accent": company.accent,
        },
        dedupe_key=f"access:{row.id}:{int(now.timestamp())}",
        reply_to=company.reply_email,
        company_id=company.id,
        account_id=account.id,
        user_id=user.id,
        now=now,
    )
    _write_down(session, staff, row, "access.login_on", now)
    return row


def _switch_off(session: Session, staff: Member | System, row: Access, now: datetime) -> None:
    row.login, row.accepted_at = False, None
    session.add(row)
    session.flush()
    _write_down(session, staff, row, "access.login_off", now)
    if row.user_id is not None and not storage.keeps_a_door(session, row.user_id):
        sessions.sign_out_everywhere(session, row.user_id, now)


def _user(session: Session, email: str, name: str, language: str, now: datetime) -> User:
    known = identities.user_by_email(session, email)
    if known is not None:
        return known
    user = User(email=email, name=name, language=language, created_at=now)
    session.add(user)
    session.flush()
    return user


def _write_down(
    session: Session, staff: Member | System, row: Access, action: str, now: datetime
) -> None:
    audit.record(
        session,
        staff,
        action,
        now=now,
        account_id=row.account_id,
        subject=("access", row.id or 0),
        contact_id=row.contact_id,
        email=row.email,
    )
    live.changed(session, f"account:{row.account_id}", row.account_id)
    live.changed(session, f"company:{row.company_id}", row.account_id)
    if row.user_id is not None:
        live.changed(session, f"user:{row.user_id}", row.user_id)


def _view(account_id: int, contact: Contact, email: str, row: Access | None) -> AccessRow:
    on = row is not None and row.login
    accepted = row.accepted_at if row is not None and on else None
    return AccessRow(
        account_id=account_id,
        contact_id=contact.id or 0,
        contact_name=contact.name,
        position=contact.position,
        email=email,
        login=LoginState.NONE if not on else LoginState.ON if accepted else LoginState.PENDING,
        login_since=row.login_since if row is not None and on else None,
        accepted_at=accepted,
    )
