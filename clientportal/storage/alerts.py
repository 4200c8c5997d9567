"""Statements of alerts on addresses, what is known of them, and segments of accounts."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor, System
from clientportal.domain.contactability import Segment
from clientportal.domain.delivery import TAKEN, MessageState
from clientportal.storage import prepared
from clientportal.storage.models import (
    Account,
    AccountContact,
    AddressAlert,
    AddressState,
    Channel,
    ContactPoint,
    Message,
)
from clientportal.storage.scope import visible_to
from clientportal.storage.session import is_sqlite

_ALERT: sa.FromClause = sa.inspect(AddressAlert).local_table
_LINK: sa.FromClause = sa.inspect(AccountContact).local_table
_POINT: sa.FromClause = sa.inspect(ContactPoint).local_table

SENDING = (Channel.EMAIL, Channel.WHATSAPP)
"""Channels by which messages leave. A telephone number alone makes nobody contactable: nothing that
the product sends would arrive there (ADR 18)."""

CHUNK = 500


def standing(
    session: Session, actor: Actor, channel: Channel, addresses: Collection[str]
) -> dict[str, AddressAlert]:
    """The alerts that stand on normalised addresses of the company, by address."""
    wanted = sorted(set(addresses))
    found: dict[str, AddressAlert] = {}
    for start in range(0, len(wanted), CHUNK):
        statement = select(AddressAlert).where(
            visible_to(actor, AddressAlert),
            col(AddressAlert.channel) == channel,
            col(AddressAlert.address_norm).in_(wanted[start : start + CHUNK]),
            col(AddressAlert.removed_at).is_(None),
        )
        found |= {alert.address_norm: alert for alert in session.exec(statement)}
    return found


def insert_standing(session: Session, alert: AddressAlert) -> int | None:
    """The id of the new alert; None when one stands on the address already."""
    insert = sqlite.insert if is_sqlite(session) else postgresql.insert
    statement = (
        insert(AddressAlert)
        .values(**alert.model_dump(exclude={"id"}))
        .on_conflict_do_nothing(
            index_elements=["company_id", "channel", "address_norm"],
            index_where=sa.text("removed_at IS NULL"),
        )
        .returning(col(AddressAlert.id))
    )
    return session.connection().execute(statement).scalar_one_or_none()


def by_id(
    session: Session, actor: Actor, alert_id: int, *, lock: bool = False
) -> AddressAlert | None:
    statement = select(AddressAlert).where(
        visible_to(actor, AddressAlert), col(AddressAlert.id) == alert_id
    )
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def history(
    session: Session, actor: Actor, channel: Channel, address: str, limit: int
) -> Sequence[AddressAlert]:
    """Every alert that an address ever had, newest first."""
    statement = (
        select(AddressAlert)
        .where(
            visible_to(actor, AddressAlert),
            col(AddressAlert.channel) == channel,
            col(AddressAlert.address_norm) == address,
        )
        .order_by(col(AddressAlert.id).desc())
        .limit(limit)
    )
    return session.exec(statement).all()


def last_removal(session: Session, actor: Actor, channel: Channel, address: str) -> datetime | None:
    """When the last alert was taken off an address."""
    statement = select(sa.func.max(col(AddressAlert.removed_at))).where(
        visible_to(actor, AddressAlert),
        col(AddressAlert.channel) == channel,
        col(AddressAlert.address_norm) == address,
    )
    return session.exec(statement).one()


# Built once: each delivery that a provider tells of comes by here.
_STATE_ONCE = {
    name: insert(AddressState).on_conflict_do_nothing(
        index_elements=["company_id", "channel", "address_norm"]
    )
    for name, insert in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}


def state(session: Session, system: System, channel: Channel, address: str) -> AddressState:
    """What is known of an address: its row, made when there is none."""
    fresh = AddressState(company_id=system.company_id, channel=channel, address_norm=address)
    statement = _STATE_ONCE[session.get_bind().dialect.name]
    session.connection().execute(statement, fresh.model_dump(exclude={"id"}))
    found = select(AddressState).where(
        visible_to(system, AddressState),
        col(AddressState.channel) == channel,
        col(AddressState.address_norm) == address,
    )
    return session.exec(found).one()


def outcomes(
    session: Session,
    actor: Actor,
    channel: Channel,
    address: str,
    since: datetime | None,
    limit: int,
) -> list[tuple[datetime, bool]]:
    """(when sent, whether it bounced softly) of the last messages to an address, newest first."""
    statement = select(col(Message.sent_at), col(Message.claimed_at), col(Message.state)).where(
        visible_to(actor, Message),
        col(Message.to_norm) == address,
        col(Message.channel) == channel.value,
        col(Message.state).in_([*TAKEN, MessageState.BOUNCED_SOFT]),
    )
    if since is not None:
        statement = statement.where(col(Message.created_at) > since)
    rows = session.exec(statement.order_by(col(Message.id).desc()).limit(limit)).all()
    return [
        (at, state is MessageState.BOUNCED_SOFT)
        for sent_at, claimed_at, state in rows
        if (at := sent_at or claimed_at) is not None
    ]


def holders(session: Session, actor: Actor, channel: Channel, address: str) -> Sequence[int]:
    """Accounts of the company that have an address, through any of their contacts."""
    statement = (
        select(col(AccountContact.account_id))
        .join(ContactPoint, col(ContactPoint.contact_id) == col(AccountContact.contact_id))
        .where(
            visible_to(actor, AccountContact),
            col(ContactPoint.company_id) == col(AccountContact.company_id),
            col(ContactPoint.channel) == channel,
            col(ContactPoint.address_norm) == address,
        )
        .distinct()
    )
    return session.exec(statement).all()


def companies_with(session: Session, channel: Channel, address: str) -> Sequence[int]:
    """Ids of the companies that have an address: a provider's list knows no companies."""
    statement = (
        select(col(ContactPoint.company_id))
        .where(col(ContactPoint.channel) == channel, col(ContactPoint.address_norm) == address)
        .distinct()
    )
    return session.exec(statement).all()


