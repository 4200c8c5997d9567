"""Documents in bulk for measurements: the product's own import fed with made-up rows.

What a file cannot say (drafts, void documents, payments under way) `bench_states` adds.
"""

import csv
import io
import random
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clientportal.domain.actors import Member, Role, System
from clientportal.services import (
    access,
    bench_states,
    companies,
    contacts,
    identity,
    imports,
    members,
)
from clientportal.services.companies import NewCompany
from clientportal.services.contacts import ContactFields, NewPoint
from clientportal.storage import accounts as account_storage
from clientportal.storage import identity as identity_storage

Units = Callable[[], AbstractContextManager[Session]]

SLUG = "bench"
ZONE = "America/Bogota"
CHUNK = 20_000
WORDS = [
    "papel",
    "cartón",
    "tinta",
    "sobres",
    "carpetas",
    "resmas",
    "grapas",
    "bolsas",
    "cajas",
    "etiquetas",
    "rollos",
    "cinta",
    "marcadores",
    "lápices",
    "cuadernos",
    "archivadores",
    "toner",
    "pliegos",
    "cartulina",
    "impresión",
]
"""Every concept begins with the first word; a row in 5,000 says `topacio`."""
RARE = "topacio"


@dataclass(frozen=True, slots=True)
class Share:
    """An account by its code and how many documents it has."""

    code: str
    documents: int


def shares(documents: int) -> tuple[Share, ...]:
    """Three scopes: an account of 20, one of 2 % and a company of 40 % (the rest in another)."""
    mid, big = max(20, documents // 50), documents * 2 // 5
    rest = big - mid - 20
    many = max(1, rest // 100)
    return (
        Share("small", 20),
        Share("mid", mid),
        *(Share(f"c{n}", rest // many + (n < rest % many)) for n in range(many)),
    )


def load(units: Units, *, documents: int, now: datetime) -> None:
    """Create companies `bench` (40 % of `documents`) and `bench-rest`, with people to sign in as.

    Does nothing when `bench` exists. A customer `small@bench.example` enters the account of 20,
    `mid@bench.example` that of 2 %; `owner@bench.example` is staff.
    """
    with units() as session:
        if identity_storage.company_by_slug(session, SLUG) is not None:
            return
    today = now.astimezone(ZoneInfo(ZONE)).date()  # a payment of tomorrow is none
    mine = shares(documents)
    _company(units, SLUG, mine, today, now)
    rest = documents - sum(share.documents for share in mine)
    others = max(1, rest // 200)
    _company(
        units,
        f"{SLUG}-rest",
        tuple(Share(f"r{n}", rest // others + (n < rest % others)) for n in range(others)),
        today,
        now,
    )
    for code in ("small", "mid"):
        _customer(units, code, now)


def _company(units: Units, slug: str, mine: tuple[Share, ...], today: date, now: datetime) -> None:
    new = NewCompany(slug=slug, name=slug.title(), currencies=["COP", "USD"], time_zone=ZONE)
    with units() as session:
        company_id = companies.add(session, company=new, now=now)
        members.add(
            session,
            System(company_id),
            name="Owner",
            email=f"owner@{slug}.example",
            role=Role.OWNER,
            password=secrets.token_urlsafe(24),
            now=now,
        )
    codes = [share.code for share in mine for _ in range(share.documents)]
    rng = random.Random(len(codes))
    rng.shuffle(codes)
    for start in range(0, len(codes), CHUNK):
        content = _rows(codes[start : start + CHUNK], start, today, rng)
        with units() as session:
            done = imports.run(
                session, System(company_id), kind="documents", content=content, now=now
            )
        if done.errors:
            raise RuntimeError(f"made-up documents were refused: {done.errors[0]}")
    bench_states.add(units, System(company_id), among=len(codes), today=today, now=now)


HEADER = (
    "type",
    "number",
    "customer",
    "invoice date",
    "due date",
    "currency",
    "total",
    "settled date",
    "paid",
    "disputed",
    "description",
)


def _rows(codes: list[str], start: int, today: date, rng: random.Random) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for index, code in enumerate(codes, start):
        writer.writerow(_row(code, index, today, rng))
    return out.getvalue().encode()


def _row(code: str, index: int, today: date, rng: random.Random) -> tuple[str, ...]:
    """Mostly invoices, the old ones mostly settled, as in a company that collects; of the others
    some are paid in part, some disputed. Credit notes and advances are still available."""
    kind = rng.choices(("invoice", "debit note", "credit note", "advance"), (91, 3, 4, 2))[0]
    issued = today - timedelta(days=rng.randrange(1, 1400))
    due = issued + timedelta(days=rng.choice((0, 15, 30, 30, 60, 90)))
    total = rng.randrange(10_000, 9_000_000)
    settled, paid, disputed = "", "", ""
    if kind in ("invoice", "debit note"):
        on = due + timedelta(days=rng.randrange(0, 20))
        if rng.random() < 0.85 and on <= today:
            settled = on.isoformat()
        else:
            paid = f"{total // 3 / 100:.2f}" if rng.random() < 0.15 else ""
            disputed = "Yes" if rng.random() < 0.06 else ""
    concept = [WORDS[0], *rng.sample(WORDS[1:], 3), *([RARE] if index % 5_000 == 7 else [])]
    return (
        kind,
        f"B-{index:07d}",
        code,
        issued.isoformat(),
        due.isoformat() if kind in ("invoice", "debit note") else "",
        "USD" if index % 7 == 0 else "COP",
        f"{total / 100:.2f}",
        settled,
        paid,
        disputed,
        " ".join(concept),
    )


def _customer(units: Units, code: str, now: datetime) -> None:
    email = f"{code}@{SLUG}.example"
    with units() as session:
        company = identity_storage.company_by_slug(session, SLUG)
        assert company is not None
        assert company.id is not None
        owner = identity_storage.user_by_email(session, f"owner@{SLUG}.example")
        assert owner is not None
        assert owner.id is not None
        place = identity_storage.member(session, owner.id, SLUG)
        assert place is not None
        assert place.id is not None
        staff = Member(owner.id, place.id, company.id, Role.OWNER, owner.name)
        account = account_storage.by_codes(session, staff, [code])[code]
        assert account.id is not None
        contact_id = contacts.create(
            session,
            staff,
            fields=ContactFields(name=code.title()),
            points=[NewPoint("email", email)],
            account_ids=[account.id],
            now=now,
        )
        access.set_login(
            session,
            staff,
            account_id=account.id,
            contact_id=contact_id,
            email=email,
            on=True,
            now=now,
        )
        identity.sign_in_as(session, email=email, now=now)
