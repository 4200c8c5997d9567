"""A small company with accounts, staff and customers, for tests of documents and money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlmodel import Session

from clientportal.domain.actors import Customer, Member, Role, System
from clientportal.domain.documents import Kind
from clientportal.services import drafts
from clientportal.services.drafts import DraftInput, LineInput
from clientportal.storage import accounts as account_storage
from clientportal.storage import documents, series
from clientportal.storage.models import (
    Access,
    Account,
    Company,
    CompanyMember,
    Contact,
    Document,
    Space,
    SpaceAccount,
    User,
)

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)


@dataclass(frozen=True, slots=True)
class World:
    """One company with three accounts, its staff, and a customer with access to the first two."""

    company_id: int
    slug: str
    accounts: tuple[int, int, int]
    owner: Member
    agent: Member
    viewer: Member
    customer: Customer
    stranger: Customer
    system: System


def make_world(
    session: Session, slug: str = "molino", currencies: Sequence[str] = ("COP", "USD")
) -> World:
    company = Company(
        slug=slug,
        name=slug.title(),
        created_at=NOW,
        currencies=list(currencies),
        reply_email=f"cartera@{slug}.example",
        time_zone="America/Bogota",
    )
    session.add(company)
    session.flush()
    company_id = documents.identity(company)
    series.ensure(session, company_id)
    accounts = [_account(session, company_id, code, name) for code, name in _ACCOUNTS]
    ids = (accounts[0], accounts[1], accounts[2])
    customer = _customer(session, company_id, f"luz@{slug}.example", ids[:2])
    stranger = _customer(session, company_id, f"otra@{slug}.example", ids[2:])
    return World(
        company_id=company_id,
        slug=slug,
        accounts=ids,
        owner=_member(session, company_id, slug, Role.OWNER),
        agent=_member(session, company_id, slug, Role.AGENT),
        viewer=_member(session, company_id, slug, Role.VIEWER),
        customer=customer,
        stranger=stranger,
        system=System(company_id),
    )


key = documents.identity
"""The id of a stored row."""


_ACCOUNTS = (("A1", "Papelera del Valle"), ("A2", "Núñez Hermanos"), ("A3", "Tercero SAS"))


def _account(session: Session, company_id: int, code: str, name: str) -> int:
    row = Account(
        company_id=company_id,
        code=code,
        name=name,
        norm=name.lower(),
        created_at=NOW,
        updated_at=NOW,
    )
    session.add(row)
    session.flush()
    account_storage.index(session, [row])
    return documents.identity(row)


def _member(session: Session, company_id: int, slug: str, role: Role) -> Member:
    user = User(email=f"{role}@{slug}.example", name=role.title(), created_at=NOW)
    session.add(user)
    session.flush()
    row = CompanyMember(
        company_id=company_id, user_id=documents.identity(user), role=role, created_at=NOW
    )
    session.add(row)
    session.flush()
    return Member(documents.identity(user), documents.identity(row), company_id, role, user.name)


def _customer(session: Session, company_id: int, email: str, accounts: Sequence[int]) -> Customer:
    user = User(email=email, name=email.split("@")[0].title(), created_at=NOW)
    contact = Contact(company_id=company_id, name=user.name, created_at=NOW, updated_at=NOW)
    session.add_all([user, contact])
    session.flush()
    user_id = documents.identity(user)
    space = Space(user_id=user_id, key=f"s{user_id}", created_at=NOW)
    session.add(space)
    session.flush()
    for account in accounts:
        give_access(session, company_id, user_id, account, documents.identity(contact), email)
        session.add(
            SpaceAccount(user_id=user_id, space_id=documents.identity(space), account_id=account)
        )
    session.flush()
    return Customer(user_id, email, user.name, space.id)


def give_access(
    session: Session, company_id: int, user_id: int, account: int, contact: int, email: str
) -> None:
    """An accepted access with login on."""
    session.add(
        Access(
            company_id=company_id,
            account_id=account,
            contact_id=contact,
            email=email,
            login=True,
            user_id=user_id,
            accepted_at=NOW,
        )
    )


def draft_of(
    account_id: int,
    total: str = "100",
    *,
    kind: Kind = Kind.INVOICE,
    currency: str = "USD",
    issued_on: date = date(2026, 2, 1),
    due_on: date | None = date(2026, 2, 20),
    concept: str = "Papel",
    corrects_id: int | None = None,
) -> DraftInput:
    """One line without tax; `total` in whole units of the currency."""
    line = LineInput("Papel bond", Decimal(1), Decimal(total))
    return DraftInput(
        account_id, kind, currency, issued_on, due_on, (line,), concept, corrects_id=corrects_id
    )


def issued(session: Session, world: World, draft: DraftInput, now: datetime = NOW) -> Document:
    """A document made by hand and issued by an agent."""
    row = drafts.create(session, world.agent, draft=draft, now=now)
    return drafts.issue(session, world.agent, document_id=documents.identity(row), now=now)


def invoice(session: Session, world: World, total: str = "100", **more: object) -> int:
    """Id of an issued invoice of the first account."""
    account = more.pop("account_id", world.accounts[0])
    row = issued(session, world, draft_of(account, total, **more))  # type: ignore[arg-type]
    return documents.identity(row)
