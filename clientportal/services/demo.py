"""The demo: two companies, their people and a year that tells a story. Twice is once."""

from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any

from sqlmodel import Session

from clientportal.domain.actors import Customer, Member, Role, System
from clientportal.domain.documents import Kind
from clientportal.services import (
    access,
    accounts,
    companies,
    contacts,
    demo_cast,
    demo_templates,
    members,
    number_series,
    passwords,
    spaces,
)
from clientportal.services.accounts import AccountFields
from clientportal.services.companies import NewCompany
from clientportal.services.contacts import ContactFields, NewPoint
from clientportal.services.demo_cast import PAPER, PASSWORD, DemoCompany, DemoContact
from clientportal.services.demo_scenes import Scenes
from clientportal.services.demo_story import Clock, Shop
from clientportal.storage import accounts as accounts_storage
from clientportal.storage import companies as companies_storage
from clientportal.storage import document_text as documents_storage
from clientportal.storage import identity as identities
from clientportal.storage.models import User

SEED = 20_261_121


@dataclass(slots=True)
class Stage:
    """What the story knows while it is told."""

    session: Session
    today: date
    password_hash: str
    shops: dict[str, Shop] = field(default_factory=dict)
    accounts: dict[tuple[str, str], int] = field(default_factory=dict)
    people: dict[str, Customer] = field(default_factory=dict)


def is_there(session: Session) -> bool:
    """Whether the demo was created in this database."""
    return companies_storage.id_of_slug(session, PAPER) is not None


def create(session: Session, *, today: date, now: datetime) -> bool:
    """Create the demo in the caller's unit of work; False when it is there already.

    The same `today` gives the same companies, people and documents. `now`: nothing is dated later.
    """
    if is_there(session):
        return False
    stage = Stage(session, today, passwords.hash_password(PASSWORD))
    since = demo_cast.first_day(today)
    for company in demo_cast.companies():
        _open_shop(stage, company, since, now)
        _welcome_customers(stage, company, since)
    demo_templates.keep(stage.shops[PAPER], since)
    Scenes(stage.shops, stage.accounts, stage.people, today).plan()
    for shop in stage.shops.values():
        shop.tell()
    return True


def _open_shop(stage: Stage, company: DemoCompany, since: date, now: datetime) -> None:
    clock = Clock(now)
    opened = clock.at(since)
    company_id = companies.add(
        stage.session,
        company=NewCompany(
            slug=company.slug,
            name=company.name,
            tax_id=company.tax_id,
            currencies=list(company.currencies),
            time_zone="America/Bogota",
            accent=company.accent,
            reply_email=company.reply_email,
            is_test=True,
            allow_partial_payment=company.partial,
        ),
        now=opened,
    )
    number_series.update(
        stage.session,
        System(company_id, "demo"),
        kind=Kind.INVOICE,
        prefix=company.prefix,
        next_number=20_412,
        padding=0,
        now=opened,
    )
    staff = {
        person.role: _member(
            stage, company_id, person.name, person.email, Role(person.role), opened
        )
        for person in company.staff
    }
    stage.shops[company.slug] = Shop(
        session=stage.session,
        company=company,
        agent=staff[Role.AGENT],
        admin=staff[Role.ADMIN],
        clock=clock,
        today=stage.today,
        chance=Random(f"{SEED} {company.slug}"),
    )


def _member(
    stage: Stage, company_id: int, name: str, email: str, role: Role, now: datetime
) -> Member:
    _user(stage, name, email, "es", now)
    user_id = members.add(
        stage.session,
        System(company_id, "demo"),
        name=name,
        email=email,
        role=role,
        password=None,
        now=now,
    )
    found = companies_storage.member(stage.session, System(company_id), user_id)
    assert found is not None
    return Member(user_id, found.id or 0, company_id, role, name)


def _user(stage: Stage, name: str, email: str, language: str, now: datetime) -> User:
    """The person's identity with the demo's password, hashed once for all of them."""
    user = identities.user_by_email(stage.session, email)
    user = user or User(email=email, name=name, language=language, created_at=now)
    user.password_hash = stage.password_hash
    stage.session.add(user)
    stage.session.flush()
    return user


