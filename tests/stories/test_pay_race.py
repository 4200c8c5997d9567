"""A hundred people press "pay" at once, and the gateway says it a thousand times: one payment."""

import asyncio
import json
import sqlite3
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from time import time
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from clientportal import queue
from clientportal.domain.documents import Kind
from clientportal.gateways.sandbox import Sandbox
from clientportal.gateways.sandbox_host import keys
from clientportal.services import access, identity, spaces
from clientportal.settings import settings
from clientportal.storage import session as storage_session
from clientportal.storage.models import (
    Allocation,
    AttemptLine,
    Document,
    Message,
    Payment,
    PaymentAttempt,
)
from clientportal.storage.session import make_engine, unit_of_work
from tests.support import people
from tests.support.canary import ALFA, LUZ
from tests.support.databases import KINDS, fresh_database, service_url
from tests.support.sandbox import SECRET, HostProcess, until
from tests.support.served import LIMITS
from tests.support.server import Server, server
from tests.support.socket import Tab, tab
from tests.support.tenants import World, make_world

pytestmark = [pytest.mark.server]

FIRST: dict[str, Any] = {"return_when": asyncio.FIRST_COMPLETED, "timeout": 90}
CLICKS = 100
REPLAYS = 1_000
PAULA = "paula@alfa.example"  # buys for the same account as Luz, from another desk
LIST = "/portal/{space}/documents"
STATE = "portal_documents"
HANDLERS = (
    "reflex___state____state.clientportal___ui___portal___documents_state____portal_documents"
)


@dataclass(frozen=True, slots=True)
class Shop:
    """One or two server processes over one database, and the gateway's host."""

    servers: tuple[Server, ...]
    engine: sa.Engine
    world: World
    host: HostProcess
    buyers: tuple[tuple[str, str], ...]  # (Cookie header, space) of a hundred sessions

    @property
    def gateway(self) -> Sandbox:
        secret = SECRET.encode()
        return Sandbox(
            httpx.Client(base_url=self.host.url, timeout=20),
            api_key=keys.api_key(secret, ALFA),
            signing_secret=keys.signing_secret(secret, ALFA),
        )


@pytest.fixture(autouse=True)
def _own_settings() -> None:
    """Settings belong to the module's servers here."""


@pytest.fixture(scope="module", params=KINDS)
def shop(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    sandbox_host: HostProcess,
) -> Iterator[Shop]:
    """PostgreSQL and Redis under two processes; SQLite under one."""
    folder = tmp_path_factory.mktemp("race")
    patch = pytest.MonkeyPatch()
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(str(request.param), folder))
        patch.setenv("CLIENTPORTAL_DATABASE_URL", url)
        patch.setenv("CLIENTPORTAL_DATA_DIR", str(folder / "data"))
        settings.cache_clear()
        storage_session.engine.cache_clear()
        engine = make_engine(settings().database_url)
        with unit_of_work(bind=engine) as session:
            world = make_world(session, datetime.now(UTC).replace(microsecond=0))
            buyers = hundred_sessions(session, world)
        servers = tuple(
            stack.enter_context(running)
            for running in _processes(str(request.param), url, folder, sandbox_host)
        )
        yield Shop(servers, engine, world, sandbox_host, buyers)
        queue.client.cache_clear()
        engine.dispose()
    patch.undo()
    settings.cache_clear()


def _processes(
    kind: str, url: str, folder: Path, host: HostProcess
) -> list[AbstractContextManager[Server]]:
    extra = {"SECRET_KEY": SECRET, "SANDBOX_GATEWAY_URL": host.url, **LIMITS}
    count = 1
    if kind == "postgresql":
        extra["REDIS_URL"] = f"{service_url('TEST_REDIS_URL')}/15"
        count = 2
    return [server(database_url=url, data_dir=folder / "data", extra=extra) for _ in range(count)]


