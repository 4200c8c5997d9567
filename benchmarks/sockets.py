"""A running server: CPU of a small handler."""

import asyncio
from pathlib import Path
from typing import Any

import psutil

from benchmarks import lists
from benchmarks.results import Results
from clientportal.services import bench_data, identity, spaces
from clientportal.settings import settings
from clientportal.storage.session import unit_of_work
from tests.support.server import Server, server
from tests.support.socket import Tab, tab

HANDLER = "reflex___state____state.clientportal___ui___base____visitor.tell"
SAID: dict[str, Any] = {"kind": "success", "code": "saved", "params": {}}
EVENTS = 250  # one person may send 300 a second
CPU_MS = 2.0
# Load tests keep the limits and come from many addresses, as DESIGN rule 3 asks.
EXTRA = {"TRUSTED_PROXY_HOPS": "1", "TAB_EVENTS_PER_SECOND": "100000", "TAB_EVENTS_BURST": "100000"}


def cookie(code: str) -> tuple[str, str]:
    """(cookie header, space) of a fresh session of one of the bench's customers."""
    now = lists.datetime.now(lists.UTC)
    email = f"{code}@{bench_data.SLUG}.example"
    with unit_of_work() as session:
        signed_in = identity.sign_in_as(session, email=email, now=now)
        assert signed_in is not None
        mine = spaces.spaces_of(session, signed_in.user_id, now=now)
    return f"{settings().session_cookie}={signed_in.token}", mine[0].key if mine else ""


def staff_cookie() -> str:
    now = lists.datetime.now(lists.UTC)
    with unit_of_work() as session:
        signed_in = identity.sign_in_as(session, email=f"owner@{bench_data.SLUG}.example", now=now)
    assert signed_in is not None
    return f"{settings().session_cookie}={signed_in.token}"


def measure(kind: str, url: str, home: Path, results: Results) -> None:
    with server(env="production", database_url=url, data_dir=home / "data", extra=EXTRA) as running:
        asyncio.run(_measure(kind, running, results))


async def _measure(kind: str, running: Server, results: Results) -> None:
    header, space = cookie("mid")
    path = f"/portal/{space}/documents"
    async with tab(running.url, path, cookie=header, forwarded_for="10.1.0.1") as page:
        await page.settle()
        await _handler_cpu(kind, running, page, results)


async def _handler_cpu(kind: str, running: Server, page: Tab, results: Results) -> None:
    await page.call(HANDLER, **SAID)
    await page.settle()
    before = cpu(running)
    seen = len(page.raw)
    for _ in range(EVENTS):
        await page.call(HANDLER, **SAID)
    await page.until(lambda t: len(t.raw) - seen >= EVENTS, 60)
    per_event = (cpu(running) - before) * 1000 / EVENTS
    results.add(
        kind,
        f"small handler, {EVENTS} events",
        f"{per_event:.2f} ms CPU",
        f"≤ {CPU_MS:.0f} ms",
        per_event <= CPU_MS,
    )


def _processes(running: Server) -> list[psutil.Process]:
    main = psutil.Process(running.process.pid)
    return [main, *main.children(recursive=True)]


def cpu(running: Server) -> float:
    """Seconds of CPU that the server has used."""
    return sum(sum(p.cpu_times()[:2]) for p in _processes(running))


def rss(running: Server) -> int:
    """Bytes of memory that the server holds now."""
    return sum(p.memory_info().rss for p in _processes(running))
