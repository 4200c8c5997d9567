"""The demo's cast as data (demo_cast.toml): companies, staff, customers. All of it is invented."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from stdnum.co import nit

PASSWORD = "clientportal demo"
"""Of everybody in the cast. The command refuses to run in production without DEMO."""

PAPER = "papelera-del-valle"
METAL = "metales-del-caribe"
STAFF, PORTAL = "staff", "portal"


@dataclass(frozen=True, slots=True)
class Person:
    """One entry of the start page: test id `cast-{key}`. `face` is staff or portal."""

    key: str
    name: str
    email: str
    face: str
    role: str
    company: str


@dataclass(frozen=True, slots=True)
class DemoCompany:
    """An issuer. `goods`: description, price before tax in whole units, most pieces on a line."""

    slug: str
    name: str
    tax_id: str
    accent: str
    currencies: tuple[str, ...]
    reply_email: str
    partial: bool
    prefix: str
    goods: tuple[tuple[str, int, int], ...]
    exports: tuple[tuple[str, int, int], ...]
    staff: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class DemoContact:
    """A person of a customer; with `key` one of the cast, `invited` if they never signed in."""

    name: str
    position: str
    email: str
    phone: str = ""
    key: str = ""
    invited: bool = False
    language: str = ""


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """A client of one company and its rhythm: invoices per year, days to pay, habit.

    `habit`: days after the due date on which invoices get paid; None stopped paying 120 days ago.
    """

    company: str
    code: str
    name: str
    tax_id: str
    city: str
    per_year: int
    terms: int
    contacts: tuple[DemoContact, ...]
    habit: int | None = None
    tags: tuple[str, ...] = ()
    country: str = "CO"
    currency: str = "COP"
    kind: str = "customer"
    tax_id_kind: str = ""
    street: str = ""


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


@cache
def companies() -> tuple[DemoCompany, ...]:
    """The issuers."""
    return tuple(_company(dict(entry)) for entry in _data()["company"])


@cache
def customers(slug: str) -> tuple[DemoCustomer, ...]:
    """The clients of one company."""
    entries = (dict(entry) for entry in _data()["customer"] if entry["company"] == slug)
    return tuple(_customer(entry) for entry in entries)


@cache
def people() -> tuple[Person, ...]:
    """Everybody who can enter with one click, staff first; each once."""
    found = {person.key: person for company in companies() for person in company.staff}
    for company in companies():
        for customer in customers(company.slug):
            for contact in customer.contacts:
                if contact.key and contact.key not in found:
                    found[contact.key] = Person(
                        contact.key, contact.name, contact.email, PORTAL, "customer", company.slug
                    )
    return tuple(found.values())


def person(key: str) -> Person | None:
    """The one with this key; None for any other text."""
    return next((person for person in people() if person.key == key), None)


def first_day(today: date) -> date:
    """Where the demo's year begins."""
    return today.replace(year=today.year - 1, day=min(today.day, 28))


def _tax_id(entry: dict[str, Any]) -> str:
    """The identification of an entry; a `number` becomes a NIT with its check digit."""
    if "number" not in entry:
        return str(entry["tax_id"])
    base = f"{999_100_000 + entry.pop('number'):09d}"
    return nit.format(base + nit.calc_check_digit(base))


def _company(entry: dict[str, Any]) -> DemoCompany:
    slug = entry["slug"]
    staff = tuple(Person(face=STAFF, company=slug, **person) for person in entry.pop("staff"))
    goods = tuple((name, price, most) for name, price, most in entry.pop("goods"))
    exports = tuple((name, price, most) for name, price, most in entry.pop("exports", ()))
    currencies = tuple(entry.pop("currencies"))
    tax_id = _tax_id(entry)
    return DemoCompany(
        tax_id=tax_id, currencies=currencies, goods=goods, exports=exports, staff=staff, **entry
    )


def _customer(entry: dict[str, Any]) -> DemoCustomer:
    contacts = tuple(DemoContact(**contact) for contact in entry.pop("contacts"))
    tags = tuple(entry.pop("tags", ()))
    entry["tax_id"] = _tax_id(entry)
    return DemoCustomer(contacts=contacts, tags=tags, **entry)
