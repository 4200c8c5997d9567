"""Statements about contacts, their links to accounts and their contact points."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Actor
from clientportal.storage import search, search_index
from clientportal.storage.models import (
    Account,
    AccountContact,
    Channel,
    Contact,
    ContactPoint,
)
from clientportal.storage.scope import visible_to
from clientportal.storage.search_index import SearchKind


def add(session: Session, contact: Contact) -> Contact:
    session.add(contact)
    session.flush()
    return contact


def index(session: Session, contacts: Sequence[Contact]) -> None:
    """Put contacts into the search index; only a company scope finds them."""
    search_index.put_all(
        session,
        [
            search_index.Entry(SearchKind.CONTACT, row.id or 0, row.company_id, None, row.norm)
            for row in contacts
        ],
    )


def visible(
    session: Session, actor: Actor, contact_id: int, *, lock: bool = False
) -> Contact | None:
    """A contact that the actor may see."""
    statement = select(Contact).where(visible_to(actor, Contact), col(Contact.id) == contact_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def points(session: Session, actor: Actor, contact_ids: Sequence[int]) -> Sequence[ContactPoint]:
    """The contact points of some contacts, e-mails first, oldest first."""
    order = sa.case(
        {channel.value: place for place, channel in enumerate(Channel)},
        value=col(ContactPoint.channel),
    )
    statement = (
        select(ContactPoint)
        .where(visible_to(actor, ContactPoint), col(ContactPoint.contact_id).in_(contact_ids))
        .order_by(col(ContactPoint.contact_id), order, col(ContactPoint.id))
    )
    return session.exec(statement).all()


def point_by_id(session: Session, actor: Actor, point_id: int) -> ContactPoint | None:
    statement = select(ContactPoint).where(
        visible_to(actor, ContactPoint), col(ContactPoint.id) == point_id
    )
    return session.exec(statement).first()


def holders(
    session: Session, actor: Actor, channel: Channel, addresses: Sequence[str]
) -> dict[str, Contact]:
    """Contacts of the company by the normalised address that they hold."""
    found: dict[str, Contact] = {}
    for start in range(0, len(addresses), 500):
        statement = (
            select(col(ContactPoint.address_norm), Contact)
            .join(Contact, col(Contact.id) == col(ContactPoint.contact_id))
            .where(
                visible_to(actor, ContactPoint),
                col(ContactPoint.channel) == channel,
                col(ContactPoint.address_norm).in_(addresses[start : start + 500]),
            )
        )
        found |= dict(session.exec(statement).all())
    return found


def by_names(session: Session, actor: Actor, names: Sequence[str]) -> Sequence[Contact]:
    """The contacts of the company that are called so, the oldest first."""
    found: list[Contact] = []
    for start in range(0, len(names), 500):
        statement = select(Contact).where(
            visible_to(actor, Contact), col(Contact.name).in_(names[start : start + 500])
        )
        found += session.exec(statement.order_by(col(Contact.id)))
    return found


def links(
    session: Session, actor: Actor, contact_ids: Sequence[int]
) -> Sequence[tuple[int, Account]]:
    """(contact id, account) of the accounts that some contacts are linked to."""
    statement = (
        select(col(AccountContact.contact_id), Account)
        .join(Account, col(Account.id) == col(AccountContact.account_id))
        .where(visible_to(actor, AccountContact), col(AccountContact.contact_id).in_(contact_ids))
        .order_by(col(Account.name), col(Account.id))
    )
    return [(contact_id, account) for contact_id, account in session.exec(statement)]


def links_of(session: Session, actor: Actor, account_ids: Sequence[int]) -> set[tuple[int, int]]:
    """Every (account id, contact id) of some accounts, however many."""
    found: set[tuple[int, int]] = set()
    for start in range(0, len(account_ids), 500):
        statement = sa.select(col(AccountContact.account_id), col(AccountContact.contact_id)).where(
            visible_to(actor, AccountContact),
            col(AccountContact.account_id).in_(account_ids[start : start + 500]),
        )
        found |= {(row[0], row[1]) for row in session.execute(statement)}
    return found


def link(session: Session, actor: Actor, account_id: int, contact_id: int) -> AccountContact | None:
    statement = select(AccountContact).where(
        visible_to(actor, AccountContact),
        col(AccountContact.account_id) == account_id,
        col(AccountContact.contact_id) == contact_id,
    )
    return session.exec(statement).first()


def of_account(session: Session, actor: Actor, account_id: int) -> Sequence[Contact]:
    """The contacts of an account, by name."""
    statement = (
        select(Contact)
        .join(AccountContact, col(AccountContact.contact_id) == col(Contact.id))
        .where(visible_to(actor, Contact), col(AccountContact.account_id) == account_id)
        .order_by(col(Contact.name), col(Contact.id))
    )
    return session.exec(statement).all()


def page(
    session: Session,
    actor: Actor,
    *,
    text: str,
    after: tuple[str, int] | None,
    before: tuple[str, int] | None,
    limit: int,
) -> Sequence[Contact]:
    """Up to `limit` contacts by name, after or before a place (name, id)."""
    place = sa.tuple_(col(Contact.name), col(Contact.id))
    statement = select(Contact).where(*_where(session, actor, text))
    if before is not None:
        statement = statement.where(place < _place(before))
        order: tuple[Any, ...] = (col(Contact.name).desc(), col(Contact.id).desc())
        return session.exec(statement.order_by(*order).limit(limit)).all()[::-1]
    if after is not None:
        statement = statement.where(place > _place(after))
    return session.exec(statement.order_by(col(Contact.name), col(Contact.id)).limit(limit)).all()


def count(session: Session, actor: Actor, text: str, cap: int) -> int:
    some = (
        select(sa.literal(1)).select_from(Contact).where(*_where(session, actor, text)).limit(cap)
    )
    return session.exec(select(sa.func.count()).select_from(some.subquery())).one()


def _place(place: tuple[str, int]) -> Any:
    return sa.tuple_(sa.literal(place[0]), sa.literal(place[1]))


def _where(session: Session, actor: Actor, text: str) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = [visible_to(actor, Contact)]
    if not text:
        return found
    return [*found, search.of_text(session, actor, SearchKind.CONTACT, text).term.filled()]
