"""Contacts: people, linked to accounts, and their addresses (mission 180-182, 256-261)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from clientportal import live
from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.errors import Conflict, Invalid, NotFound
from clientportal.domain.permissions import Permission
from clientportal.domain.text import search_text
from clientportal.rendering.texts import LANGUAGES
from clientportal.services import (
    access,
    addresses,
    audit,
    company_fields,
    document_deliveries,
    segments,
)
from clientportal.services.guards import require_staff
from clientportal.storage import accounts as accounts_storage
from clientportal.storage import companies as companies_storage
from clientportal.storage import contacts as storage
from clientportal.storage.models import AccountContact, Channel, Contact, ContactPoint

MAX_POINTS = 20


@dataclass(frozen=True, slots=True)
class NewPoint:
    """An address as a form gives it; `channel` is email, whatsapp or phone."""

    channel: str
    address: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class ContactFields:
    """A person as a form gives them; `language` empty means the company's."""

    name: str
    position: str = ""
    language: str = ""


def create(
    session: Session,
    actor: Actor,
    *,
    fields: ContactFields,
    points: Sequence[NewPoint],
    account_ids: Sequence[int],
    now: datetime,
) -> int:
    """Create a person with addresses, linked to accounts; the id.

    Raises Invalid: "required", "email_invalid", "phone_invalid", "channel_invalid"; NotFound for an
    account of another company; Conflict("contact_point_taken", contact_id, name) when somebody else
    holds an address already.
    """
    staff = require_staff(actor, Permission.ACCOUNTS_EDIT)
    row = Contact(company_id=staff.company_id, name="", created_at=now, updated_at=now)
    _fill(row, fields)
    if len(points) > MAX_POINTS:
        raise Invalid(code="too_many_points", field="points", most=MAX_POINTS)
    storage.add(session, row)
    assert row.id is not None
    for account_id in dict.fromkeys(account_ids):
        _link(session, staff, row, account_id)
    country = _country(session, staff, account_ids)
    for point in points:
        _add_point(session, staff, row, point, country)
    _write_down(session, staff, row, "contact.created", now, name=row.name)
    return row.id


def edit(
    session: Session,
    actor: Actor,
    *,
    contact_id: int,
    fields: ContactFields,
    now: datetime,
    version: int | None = None,
) -> None:
    """Change name, position and language. Raises NotFound, Conflict (moved on), Invalid."""
    staff = require_staff(actor, Permission.ACCOUNTS_EDIT)
    row = _locked(session, staff, contact_id)
    if version is not None and version != row.version:
        raise Conflict()
    before = (row.name, row.position, row.language)
    _fill(row, fields)
    if (row.name, row.position, row.language) == before:
        return
    _write_down(session, staff, row, "contact.edited", now, name=row.name)


def link(
    session: Session, actor: Actor, *, contact_id: int, account_id: int, now: datetime
) -> None:
    """Link a person to one more account; twice changes nothing. Raises NotFound."""
    staff = require_staff(actor, Permission.ACCOUNTS_EDIT)
    row = _locked(session, staff, contact_id)
    if _link(session, staff, row, account_id):
        _write_down(
            session, staff, row, "contact.linked", now, account_id=account_id, name=row.name
        )


def unlink(
    session: Session, actor: Actor, *, contact_id: int, account_id: int, now: datetime
) -> None:
    """Take a person off an account; their access and their links to it end too. Raises NotFound."""
    staff = require_staff(actor, Permission.ACCOUNTS_EDIT)
    row = _locked(session, staff, contact_id)
    found = storage.link(session, staff, account_id, contact_id)
    if found is None:
        raise NotFound()
    access.take_away(session, staff, contact_id=contact_id, account_id=account_id, now=now)
    points = storage.points(session, staff, [contact_id])
    emails = [point.address_norm for point in points if point.channel is Channel.EMAIL]
    document_deliveries.withdraw(session, staff, emails=emails, account_id=account_id, now=now)
    session.delete(found)
    segments.recompute(session, staff, [account_id])
    _write_down(session, staff, row, "contact.unlinked", now, account_id=account_id, name=row.name)
    live.changed(session, f"account:{account_id}", account_id)


def add_point(
    session: Session, actor: Actor, *, contact_id: int, point: NewPoint, now: datetime
) -> int:
    """Give a person one more address (mission 260); its id. Raises as `create`."""
    staff = require_staff(actor, Permission.ACCOUNTS_EDIT)
    row = _locked(session, staff, contact_id)
    accounts = [account.id or 0 for _, account in storage.links(session, staff, [contact_id])]
    added = _add_point(session, staff, row, point, _country(session, staff, accounts))
    _write_down(
        session,
        staff,
        row,
        "contact_point.added",
        now,
        channel=added.channel,
        address=added.address,
    )
    return added.id or 0


