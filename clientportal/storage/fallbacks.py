"""Statements of the fallback channel: the other addresses of a person, and which of them work."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import System
from clientportal.storage.alerts import SENDING
from clientportal.storage.models import (
    AccountContact,
    AddressAlert,
    AddressState,
    Channel,
    Contact,
    ContactPoint,
)
from clientportal.storage.scope import visible_to


class Reached(NamedTuple):
    """An address at which a person has been reached before."""

    channel: Channel
    address: str
    name: str


def last_reached(
    session: Session,
    system: System,
    *,
    channel: Channel,
    address: str,
    account_id: int | None,
    channels: Collection[Channel],
) -> Reached | None:
    """Of the people who have this address, the other address that worked last.

    None has an alert, and nobody there asked for silence. `account_id`: only its people.
    """
    people = select(col(ContactPoint.contact_id)).where(
        visible_to(system, ContactPoint),
        col(ContactPoint.channel) == channel,
        col(ContactPoint.address_norm) == address,
    )
    if account_id is not None:
        linked = select(col(AccountContact.contact_id)).where(
            visible_to(system, AccountContact), col(AccountContact.account_id) == account_id
        )
        people = people.where(col(ContactPoint.contact_id).in_(linked))
    same = sa.and_(col(ContactPoint.channel) == channel, col(ContactPoint.address_norm) == address)
    alerted = select(sa.literal(1)).where(
        col(AddressAlert.company_id) == col(ContactPoint.company_id),
        col(AddressAlert.channel) == col(ContactPoint.channel),
        col(AddressAlert.address_norm) == col(ContactPoint.address_norm),
        col(AddressAlert.removed_at).is_(None),
    )
    statement = (
        select(ContactPoint, Contact.name)
        .join(
            AddressState,
            sa.and_(
                col(AddressState.company_id) == col(ContactPoint.company_id),
                col(AddressState.channel) == col(ContactPoint.channel),
                col(AddressState.address_norm) == col(ContactPoint.address_norm),
            ),
        )
        .join(Contact, col(Contact.id) == col(ContactPoint.contact_id))
        .where(
            visible_to(system, ContactPoint),
            col(ContactPoint.contact_id).in_(people),
            col(ContactPoint.channel).in_([one for one in SENDING if one in channels]),
            ~same,
            col(AddressState.last_ok_at).is_not(None),
            col(AddressState.opted_out_at).is_(None),
            ~alerted.exists(),
        )
        .order_by(col(AddressState.last_ok_at).desc(), col(ContactPoint.id))
        .limit(1)
    )
    found = session.exec(statement).first()
    if found is None:
        return None
    point, name = found
    return Reached(point.channel, point.address_norm, name)


def with_open_window(
    session: Session, system: System, addresses: Collection[str], since: datetime
) -> set[str]:
    """Those of the numbers whose people have written to us by WhatsApp since then."""
    statement = select(col(AddressState.address_norm)).where(
        visible_to(system, AddressState),
        col(AddressState.channel) == Channel.WHATSAPP,
        col(AddressState.address_norm).in_(addresses),
        col(AddressState.last_inbound_at) > since,
    )
    return set(session.exec(statement))
