"""Bounce → alert → Receivables filter → removed with confirmation → the next send goes out."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from clientportal.domain.documents import Kind
from clientportal.services import drafts, identity
from clientportal.services.drafts import DraftInput, LineInput
from clientportal.storage.session import unit_of_work
from tests.channels.test_notices import SECRET, signed
from tests.support import browser as browsers
from tests.support import people
from tests.support.browser import DESKTOP, PHONE, Person, person
from tests.support.server import Server, server
from tests.support.simulators import ResendHost, serving

pytestmark = [pytest.mark.browser]
NOW = datetime.now(UTC)
LUZ = "luz@trigal.example"


@dataclass
class Site:
    """The server, and the provider that it sends through."""

    server: Server
    provider: ResendHost


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    provider = ResendHost()
    with serving(provider):
        settings = {
            "DEMO": "1",
            "MAIL": "resend",
            "RESEND_API_KEY": "re_story",
            "RESEND_API_URL": provider.url,
            "RESEND_WEBHOOK_SECRET": SECRET,
        }
        with server(extra=settings) as found:
            with unit_of_work(bind=sa.create_engine(found.database_url)) as db:
                molino = people.company(db, "molino", NOW)
                for number, (name, address) in enumerate(
                    [("Panadería El Trigal", LUZ), ("Ferretería Sol", "sol@sol.example")], 1
                ):
                    account = people.account(db, molino.agent, NOW, name=name, code=f"C{number}")
                    people.contact(db, molino.agent, [account], address, NOW)
                    draft = drafts.create(
                        db,
                        molino.agent,
                        draft=DraftInput(
                            account_id=account,
                            kind=Kind.INVOICE,
                            currency="COP",
                            issued_on=NOW.date() - timedelta(days=60),
                            due_on=NOW.date() - timedelta(days=40),
                            lines=(LineInput("Harina", Decimal(1), Decimal(480_000)),),
                        ),
                        now=NOW,
                    )
                    drafts.issue(db, molino.agent, document_id=draft.id or 0, now=NOW)
            yield Site(found, provider)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)  # the first load on a busy machine
    with browsers.chromium() as found:
        yield found
    expect.set_options(timeout=5_000)


def enter(site: Site, visitor: Person) -> Page:
    with unit_of_work(bind=sa.create_engine(site.server.database_url)) as db:
        token = identity.sign_in_as(db, email="agent@molino.example", now=datetime.now(UTC))
        assert token is not None
    visitor.context.add_cookies(
        [{"name": "session", "value": token.token, "url": site.server.url, "httpOnly": True}]
    )
    return visitor.page


def query(site: Site, statement: str) -> list[tuple[object, ...]]:
    with unit_of_work(bind=sa.create_engine(site.server.database_url), read_only=True) as db:
        return [tuple(row) for row in db.execute(sa.text(statement))]


def send(site: Site, page: Page) -> None:
    """The way to send the invoice of the bakery by e-mail, up to what is asked."""
    page.goto(f"{site.server.url}/staff/molino/billing")
    row = page.get_by_test_id("documents-row").filter(has_text="Trigal")
    row.get_by_test_id("document-peek").click()
    expect(page.get_by_test_id("peek-number")).to_contain_text(re.compile(r"^FE-\d"))
    page.get_by_test_id("peek").get_by_role("button", name=re.compile("Acciones de")).click()
    page.get_by_test_id("peek-send").click()
    expect(page.get_by_test_id("send-to")).to_have_count(1)


def states(site: Site) -> list[str]:
    """What became of the mails to the bakery, oldest first."""
    found = query(site, f"SELECT state FROM message WHERE to_address = '{LUZ}' ORDER BY id")
    return [str(row[0]) for row in found]


def bounce(site: Site, provider_id: str) -> None:
    """What the provider's simulator reports of a mail, signed as it signs."""
    body = {
        "type": "email.bounced",
        "created_at": datetime.now(UTC).isoformat(),
        "data": {
            "email_id": provider_id,
            "to": [LUZ],
            "bounce": {
                "type": "Permanent",
                "subType": "NoEmail",
                "message": "smtp; 550 5.1.1 user unknown",
            },
        },
    }
    raw = json.dumps(body).encode()
    answer = httpx.post(
        f"{site.server.url}/webhooks/resend",
        content=raw,
        headers=signed(raw, f"msg_{provider_id}", int(time.time())),
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.spec(89, 92, 93, 94, 96, 97, 98, 99, 100, 101, 102, 103)
def test_bounce_filter_removal_and_the_next_send(site: Site, chromium: Browser) -> None:
    with (
        person(chromium, site.server.url, lang="es", size=DESKTOP) as desk,
        person(chromium, site.server.url, lang="es", size=DESKTOP) as sender,
        person(chromium, site.server.url, lang="es", size=DESKTOP) as post,
    ):
        page, sending = enter(site, desk), enter(site, sender)
        send(site, sending)
        sending.get_by_test_id("send-confirm").click()
        invoice = sending.get_by_test_id("documents-row").filter(has_text="Trigal")
        expect(invoice).to_contain_text("Enviada")
        assert site.provider.addresses() == [LUZ]

        # The tray from the menu, before anything bounced.
        page.goto(f"{site.server.url}/staff/molino/today")
        page.get_by_test_id("nav-receivables").click()
        expect(page.get_by_test_id("tray-customers")).to_have_attribute("aria-selected", "true")
        rows = page.get_by_test_id("receivables-row")
        expect(rows).to_have_count(2)
        bakery = rows.filter(has_text="Trigal")
        expect(bakery).to_contain_text("480.000")
        expect(bakery).to_contain_text("Mora 30+")
        expect(bakery).to_contain_text("Correo")
        reach = bakery.get_by_test_id("row-reach")
        expect(reach).to_have_attribute("data-reach", "fine")

        # It bounces: the open tray says so by itself.
        bounce(site, "mail-1")
        expect(reach).to_have_attribute("data-reach", "unreachable")
        expect(bakery).to_contain_text("No contactable")

        # Nothing is sent there any more.
        send(site, sending)
        expect(sending.get_by_test_id("send-to").first).not_to_be_checked()
        expect(sending.get_by_test_id("send-confirm")).to_be_disabled()
        sending.keyboard.press("Escape")
        expect(sending.get_by_test_id("send-drawer")).to_be_hidden()
        assert site.provider.addresses() == [LUZ]

        # Today counts it and leads to the filter; here the filter is set by hand.
        sending.goto(f"{site.server.url}/staff/molino/today")
        sending.get_by_test_id("today-unreachable").get_by_role("link").first.click()
        expect(sending.get_by_test_id("receivables-row")).to_have_count(1)

        page.get_by_test_id("filter-all").click()
        page.get_by_test_id("filter-contact-problems").check()
        expect(rows).to_have_count(2)
        page.get_by_test_id("filter-apply").click()
        expect(rows).to_have_count(1)
        expect(page).to_have_url(re.compile(r"\?contact=problems$"))

        # The pencil, the contacts section, the alert, the confirmation.
        rows.first.get_by_test_id("receivables-edit").click()
        address = page.get_by_test_id("edit-address").filter(has_text=LUZ)
        address.get_by_test_id("alert-symbol").click()
        expect(page.get_by_test_id("alert-dialog")).to_contain_text(LUZ)
        page.get_by_test_id("alert-remove").click()
        expect(page.get_by_test_id("alert-dialog")).to_be_visible()  # it wants to know why
        page.get_by_test_id("alert-verified").click()
        expect(page.get_by_test_id("alert-verified")).to_be_checked()
        page.get_by_test_id("alert-remove").click()
        expect(address.get_by_test_id("alert-symbol")).to_have_count(0)
        expect(sending.get_by_test_id("receivables-row")).to_have_count(0)
        assert query(site, "SELECT removal, removed_by FROM address_alert") == [
            ("verified", "Agent")
        ]
        assert [r[:2] for r in site.provider.requests if r[0] == "DELETE"] == [
            ("DELETE", "/suppressions/luz%40trigal.example")
        ]

        # The next send goes out and stands in the local mailbox.
        send(site, sending)
        sending.get_by_test_id("send-to").first.check()
        sending.get_by_test_id("send-confirm").click()
        expect(invoice).to_contain_text("Enviada")
        expect(invoice).not_to_contain_text("No llegó")
        assert site.provider.addresses() == [LUZ, LUZ]
        assert states(site) == ["bounced", "sent"]
        post.page.goto(f"{site.server.url}/outbox?q={LUZ}")
        expect(post.page.get_by_test_id("outbox-row")).to_have_count(2)
        for visitor in (desk, sender):
            assert visitor.errors == []


def test_a_view_is_kept_on_a_phone(site: Site, chromium: Browser) -> None:
    with person(chromium, site.server.url, lang="en", size=PHONE) as phone:
        page = enter(site, phone)
        page.goto(f"{site.server.url}/staff/molino/receivables")
        expect(page.get_by_test_id("receivables-row")).to_have_count(2)
        page.get_by_test_id("filter-all").click()
        page.get_by_test_id("filter-situation-late_30").check()
        page.get_by_test_id("filter-apply").click()
        expect(page.get_by_test_id("receivables-row")).to_have_count(2)
        page.get_by_test_id("view-save").click()
        page.get_by_test_id("view-name").fill("Call today")
        page.get_by_test_id("view-keep").click()
        view = page.get_by_test_id("view")
        expect(view).to_have_attribute("aria-current", "true")
        page.get_by_test_id("view-all").click()
        expect(view).to_have_attribute("aria-current", "false")
        view.click()
        expect(page).to_have_url(re.compile(r"\?situation=late_30$"))
        page.get_by_test_id("view-delete").click()
        page.get_by_role("button", name="Delete view", exact=True).last.click()
        expect(view).to_have_count(0)
        assert phone.errors == []
