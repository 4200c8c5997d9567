"""What is committed anywhere reaches every open page; what ends, ends on the page too."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
import sqlalchemy as sa

from clientportal import queue
from clientportal.domain.actors import Member, Role
from clientportal.services import access, companies, identity, members
from clientportal.settings import settings
from clientportal.storage import session as storage_session
from clientportal.storage.models import User
from clientportal.storage.session import unit_of_work
from tests.support.canary import ALFA, LUZ, OTRA
from tests.support.databases import fresh_database, service_url
from tests.support.inspected import PATH, WAKES
from tests.support.people import Staffed
from tests.support.served import LIMITS, sign_in_everybody
from tests.support.server import Server, server
from tests.support.socket import Tab, tab
from tests.support.tenants import World, document_file, make_world

pytestmark = [pytest.mark.server]

SECOND = 1.0
LOOK_SECONDS = 0.005
IDLE_SECONDS = 3
TRANSPORTS = ("sqlite", "postgresql", "redis")
TODAY, BILLING, PORTAL = "staff_today", "staff_billing", "portal_documents"


@dataclass(slots=True)
class Live:
    """A server over one transport; its states expire after IDLE_SECONDS."""

    server: Server
    engine: sa.Engine
    world: World
    tokens: dict[str, str]
    redis_url: str
    visitors: int = 0

    def tab(self, who: str, path: str, token: str = "") -> AbstractAsyncContextManager[Tab]:
        self.visitors += 1
        cookie = f"{settings().session_cookie}={token or self.tokens[who]}"
        address = f"10.3.{self.visitors // 256}.{self.visitors % 256}"
        return tab(self.server.url, path, cookie=cookie, forwarded_for=address)

    def new_session(self, email: str) -> str:
        """One more signed-in browser of somebody; the value of its cookie."""
        with unit_of_work(bind=self.engine) as session:
            found = identity.sign_in_as(session, email=email, now=datetime.now(UTC))
            assert found is not None
            return found.token

    def held(self) -> dict[str, int]:
        answer = httpx.get(self.server.url + PATH, timeout=20)
        return dict(answer.json())

    def wakes(self, page: Tab) -> int:
        """How often changes have had the page read again."""
        return self.held().get(WAKES + page.token, 0)

    async def import_invoice(self, number: str, folder: Path) -> float:
        """Import one invoice by the command line, in a process of its own.

        The last moment (of time.monotonic) at which it was not stored yet: its commit came after.
        """
        file = folder / f"{number}.csv"
        file.write_bytes(document_file(number, self.world.today))
        words = ("import", "documents", str(file), "--company", ALFA, "--currency", "USD")
        running = asyncio.create_task(asyncio.to_thread(self.server.run, *words))
        while True:
            ended, absent = running.done(), time.monotonic()
            if await asyncio.to_thread(self._is_stored, f"{number}-77"):
                await running
                return absent
            assert not ended, f"{number} was not imported: {running.result()}"
            await asyncio.sleep(LOOK_SECONDS)

    def _is_stored(self, number: str) -> bool:
        with self.engine.connect() as connection:
            wanted = sa.text("SELECT 1 FROM document WHERE number = :number")
            return connection.execute(wanted, {"number": number}).first() is not None

    def rename_foreign(self, name: str) -> None:
        """Something happens in the other company, which only its own pages show."""
        beta = self.world.beta
        with unit_of_work(bind=self.engine) as session:
            companies.update(
                session,
                beta.admin,
                company_id=beta.id,
                changes={"name": name},
                now=datetime.now(UTC),
            )

    def forgets(self, token: str) -> bool:
        """Whether nothing of the tab's state is left in the server."""
        if not self.redis_url:
            return self.held()["states"] == 0
        client = redis.Redis.from_url(self.redis_url)
        return not any(b"substate" in key or b"state" in key for key in client.keys(f"*{token}*"))


