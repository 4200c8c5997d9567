"""A running server: CPU of a small handler, size of the first answer, memory per open page."""

import asyncio
from pathlib import Path

import psutil

from benchmarks import lists
from benchmarks.results import Results
from clientportal.services import bench_data, identity, spaces
from clientportal.settings import settings
from clientportal.storage.session import unit_of_work
from tests.support.server import Server, server
from tests.support.socket import Tab, tab

HANDLER = "reflex___state____state.clientportal___ui___base____visitor.look_again"
EVENTS = 400
PAGES = 300
CPU_MS, HYDRATE_KB, RSS_KB = 2.0, 12.0, 250.0
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


def measure(kind: str, url: str, home: Path, wanted: set[str], results: Results) -> None:
    with server(env="production", database_url=url, data_dir=home / "data", extra=EXTRA) as running:
        asyncio.run(_measure(kind, running, wanted, results))


async def _measure(kind: str, running: Server, wanted: set[str], results: Results) -> None:
    header, space = cookie("mid")
    path = f"/portal/{space}/documents"
    if "socket" in wanted:
        async with tab(running.url, path, cookie=header, forwarded_for="10.1.0.1") as page:
            await page.settle()
            first = max(len(text.encode()) for text in page.raw) / 1024
            results.add(
                kind,
                "first hydrate of the portal's documents",
                f"{first:.1f} KB",
                f"≤ {HYDRATE_KB:.0f} KB",
                first <= HYDRATE_KB,
            )
            await _handler_cpu(kind, running, page, results)
    if "memory" in wanted:
        await _memory(kind, running, header, path, results)


async def _handler_cpu(kind: str, running: Server, page: Tab, results: Results) -> None:
    await page.call(HANDLER)
    await page.settle()
    before = _cpu(running)
    seen = len(page.raw)
    for _ in range(EVENTS):
        await page.call(HANDLER)
    await page.until(lambda t: len(t.raw) - seen >= EVENTS, 60)
    per_event = (_cpu(running) - before) * 1000 / EVENTS
    results.add(
        kind,
        f"small handler, {EVENTS} events",
        f"{per_event:.2f} ms CPU",
        f"≤ {CPU_MS:.0f} ms",
        per_event <= CPU_MS,
    )


async def _memory(kind: str, running: Server, header: str, path: str, results: Results) -> None:
    before = _rss(running)
    async with asyncio.TaskGroup() as group:
        done = asyncio.Event()
        opened = asyncio.Queue[int]()

        async def one(number: int) -> None:
            address = f"10.2.{number // 250}.{number % 250 + 1}"
            async with tab(running.url, path, cookie=header, forwarded_for=address) as page:
                await page.settle(0.2)
                opened.put_nowait(number)
                await done.wait()

        for number in range(PAGES):
            group.create_task(one(number))
            if number % 10 == 9:
                await asyncio.sleep(0.3)
        for _ in range(PAGES):
            await opened.get()
        each = (_rss(running) - before) / 1024 / PAGES
        results.add(
            kind,
            f"memory per open page, {PAGES} pages of 50 rows",
            f"{each:.0f} KB",
            f"≤ {RSS_KB:.0f} KB",
            each <= RSS_KB,
        )
        done.set()


def _processes(running: Server) -> list[psutil.Process]:
    main = psutil.Process(running.process.pid)
    return [main, *main.children(recursive=True)]


def _cpu(running: Server) -> float:
    return sum(sum(p.cpu_times()[:2]) for p in _processes(running))


def _rss(running: Server) -> int:
    return sum(p.memory_info().rss for p in _processes(running))