def _welcome_customers(stage: Stage, company: DemoCompany, since: date) -> None:
    shop = stage.shops[company.slug]
    known: dict[str, int] = {}
    for customer in demo_cast.customers(company.slug):
        now = shop.clock.at(since)
        account_id = accounts.create(
            stage.session,
            shop.agent,
            fields=AccountFields(
                name=customer.name,
                code=customer.code,
                kind=customer.kind,
                country=customer.country,
                tax_id_kind=customer.tax_id_kind,
                tax_id=customer.tax_id,
                street=customer.street,
                city=customer.city,
                tags=customer.tags,
            ),
            now=now,
        )
        stage.accounts[company.slug, customer.code] = account_id
        for contact in customer.contacts:
            _introduce(stage, shop, account_id, contact, known, now)
        shop.year_of(customer, account_id, since)


def _introduce(
    stage: Stage,
    shop: Shop,
    account_id: int,
    contact: DemoContact,
    known: dict[str, int],
    now: datetime,
) -> None:
    """A contact of an account; whoever is known already is linked, not made twice."""
    if contact.email in known:
        contact_id = known[contact.email]
        contacts.link(
            stage.session, shop.agent, contact_id=contact_id, account_id=account_id, now=now
        )
    else:
        points = [NewPoint("email", contact.email)]
        if contact.phone:
            points.append(NewPoint("whatsapp", contact.phone, "Principal"))
        known[contact.email] = contact_id = contacts.create(
            stage.session,
            shop.agent,
            fields=ContactFields(contact.name, contact.position, contact.language),
            points=points,
            account_ids=[account_id],
            now=now,
        )
    if contact.key or contact.invited:
        _let_in(stage, shop, account_id, contact_id, contact, now)


def _let_in(
    stage: Stage,
    shop: Shop,
    account_id: int,
    contact_id: int,
    contact: DemoContact,
    now: datetime,
) -> None:
    access.set_login(
        stage.session,
        shop.admin,
        account_id=account_id,
        contact_id=contact_id,
        email=contact.email,
        on=True,
        now=now,
    )
    if contact.invited:
        return
    user = _user(stage, contact.name, contact.email, contact.language or "es", now)
    assert user.id is not None
    for row in identities.logins(stage.session, contact.email):
        row.user_id, row.accepted_at = user.id, row.accepted_at or now
        stage.session.add(row)
    stage.session.flush()
    spaces.refresh(stage.session, user.id, now=now)
    stage.people[contact.key] = Customer(user.id, contact.email, contact.name)


def describe(session: Session) -> dict[str, Any]:
    """What `demo --json` prints: companies, people and one document per kind of the first customer.

    Raises AssertionError when the demo is not there.
    """
    found = {
        company.slug: companies_storage.id_of_slug(session, company.slug)
        for company in demo_cast.companies()
    }
    return {
        "password": PASSWORD,
        "companies": [
            {"slug": company.slug, "name": company.name, "id": found[company.slug]}
            for company in demo_cast.companies()
        ],
        "people": [_described(session, person) for person in demo_cast.people()],
        "documents": _one_per_kind(session, System(found[PAPER] or 0)),
    }


def _described(session: Session, person: demo_cast.Person) -> dict[str, Any]:
    user = identities.user_by_email(session, person.email)
    assert user is not None
    assert user.id is not None
    entry: dict[str, Any] = {
        "key": person.key,
        "name": person.name,
        "email": person.email,
        "face": person.face,
        "role": person.role,
        "company": person.company,
    }
    if person.face == demo_cast.PORTAL:
        entry["spaces"] = [
            {
                "key": view.key,
                "title": view.title,
                "companies": [company.slug for company in view.companies],
                "accounts": [account.id for account in view.accounts],
            }
            for view in spaces.spaces_of(session, user.id)
        ]
    return entry


def _one_per_kind(session: Session, actor: System) -> dict[str, int]:
    account = accounts_storage.by_codes(session, actor, ["C-1001"])["C-1001"]
    rows = documents_storage.of_account(session, actor, account.id or 0, 0, 1_000)
    return {row.kind.value: row.id or 0 for row in rows}
