"""Lists as files over HTTP: the rows of the list with the same filters and order, both faces."""

import csv
import io
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote

import httpx
import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.testclient import TestClient

from clientportal.domain.account_filters import AccountFilters
from clientportal.domain.actors import Actor
from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.documents import Kind
from clientportal.limits import Limiter
from clientportal.services import (
    account_views,
    contact_views,
    disputes,
    document_lists,
    drafts,
    identity,
    imports,
    manual_payments,
    spaces,
)
from clientportal.storage.models import Account
from clientportal.storage.session import unit_of_work
from clientportal.web import exports, forms, pages
from tests.support.ledger import NOW, TODAY, World, draft_of, invoice, issued, make_world

DOCUMENTS = (
    "",
    "state=overdue",
    "state=open&sort=due_on",
    "state=open&currency=USD&sort=-balance",
    "state=paid",
    "state=disputed",
    "state=credit",
    "kind=credit_note,debit_note&sort=number",
    "kind=invoice&kind=debit_note&currency=COP",
    "issued_from={before}&issued_to={today}",
    "due_from={today}",
    "due_to={before}&sort=-total",
    "q=resma",
    "q=FE-2",
    "account={account}",
    "account={account}&state=open&currency=USD",
    "account=nonsense&state=<b>&sort=;drop&issued_from=32/13/2020",
)
STAFF_ONLY = ("state=draft", "state=void", "q=núñez", "account={foreign}")
PORTAL_ONLY = ("company=molino", "company=ajena", "company=molino,ajena&state=overdue")
ACCOUNTS = (
    "",
    "q=papelera",
    "q=HERMANOS",
    "kind=supplier",
    "country=US",
    "tag=vip",
    "login=on",
    "login=none",
    "overdue=1",
    "overdue=1&sort=balance&currency=USD",
    "sort=code",
    "sort=newest&kind=customer",
    "kind=nonsense&sort=;",
)
CONTACTS = ("", "q=luz", "q=PAGOS@uno", "q=nobody")
PEOPLE = (
    "nombre;cargo;correo;correo 2;whatsapp;telefono;idioma;clientes\n"
    "Luz Marín;Tesorera;luz@uno.example;pagos@uno.example;300 000 0101;;es;A1\n"
    "Ann;;ann@two.example;;;;;A2\n"
)


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms, "moment", lambda: NOW)
    monkeypatch.setattr(exports, "_exports", Limiter(1_000, 1_000))


@pytest.fixture
def site(database: sa.Engine) -> TestClient:
    assert database is not None
    return TestClient(
        Starlette(routes=exports.routes(), exception_handlers=pages.EXCEPTION_HANDLERS)
    )


@pytest.fixture
def world(database: sa.Engine) -> World:
    """A company whose documents are in every state, and a stranger's with the same words."""
    with unit_of_work(bind=database) as session:
        made, other = make_world(session), make_world(session, "ajena")
        for world in (made, other):
            _fill(session, world)
        first, second, _ = (session.get_one(Account, key) for key in made.accounts)
        first.tags, first.country = ["vip"], "CO"
        second.country = "US"
        content = PEOPLE.encode()
        imports.run(session, made.agent, kind="contacts", content=content, now=NOW)
        return made


def _fill(session: Session, world: World) -> None:
    early, late = TODAY - timedelta(days=60), TODAY - timedelta(days=20)
    for n, account in enumerate((*world.accounts, *world.accounts)):
        invoice(
            session,
            world,
            str(10 + n),
            account_id=account,
            issued_on=early,
            due_on=TODAY + timedelta(days=9) if n % 2 else late,
            currency=("USD", "COP")[n % 3 == 0],
        )
    days: dict[str, Any] = {"issued_on": TODAY, "due_on": TODAY}
    first = world.accounts[0]
    paid = invoice(session, world, "5", concept="Resma", **days)
    disputed = invoice(session, world, "6", concept="Resma de papel", **days)
    void = invoice(session, world, "7", **days)
    issued(session, world, draft_of(first, "8", kind=Kind.DEBIT_NOTE, **days))
    issued(session, world, draft_of(first, "2", kind=Kind.CREDIT_NOTE, **days))
    drafts.create(session, world.agent, draft=draft_of(first, "9"), now=NOW)
    drafts.void(session, world.owner, document_id=void, reason="x", now=NOW)
    disputes.open_dispute(session, world.agent, document_id=disputed, reason="x", now=NOW)
    manual_payments.record(
        session,
        world.agent,
        account_id=first,
        currency="USD",
        amount_minor=500,
        lines=[(paid, 500)],
        method="cash",
        received_on=TODAY,
        client_key=f"key-{world.slug}-1",
        now=NOW,
    )


def enter(site: TestClient, email: str) -> None:
    with unit_of_work() as session:
        signed = identity.sign_in_as(session, email=email, now=NOW)
        assert signed is not None
        site.cookies.set("session", signed.token)
        site.cookies.set("lang", "en")


def asked(query: str, world: World, foreign: int = 0) -> str:
    days = {"today": TODAY, "before": TODAY - timedelta(days=10)}
    return query.format(account=world.accounts[0], foreign=foreign, **days)


def rows_of(answer: httpx.Response) -> list[dict[str, str]]:
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")
    assert answer.headers["content-disposition"].startswith("attachment")
    text = io.StringIO(answer.content.decode("utf-8-sig"), newline="")
    return list(csv.DictReader(text))


