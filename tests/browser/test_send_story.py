"""Send → seen → resend, in real browsers: staff at a desk, a scanner, a customer on a phone."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import Session

from clientportal.domain.documents import Kind
from clientportal.services import drafts, identity, manual_payments
from clientportal.services.drafts import DraftInput, LineInput
from clientportal.storage.session import unit_of_work
from tests.support import browser as browsers
from tests.support import people
from tests.support.browser import DESKTOP, PHONE, Person, person
from tests.support.server import Server, server

pytestmark = [pytest.mark.browser]
NOW = datetime.now(UTC)
LUZ, BOUNCES = "luz@trigal.example", "bounced@trigal.example"
MOON, STAR = "pagos@luna.example", "pagos@estrella.example"


@pytest.fixture(scope="module")
def site() -> Iterator[Server]:
    with server(extra={"DEMO": "1"}) as found:
        with unit_of_work(bind=sa.create_engine(found.database_url)) as db:
            molino = people.company(db, "molino", NOW)
            account = people.account(db, molino.agent, NOW, name="Panadería El Trigal")
            people.contact(db, molino.agent, [account], LUZ, NOW)
            other = people.account(db, molino.agent, NOW, name="Ferretería Sol")
            people.contact(db, molino.agent, [other], BOUNCES, NOW)
            people.contact(db, molino.agent, [other], "sol@sol.example", NOW)
            moon = people.account(db, molino.agent, NOW, name="Cafetería Luna")
            people.contact(db, molino.agent, [moon], MOON, NOW)
            star = people.account(db, molino.agent, NOW, name="Panadería Estrella")
            people.contact(db, molino.agent, [star], STAR, NOW)
            for number, owner in enumerate((account, other, moon, star), 1):
                draft = drafts.create(
                    db,
                    molino.agent,
                    draft=DraftInput(
                        account_id=owner,
                        kind=Kind.INVOICE,
                        currency="COP",
                        issued_on=NOW.date() - timedelta(days=2),
                        due_on=NOW.date() + timedelta(days=20),
                        lines=(LineInput("Harina", Decimal(1), Decimal(480_000)),),
                    ),
                    now=NOW,
                )
                drafts.issue(db, molino.agent, document_id=draft.id or 0, now=NOW)
                assert draft.number is not None, number
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)  # the first load on a busy machine
    with browsers.chromium() as found:
        yield found
    expect.set_options(timeout=5_000)


def enter(site: Server, visitor: Person) -> Page:
    """Sign the visitor in as the agent."""
    with unit_of_work(bind=sa.create_engine(site.database_url)) as db:
        signed = identity.sign_in_as(db, email="agent@molino.example", now=datetime.now(UTC))
        assert signed is not None
    visitor.context.add_cookies(
        [{"name": "session", "value": signed.token, "url": site.url, "httpOnly": True}]
    )
    return visitor.page


def peek(site: Server, page: Page, account: str) -> None:
    """The path of mission 119: list → eye → three dots → send by e-mail."""
    page.goto(f"{site.url}/staff/molino/billing")
    row = page.get_by_test_id("documents-row").filter(has_text=account)
    through_the_eye(page, row)


def through_the_eye(page: Page, row: Locator) -> None:
    """The eye at the right of a row → popup → three dots right of the number → send by e-mail."""
    row.get_by_test_id("document-peek").click()
    expect(page.get_by_test_id("peek-number")).to_contain_text(re.compile(r"^FE-\d"))
    page.get_by_test_id("peek").get_by_role("button", name=re.compile("Acciones de")).click()
    page.get_by_test_id("peek-send").click()
    expect(page.get_by_test_id("send-subject-es")).to_be_visible()


def newest_mail(site: Server, page: Page, to: str) -> str:
    """Open the newest mail to an address in the local mailbox; the link that it carries."""
    page.goto(f"{site.url}/outbox?q={to}")
    page.get_by_test_id("outbox-row").first.click()
    return page.get_by_test_id("outbox-link").first.inner_text()


@pytest.mark.spec(119)
@pytest.mark.parametrize(
    ("path", "account", "address"),
    [("the list", "Cafetería Luna", MOON), ("the profile", "Panadería Estrella", STAR)],
)
def test_the_eye_and_the_dots_send_from_each_place(
    site: Server, chromium: Browser, path: str, account: str, address: str
) -> None:
    with person(chromium, site.url, lang="es", size=DESKTOP) as desk:
        page = enter(site, desk)
        if path == "the list":
            page.goto(f"{site.url}/staff/molino/billing")
            row = page.get_by_test_id("documents-row").filter(has_text=account)
        else:
            page.goto(f"{site.url}/staff/molino/accounts/{account_id(site, account)}?tab=billing")
            row = page.get_by_test_id("account-document")
        expect(row).to_have_count(1)
        through_the_eye(page, row)
        expect(page.get_by_test_id("send-to")).to_have_count(1)
        page.get_by_test_id("send-confirm").click()
        expect(row).to_contain_text("Enviada")
        assert mails_to(site, address) == ["sent"]
        assert desk.errors == []


def account_id(site: Server, name: str) -> int:
    with unit_of_work(bind=sa.create_engine(site.database_url), read_only=True) as db:
        found = sa.text("SELECT id FROM account WHERE name = :name")
        return int(db.execute(found, {"name": name}).scalar_one())


def mails_to(site: Server, address: str) -> list[str]:
    """The states of the messages to an address."""
    with unit_of_work(bind=sa.create_engine(site.database_url), read_only=True) as db:
        found = sa.text("SELECT state FROM message WHERE to_address = :a ORDER BY id")
        return [str(row[0]) for row in db.execute(found, {"a": address})]


@pytest.mark.spec(59, 111, 118, 119)
def test_send_seen_resend(site: Server, chromium: Browser) -> None:
    with (
        person(chromium, site.url, lang="es", size=DESKTOP) as desk,
        person(chromium, site.url, lang="es", size=DESKTOP) as post,
        person(chromium, site.url, lang="es", size=DESKTOP) as scanner,
        person(chromium, site.url, lang="es", size=PHONE) as customer,
    ):
        page = enter(site, desk)
        peek(site, page, "Trigal")
        page.get_by_test_id("send-subject-es").fill("Tu factura {{number}}")
        page.get_by_test_id("send-confirm").click()
        row = page.get_by_test_id("documents-row").filter(has_text="Trigal")
        expect(row).to_contain_text("Enviada")

        link = newest_mail(site, post.page, LUZ)
        expect(post.page.locator("h1")).to_contain_text("Tu factura FE-")
        files = post.page.get_by_test_id("outbox-file")
        expect(files).to_have_count(2)
        with post.page.expect_download() as saved:
            files.first.click()
        assert saved.value.suggested_filename.endswith(".pdf")

        row.get_by_role("link").first.click()
        mail = page.get_by_test_id("document-mail")
        expect(mail).to_have_attribute("data-reach", "sent")
        scanner.page.goto(link)
        expect(scanner.page.get_by_test_id("linked-document")).to_be_visible()
        expect(mail).to_have_attribute("data-reach", "opened")

        customer.page.goto(link)
        expect(customer.page.get_by_test_id("document-balance")).to_contain_text("480.000")
        customer.page.wait_for_timeout(1_100)  # what a person takes before they do anything
        customer.page.mouse.wheel(0, 300)
        expect(mail).to_have_attribute("data-reach", "seen")
        expect(customer.page.get_by_test_id("link-pdf")).to_have_attribute(
            "href", re.compile(r"^/d/[\w-]{43}/document\.pdf\?download$")
        )

        pay(site)
        expect(customer.page.get_by_text("Está pagada")).to_be_visible()
        page.get_by_test_id("send-again").click()
        expect(page.get_by_test_id("send-paid")).to_be_visible()
        page.get_by_test_id("send-confirm").click()
        expect(mail).to_have_count(2)
        expect(mail.first).to_have_attribute("data-reach", "sent")
        again = newest_mail(site, post.page, LUZ)
        assert again != link
        body = post.page.frame_locator("iframe").locator("body")
        expect(body).to_contain_text("Pagada por completo")
        expect(body).not_to_contain_text(re.compile("por pagar|pendiente", re.IGNORECASE))

        page.get_by_test_id("link-revoke").last.click()
        page.get_by_role("button", name="Quitar el enlace", exact=True).last.click()
        expect(customer.page.get_by_test_id("link-ended")).to_be_visible()
        for visitor in (desk, scanner, customer):
            assert visitor.foreign == []
            assert visitor.errors == []


def pay(site: Server) -> None:
    """The whole invoice, recorded by a colleague."""
    with unit_of_work(bind=sa.create_engine(site.database_url)) as db:
        account = db.execute(
            sa.text("SELECT id FROM account WHERE name = 'Panadería El Trigal'")
        ).scalar_one()
        document, total = db.execute(
            sa.text("SELECT id, total_minor FROM document WHERE account_id = :a").bindparams(
                a=account
            )
        ).one()
        who = identity.member_actor(db, _agent(db), "molino")
        manual_payments.record(
            db,
            who,
            account_id=account,
            currency="COP",
            amount_minor=total,
            lines=[(document, total)],
            method="cash",
            received_on=NOW.date() - timedelta(days=1),
            client_key="the-only-payment",
            now=datetime.now(UTC),
        )


def _agent(db: Session) -> identity.Principal:
    signed = identity.sign_in_as(db, email="agent@molino.example", now=datetime.now(UTC))
    assert signed is not None
    return identity.Principal(key="story", user_id=signed.user_id, kind=signed.kind)


def test_a_bounce_is_seen_and_another_address_mends_it(site: Server, chromium: Browser) -> None:
    with person(chromium, site.url, lang="es", size=DESKTOP) as desk:
        page = enter(site, desk)
        peek(site, page, "Ferretería")
        page.get_by_test_id("send-to").nth(1).uncheck()
        page.get_by_test_id("send-confirm").click()
        row = page.get_by_test_id("documents-row").filter(has_text="Ferretería")
        expect(row).to_contain_text("No llegó el correo")
        row.get_by_role("link").first.click()
        expect(page.get_by_test_id("document-undelivered")).to_be_visible()
        page.get_by_test_id("send-other-address").click()
        expect(page.get_by_test_id("send-to").first).not_to_be_checked()
        page.get_by_test_id("send-to").nth(1).check()
        page.get_by_test_id("send-confirm").click()
        expect(page.get_by_test_id("document-undelivered")).to_have_count(0)
        expect(page.get_by_test_id("document-mail").first).to_have_attribute("data-reach", "sent")
        assert desk.errors == []
