"""Too little arrives → seen on Today → accepted as credit → applied; the customer watches."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect
from sqlmodel import Session

from clientportal.domain.documents import Kind
from clientportal.services import drafts, identity, spaces
from clientportal.services.drafts import DraftInput, LineInput
from clientportal.storage.models import Company
from clientportal.storage.session import unit_of_work
from tests.support import browser as browsers
from tests.support import people
from tests.support.browser import DESKTOP, PHONE, Person, person
from tests.support.reviews import in_review
from tests.support.server import Server, server

pytestmark = [pytest.mark.browser]
NOW = datetime.now(UTC)
LUZ = "luz@trigal.example"


@dataclass(frozen=True, slots=True)
class Site:
    server: Server
    document: int
    space: str

    def enter(self, visitor: Person, email: str) -> None:
        """Sign the visitor in."""
        with unit_of_work(bind=sa.create_engine(self.server.database_url)) as db:
            signed = identity.sign_in_as(db, email=email, now=datetime.now(UTC))
            assert signed is not None
        cookie = {"name": "session", "value": signed.token, "url": self.server.url}
        visitor.context.add_cookies([{**cookie, "httpOnly": True}])


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with server(extra={"DEMO": "1"}) as found:
        with unit_of_work(bind=sa.create_engine(found.database_url)) as db:
            yield_to = _fill(db)
        yield Site(found, *yield_to)


def _fill(db: Session) -> tuple[int, str]:
    """Two invoices of COP 480.000, and COP 1 less than one of them paid; (document, space)."""
    molino = people.company(db, "molino", NOW)
    company = db.get(Company, molino.id)
    assert company is not None
    company.is_test = True
    account = people.account(db, molino.owner, NOW, name="Panadería El Trigal")
    contact = people.contact(db, molino.owner, [account], LUZ, NOW)
    luz = people.customer(db, molino.owner, account, contact, LUZ, NOW)
    spaces.refresh(db, luz.user_id, now=NOW)
    keys = []
    for days in (20, 30):
        draft = DraftInput(
            account_id=account,
            kind=Kind.INVOICE,
            currency="COP",
            issued_on=NOW.date() - timedelta(days=2),
            due_on=NOW.date() + timedelta(days=days),
            lines=(LineInput("Harina", Decimal(1), Decimal(480_000)),),
        )
        row = drafts.create(db, molino.agent, draft=draft, now=NOW)
        assert row.id is not None
        drafts.issue(db, molino.agent, document_id=row.id, now=NOW)
        keys.append(row.id)
    in_review(db, luz, keys[0], now=NOW, amount_minor=47_900_000)
    return keys[0], spaces.spaces_of(db, luz.user_id)[0].key


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=20_000)  # the first load on a busy machine
    with browsers.chromium() as found:
        yield found
    expect.set_options(timeout=5_000)


def test_a_payment_in_review_becomes_credit(site: Site, chromium: Browser) -> None:
    url = site.server.url
    with (
        person(chromium, url, lang="es", size=DESKTOP) as desk,
        person(chromium, url, lang="es", size=PHONE) as customer,
    ):
        site.enter(desk, "admin@molino.example")
        site.enter(customer, LUZ)
        customer.page.goto(f"{url}/portal/{site.space}/documents/{site.document}")
        told = customer.page.get_by_test_id("document-being-paid")
        expect(told).to_contain_text("lo está revisando. No pagues otra vez.")
        expect(customer.page.get_by_test_id("document-pay")).to_have_count(0)

        page = desk.page
        page.goto(f"{url}/staff/molino/today")
        waiting = page.get_by_test_id("today-review")
        expect(waiting).to_contain_text("Llegaron COP 479.000")
        expect(page.get_by_test_id("today-attempt")).to_have_count(0)
        waiting.get_by_test_id("review-open").click()
        expect(page.get_by_test_id("document-review")).to_be_visible()
        expect(page.get_by_test_id("document-being-paid")).to_have_count(0)
        page.get_by_test_id("review-accept").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("¿Aceptar COP 479.000 como saldo a favor?")
        dialog.get_by_role("button", name="Aceptar como saldo", exact=True).click()
        expect(page.get_by_test_id("document-review")).to_have_count(0)
        expect(customer.page.get_by_test_id("document-pay")).to_be_visible()

        page.goto(f"{url}/staff/molino/today")
        expect(page.get_by_test_id("today-credit")).to_contain_text("479.000")
        expect(page.get_by_test_id("today-review")).to_have_count(0)
        events = page.get_by_test_id("today-events")
        expect(events).to_contain_text("Un pago en revisión quedó como saldo a favor")
        for visitor in (desk, customer):
            assert visitor.foreign == []
            assert visitor.errors == []
    site.server.run("check")  # exit 1 on any difference