def listed(actor: Actor, query: Mapping[str, list[str]]) -> list[tuple[str, str, str]]:
    """Number, currency and balance of every row of the list, page after page as people turn it."""
    found, cursor = [], ""
    with unit_of_work(read_only=True) as session:
        while True:
            page = document_lists.list_documents(
                session,
                actor,
                filters=DocumentFilters.parse(query),
                sort=Sort.parse((query.get("sort") or [""])[0]),
                cursor=cursor,
                now=NOW,
                limit=3,
            )
            found += [(row.number, row.currency, row.balance_minor) for row in page.rows]
            cursor = page.next_cursor
            if not cursor:
                assert page.count == len(found)
                return [(number, code, f"{minor / 100:.2f}") for number, code, minor in found]


def same(rows: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    return [(row["Number"], row["Currency"], row["Balance"]) for row in rows]


def test_documents_of_staff_are_the_rows_of_their_list(site: TestClient, world: World) -> None:
    enter(site, "viewer@molino.example")
    counts = {}
    for query in (*DOCUMENTS, *STAFF_ONLY):
        wanted = asked(query, world, foreign=world.accounts[2] + 1)
        rows = rows_of(site.get(f"/files/exports/staff/molino/documents.csv?{quoted(wanted)}"))
        assert same(rows) == listed(world.viewer, parse_qs(wanted)), query
        counts[query] = len(rows)
    empty = {query for query, count in counts.items() if not count}
    assert empty == {"account={foreign}"}
    assert sum(1 for count in counts.values() if count == counts[""]) == 2  # that, and nonsense


def test_documents_of_a_customer_are_the_rows_of_their_list(site: TestClient, world: World) -> None:
    enter(site, "luz@molino.example")
    with unit_of_work(read_only=True) as session:
        [space] = spaces.spaces_of(session, world.customer.user_id)
    empty = set()
    for query in (*DOCUMENTS, *PORTAL_ONLY, *STAFF_ONLY):
        wanted = asked(query, world, foreign=world.accounts[2])
        path = f"/files/exports/portal/{space.key}/documents.csv?{quoted(wanted)}"
        rows = rows_of(site.get(path))
        assert same(rows) == listed(world.customer, parse_qs(wanted)), query
        assert {row["Company"] for row in rows} <= {"Molino"}
        if not rows:
            empty.add(query)
    assert empty == {"company=ajena", "state=draft", "account={foreign}"}


def test_accounts_are_the_rows_of_their_list(site: TestClient, world: World) -> None:
    enter(site, "viewer@molino.example")
    for query in ACCOUNTS:
        rows = rows_of(site.get(f"/files/exports/staff/molino/accounts.csv?{quoted(query)}"))
        with unit_of_work(read_only=True) as session:
            page = account_views.listing(
                session,
                world.viewer,
                filters=AccountFilters.parse(parse_qs(query)),
                today=TODAY,
            )
        assert page.next is None
        assert [row["Customer code"] for row in rows] == [row.code for row in page.rows], query
        assert bool(rows) == (query not in {"kind=supplier", "login=none"}), query
        for row, shown in zip(rows, page.rows, strict=True):
            owed = {b.currency: f"{b.owed_minor / 100:.2f}" for b in shown.balances}
            assert {c: row[f"Owed {c}"] for c in owed} == owed


def test_contacts_are_the_rows_of_their_list(site: TestClient, world: World) -> None:
    enter(site, "viewer@molino.example")
    for query in CONTACTS:
        rows = rows_of(site.get(f"/files/exports/staff/molino/contacts.csv?{quoted(query)}"))
        with unit_of_work(read_only=True) as session:
            text = (parse_qs(query).get("q") or [""])[0]
            page = contact_views.listing(session, world.viewer, text=text)
        assert [row["Name"] for row in rows] == [row.name for row in page.rows], query
        assert bool(rows) == (query != "q=nobody")


def test_the_sheet_has_the_rows_of_the_csv(site: TestClient, world: World) -> None:
    enter(site, "viewer@molino.example")
    for what, query in (
        ("documents", "state=open&currency=USD"),
        ("accounts", "overdue=1"),
        ("contacts", "q=luz"),
        ("templates", "archived=1"),
        ("interactions", "channel=email"),
    ):
        address = f"/files/exports/staff/{world.slug}/{what}"
        flat = rows_of(site.get(f"{address}.csv?{query}"))
        answer = site.get(f"{address}.xlsx?{query}")
        assert answer.headers["content-type"].endswith("spreadsheetml.sheet")
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0)
        head, *rows = sheet.to_python()
        names = [
            head.index(name)
            for name in ("Number", "Customer code", "Name", "Address")
            if name in head
        ]
        title = str(head[names[0]])
        assert [row[names[0]] for row in rows] == [row[title] for row in flat]


def test_other_kinds_of_files_and_too_many_are_refused(
    site: TestClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(site, f"viewer@{world.slug}.example")
    for extension in ("pdf", "xls", "", "csv.exe"):
        path = f"/files/exports/staff/{world.slug}/documents.{extension}"
        assert site.get(path).status_code == 404
    monkeypatch.setattr(exports, "_exports", Limiter(0.0001, 1))
    statuses = [
        site.get(f"/files/exports/staff/{world.slug}/documents.csv").status_code for _ in range(2)
    ]
    assert statuses == [200, 429]


def quoted(query: str) -> str:
    return quote(query, safe="=&,")
