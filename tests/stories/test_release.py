"""Staff give an open payment free: it can be paid again, and the late money becomes credit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal import queue
from clientportal.domain.documents import Kind
from clientportal.domain.payments import AttemptState
from clientportal.gateways.sandbox import Sandbox
from clientportal.gateways.sandbox_host import keys
from clientportal.settings import settings
from clientportal.storage import session as storage_session
from clientportal.storage.models import Document, Message, Payment, PaymentAttempt
from clientportal.storage.session import make_engine, unit_of_work
from tests.support.canary import ALFA
from tests.support.databases import fresh_database
from tests.support.sandbox import SECRET, HostProcess, until
from tests.support.served import LIMITS, sign_in_everybody
from tests.support.server import Server, server
from tests.support.socket import Tab, tab
from tests.support.tenants import World, make_world

pytestmark = [pytest.mark.server]

TODAY = f"/staff/{ALFA}/today"
STATE = "staff_today"
HANDLERS = "reflex___state____state.clientportal___ui___staff___today_state____staff_today"


@dataclass(frozen=True, slots=True)
class Site:
    """A server with its jobs, the gateway's host, and everybody's cookies."""

    server: Server
    engine: sa.Engine
    world: World
    host: HostProcess
    tokens: dict[str, str]

    def cookie(self, who: str) -> str:
        return f"{settings().session_cookie}={self.tokens[who]}"

    def pay(self) -> httpx.URL:
        """The customer presses "pay" for the invoice; where their browser is sent."""
        answer = httpx.post(
            f"{self.server.url}/pay/start",
            data={
                "space": self.world.mine.space,
                "method": "sandbox",
                "document": str(self.world.mine.invoice),
            },
            headers={"Cookie": self.cookie("customer"), "Origin": self.server.url},
            timeout=60,
        )
        assert answer.status_code == 303, answer.text
        target = answer.headers["location"]
        assert target.startswith(f"{self.host.url}/pay/"), target
        return httpx.URL(target)

    def approve(self, attempt_id: int) -> None:
        secret = SECRET.encode()
        with unit_of_work(read_only=True, bind=self.engine) as session:
            charge = str(_attempt(session, attempt_id).provider_id)
        Sandbox(
            httpx.Client(base_url=self.host.url, timeout=20),
            api_key=keys.api_key(secret, ALFA),
            signing_secret=keys.signing_secret(secret, ALFA),
        ).decide(charge, "approve")

    def paid_by(self, attempt_id: int) -> bool:
        """Whether the payment of an attempt has been booked."""
        with unit_of_work(read_only=True, bind=self.engine) as session:
            rows = select(Payment).where(col(Payment.attempt_id) == attempt_id)
            return any(row.receipt_id for row in session.exec(rows))


@pytest.fixture(autouse=True)
def _own_settings() -> None:
    """Settings belong to the module's server here."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sandbox_host: HostProcess) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("release")
    patch = pytest.MonkeyPatch()
    with fresh_database("sqlite", folder) as url:
        patch.setenv("CLIENTPORTAL_DATABASE_URL", url)
        patch.setenv("CLIENTPORTAL_DATA_DIR", str(folder / "data"))
        settings.cache_clear()
        storage_session.engine.cache_clear()
        engine = make_engine(settings().database_url)
        now = datetime.now(UTC).replace(microsecond=0)
        with unit_of_work(bind=engine) as session:
            world = make_world(session, now)
        tokens = sign_in_everybody(engine, world, now)
        extra = {"SECRET_KEY": SECRET, "SANDBOX_GATEWAY_URL": sandbox_host.url, **LIMITS}
        with server(database_url=url, data_dir=folder / "data", extra=extra) as running:
            yield Site(running, engine, world, sandbox_host, tokens)
        queue.client.cache_clear()
        engine.dispose()
    patch.undo()
    settings.cache_clear()


def _attempt(session: Session, attempt_id: int) -> PaymentAttempt:
    row = session.get(PaymentAttempt, attempt_id)
    assert row is not None
    return row


def _held(page: Tab, document_id: int) -> list[dict[str, Any]]:
    """The open payments that Today shows for a document."""
    href = f"/staff/{ALFA}/billing/{document_id}"
    return [row for row in page.var(STATE, "attempts") or [] if row["href"] == href]


async def test_a_released_payment_is_paid_again_and_the_late_money_is_credit(site: Site) -> None:
    invoice = site.world.mine.invoice
    async with tab(
        site.server.url, TODAY, cookie=site.cookie("admin"), forwarded_for="10.9.0.1"
    ) as page:
        await page.until(lambda t: bool(t.var(STATE, "loaded")))
        assert not _held(page, invoice)
        first_page = site.pay()
        await page.until(lambda t: bool(_held(t, invoice)))
        (shown,) = _held(page, invoice)
        assert site.pay() == first_page  # the same person is led back to the same payment
        await page.call(f"{HANDLERS}.release", attempt_id=shown["id"])
        await page.until(lambda t: t.var("visitor", "notice_code") == "attempt_released")
        await page.until(lambda t: not _held(t, invoice))
        assert page.var(STATE, "releasing") == 0
        with unit_of_work(read_only=True, bind=site.engine) as session:
            first = _attempt(session, shown["id"])
            assert (first.state, first.superseded_at is None) == (AttemptState.SUPERSEDED, False)

        assert site.pay() != first_page
        await page.until(lambda t: bool(_held(t, invoice)))
        (again,) = _held(page, invoice)
        assert again["id"] != shown["id"]

        site.approve(shown["id"])  # the payer had both windows open
        until(lambda: site.paid_by(shown["id"]), 20)
        _assert_is_credit(site, shown["id"], again["amount_minor"])
        site.approve(again["id"])
        until(lambda: site.paid_by(again["id"]), 20)
        await page.until(lambda t: not _held(t, invoice))
    with unit_of_work(read_only=True, bind=site.engine) as session:
        row = session.get(Document, invoice)
        assert row is not None
        assert row.balance_minor == 0
    _assert_is_credit(site, shown["id"], again["amount_minor"])
    site.server.run("check")  # exit 1 on any difference


def _assert_is_credit(site: Site, attempt_id: int, amount_minor: int) -> None:
    """The receipt of the late money stands unused, and both sides were told why."""
    with unit_of_work(read_only=True, bind=site.engine) as session:
        payment = session.exec(select(Payment).where(col(Payment.attempt_id) == attempt_id)).one()
        receipt = session.get(Document, payment.receipt_id)
        assert receipt is not None
        assert receipt.kind is Kind.CASH_RECEIPT
        assert (receipt.total_minor, receipt.balance_minor) == (amount_minor, amount_minor)
        told = select(Message).where(col(Message.document_id) == receipt.id)
        kinds = {row.kind for row in session.exec(told)}
        assert kinds == {"payment_as_credit"}


async def test_who_may_not_release_is_told_so(site: Site) -> None:
    held = site.world.mine.attempt
    async with tab(
        site.server.url, TODAY, cookie=site.cookie("agent"), forwarded_for="10.9.0.2"
    ) as page:
        await page.until(lambda t: bool(t.var(STATE, "loaded")))
        await page.call(f"{HANDLERS}.release", attempt_id=held)
        await page.until(lambda t: t.var("visitor", "notice_code") == "not_allowed")
    with unit_of_work(read_only=True, bind=site.engine) as session:
        assert _attempt(session, held).state is AttemptState.CREATED