@pytest.fixture(autouse=True)
def _own_settings() -> None:
    """Settings belong to the module's server here."""


@pytest.fixture(scope="module", params=TRANSPORTS)
def live(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Live]:
    name = str(request.param)
    folder = tmp_path_factory.mktemp("live")
    redis_url = f"{service_url('TEST_REDIS_URL')}/14" if name == "redis" else ""
    patch = pytest.MonkeyPatch()
    patch.setenv("REFLEX_REDIS_TOKEN_EXPIRATION", str(IDLE_SECONDS))
    with fresh_database("sqlite" if name == "sqlite" else "postgresql", folder) as url:
        patch.setenv("CLIENTPORTAL_DATABASE_URL", url)
        patch.setenv("CLIENTPORTAL_DATA_DIR", str(folder / "data"))
        patch.setenv("CLIENTPORTAL_REDIS_URL", redis_url)
        settings.cache_clear()
        storage_session.engine.cache_clear()
        engine = storage_session.engine()
        now = datetime.now(UTC).replace(microsecond=0)
        with unit_of_work(bind=engine) as session:
            world = make_world(session, now)
        tokens = sign_in_everybody(engine, world, now)
        extra = {"JOBS": "separate", "REDIS_URL": redis_url, **LIMITS}
        with server(
            database_url=url,
            data_dir=folder / "data",
            extra=extra,
            module="tests.support.inspected",
        ) as running:
            yield Live(running, engine, world, tokens, redis_url)
        queue.client.cache_clear()
        engine.dispose()
        storage_session.engine.cache_clear()
    patch.undo()
    settings.cache_clear()


async def within_a_second(page: Tab, question: Callable[[Tab], bool], what: str) -> None:
    try:
        await page.until(question, SECOND)
    except TimeoutError:
        raise AssertionError(f"{what} did not reach the page; last: {page.updates[-2:]}") from None


def shows(page: Tab, number: str) -> bool:
    """Whether the list knows of a document: as a row, or as one that waits behind its bar.

    It waits where rows are shown already; a list whose state had expired is shown anew, with it.
    """
    return number in str(page.var(BILLING, "rows")) or page.var(BILLING, "waiting") > 0


def arrival(page: Tab, question: Callable[[Tab], bool]) -> asyncio.Task[float]:
    """From now on wait for it to reach the page: the moment at which it did."""

    async def wait() -> float:
        try:
            await page.until(question)
        except TimeoutError:
            raise AssertionError(f"nothing reached the page; last: {page.updates[-2:]}") from None
        return time.monotonic()

    return asyncio.create_task(wait())


async def within_a_second_of(committed: float, reached: asyncio.Task[float], what: str) -> None:
    late = await reached - committed
    assert late <= SECOND, f"{what} reached the page {late:.2f} s after its commit"


async def fence(live: Live, page: Tab, name: str) -> None:
    """Wake a page of the other company by a change of its own, and wait until that has reached it.

    What woke it before, by mistake, has come by then, or comes within the gap between two wakes,
    which is shorter than the quiet that is waited for.
    """
    await asyncio.to_thread(live.rename_foreign, name)
    await page.until(lambda t: t.var("staff_frame", "company") == name)
    await page.settle()