def hundred_sessions(session: Session, world: World) -> tuple[tuple[str, str], ...]:
    """Sessions of Luz and of Paula in turn, each with the space that shows the invoice to them."""
    owner, account = world.alfa.owner, world.mine.account
    contact = people.contact(session, owner, [account], PAULA, world.now)
    access.set_login(
        session,
        owner,
        account_id=account,
        contact_id=contact,
        email=PAULA,
        on=True,
        now=world.now,
    )
    session.flush()
    found: list[tuple[str, str]] = []
    homes: dict[int, str] = {}
    for _, email in zip(range(CLICKS), cycle((LUZ, PAULA)), strict=False):
        signed_in = identity.sign_in_as(session, email=email, now=world.now)
        assert signed_in is not None
        if signed_in.user_id not in homes:
            views = spaces.spaces_of(session, signed_in.user_id, now=world.now)
            homes[signed_in.user_id] = next(
                view.key for view in views if account in {a.id for a in view.accounts}
            )
        cookie = f"{settings().session_cookie}={signed_in.token}"
        found.append((cookie, homes[signed_in.user_id]))
    return tuple(found)


def by_post(shop: Shop, number: int) -> str:
    """Press the button of the plain form; what came of it: `opened` or the code of the refusal."""
    cookie, space = shop.buyers[number]
    base = shop.servers[number % len(shop.servers)].url
    answer = httpx.post(
        f"{base}/pay/start",
        data={"space": space, "method": "sandbox", "document": str(shop.world.mine.invoice)},
        headers={"Cookie": cookie, "Origin": base, "X-Forwarded-For": f"10.1.0.{number}"},
        timeout=60,
    )
    assert answer.status_code == 303, answer.text
    target = answer.headers["location"]
    if target.startswith(f"{shop.host.url}/pay/"):
        return "opened"
    return httpx.URL(target).params["error"]


async def by_socket(shop: Shop, number: int, ready: asyncio.Barrier) -> str:
    """Tick the invoice, wait for everybody, press the button of the page."""
    cookie, space = shop.buyers[number]
    base = shop.servers[number % len(shop.servers)].url
    path = LIST.format(space=space)
    async with tab(base, path, cookie=cookie, forwarded_for=f"10.2.0.{number}") as page:
        await page.call(f"{HANDLERS}.choose_one", document_id=shop.world.mine.invoice)
        await page.until(lambda t: bool(t.var(STATE, "chosen")), 60)
        await ready.wait()
        await page.call(f"{HANDLERS}.pay")
        await page.until(_is_decided, 60)
        if page.var(STATE, "pay_url"):
            return "opened"
        return str(page.var(STATE, "pay_error") or "gone")


def _is_decided(page: Tab) -> bool:
    """On its way to the gateway, refused, or told before the click that somebody else is paying."""
    answer = page.var(STATE, "pay_url") or page.var(STATE, "pay_error")
    return bool(answer) or not page.var(STATE, "chosen")


async def everybody_clicks(shop: Shop) -> Counter[str]:
    """Half by socket, half by plain POST, all at the same moment."""
    half = CLICKS // 2
    ready = asyncio.Barrier(half + 1)
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(half) as pool:
        tabs = [asyncio.create_task(by_socket(shop, n, ready)) for n in range(half)]
        failed = asyncio.gather(*tabs)
        await asyncio.wait({failed, asyncio.ensure_future(ready.wait())}, **FIRST)
        assert not failed.done(), failed.result()
        posts = [loop.run_in_executor(pool, by_post, shop, n) for n in range(half, CLICKS)]
        return Counter(await asyncio.gather(*tabs, *posts))


def replay(shop: Shop, charge: str) -> Counter[int]:
    """Send what the gateway sent, again and again, also as events with other names."""
    with sqlite3.connect(shop.host.database) as connection:
        rows = connection.execute("SELECT body FROM deliveries").fetchall()
    bodies = [str(row[0]) for row in rows if charge in str(row[0])]
    assert bodies, "the gateway sent nothing"
    secret = keys.signing_secret(SECRET.encode(), ALFA)
    with httpx.Client(timeout=60, limits=httpx.Limits(max_connections=20)) as client:

        def send(number: int) -> int:
            event = json.loads(bodies[-1])
            if number % 10 == 0:
                event["id"] = f"evt_{uuid.uuid4().hex}"
            raw = json.dumps(event).encode()
            base = shop.servers[number % len(shop.servers)].url
            answer = client.post(
                f"{base}/webhooks/sandbox/{ALFA}",
                content=raw,
                headers={"sandbox-signature": keys.signature(secret, int(time()), raw)},
            )
            return answer.status_code

        with ThreadPoolExecutor(20) as pool:
            return Counter(pool.map(send, range(REPLAYS)))