def remove_point(session: Session, actor: Actor, *, point_id: int, now: datetime) -> None:
    """Take an address away; access and document links by that e-mail end too. Raises NotFound."""
    staff = require_staff(actor, Permission.ACCOUNTS_EDIT)
    point = storage.point_by_id(session, staff, point_id)
    if point is None:
        raise NotFound()
    row = _locked(session, staff, point.contact_id)
    if point.channel is Channel.EMAIL:
        access.take_away(
            session, staff, contact_id=point.contact_id, email=point.address_norm, now=now
        )
        document_deliveries.withdraw(session, staff, emails=[point.address_norm], now=now)
    session.delete(point)
    session.flush()
    _write_down(
        session,
        staff,
        row,
        "contact_point.removed",
        now,
        channel=point.channel,
        address=point.address,
    )


def _fill(row: Contact, fields: ContactFields) -> None:
    name = company_fields.text(fields.name, "name", longest=200)
    position = company_fields.text(fields.position, "position", longest=100, required=False)
    if fields.language not in ("", *LANGUAGES):
        raise Invalid(code="choice_invalid", field="language", value=fields.language[:20])
    row.name, row.position, row.language = name, position, fields.language


def _locked(session: Session, staff: Member | System, contact_id: int) -> Contact:
    row = storage.visible(session, staff, contact_id, lock=True)
    if row is None:
        raise NotFound()
    return row


def _link(session: Session, staff: Member | System, row: Contact, account_id: int) -> bool:
    """Whether the link is new."""
    assert row.id is not None
    if accounts_storage.visible(session, staff, account_id) is None:
        raise NotFound()
    if storage.link(session, staff, account_id, row.id) is not None:
        return False
    session.add(AccountContact(company_id=row.company_id, account_id=account_id, contact_id=row.id))
    session.flush()
    live.changed(session, f"account:{account_id}", account_id)
    return True


def _country(session: Session, staff: Member | System, account_ids: Sequence[int]) -> str:
    """The country that completes a telephone number: the first account's, else the company's."""
    for account in accounts_storage.by_ids(session, staff, list(account_ids)[:1]):
        if account.country in company_fields.countries():
            return account.country
    company = companies_storage.visible(session, staff, staff.company_id)
    return company.country if company else ""


def _add_point(
    session: Session, staff: Member | System, row: Contact, point: NewPoint, country: str
) -> ContactPoint:
    assert row.id is not None
    channel, written, norm = normalise_point(point, country)
    holder = storage.holders(session, staff, channel, [norm]).get(norm)
    if holder is not None:
        raise Conflict(
            code="contact_point_taken",
            field=channel.value,
            value=written,
            contact_id=holder.id,
            name=holder.name,
        )
    label = company_fields.text(point.label, "label", longest=60, required=False)
    added = ContactPoint(
        company_id=row.company_id,
        contact_id=row.id,
        channel=channel,
        address=written,
        address_norm=norm,
        label=label,
    )
    session.add(added)
    session.flush()
    return added


def normalise_point(point: NewPoint, country: str) -> tuple[Channel, str, str]:
    """(channel, address as people read it, normalised). Raises Invalid as `create`."""
    try:
        channel = Channel(point.channel)
    except ValueError as error:
        raise Invalid(code="channel_invalid", field="channel", value=point.channel[:20]) from error
    if channel is Channel.EMAIL:
        norm = addresses.email(point.address)
        return channel, norm, norm
    written, norm = addresses.phone(point.address, country, field=channel.value)
    return channel, written, norm


def set_norm(row: Contact, points: Sequence[ContactPoint]) -> None:
    """The text that a search looks into."""
    spoken = [text for point in points for text in (point.address, point.address_norm)]
    row.norm = search_text((row.name, row.position, *spoken))[:1000]


def index(session: Session, staff: Member | System, rows: Sequence[Contact]) -> None:
    """Give people whose names or addresses changed their search texts."""
    for start in range(0, len(rows), 500):
        some = rows[start : start + 500]
        points: dict[int, list[ContactPoint]] = {}
        for point in storage.points(session, staff, [row.id or 0 for row in some]):
            points.setdefault(point.contact_id, []).append(point)
        for row in some:
            set_norm(row, points.get(row.id or 0, []))
            session.add(row)
        session.flush()
        storage.index(session, some)


def _write_down(
    session: Session,
    staff: Member | System,
    row: Contact,
    action: str,
    now: datetime,
    *,
    account_id: int | None = None,
    **data: Any,
) -> None:
    """Store the edited row with its search text, audit entries and live topics."""
    assert row.id is not None
    set_norm(row, storage.points(session, staff, [row.id]))
    if action != "contact.created":
        row.version += 1
    row.updated_at = now
    storage.add(session, row)
    storage.index(session, [row])
    linked = [account.id or 0 for _, account in storage.links(session, staff, [row.id])]
    segments.recompute(session, staff, linked)
    audit.record(
        session,
        staff,
        action,
        now=now,
        account_id=account_id if account_id is not None else next(iter(linked), None),
        subject=("contact", row.id),
        **data,
    )
    for linked_id in linked:
        live.changed(session, f"account:{linked_id}", linked_id)
    live.changed(session, f"company:{row.company_id}", row.id)
