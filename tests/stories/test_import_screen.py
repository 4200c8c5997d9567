"""The import screen on a real server: whoever works dies, other tabs follow, and its limits."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from clientportal.services import checks, identity, imports
from clientportal.settings import settings
from clientportal.storage.models import ImportRun
from clientportal.storage.session import unit_of_work
from tests.support import killed
from tests.support.import_work import written
from tests.support.ledger import World, make_world
from tests.support.processes import ROOT, eventually
from tests.support.served import LIMITS
from tests.support.server import Server, server, stop
from tests.support.socket import Tab, tab
from tests.support.workbooks import workbook

pytestmark = [pytest.mark.server]

STATE = "staff_imports"
CONFIRM = (
    "reflex___state____state.clientportal___ui___staff___imports_state____staff_imports.confirm"
)
ROWS, SLICE, LATE = 100, 20, 1
IN_BEFORE = 2 * SLICE
TAKEN_UP = 90.0
"""Seconds: the sweep comes every twenty, a process takes its time to start."""


def content() -> bytes:
    head: list[object] = ["numero", "codigo", "razon social", "moneda", "fecha", "total"]
    rows = [
        [
            f"F-{n:03d}",
            f"K{n % 7}",
            f"Cliente {n % 7}",
            "COP",
            f"2026-02-{n % 28 + 1:02d}",
            1000 + n,
        ]
        for n in range(ROWS)
    ]
    return workbook([head, *rows])


@dataclass(slots=True)
class Screen:
    """Two companies, and their staff with cookies."""

    engine: sa.Engine
    world: World
    clean: World
    cookies: dict[str, str] = field(default_factory=dict)

    def upload(self, url: str) -> str:
        """Send the file as the form does; the address of the page that shows it."""
        with httpx.Client(base_url=url, timeout=60) as client:
            answer = client.post(
                f"/imports/{self.world.slug}",
                data={"kind": "documents"},
                files={"file": ("cartera.xlsx", content())},
                headers={"Origin": url, "Cookie": self.cookies["owner"]},
            )
        assert answer.status_code == 303, answer.text
        place = answer.headers["location"]
        assert "run=" in place, place
        return str(place)

    def tab(self, url: str, path: str, who: str) -> AbstractAsyncContextManager[Tab]:
        return tab(url, path, cookie=self.cookies[who], forwarded_for=f"10.9.0.{len(who)}")

    def run(self, path: str) -> ImportRun:
        with unit_of_work(bind=self.engine, read_only=True) as session:
            found = session.get_one(ImportRun, int(path.rpartition("=")[2]))
            session.expunge(found)
            return found


@pytest.fixture
def screen(database: sa.Engine) -> Screen:
    now = datetime.now(UTC)
    with unit_of_work(bind=database) as session:
        world, clean = make_world(session), make_world(session, "limpia")
        imports.run(session, clean.agent, kind="documents", content=content(), now=now)
        found = Screen(database, world, clean)
        for who in ("owner", "agent"):
            signed = identity.sign_in_as(session, email=f"{who}@{world.slug}.example", now=now)
            assert signed is not None
            found.cookies[who] = f"{settings().session_cookie}={signed.token}"
    return found


@contextmanager
def serving(jobs: str, at: str, instance: str) -> Iterator[Server]:
    extra = {
        "JOBS": jobs,
        "INSTANCE": instance,  # another one than that which died: nobody takes up its own jobs
        **LIMITS,
        **killed.environment(at, slice_rows=SLICE, late=LATE),
    }
    with server(
        database_url=settings().database_url,
        data_dir=settings().data_dir,
        extra=extra,
        module="tests.support.killed",
    ) as running:
        yield running


@contextmanager
def working(like: Server, at: str, instance: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker beside a server."""
    names = {"INSTANCE": instance, **killed.environment(at, slice_rows=SLICE, late=LATE)}
    environment = like.environment | {f"CLIENTPORTAL_{k}": v for k, v in names.items()}
    command = [sys.executable, "-m", "tests.support.killed", "worker"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        yield process
    finally:
        stop(process)


def at(state: str, progress: int) -> Callable[[Tab], bool]:
    """Whether a page shows this state and so many rows of all."""
    return lambda t: (
        (t.var(STATE, "state"), t.var(STATE, "progress"), t.var(STATE, "total"))
        == (state, progress, ROWS)
    )


def is_as_clean(screen: Screen) -> None:
    with unit_of_work(bind=screen.engine, read_only=True) as session:
        assert written(session, screen.world.agent, "cliente") == written(
            session, screen.clean.agent, "cliente"
        )
        assert checks.audit(session, screen.world.system) == []


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_the_server_dies_in_a_slice_and_the_next_one_brings_the_rest(
    screen: Screen,
) -> None:
    with serving("embedded", "inside:2", "first") as first:
        path = screen.upload(first.url)
        async with screen.tab(first.url, path, "owner") as page:
            await page.until(lambda t: t.var(STATE, "state") == "uploaded")
            await page.call(CONFIRM)
            assert eventually(lambda: first.process.poll() is not None, TAKEN_UP)
    assert first.process.returncode == -signal.SIGKILL
    left = screen.run(path)
    assert (left.state, left.progress, left.attempt) == ("importing", IN_BEFORE, 1)
    with serving("embedded", "", "second") as second:
        async with screen.tab(second.url, path, "agent") as page:
            await page.until(at("done", ROWS), TAKEN_UP)
    assert screen.run(path).attempt > 1
    is_as_clean(screen)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_worker_dies_and_every_open_tab_sees_how_far_it_is_and_the_end(
    screen: Screen,
) -> None:
    with serving("separate", "", "web") as web:
        path = screen.upload(web.url)
        async with (
            screen.tab(web.url, path, "owner") as mine,
            screen.tab(web.url, path, "agent") as other,
        ):
            for page in (mine, other):
                await page.until(lambda t: t.var(STATE, "state") == "uploaded")
            await mine.call(CONFIRM)
            await other.until(lambda t: t.var(STATE, "state") == "importing")
            with working(web, "after:1", "first") as first:
                for page in (mine, other):
                    await page.until(at("importing", IN_BEFORE), TAKEN_UP)
                assert first.wait(30) == -signal.SIGKILL
            for page in (mine, other):
                await page.settle()
                assert at("importing", IN_BEFORE)(page), "nobody works, nothing moves"
            with working(web, "", "second"):
                for page in (mine, other):
                    await page.until(at("done", ROWS), TAKEN_UP)
        seen = [
            state["progress"]
            for update in other.updates
            for name, delta in (update.get("delta") or {}).items()
            if name.endswith(STATE)
            for state in [{k.removesuffix("_rx_state_"): v for k, v in delta.items()}]
            if "progress" in state
        ]
        assert seen == sorted(seen), "a bar never goes back"
    is_as_clean(screen)


MEGABYTE = 1_000_000


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("chunked", [False, True])
def test_fifty_megabytes_of_xml_are_refused_and_never_held(screen: Screen, chunked: bool) -> None:
    """Said with its length or sent in pieces of which nobody knows how many come."""
    head = (
        b'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nubl\r\n--b\r\n'
        b'Content-Disposition: form-data; name="file"; filename="grande.xml"\r\n'
        b"Content-Type: text/xml\r\n\r\n<Invoice>"
    )

    def body() -> Iterator[bytes]:
        yield head
        for _ in range(50):
            yield b" " * MEGABYTE
        yield b"</Invoice>\r\n--b--\r\n"

    with serving("separate", "", "web") as web:
        headers = {
            "Origin": web.url,
            "Cookie": screen.cookies["owner"],
            "Content-Type": "multipart/form-data; boundary=b",
        }
        if not chunked:
            headers["Content-Length"] = str(sum(len(part) for part in body()))
        with httpx.Client(base_url=web.url, timeout=120) as client:
            client.get("/healthz")
            before = peak(web)
            place = f"/imports/{screen.world.slug}"
            answer = client.post(place, content=body(), headers=headers)
        assert answer.status_code == 303
        assert "error=file_too_large&field=file&most=25" in answer.headers["location"]
        assert peak(web) - before < 20 * MEGABYTE
    with unit_of_work(bind=screen.engine, read_only=True) as session:
        assert session.execute(sa.text("SELECT count(*) FROM import_run")).scalar() == 0


def peak(running: Server) -> int:
    """The most memory that the server has ever had, in bytes."""
    for line in Path(f"/proc/{running.process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no figure")
