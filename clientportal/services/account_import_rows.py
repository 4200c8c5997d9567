"""Writing the good lines of an accounts file: the accounts, then their people."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlmodel import Session

from clientportal.domain.actors import Member, System
from clientportal.services import company_fields, contacts, document_text, segments, spaces
from clientportal.services.accounts import AccountFields
from clientportal.services.contacts import ContactFields
from clientportal.storage import accounts as accounts_storage
from clientportal.storage import contacts as contacts_storage
from clientportal.storage.models import Account, AccountContact, Channel, Contact, ContactPoint


@dataclass(slots=True)
class Plan:
    """One good line, checked. `wanted` is a row that is never stored when one is there."""

    line: int
    wanted: Account
    stored: Account | None
    changes: tuple[str, ...]
    person: ContactFields | None
    points: list[tuple[Channel, str, str]]

    @property
    def action(self) -> str:
        return "new" if self.stored is None else "changed" if self.changes else "same"


def store_accounts(
    session: Session, staff: Member | System, plans: Sequence[Plan], now: datetime
) -> list[int]:
    """Write new and changed accounts; afterwards every plan knows its stored row. Their ids."""
    touched: list[Account] = []
    moved: list[int] = []
    renamed: list[int] = []
    for plan in plans:
        if plan.stored is None:
            session.add(plan.wanted)
            touched.append(plan.wanted)
            plan.stored = plan.wanted
        elif plan.changes:
            if {"country", "tax_id"} & set(plan.changes):
                moved.append(plan.stored.id or 0)
            if {"name", "tax_id"} & set(plan.changes):
                renamed.append(plan.stored.id or 0)
            _copy(plan.wanted, plan.stored, now)
            session.add(plan.stored)
            touched.append(plan.stored)
    session.flush()
    accounts_storage.index(session, touched)
    for account_id in renamed:
        document_text.rewrite(session, staff, account_id=account_id)
    for account_id in moved:
        spaces.refresh_account(session, account_id, now=now)
    return [row.id or 0 for row in touched]


def _copy(source: Account, target: Account, now: datetime) -> None:
    names = [f.name for f in fields(AccountFields)] + ["tax_id_norm", "norm"]
    for name in names:
        setattr(target, name, getattr(source, name))
    target.version += 1
    target.updated_at = now


def store_contacts(
    session: Session, staff: Member | System, plans: Sequence[Plan], now: datetime
) -> None:
    """Link each line's person: who holds the e-mail or telephone already, else a new one."""
    holders = _holders(session, staff, plans)
    linked = contacts_storage.links_of(
        session, staff, [plan.stored.id or 0 for plan in plans if plan.person and plan.stored]
    )
    touched: dict[int, Contact] = {}
    for plan in plans:
        if plan.person is None or plan.stored is None:
            continue
        person = next((holders[p[0], p[2]] for p in plan.points if (p[0], p[2]) in holders), None)
        if person is None:
            if not plan.points and _has_person(session, staff, plan):
                continue
            person = _new_person(session, staff, plan.person, now)
        _give_points(session, person, plan, holders, touched)
        pair = (plan.stored.id or 0, person.id or 0)
        if pair not in linked:
            linked.add(pair)
            session.add(
                AccountContact(company_id=staff.company_id, account_id=pair[0], contact_id=pair[1])
            )
    session.flush()
    contacts.index(session, staff, list(touched.values()))
    others = contacts_storage.links(session, staff, list(touched)) if touched else ()
    ids = {plan.stored.id or 0 for plan in plans if plan.person and plan.stored}
    segments.recompute(session, staff, sorted(ids | {row.id or 0 for _, row in others}))


def _has_person(session: Session, staff: Member | System, plan: Plan) -> bool:
    """Whether a person of that name is linked already, who has no address to be known by."""
    assert plan.stored is not None
    assert plan.person is not None
    of_account = contacts_storage.of_account(session, staff, plan.stored.id or 0)
    return any(contact.name == plan.person.name for contact in of_account)


def _new_person(
    session: Session, staff: Member | System, person: ContactFields, now: datetime
) -> Contact:
    row = Contact(
        company_id=staff.company_id,
        name=company_fields.text(person.name, "name", longest=200),
        language=person.language,
        created_at=now,
        updated_at=now,
    )
    return contacts_storage.add(session, row)


def _give_points(
    session: Session,
    person: Contact,
    plan: Plan,
    holders: dict[tuple[Channel, str], Contact],
    touched: dict[int, Contact],
) -> None:
    assert person.id is not None
    for channel, written, norm in plan.points:
        if (channel, norm) in holders:
            continue  # a number may be shared: it stays with who had it first
        holders[channel, norm] = person
        session.add(
            ContactPoint(
                company_id=person.company_id,
                contact_id=person.id,
                channel=channel,
                address=written,
                address_norm=norm,
            )
        )
        touched[person.id] = person
    if not person.norm:
        touched[person.id] = person


def _holders(
    session: Session, staff: Member | System, plans: Sequence[Plan]
) -> dict[tuple[Channel, str], Contact]:
    found: dict[tuple[Channel, str], Contact] = {}
    for channel in (Channel.EMAIL, Channel.PHONE):
        wanted = [norm for plan in plans for kind, _, norm in plan.points if kind is channel]
        held = contacts_storage.holders(session, staff, channel, wanted)
        found |= {(channel, norm): contact for norm, contact in held.items()}
    return found