@pytest.mark.spec(50, 86, 87)
async def test_a_hundred_clicks_and_a_thousand_replays_are_one_payment(shop: Shop) -> None:
    outcomes = await everybody_clicks(shop)
    assert sum(outcomes.values()) == CLICKS
    assert outcomes["opened"] >= 1
    assert set(outcomes) <= {"opened", "document_being_paid", "gone"}, outcomes
    with unit_of_work(read_only=True, bind=shop.engine) as session:
        line = session.exec(_open_lines(shop)).one()
        attempt_id = line.attempt_id
        attempt = session.get(PaymentAttempt, attempt_id)
        assert attempt is not None
        charge = str(attempt.provider_id)
    shop.gateway.decide(charge, "approve")
    until(lambda: _is_paid(shop), 20)
    answers = await asyncio.to_thread(replay, shop, charge)
    assert answers == {200: REPLAYS}
    until(lambda: _inbox_is_empty(shop), 30)
    _assert_one_of_everything(shop, attempt_id)
    shop.servers[0].run("check")  # exit 1 on any difference


def _open_lines(shop: Shop) -> SelectOfScalar[AttemptLine]:
    return select(AttemptLine).where(
        col(AttemptLine.document_id) == shop.world.mine.invoice, col(AttemptLine.is_open)
    )


def _is_paid(shop: Shop) -> bool:
    with unit_of_work(read_only=True, bind=shop.engine) as session:
        row = session.get(Document, shop.world.mine.invoice)
        assert row is not None
        return row.balance_minor == 0


def _inbox_is_empty(shop: Shop) -> bool:
    with unit_of_work(read_only=True, bind=shop.engine) as session:
        waiting = "SELECT count(*) FROM webhook_inbox WHERE processed_at IS NULL"
        return session.execute(sa.text(waiting)).scalar_one() == 0


def _assert_one_of_everything(shop: Shop, attempt_id: int) -> None:
    with unit_of_work(read_only=True, bind=shop.engine) as session:
        (payment,) = session.exec(
            select(Payment).where(col(Payment.attempt_id) == attempt_id)
        ).all()
        shares = session.exec(
            select(Allocation).where(col(Allocation.document_id) == shop.world.mine.invoice)
        ).all()
        assert [share.credit_id for share in shares] == [payment.receipt_id]
        online = session.exec(
            select(Payment).where(
                col(Payment.gateway) == "sandbox",
                col(Payment.company_id) == shop.world.alfa.id,
                col(Payment.attempt_id) != shop.world.mine.attempt,
            )
        ).all()
        assert [row.id for row in online] == [payment.id]
        receipts = session.exec(
            select(Document).where(
                col(Document.kind) == Kind.CASH_RECEIPT,
                col(Document.company_id) == shop.world.alfa.id,
                col(Document.id) != shop.world.mine.receipt,
            )
        ).all()
        assert [row.id for row in receipts] == [payment.receipt_id]
        kinds = Counter(
            row.kind
            for row in session.exec(
                select(Message).where(col(Message.company_id) == shop.world.alfa.id)
            ).all()
        )
        assert (kinds["receipt"], kinds["payment_received"]) == (1, 1)
        attempts = session.exec(
            select(PaymentAttempt).where(
                col(PaymentAttempt.company_id) == shop.world.alfa.id,
                col(PaymentAttempt.id) != shop.world.mine.attempt,
            )
        ).all()
        assert [row.id for row in attempts] == [attempt_id]
