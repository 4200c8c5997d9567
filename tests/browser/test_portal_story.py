"""A customer finds out what they owe, pays it, asks about it and prints it, in a real browser."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import Session, select

from clientportal.domain.documents import Kind
from clientportal.services import accounts, identity
from clientportal.services.receipts import book_receipt
from clientportal.settings import settings
from clientportal.storage.models import Account, Company, SpaceAccount
from clientportal.storage.session import make_engine, unit_of_work
from tests.support import browser as browsers
from tests.support.browser import DESKTOP, PHONE, Person, person
from tests.support.ledger import World, draft_of, give_access, issued, key, make_world
from tests.support.server import Server, server
from tests.support.ubl import attached
from tests.support.ubl import invoice as ubl_invoice

pytestmark = [pytest.mark.server, pytest.mark.browser]
SPEC = pytest.mark.spec
NOW = datetime.now(UTC)
TODAY = NOW.astimezone(ZoneInfo("America/Bogota")).date()


@dataclass(frozen=True, slots=True)
class Site:
    """A server with one customer of two companies."""

    server: Server
    engine: sa.Engine
    world: World
    forja: World

    @property
    def base(self) -> str:
        return f"/portal/s{self.world.customer.user_id}"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with server() as found:
        engine = make_engine(found.database_url)
        with unit_of_work(bind=engine) as session:
            world, forja = make_world(session, "molino"), make_world(session, "forja")
            _also_customer_of(session, world, forja)
        yield Site(found, engine, world, forja)
        engine.dispose()


def _also_customer_of(session: Session, world: World, other: World) -> None:
    """The customer of the first company buys from the second one too, in the same space."""
    user = world.customer
    first = sa.text("SELECT min(id) FROM contact WHERE company_id = :c")
    contact_id = session.execute(first, {"c": other.company_id}).scalar_one()
    account_id = other.accounts[0]
    give_access(session, other.company_id, user.user_id, account_id, contact_id, user.email)
    assert user.space_id is not None
    session.add(
        SpaceAccount(
            user_id=user.user_id, space_id=user.space_id, account_id=account_id, pinned=True
        )
    )
    session.execute(
        sa.update(SpaceAccount).where(sa.text("user_id = :u")).values(pinned=True),
        {"u": user.user_id},
    )


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)  # the first load on a busy machine
    with browsers.chromium() as found:
        yield found
    expect.set_options(timeout=5_000)


def bill(
    site: Site, world: World, total: str, due: int, currency: str = "USD", concept: str = "Papel"
) -> tuple[int, str]:
    """(id, number) of an invoice that is due in so many days."""
    due_on = TODAY + timedelta(days=due)
    issued_on = min(TODAY, due_on) - timedelta(days=30)
    draft = draft_of(
        world.accounts[0],
        total,
        currency=currency,
        issued_on=issued_on,
        due_on=due_on,
        concept=concept,
    )
    with unit_of_work(bind=site.engine) as session:
        row = issued(session, world, draft, now=datetime.now(UTC))
        return key(row), row.number or ""


def row(page: Page, document_id: int) -> Locator:
    """The row of a document; numbers repeat between companies."""
    link = page.locator(f'a[href$="/documents/{document_id}"]')
    return page.get_by_test_id("documents-row").filter(has=link)


def token(site: Site, email: str) -> str:
    with unit_of_work(bind=site.engine) as session:
        signed = identity.sign_in_as(session, email=email, now=datetime.now(UTC))
        assert signed is not None
        return signed.token


def enter(site: Site, visitor: Person, email: str = "luz@molino.example") -> Page:
    """Sign the visitor in and give their page."""
    name = settings().session_cookie
    visitor.context.add_cookies(
        [{"name": name, "value": token(site, email), "url": site.server.url}]
    )
    return visitor.page


@SPEC(42, 44, 50, 58, 75, 76, 86)
def test_what_is_overdue_is_paid_from_the_phone_and_every_open_page_follows(
    site: Site, chromium: Browser
) -> None:
    late, number = bill(site, site.world, "120", -9)
    later, _ = bill(site, site.world, "80", -2)
    bill(site, site.world, "500", 30)
    with (
        person(chromium, site.server.url, size=PHONE) as phone,
        person(chromium, site.server.url) as desk,
    ):
        here, there = enter(site, phone), enter(site, desk)
        there.goto(f"{site.server.url}{site.base}/documents?state=overdue")
        expect(there.get_by_test_id("documents-row")).to_have_count(2)

        here.goto(site.server.url + site.base)
        expect(here.get_by_test_id("home-slip")).to_contain_text("200")
        here.get_by_test_id("home-pay").click()
        expect(here.get_by_test_id("pay-total")).to_contain_text("200")
        expect(here.get_by_test_id("pay-method-sandbox")).to_be_visible()
        here.get_by_test_id("pay-confirm").click()
        here.get_by_test_id("sandbox-approve").wait_for()

        busy = row(there, late)
        expect(busy).to_contain_text("En proceso")
        expect(busy.get_by_test_id("documents-check")).to_have_count(0)

        here.get_by_test_id("sandbox-approve").click()
        expect(here.get_by_test_id("payment")).to_have_attribute("data-phase", "paid")
        expect(busy).to_contain_text("Pagada")
        expect(row(there, later)).to_contain_text("Pagada")

        here.get_by_test_id("payment-receipt").click()
        expect(here.get_by_role("heading", level=1)).to_contain_text("Recibo de caja")
        expect(here.locator("main")).to_contain_text(number)
        assert phone.errors == desk.errors == []


@SPEC(50, 76)
def test_a_declined_payment_charges_nothing_and_is_tried_again(
    site: Site, chromium: Browser
) -> None:
    document_id, number = bill(site, site.world, "33", 12)
    with person(chromium, site.server.url) as visitor:
        page = enter(site, visitor)
        page.goto(f"{site.server.url}{site.base}/documents/{document_id}")
        expect(page.get_by_test_id("document-balance")).to_contain_text("33")
        page.get_by_test_id("document-pay").click()
        page.get_by_test_id("pay-confirm").click()
        page.get_by_test_id("sandbox-decline").click()

        expect(page.get_by_test_id("payment")).to_have_attribute("data-phase", "failed")
        expect(page.locator("main")).to_contain_text("No te cobramos nada")
        page.get_by_test_id("payment-retry").click()
        expect(page.get_by_test_id("pay-bar")).to_contain_text(number)
        visitor.assert_clean()


@SPEC(50)
def test_a_payment_that_was_left_can_go_on_or_start_again(site: Site, chromium: Browser) -> None:
    document_id, _ = bill(site, site.world, "44", 15, concept="Tijeras")
    with person(chromium, site.server.url) as visitor:
        page = enter(site, visitor)
        page.goto(f"{site.server.url}{site.base}/documents?choose={document_id}")
        page.get_by_test_id("pay-confirm").click()
        page.get_by_test_id("sandbox-leave").wait_for()

        page.goto(f"{site.server.url}{site.base}/documents/{document_id}")
        note = page.get_by_test_id("document-being-paid")
        expect(note).to_contain_text("No pagues otra vez")
        note.get_by_role("link").click()
        expect(page.get_by_test_id("payment-continue")).to_be_visible()
        page.get_by_test_id("payment-start-over").click()

        page.goto(f"{site.server.url}{site.base}/documents?q=tijeras")
        expect(row(page, document_id).get_by_test_id("documents-check")).to_be_enabled()


@SPEC(50, 86)
def test_who_comes_back_from_the_gateway_is_told_how_to_go_on(
    site: Site, chromium: Browser
) -> None:
    document_id, number = bill(site, site.world, "46", -3, concept="Perforadora")
    with person(chromium, site.server.url, size=PHONE) as visitor:
        page = enter(site, visitor)
        page.goto(f"{site.server.url}{site.base}/documents?choose={document_id}")
        page.get_by_test_id("pay-confirm").click()
        page.get_by_test_id("sandbox-leave").wait_for()

        page.go_back()
        expect(page.get_by_test_id("underway")).to_contain_text("pago sin terminar")
        expect(row(page, document_id).get_by_test_id("row-payment")).to_contain_text("Seguir")
        expect(row(page, document_id).get_by_test_id("documents-check")).to_have_count(0)
        page.goto(site.server.url + site.base)
        todo = page.get_by_test_id("home-todo").filter(has_text=number)
        expect(todo).to_contain_text("En proceso")
        expect(todo).to_contain_text("Vencida hace 3 días")
        expect(page.get_by_test_id("home-paying")).to_contain_text("46")
        page.get_by_test_id("underway-go").first.click()
        expect(page.get_by_test_id("payment-continue")).to_be_visible()
        page.get_by_test_id("payment-start-over").click()
        expect(page.get_by_test_id("payment")).to_have_count(0)
        page.goto(f"{site.server.url}{site.base}/documents?choose={document_id}")
        expect(page.get_by_test_id("pay-total")).to_contain_text("46")


def test_the_sheet_of_the_phone_makes_way_for_what_is_searched(
    site: Site, chromium: Browser
) -> None:
    document_id, _ = bill(site, site.world, "47", 33, concept="Engrapadora")
    with person(chromium, site.server.url, size=PHONE) as visitor:
        page = enter(site, visitor)
        page.goto(f"{site.server.url}{site.base}/documents?choose={document_id}")
        expect(page.get_by_test_id("pay-confirm")).to_be_visible()

        page.get_by_test_id("search").fill("engrapadora")

        expect(page).to_have_url(re.compile("q=engrapadora"))
        expect(page.get_by_test_id("pay-confirm")).to_be_hidden()
        expect(page.get_by_test_id("pay-open")).to_be_visible()
        expect(row(page, document_id).get_by_test_id("documents-check")).to_be_checked()

        page.get_by_test_id("pay-open").click()
        close = page.get_by_test_id("pay-bar").get_by_role("button", name="Cerrar")
        expect(close).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("pay-confirm")).to_be_hidden()
        expect(page.get_by_test_id("pay-open")).to_be_focused()


def test_the_usual_order_is_nothing_to_drop(site: Site, chromium: Browser) -> None:
    bill(site, site.world, "48", 34)
    with person(chromium, site.server.url, size=PHONE) as visitor:
        page = enter(site, visitor)
        page.goto(f"{site.server.url}{site.base}/documents")
        drop = page.get_by_role("button", name=re.compile("Quitar.*Orden"))
        expect(page.get_by_test_id("filter-sort")).to_have_text("Orden")
        expect(drop).to_have_count(0)

        page.goto(f"{site.server.url}{site.base}/documents?sort=due_on")
        expect(page.get_by_test_id("filter-sort")).to_contain_text("Vencen primero")
        drop.click()
        expect(page.get_by_test_id("filter-sort")).to_have_text("Orden")
        expect(page).not_to_have_url(re.compile("sort="))


def test_new_rows_wait_only_for_whoever_reads(site: Site, chromium: Browser) -> None:
    first, _ = bill(site, site.world, "49", 35, concept="Resma")
    with person(chromium, site.server.url) as visitor:
        page = enter(site, visitor)
        page.goto(f"{site.server.url}{site.base}/documents?q=resma")
        expect(page.get_by_test_id("documents-row")).to_have_count(1)
        second, _ = bill(site, site.world, "51", 36, concept="Resma")
        expect(row(page, second)).to_be_visible()

        row(page, first).get_by_role("link").first.focus()
        third, _ = bill(site, site.world, "52", 37, concept="Resma")

        page.get_by_test_id("new-rows").wait_for()
        expect(row(page, third)).to_have_count(0)
        page.get_by_test_id("new-rows").click()
        expect(row(page, third)).to_be_visible()
        visitor.assert_clean()


@dataclass(frozen=True, slots=True)
class Shelf:
    """Documents of every type and state in a currency that nothing else here uses."""

    paid: int
    part: int
    note: int
    debit: int
    forged: int
    receipts: frozenset[int]
    part_number: str


@pytest.fixture(scope="module")
def shelf(site: Site) -> Shelf:
    world, day = site.world, TODAY - timedelta(days=400)
    with unit_of_work(bind=site.engine) as session:
        for company in session.exec(select(Company)).all():
            company.currencies = [*company.currencies, "EUR"]
            session.add(company)

    def issue(of: World, total: str, kind: Kind, age: int) -> tuple[int, str]:
        on = day + timedelta(days=age)
        due = on + timedelta(days=900) if kind is not Kind.CREDIT_NOTE else None
        draft = draft_of(of.accounts[0], total, kind=kind, currency="EUR", issued_on=on, due_on=due)
        with unit_of_work(bind=site.engine) as session:
            row = issued(session, of, draft, now=datetime.now(UTC))
            return key(row), row.number or ""

    paid, _ = issue(world, "310", Kind.INVOICE, 0)
    part, number = issue(world, "90.50", Kind.INVOICE, 10)
    note, _ = issue(world, "15", Kind.CREDIT_NOTE, 20)
    debit, _ = issue(world, "7", Kind.DEBIT_NOTE, 30)
    forged, _ = issue(site.forja, "44", Kind.INVOICE, 40)
    receipts = frozenset(
        _received(site, document, amount, method)
        for document, amount, method in ((paid, 31000, "cash"), (part, 2525, "transfer"))
    )
    return Shelf(paid, part, note, debit, forged, receipts, number)


def _received(site: Site, document: int, amount_minor: int, method: str) -> int:
    with unit_of_work(bind=site.engine) as session:
        row = book_receipt(
            session,
            site.world.system,
            company_id=site.world.company_id,
            account_id=site.world.accounts[0],
            currency="EUR",
            amount_minor=amount_minor,
            lines=[(document, amount_minor)],
            method=method,
            received_on=TODAY,
            now=datetime.now(UTC),
        )
        return key(row)


def expect_rows(page: Page, ids: Iterable[int]) -> None:
    """The list shows these documents and no other."""
    wanted = sorted(ids)
    expect(page.get_by_test_id("documents-row")).to_have_count(len(wanted))
    for document_id in wanted:
        expect(row(page, document_id)).to_have_count(1)


@SPEC(79, 80, 81, 82, 83, 84)
def test_each_filter_shows_its_rows_and_no_other(
    site: Site, chromium: Browser, shelf: Shelf
) -> None:
    euros = f"{site.server.url}{site.base}/documents?currency=EUR"
    invoices = {shelf.paid, shelf.part, shelf.forged}
    everything = invoices | {shelf.note, shelf.debit} | shelf.receipts
    choices: dict[str, dict[str, set[int]]] = {
        "kind": {
            "invoice": invoices,
            "credit_note": {shelf.note},
            "cash_receipt": set(shelf.receipts),
            "debit_note": {shelf.debit},
        },
        "state": {
            "paid": {shelf.paid},
            "open": {shelf.part, shelf.debit, shelf.forged},
        },
        "company": {"forja": {shelf.forged}, "molino": everything - {shelf.forged}},
    }
    with person(chromium, site.server.url) as visitor:
        page = enter(site, visitor)
        page.goto(f"{site.server.url}{site.base}/documents")
        page.get_by_test_id("filter-currency").click()
        page.get_by_test_id("filter-currency-EUR").check()
        expect_rows(page, everything)
        for name, values in choices.items():
            for value, ids in values.items():
                page.goto(euros)
                page.get_by_test_id(f"filter-{name}").click()
                page.get_by_test_id(f"filter-{name}-{value}").check()
                expect_rows(page, ids)
        page.get_by_test_id("filter-company-forja").check()  # one or several at the same time
        expect_rows(page, everything)

        page.goto(euros)
        page.get_by_test_id("filter-issued").click()
        first, last = (TODAY - timedelta(days=400 - age) for age in (10, 30))
        page.get_by_test_id("filter-issued-from").fill(first.isoformat())
        page.get_by_test_id("filter-issued-to").fill(last.isoformat())
        page.get_by_test_id("filter-issued-apply").click()
        expect_rows(page, {shelf.part, shelf.note, shelf.debit})
        visitor.assert_clean()


WIDTHS = (320, 390, 901, 1000, 1081, 1240, 1440)


@SPEC(67, 68, 69, 70, 71, 72, 73, 74, 75, 87)
def test_a_row_says_everything_at_every_width(site: Site, chromium: Browser, shelf: Shelf) -> None:
    with person(chromium, site.server.url) as visitor:
        page = enter(site, visitor)
        page.goto(f"{site.server.url}{site.base}/documents?currency=EUR")
        part, paid, owed = (row(page, key) for key in (shelf.part, shelf.paid, shelf.forged))
        issued_on = TODAY - timedelta(days=390)
        said = {
            "type": "Factura",
            "number": shelf.part_number,
            "date": rf"\b{issued_on.day} \w+ {issued_on.year}",
            "currency": "EUR",
            "total": r"90,50",
            "paid": r"25,25",
            "balance": r"65,25",
            "method": "transferencia",
        }
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for what, pattern in said.items():
                text = part.inner_text()
                assert re.search(pattern, text), f"{what} at {width}: {text}"
            assert "310,00" in paid.inner_text(), width
            assert "efectivo" in paid.inner_text(), width
            assert "44,00" in owed.inner_text(), width
            expect(owed.get_by_test_id("row-pay")).to_be_visible()
            expect(paid.get_by_test_id("row-pay")).to_have_count(0)
            sideways = page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            assert sideways <= 0, width
            shown = owed.get_by_test_id("row-pay").bounding_box()
            assert shown is not None
            assert shown["x"] + shown["width"] <= width, width
            cut = page.locator(".tbl").evaluate(
                "(card) => card.firstElementChild.scrollWidth - card.clientWidth"
            )
            assert cut <= 0, f"the table is cut by {cut} px at {width}"
        visitor.assert_clean()


@SPEC(75, 76)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_pay_stands_in_the_row_and_shows_the_methods(
    site: Site, chromium: Browser, shelf: Shelf, size: tuple[int, int]
) -> None:
    with person(chromium, site.server.url, size=size) as visitor:
        page = enter(site, visitor)
        page.goto(f"{site.server.url}{site.base}/documents?currency=EUR")
        pay = row(page, shelf.part).get_by_test_id("row-pay")
        expect(pay).to_have_text("Pagar")
        pay.click()
        expect(page.get_by_test_id("pay-total")).to_contain_text("65,25")
        expect(page.get_by_test_id("pay-method-sandbox")).to_be_visible()
        visitor.assert_clean()


@SPEC(85)
def test_a_page_and_a_document_are_reached_from_the_palette(site: Site, chromium: Browser) -> None:
    document_id, number = bill(site, site.world, "13", 81, concept="Perchero")
    with person(chromium, site.server.url) as visitor:
        page = enter(site, visitor)
        page.goto(site.server.url + site.base)
        expect(page.get_by_test_id("home-slip")).to_be_visible()
        page.keyboard.press("Control+k")
        field = page.get_by_role("dialog").get_by_test_id("palette")
        field.fill("perchero")
        expect(page.get_by_role("option")).to_have_count(1)
        expect(page.get_by_role("option")).to_contain_text(f"Factura {number}")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(rf"{site.base}/documents/{document_id}/?$"))
        expect(page.get_by_role("heading", level=1)).to_contain_text(number)

        page.get_by_test_id("palette").click()
        field.fill("m")
        chosen = page.locator("[role=option][aria-selected=true]")
        first = chosen.inner_text()
        page.keyboard.press("ArrowDown")
        expect(chosen).not_to_have_text(first)
        field.fill("más")
        expect(chosen).to_contain_text("Más")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(rf"{site.base}/more/?$"))
        visitor.assert_clean()


@SPEC(66, 79, 83, 84, 85)
def test_the_list_is_filtered_searched_and_sorted(site: Site, chromium: Browser) -> None:
    dollars, _ = bill(site, site.world, "61", 40)
    pesos, _ = bill(site, site.world, "640000", 41, "COP")
    forged, _ = bill(site, site.forja, "67", 42, concept="Yunque")
    with person(chromium, site.server.url) as visitor:
        page = enter(site, visitor)
        page.goto(f"{site.server.url}{site.base}/documents")
        rows = page.get_by_test_id("documents-row")
        mine = row(page, pesos)
        for said in ("Factura", "Molino", "COP", "640.000", "Emitida"):
            expect(mine).to_contain_text(said)

        page.get_by_test_id("filter-currency").click()
        page.get_by_test_id("filter-currency-COP").check()
        expect(page).to_have_url(re.compile("currency=COP"))
        expect(rows).to_have_count(1)
        page.keyboard.press("Escape")

        page.goto(f"{site.server.url}{site.base}/documents?state=open")
        page.get_by_test_id("filter-company").click()
        page.get_by_test_id("filter-company-forja").check()
        expect(page).to_have_url(re.compile("company=forja"))
        expect(rows.filter(has_not_text="Forja")).to_have_count(0)
        expect(row(page, forged)).to_have_count(1)
        page.get_by_test_id("filter-company-molino").check()
        expect(page).to_have_url(re.compile("company=forja.*company=molino|company=forja%2Cmolino"))
        expect(row(page, dollars)).to_have_count(1)
        page.keyboard.press("Escape")

        page.goto(f"{site.server.url}{site.base}/documents")
        page.get_by_test_id("filter-kind").click()
        page.get_by_test_id("filter-kind-cash_receipt").check()
        expect(page).to_have_url(re.compile("kind=cash_receipt"))
        page.goto(f"{site.server.url}{site.base}/documents")
        page.get_by_test_id("search").fill("yunque")
        expect(page).to_have_url(re.compile("q=yunque"))
        expect(rows).to_have_count(1)
        expect(row(page, forged)).to_have_count(1)

        page.goto(f"{site.server.url}{site.base}/documents?state=open")
        page.get_by_test_id("filter-issued").click()
        page.get_by_test_id("filter-issued-from").fill((TODAY + timedelta(days=1)).isoformat())
        page.get_by_test_id("filter-issued-apply").click()
        expect(page.get_by_test_id("empty-filter")).to_be_visible()
        page.go_back()
        expect(row(page, dollars)).to_have_count(1)
        visitor.assert_clean()


@SPEC(50)
def test_another_currency_is_paid_apart(site: Site, chromium: Browser) -> None:
    dollars, number = bill(site, site.world, "71", 50)
    pesos, _ = bill(site, site.world, "740000", 51, "COP")
    with person(chromium, site.server.url) as visitor:
        page = enter(site, visitor)
        page.goto(f"{site.server.url}{site.base}/documents?state=open&sort=-due_on")
        row(page, dollars).get_by_test_id("documents-check").check()
        expect(page.get_by_test_id("pay-bar")).to_contain_text(number)
        expect(row(page, pesos).get_by_test_id("documents-check")).to_be_disabled()
        expect(page.get_by_test_id("pay-total")).to_contain_text("71")
        page.get_by_test_id("pay-clear").click()
        expect(row(page, pesos).get_by_test_id("documents-check")).to_be_enabled()


@SPEC(45, 46, 47, 49, 77, 78)
def test_a_document_is_read_printed_downloaded_and_asked_about(
    site: Site, chromium: Browser
) -> None:
    document_id, number = bill(site, site.world, "88", 60)
    with person(chromium, site.server.url) as visitor:
        page = enter(site, visitor)
        page.goto(f"{site.server.url}{site.base}/documents?sort=-due_on")
        row(page, document_id).get_by_role("button", name="Acciones").click()
        for action in ("Ver detalle", "Imprimir", "Descargar PDF", "Comentar", "Pagar"):
            expect(page.get_by_role("menuitem", name=action)).to_be_visible()
        page.get_by_role("menuitem", name="Ver detalle").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(number)

        with page.expect_download() as download:
            page.get_by_test_id("document-pdf").click()
        assert number in download.value.suggested_filename
        page.get_by_test_id("comment-text").fill("¿Llegó completa la entrega?")
        page.get_by_test_id("comment-send").click()
        expect(page.locator("main")).to_contain_text("¿Llegó completa la entrega?")
        expect(page.get_by_test_id("comment-text")).to_have_value("")
        visitor.assert_clean()

        with page.expect_response(f"**/files/documents/{document_id}.pdf") as printed:
            page.get_by_test_id("document-print").click()
        assert printed.value.headers["content-type"] == "application/pdf"
        assert printed.value.headers["cache-control"] == "private, no-store"


@SPEC(48)
def test_the_xml_of_an_electronic_invoice_comes_as_it_was_received(
    site: Site, chromium: Browser, tmp_path: Path
) -> None:
    code = f'<cbc:UUID schemeID="1" schemeName="CUFE-SHA384">{"b7" * 48}</cbc:UUID>'
    original = attached(
        ubl_invoice("SETP-990", "71400.00", uuid=code, line="60000.00", tax="11400.00")
    )
    file = tmp_path / "Factura electrónica.xml"
    file.write_bytes(original)
    with unit_of_work(bind=site.engine) as session:
        account_id = site.world.accounts[0]
        fields = accounts.fields_of(session.get_one(Account, account_id))
        fields = replace(fields, country="CO", tax_id="830.001.113-1")
        accounts.edit(session, site.world.agent, account_id=account_id, fields=fields, now=NOW)
    site.server.run("import", "ubl", str(file), "--company", "molino", "--supplier-ok")
    with person(chromium, site.server.url) as visitor:
        page = enter(site, visitor)
        page.goto(f"{site.server.url}{site.base}/documents?q=SETP-990")
        found = page.get_by_test_id("documents-row")
        expect(found).to_have_count(1)
        found.get_by_role("button", name="Acciones").click()
        with page.expect_download() as from_the_list:
            page.get_by_test_id("row-xml").locator("visible=true").click()
        found.get_by_role("link").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("SETP-990")
        with page.expect_download() as from_the_page:
            page.get_by_test_id("document-xml").click()
        for download in (from_the_list.value, from_the_page.value):
            assert download.suggested_filename == file.name
            assert Path(download.path()).read_bytes() == original
        visitor.assert_clean()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_stranger_finds_neither_document_nor_file(
    site: Site, chromium: Browser, size: tuple[int, int]
) -> None:
    document_id, number = bill(site, site.world, "99", 70)
    cookies = {settings().session_cookie: token(site, "otra@molino.example")}
    file = f"{site.server.url}/files/documents/{document_id}.pdf"
    assert httpx.get(file, cookies=cookies).status_code == 404
    assert httpx.get(file).status_code == 401
    assert httpx.get(f"{site.server.url}/files/documents/{document_id}/qr.svg").status_code == 401
    with person(chromium, site.server.url, size=size) as visitor:
        page = enter(site, visitor, "otra@molino.example")
        for path in (f"{site.base}/documents/{document_id}", f"{site.base}/documents", site.base):
            page.goto(site.server.url + path)
            expect(page.get_by_test_id("refused")).to_be_visible()
            assert number not in page.content()
        own = f"/portal/s{site.world.stranger.user_id}"
        page.goto(f"{site.server.url}{own}/documents/{document_id}")
        expect(page.get_by_test_id("refused")).to_be_visible()
        assert number not in page.content()


def test_keys_walk_the_list(site: Site, chromium: Browser) -> None:
    _, number = bill(site, site.world, "12", 80, concept="Grapas")
    with person(chromium, site.server.url) as visitor:
        page = enter(site, visitor)
        page.goto(f"{site.server.url}{site.base}/documents?q=grapas")
        expect(page.get_by_test_id("documents-row")).to_have_count(1)
        page.locator("main").focus()
        page.keyboard.press("j")
        page.keyboard.press("x")
        expect(page.get_by_test_id("pay-bar")).to_contain_text(number)
        page.keyboard.press("/")
        expect(page.get_by_test_id("search")).to_be_focused()
        page.locator("main").focus()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text(number)
