"""Contacts as staff see them: one, those of an account, and the list with its search."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.document_filters import Cursor, SortField
from clientportal.domain.errors import NotFound
from clientportal.domain.permissions import Permission
from clientportal.services.guards import require_staff
from clientportal.storage import alerts as alert_storage
from clientportal.storage import contacts as storage
from clientportal.storage.accounts import COUNT_CAP
from clientportal.storage.models import AddressAlert, Channel, Contact, ContactPoint

PAGE = 50


@dataclass(frozen=True, slots=True)
class PointRow:
    """An address: as people read it, normalised, and the alert that stands on it (its reason)."""

    id: int
    channel: Channel
    address: str
    address_norm: str
    label: str
    alert_id: int = 0
    alert: str = ""


@dataclass(frozen=True, slots=True)
class LinkedAccount:
    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A person with everything that a list or their page shows."""

    id: int
    name: str
    position: str
    language: str
    points: tuple[PointRow, ...]
    accounts: tuple[LinkedAccount, ...]
    version: int


@dataclass(frozen=True, slots=True)
class ContactPage:
    rows: tuple[ContactRow, ...]
    total: int
    capped: bool
    previous: str | None
    next: str | None


def read(session: Session, actor: Actor, *, contact_id: int) -> ContactRow:
    """One person of the actor's company. Raises NotFound."""
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    row = storage.visible(session, staff, contact_id)
    if row is None:
        raise NotFound()
    return _rows(session, staff, [row])[0]


def of_account(session: Session, actor: Actor, *, account_id: int) -> list[ContactRow]:
    """The people of an account, by name. Another company's account has none."""
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    return _rows(session, staff, storage.of_account(session, staff, account_id))


def listing(
    session: Session, actor: Actor, *, text: str = "", cursor: str | None = None, limit: int = PAGE
) -> ContactPage:
    """The company's people by name, narrowed by a search over names, addresses and positions."""
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    start = Cursor.parse(cursor, SortField.NUMBER)
    place = (str(start.value), start.row_id) if start else None
    backwards = start is not None and start.back
    found = storage.page(
        session,
        staff,
        text=text[:100],
        after=None if backwards else place,
        before=place if backwards else None,
        limit=limit + 1,
    )
    more = len(found) > limit
    found = found[-limit:] if backwards else found[:limit]
    total = storage.count(session, staff, text[:100], COUNT_CAP + 1)
    has_previous = more if backwards else start is not None
    return ContactPage(
        rows=tuple(_rows(session, staff, found)),
        total=min(total, COUNT_CAP),
        capped=total > COUNT_CAP,
        previous=Cursor(found[0].name, found[0].id or 0, True).encode()
        if found and has_previous
        else None,
        next=Cursor(found[-1].name, found[-1].id or 0).encode()
        if found and (more or backwards)
        else None,
    )


def _rows(session: Session, staff: Member | System, rows: Sequence[Contact]) -> list[ContactRow]:
    ids = [row.id for row in rows if row.id is not None]
    points: dict[int, list[PointRow]] = {}
    stored = storage.points(session, staff, ids)
    alerts = _alerts(session, staff, stored)
    for point in stored:
        alert = alerts.get((point.channel, point.address_norm))
        points.setdefault(point.contact_id, []).append(
            PointRow(
                point.id or 0,
                point.channel,
                point.address,
                point.address_norm,
                point.label,
                alert.id or 0 if alert else 0,
                alert.reason.value if alert else "",
            )
        )
    accounts: dict[int, list[LinkedAccount]] = {}
    for contact_id, account in storage.links(session, staff, ids):
        linked = LinkedAccount(account.id or 0, account.code, account.name)
        accounts.setdefault(contact_id, []).append(linked)
    return [
        ContactRow(
            id=row.id or 0,
            name=row.name,
            position=row.position,
            language=row.language,
            points=tuple(points.get(row.id or 0, ())),
            accounts=tuple(accounts.get(row.id or 0, ())),
            version=row.version,
        )
        for row in rows
    ]


def _alerts(
    session: Session, staff: Member | System, points: Sequence[ContactPoint]
) -> dict[tuple[Channel, str], AddressAlert]:
    """The alerts that stand on some addresses, by channel and address."""
    found: dict[tuple[Channel, str], AddressAlert] = {}
    for channel in {point.channel for point in points}:
        addresses = [point.address_norm for point in points if point.channel is channel]
        standing = alert_storage.standing(session, staff, channel, addresses)
        found |= {(channel, address): alert for address, alert in standing.items()}
    return found