def marks(session: Session, actor: Actor, account_ids: Sequence[int]) -> dict[int, list[bool]]:
    """For each account, of every address that it has, whether an alert stands on it."""
    addresses = reach(session, actor, account_ids)
    return {key: [alerted for _, alerted in found] for key, found in addresses.items()}


def reach(
    session: Session, actor: Actor, account_ids: Sequence[int]
) -> dict[int, list[tuple[Channel, bool]]]:
    """For each account, of every address that it has, its channel and whether an alert stands."""
    found: dict[int, list[tuple[Channel, bool]]] = {key: [] for key in account_ids}
    ids, seen = list(found), prepared.visible(actor, AccountContact)
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        rows = prepared.run(
            session, ("reach",), (seen,), lambda: _addresses(seen.build()), ids=some
        )
        for account_id, _, channel, alert_id in rows:
            found[account_id].append((channel, alert_id is not None))
    return found


def _addresses(seen: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    """(account, contact point, channel, id of a standing alert) of the accounts `ids`."""
    link, point = _LINK.c, _POINT.c
    return (
        sa.select(link.account_id, point.id, point.channel, sa.func.max(_ALERT.c.id))
        .select_from(_LINK)
        .join(_POINT, point.contact_id == link.contact_id)
        .outerjoin(
            _ALERT,
            sa.and_(
                _ALERT.c.company_id == point.company_id,
                _ALERT.c.channel == point.channel,
                _ALERT.c.address_norm == point.address_norm,
                _ALERT.c.removed_at.is_(None),
            ),
        )
        .where(
            seen,
            link.account_id.in_(sa.bindparam("ids", expanding=True)),
            point.channel.in_(SENDING),
        )
        .group_by(link.account_id, point.id, point.channel)
    )


def set_segment(
    session: Session, actor: Actor, account_ids: Sequence[int], segment: Segment
) -> list[int]:
    """Write a segment; the ids of the accounts that had another one."""
    changed: list[int] = []
    for start in range(0, len(account_ids), CHUNK):
        statement = (
            sa.update(Account)
            .where(
                visible_to(actor, Account),
                col(Account.id).in_(account_ids[start : start + CHUNK]),
                col(Account.segment) != segment,
            )
            .values(segment=segment)
            .returning(col(Account.id))
        )
        changed += [row.id for row in session.connection().execute(statement)]
    return changed


def by_person(session: Session, actor: Actor, bsuid: str, wa_id: str) -> Sequence[AddressState]:
    """WhatsApp addresses that turned out to be a person: by their own id, else by telephone."""
    base = select(AddressState).where(
        visible_to(actor, AddressState), col(AddressState.channel) == Channel.WHATSAPP
    )
    if bsuid and (found := session.exec(base.where(col(AddressState.bsuid) == bsuid)).all()):
        return found
    return session.exec(base.where(col(AddressState.wa_id) == wa_id)).all() if wa_id else []
