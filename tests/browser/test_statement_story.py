"""Where a customer stands, line by line, and their papers in one file, in a real browser."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from clientportal.services import identity, receipts
from clientportal.settings import settings
from clientportal.storage.session import make_engine, unit_of_work
from tests.support import browser as browsers
from tests.support.browser import DESKTOP, PHONE, Person, person
from tests.support.ledger import World, draft_of, issued, key, make_world
from tests.support.server import Server, server

pytestmark = [pytest.mark.server, pytest.mark.browser]
NOW = datetime.now(UTC)
TODAY = NOW.astimezone(ZoneInfo("America/Bogota")).date()


@dataclass(frozen=True, slots=True)
class Site:
    """A server with one company, its staff and a customer of two accounts."""

    server: Server
    engine: sa.Engine
    world: World

    @property
    def portal(self) -> str:
        return f"{self.server.url}/portal/s{self.world.customer.user_id}"

    @property
    def account(self) -> str:
        return f"{self.server.url}/staff/{self.world.slug}/accounts/{self.world.accounts[0]}"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with server() as found:
        engine = make_engine(found.database_url)
        with unit_of_work(bind=engine) as session:
            world = make_world(session)
        yield Site(found, engine, world)
        engine.dispose()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)  # the first load on a busy machine
    with browsers.chromium() as found:
        yield found
    expect.set_options(timeout=5_000)


def bill(site: Site, total: str, days_ago: int) -> tuple[int, str]:
    """(id, number) of an invoice of the first account."""
    on = TODAY - timedelta(days=days_ago)
    draft = draft_of(site.world.accounts[0], total, issued_on=on, due_on=on + timedelta(days=10))
    with unit_of_work(bind=site.engine) as session:
        row = issued(session, site.world, draft, now=datetime.now(UTC))
        return key(row), row.number or ""


def pay(site: Site, document_id: int, minor: int) -> None:
    with unit_of_work(bind=site.engine) as session:
        receipts.book_receipt(
            session,
            site.world.system,
            company_id=site.world.company_id,
            account_id=site.world.accounts[0],
            currency="USD",
            amount_minor=minor,
            lines=[(document_id, minor)],
            method="transfer",
            received_on=TODAY,
            now=datetime.now(UTC),
        )


def enter(site: Site, visitor: Person, email: str) -> Page:
    with unit_of_work(bind=site.engine) as session:
        signed = identity.sign_in_as(session, email=email, now=datetime.now(UTC))
        assert signed is not None
        cookie = {"name": settings().session_cookie, "value": signed.token, "url": site.server.url}
        visitor.context.add_cookies([cookie])
    return visitor.page


@pytest.mark.spec(44)
def test_both_sides_read_the_same_statement_while_it_changes_and_take_it_along(
    site: Site, chromium: Browser, tmp_path: Path
) -> None:
    old, number = bill(site, "100", 400)
    bill(site, "40", 5)
    with (
        person(chromium, site.server.url, size=PHONE) as phone,
        person(chromium, site.server.url, size=DESKTOP) as desk,
    ):
        mine = enter(site, phone, site.world.customer.email)
        mine.goto(site.portal)
        mine.get_by_test_id("home-statement").click()
        mine.get_by_test_id("period-all").click()
        expect(mine.get_by_test_id("statement-line")).to_have_count(2)
        expect(mine.get_by_test_id("statement-closing")).to_contain_text("140 dólares")

        theirs = enter(site, desk, "viewer@molino.example")
        theirs.goto(site.account)
        theirs.get_by_test_id("account-statement").click()
        theirs.get_by_test_id("period-own").click()
        theirs.get_by_test_id("period-from").fill((TODAY - timedelta(days=30)).isoformat())
        theirs.keyboard.press("Enter")
        expect(theirs.get_by_test_id("statement-before")).to_contain_text("100")
        expect(theirs.get_by_test_id("statement-closing")).to_contain_text("140 dólares")

        pay(site, old, 10_000)
        for page in (mine, theirs):
            expect(page.get_by_test_id("statement-closing")).to_contain_text(
                re.compile("(?<!1)40 dólares")
            )
            expect(page.get_by_test_id("statement-line").last).to_contain_text("Recibo de caja")

        href = theirs.get_by_test_id("statement-pdf").get_attribute("href")
        answer = theirs.request.get(f"{site.server.url}{href}")
        words = PdfReader(io.BytesIO(answer.body())).pages[0].extract_text()
        assert "Estado de cuenta" in words
        with theirs.expect_download() as caught:
            theirs.get_by_test_id("statement-xlsx").click()
        caught.value.save_as(tmp_path / "s.xlsx")
        rows = CalamineWorkbook.from_path(tmp_path / "s.xlsx").get_sheet_by_index(0).to_python()
        assert [row[8] for row in rows if row[3] == "Saldo final"] == [40.0]

        mine.get_by_test_id("statement-line").first.get_by_role("link").click()
        expect(mine.get_by_role("heading", level=1)).to_contain_text(number)
        assert phone.errors == desk.errors == []


def test_ticked_documents_come_in_one_archive(
    site: Site, chromium: Browser, tmp_path: Path
) -> None:
    paid, _ = bill(site, "12", 3)
    pay(site, paid, 1_200)
    _, owed = bill(site, "13", 2)
    with person(chromium, site.server.url) as visitor:
        page = enter(site, visitor, site.world.customer.email)
        page.goto(f"{site.portal}/documents")
        page.locator(f'[data-number="{owed}"]').get_by_test_id("documents-check").check()
        expect(page.get_by_test_id("pay-total")).to_contain_text("13")
        page.get_by_test_id("documents-pick").first.check()
        expect(page.get_by_test_id("bundle-zip")).to_be_visible()
        with page.expect_download() as caught:
            page.get_by_test_id("bundle-zip").click()
        caught.value.save_as(tmp_path / "all.zip")
        names = zipfile.ZipFile(tmp_path / "all.zip").namelist()
        assert f"Factura {owed}.pdf" in names
        assert len([name for name in names if name.endswith(".pdf")]) == 2
        visitor.assert_clean()
