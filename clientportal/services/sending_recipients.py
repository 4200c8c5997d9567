"""To whom a document can be sent: the known addresses of its account (mission 112, 227)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from clientportal.domain import sending as rules
from clientportal.domain.actors import Member, System
from clientportal.domain.errors import Invalid, NotFound
from clientportal.domain.notices import Notice, wants
from clientportal.rendering import texts
from clientportal.storage import access as access_storage
from clientportal.storage import contacts as contact_storage
from clientportal.storage import documents as document_storage
from clientportal.storage import sending as storage
from clientportal.storage.models import Channel, Company


@dataclass(frozen=True, slots=True)
class Recipient:
    """A known address of the account. `notify`: it is told of new invoices (mission 112, 227).

    `unreached`: the last mail to it could not be brought.
    """

    point_id: int
    name: str
    address: str
    address_norm: str
    language: str
    notify: bool
    unreached: bool


def of_account(
    session: Session, staff: Member | System, company: Company, account_id: int
) -> tuple[Recipient, ...]:
    """Every e-mail of the account's contacts, each address once."""
    contacts = {row.id or 0: row for row in contact_storage.of_account(session, staff, account_id)}
    switches = {
        (row.contact_id, row.email): row
        for row in access_storage.of_account(session, staff, account_id)
    }
    points = contact_storage.points(session, staff, list(contacts))
    emails = [point for point in points if point.channel is Channel.EMAIL]
    unreached = storage.unreached(session, staff, [point.address_norm for point in emails])
    found: dict[str, Recipient] = {}
    for point in sorted(emails, key=lambda point: list(contacts).index(point.contact_id)):
        switch = switches.get((point.contact_id, point.address_norm))
        contact = contacts[point.contact_id]
        row = Recipient(
            point_id=document_storage.identity(point),
            name=contact.name,
            address=point.address,
            address_norm=point.address_norm,
            language=texts.language(contact.language or company.language),
            notify=switch is None or wants(switch.notify, switch.muted, Notice.NEW_INVOICE),
            unreached=point.address_norm in unreached,
        )
        found.setdefault(point.address_norm, row)
    return tuple(found.values())


def chosen(
    session: Session,
    staff: Member | System,
    company: Company,
    account_id: int,
    points: Sequence[int],
) -> list[Recipient]:
    """The addresses of these contact points, each once.

    Raises Invalid ("nobody_chosen", "too_many_addresses"), NotFound for a point of somebody else.
    """
    known = {row.point_id: row for row in of_account(session, staff, company, account_id)}
    wanted = dict.fromkeys(points)
    if not wanted:
        raise Invalid(code="nobody_chosen", field="recipients")
    if len(wanted) > rules.MOST_RECIPIENTS:
        raise Invalid(code="too_many_addresses", field="recipients", most=rules.MOST_RECIPIENTS)
    if not set(wanted) <= set(known):
        raise NotFound()
    return [known[point] for point in wanted]