async def test_an_import_in_another_process_changes_open_pages(live: Live, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        today = await stack.enter_async_context(live.tab("viewer", f"/staff/{ALFA}/today"))
        billing = await stack.enter_async_context(live.tab("agent", f"/staff/{ALFA}/billing"))
        foreign = await stack.enter_async_context(live.tab("foreign_admin", "/staff/beta/today"))
        for page, state in ((today, TODAY), (billing, BILLING), (foreign, TODAY)):
            await page.until(lambda t, s=state: bool(t.var(s, "loaded")))
        await fence(live, foreign, "Fence one")
        woken = live.wakes(foreign)
        assert woken == 1
        row = arrival(billing, lambda t: shows(t, "qzklive-77"))
        event = arrival(today, lambda t: "imported" in str(t.var(TODAY, "events")))
        committed = await live.import_invoice("qzklive", tmp_path)
        await within_a_second_of(committed, row, "the row")
        await within_a_second_of(committed, event, "the event")
        # The bus keeps the order of commits: what woke the page by mistake comes before the fence.
        await fence(live, foreign, "Fence two")
        assert live.wakes(foreign) == woken + 1, "a page of another company was woken"


async def test_an_idle_page_still_refreshes_and_stays_signed_in(live: Live, tmp_path: Path) -> None:
    async with live.tab("agent", f"/staff/{ALFA}/billing") as page:
        await page.until(lambda t: bool(t.var(BILLING, "loaded")))
        token = page.token
        await eventually(lambda: live.forgets(token), IDLE_SECONDS + 15)
        row = arrival(page, lambda t: shows(t, "qzkidle-77"))
        committed = await live.import_invoice("qzkidle", tmp_path)
        await within_a_second_of(committed, row, "the row")
        assert not left(page)
        await page.go(f"/staff/{ALFA}/today")
        await page.until(lambda t: bool(t.var(TODAY, "loaded")))
        assert page.var("visitor", "signed_in")


async def test_fifty_tabs_leave_nothing_behind(live: Live) -> None:
    await eventually(lambda: live.held()["sockets"] == 0, 15)
    before = live.held()
    async with AsyncExitStack() as stack:
        for number in range(50):
            path = f"/staff/{ALFA}/{('today', 'billing')[number % 2]}"
            await stack.enter_async_context(live.tab("viewer", path))
        busy = live.held()
        assert busy["tabs"] >= 50
        assert busy["sockets"] >= 50
    names = ("tasks", "tabs", "topics", "sockets", "queries", "states")

    def rest() -> dict[str, int]:
        now = live.held()
        return {name: now[name] - before[name] for name in names if now[name] > before[name]}

    await eventually(lambda: not rest(), 30, rest)


async def test_a_revoked_session_s_page_is_sent_away(live: Live) -> None:
    mine, elsewhere = live.new_session(LUZ), live.new_session(LUZ)
    space = live.world.mine.space
    async with live.tab("", f"/portal/{space}/documents", mine) as page:
        await page.until(lambda t: bool(t.var(PORTAL, "loaded")))
        cookie = f"{settings().session_cookie}={elsewhere}"
        answer = await asyncio.to_thread(
            httpx.post,
            f"{live.server.url}/auth/sign-out-everywhere",
            headers={"Cookie": cookie, "Origin": live.server.url},
        )
        assert answer.status_code == 303
        await within_a_second(page, left, "the end of the session")
    live.tokens["customer"] = live.new_session(LUZ)


async def test_login_switched_off_ends_that_portal(live: Live) -> None:
    """The only door of a customer closes: the page is sent away, and nothing answers any more."""
    world, email = live.world, OTRA
    token = live.new_session(email)
    path = f"/portal/{world.other_space}/documents"
    async with live.tab("", path, token) as page:
        await page.until(lambda t: bool(t.var(PORTAL, "loaded")))
        switch(live, email, world.other_account, on=False)
        await within_a_second(page, left, "the end of the login")
    async with live.tab("", path, token) as page:
        await page.until(left)
        assert "qzo" not in "".join(page.raw)
    switch(live, email, world.other_account, on=True)


async def test_one_of_two_logins_switched_off_closes_that_space_alone(live: Live) -> None:
    world, things = live.world, live.world.mine
    token = live.new_session(LUZ)
    async with (
        live.tab("", f"/portal/{things.space}/documents", token) as closed,
        live.tab("", f"/portal/{things.second_space}/documents", token) as open_,
    ):
        for page in (closed, open_):
            await page.until(lambda t: bool(t.var(PORTAL, "loaded")))
        switch(live, LUZ, things.account, on=False)
        await within_a_second(closed, lambda t: says_gone(t) or left(t), "the end of the login")
        assert not left(open_)
        await open_.go(f"/portal/{things.second_space}")
        await open_.until(lambda t: bool(t.var("portal_home", "loaded")))
    switch(live, LUZ, things.account, on=True)
    with unit_of_work(bind=live.engine) as session:
        identity.sign_in_as(session, email=LUZ, now=world.now)


async def test_a_removed_member_s_pages_end_and_their_other_company_s_stay(live: Live) -> None:
    """A list, a form that watches nothing of its own, and the import screen end alike."""
    world, person = live.world, live.world.alfa.agent
    place(live, world.beta, person, Role.VIEWER)
    token = live.new_session(f"agent@{ALFA}.example")
    base, mine = f"/staff/{ALFA}", world.mine
    paths = (
        f"{base}/today",
        f"{base}/accounts/{mine.account}/edit",
        f"{base}/billing/{mine.draft}/edit",
        f"{base}/imports",
    )
    async with AsyncExitStack() as stack:
        pages = [await stack.enter_async_context(live.tab("", path, token)) for path in paths]
        elsewhere = await stack.enter_async_context(live.tab("", "/staff/beta/today", token))
        for page in (*pages, elsewhere):
            await page.settle()
            assert page.var("staff_frame", "company"), page.path
            assert not says_gone(page), page.path
        remove(live, world.alfa, person, Role.AGENT)
        ends = [
            within_a_second(page, says_gone, f"the end of the place at {page.path}")
            for page in pages
        ]
        await asyncio.gather(*ends)
        assert not any(left(page) for page in (*pages, elsewhere))
        assert not says_gone(elsewhere)
        await elsewhere.go("/staff/beta/billing")
        await elsewhere.until(lambda t: bool(t.var(BILLING, "loaded")))
        remove(live, world.beta, person, Role.VIEWER)
        await within_a_second(elsewhere, left, "the end of the last door")
    place(live, world.alfa, person, Role.AGENT)
    live.tokens["agent"] = live.new_session(f"agent@{ALFA}.example")


def place(live: Live, company: Staffed, person: Member, role: Role) -> None:
    """Give somebody a place at a company."""
    with unit_of_work(bind=live.engine) as session:
        user = session.get(User, person.user_id)
        assert user is not None
        members.add(
            session,
            company.owner,
            name="",
            email=user.email,
            role=role,
            password=None,
            now=datetime.now(UTC),
        )


def remove(live: Live, company: Staffed, person: Member, seen: Role) -> None:
    with unit_of_work(bind=live.engine) as session:
        members.remove(
            session,
            company.owner,
            user_id=person.user_id,
            seen=seen,
            now=datetime.now(UTC),
        )


def switch(live: Live, email: str, account: int, *, on: bool) -> None:
    with unit_of_work(bind=live.engine) as session:
        contact = session.execute(
            sa.text("SELECT contact_id FROM access WHERE email = :e AND account_id = :a"),
            {"e": email, "a": account},
        ).scalar_one()
        access.set_login(
            session,
            live.world.alfa.owner,
            account_id=account,
            contact_id=contact,
            email=email,
            on=on,
            now=datetime.now(UTC),
        )


def left(page: Tab) -> bool:
    return bool(page.var("visitor", "leave_to"))


def says_gone(page: Tab) -> bool:
    """The page itself says that it is not there, in place of its content."""
    return page.var("visitor", "refused") == "not_found"


async def eventually(
    question: Callable[[], bool], seconds: float, tell: Callable[[], Any] | None = None
) -> None:
    """Ask until the answer is yes; the loop stays free meanwhile."""
    end = time.monotonic() + seconds
    while not await asyncio.to_thread(question):
        assert time.monotonic() < end, tell() if tell else "it did not come to that"
        await asyncio.sleep(0.1)
