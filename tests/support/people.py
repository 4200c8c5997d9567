"""Companies, members and clients for service tests, made by the real services."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from clientportal.domain.actors import Customer, Member, Role
from clientportal.services import access, accounts, companies, contacts, identity, members
from clientportal.services.accounts import AccountFields
from clientportal.services.companies import NewCompany
from clientportal.services.contacts import ContactFields, NewPoint
from clientportal.storage.models import Access, CompanyMember, User

PASSWORD = "grapa verde 4718"


@dataclass(frozen=True, slots=True)
class Staffed:
    """A company with one member of each role."""

    id: int
    slug: str
    owner: Member
    admin: Member
    agent: Member
    viewer: Member


def company(
    session: Session,
    slug: str,
    now: datetime,
    *,
    name: str = "",
    country: str = "CO",
    currencies: Sequence[str] = ("COP", "USD"),
) -> Staffed:
    """A company whose staff's passwords are nobody's business: they have none that works."""
    company_id = companies.add(
        session,
        company=NewCompany(
            slug=slug,
            name=name or slug.title(),
            country=country,
            currencies=list(currencies),
            time_zone="America/Bogota",
            reply_email=f"cartera@{slug}.example",
        ),
        now=now,
    )
    people = {role: member(session, company_id, slug, role, now) for role in Role}
    return Staffed(
        id=company_id,
        slug=slug,
        owner=people[Role.OWNER],
        admin=people[Role.ADMIN],
        agent=people[Role.AGENT],
        viewer=people[Role.VIEWER],
    )


def member(session: Session, company_id: int, slug: str, role: Role, now: datetime) -> Member:
    """A member stored without hashing a password, which takes a fifth of a second."""
    user = User(email=f"{role}@{slug}.example", name=role.title(), created_at=now)
    session.add(user)
    session.flush()
    row = CompanyMember(company_id=company_id, user_id=user.id or 0, role=role, created_at=now)
    session.add(row)
    session.flush()
    return Member(user.id or 0, row.id or 0, company_id, role, user.name)


def account(session: Session, staff: Member, now: datetime, **fields: object) -> int:
    """An account; `name` is filled when absent."""
    given = AccountFields(**({"name": "Ferretería El Tornillo"} | fields))  # type: ignore[arg-type]
    return accounts.create(session, staff, fields=given, now=now)


def contact(
    session: Session, staff: Member, account_ids: Sequence[int], email: str, now: datetime
) -> int:
    return contacts.create(
        session,
        staff,
        fields=ContactFields(name=email.partition("@")[0].title()),
        points=[NewPoint("email", email)],
        account_ids=account_ids,
        now=now,
    )


def customer(
    session: Session, staff: Member, account_id: int, contact_id: int, email: str, now: datetime
) -> Customer:
    """The person with portal access switched on and accepted, as the first code does."""
    access.set_login(
        session, staff, account_id=account_id, contact_id=contact_id, email=email, on=True, now=now
    )
    session.flush()
    signed_in = identity.sign_in_as(session, email=email, now=now)
    assert signed_in is not None
    row = session.exec(select(Access).where(col(Access.email) == email)).first()
    assert row is not None
    return Customer(signed_in.user_id, email, email.partition("@")[0].title())


__all__ = [
    "PASSWORD",
    "Staffed",
    "account",
    "company",
    "contact",
    "contacts",
    "customer",
    "identity",
    "member",
    "members",
]
