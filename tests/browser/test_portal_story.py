"""A customer finds out what they owe, pays it, asks about it and prints it, in a real browser."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import Session

from clientportal.services import identity
from clientportal.settings import settings
from clientportal.storage.models import SpaceAccount
from clientportal.storage.session import make_engine, unit_of_work
from tests.support import browser as browsers
from tests.support.browser import DESKTOP, PHONE, Person, person
from tests.support.ledger import World, draft_of, give_access, issued, key, make_world
from tests.support.server import Server, server

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


@SPEC(66, 67, 68, 69, 70, 71, 72, 73, 74, 79, 80, 81, 82, 83, 84, 85, 87)
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
        expect(rows).to_have_count(1)
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


def test_a_stranger_finds_neither_document_nor_file(site: Site, chromium: Browser) -> None:
    document_id, number = bill(site, site.world, "99", 70)
    cookies = {settings().session_cookie: token(site, "otra@molino.example")}
    file = f"{site.server.url}/files/documents/{document_id}.pdf"
    assert httpx.get(file, cookies=cookies).status_code == 404
    assert httpx.get(file).status_code == 401
    assert httpx.get(f"{site.server.url}/files/documents/{document_id}/qr.svg").status_code == 401
    with person(chromium, site.server.url, size=DESKTOP) as visitor:
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
