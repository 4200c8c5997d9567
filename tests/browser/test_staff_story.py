"""Staff import their receivables, bill, record a payment and see it land, in a real browser."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from clientportal.services import identity
from clientportal.storage.session import unit_of_work
from tests.support import browser as browsers
from tests.support import people
from tests.support.browser import DESKTOP, PHONE, Person, person
from tests.support.server import Server, server

pytestmark = [pytest.mark.browser]
NOW = datetime.now(UTC)
FILE = (
    "numero;cliente;nombre cliente;moneda;fecha;vencimiento;total\r\n"
    "F-1;A1;Ferretería El Tornillo;COP;{issued};{late};1.250.000\r\n"
    "F-2;A1;Ferretería El Tornillo;COP;{issued};{due};480.000\r\n"
)


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    with server() as found:
        with unit_of_work(bind=sa.create_engine(found.database_url)) as db:
            molino = people.company(db, "molino", NOW)
            people.account(db, molino.agent, NOW, name="Panadería El Trigal")
            people.company(db, "secreta", NOW, name="Secreta Canario SAS")
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)  # the first load on a busy machine
    with browsers.chromium() as found:
        yield found
    expect.set_options(timeout=5_000)


def enter(site: Server, visitor: Person, email: str) -> Page:
    """Sign the visitor in, as the password form does, and give their page."""
    with unit_of_work(bind=sa.create_engine(site.database_url)) as db:
        signed = identity.sign_in_as(db, email=email, now=datetime.now(UTC))
        assert signed is not None
    visitor.context.add_cookies(
        [{"name": "session", "value": signed.token, "url": site.url, "httpOnly": True}]
    )
    return visitor.page


def upload(page: Page, content: str) -> None:
    page.get_by_test_id("import-file").wait_for(state="attached")
    page.get_by_test_id("import-file").set_input_files(
        {"name": "cartera.csv", "mimeType": "text/csv", "buffer": content.encode("utf-8-sig")}
    )
    page.get_by_test_id("import-upload").click()


def file_of(prefix: str) -> str:
    day = NOW.date()
    text = FILE.format(
        issued=(day - timedelta(days=40)).strftime("%d/%m/%Y"),
        late=(day - timedelta(days=10)).strftime("%d/%m/%Y"),
        due=(day + timedelta(days=20)).strftime("%d/%m/%Y"),
    )
    return text.replace("F-", f"{prefix}-")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_import_and_a_payment_reach_the_page_of_today(
    site: Server, chromium: Browser, size: tuple[int, int]
) -> None:
    prefix = "D" if size == DESKTOP else "P"
    with (
        person(chromium, site.url, lang="es") as watcher,
        person(chromium, site.url, size=size, lang="es") as clerk,
    ):
        today = enter(site, watcher, "owner@molino.example")
        watcher.open("/staff/molino/today")
        expect(today.locator("main")).to_contain_text(re.compile("Te espera|Trae lo que te deben"))
        page = enter(site, clerk, "agent@molino.example")
        clerk.open("/staff/molino/imports")
        upload(page, file_of(prefix))
        expect(page.get_by_test_id("import-new")).to_have_text("2")
        expect(page.get_by_test_id("import-dates")).to_have_value("dmy")
        page.get_by_test_id("import-confirm").click()
        expect(page.get_by_test_id("import-done")).to_contain_text("Se importaron 2 documentos")
        expect(today.get_by_test_id("today-late")).to_contain_text(f"{prefix}-1", timeout=3_000)
        _pay(page, clerk, prefix)
        expect(today.get_by_test_id("today-events")).to_contain_text("Se recibió un pago")
        expect(today.locator("main")).not_to_contain_text(f"{prefix}-1")
        clerk.open("/staff/molino/imports")
        upload(page, file_of(prefix))
        expect(page.get_by_test_id("import-nothing")).to_be_visible()
        for visitor in (watcher, clerk):
            visitor.assert_clean()


def _pay(page: Page, clerk: Person, prefix: str) -> None:
    """Find the late invoice and record that it was paid in cash."""
    clerk.open(f"/staff/molino/billing?q={prefix}-1")
    row = page.locator(f'[data-testid=documents-row][data-number="{prefix}-1"]')
    expect(row).to_contain_text("Vencida")
    row.get_by_role("link", name=f"{prefix}-1", exact=True).click()
    page.get_by_test_id("payment-record").click()
    expect(page.get_by_test_id("payment-total")).to_contain_text("1.250.000")
    page.get_by_test_id("payment-method").select_option("cash")
    page.get_by_test_id("payment-book").click()
    expect(page.get_by_test_id("document-state")).to_contain_text("Pagada")
    expect(page.get_by_test_id("document-applied")).to_contain_text("Efectivo")


def test_a_document_is_written_with_live_totals_and_issued(site: Server, chromium: Browser) -> None:
    with person(chromium, site.url, lang="en") as clerk:
        page = enter(site, clerk, "agent@molino.example")
        clerk.open("/staff/molino/billing/new")
        page.get_by_test_id("draft-account-search").press_sequentially("trigal")
        page.get_by_test_id("draft-account-hit").click()
        page.get_by_test_id("line-description").fill("Letter paper")
        page.get_by_test_id("line-quantity").fill("10")
        page.get_by_test_id("line-unit_price").fill("18,500.50")
        page.get_by_test_id("line-tax_rate").fill("19")
        expect(page.get_by_test_id("draft-total")).to_contain_text("220,155")
        page.get_by_test_id("draft-issue").click()
        page.get_by_test_id("draft-issue-confirm").click()
        expect(page).to_have_url(re.compile(r"/staff/molino/billing/\d+/?$"))
        expect(page.get_by_test_id("document-balance")).to_contain_text("220,155")
        expect(page.get_by_test_id("document-state")).to_contain_text("Issued")
        clerk.assert_clean()


def test_a_stranger_is_refused_and_learns_nothing(site: Server, chromium: Browser) -> None:
    with person(chromium, site.url, lang="es") as stranger:
        page = enter(site, stranger, "owner@molino.example")
        for path in ("today", "billing", "billing/1", "billing/new", "imports"):
            stranger.open(f"/staff/secreta/{path}")
            expect(page.locator("main")).to_contain_text("No encontramos")
            assert "Canario" not in page.content()
        stranger.open("/staff/molino/billing/999999")
        expect(page.locator("main")).to_contain_text("No encontramos")
        stranger.assert_clean()
