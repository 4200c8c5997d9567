"""What an open page costs a server, and what comes back when it was closed and has expired."""

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import sockets
from benchmarks.results import Results
from benchmarks.sockets import rss
from tests.support.server import Server, server
from tests.support.socket import tab

WARM, PAGES = 100, 300
AT_ONCE = 10
RSS_KB = 250.0
KEPT_SECONDS = 75
"""How long this server keeps the state of a page that is silent: in production 900 seconds."""
RETURNED = 0.8
"""Share of what the pages took that is free again; the rest is the allocator's own slack."""
SLACK_SECONDS = 30


def measure(kind: str, url: str, home: Path, results: Results) -> None:
    with (
        _short_expiry(),
        server(
            env="production", database_url=url, data_dir=home / "data", extra=sockets.EXTRA
        ) as running,
    ):
        asyncio.run(_measure(kind, running, results))


@contextmanager
def _short_expiry() -> Iterator[None]:
    name = "REFLEX_REDIS_TOKEN_EXPIRATION"
    os.environ[name] = str(KEPT_SECONDS)
    try:
        yield
    finally:
        del os.environ[name]


async def _measure(kind: str, running: Server, results: Results) -> None:
    """What one more page costs, and what a second crowd leaves behind.

    The first crowd also makes threads, connections and caches, which stay, and leaves holes in the
    allocator's arenas, which the next one fills: what it leaves is told, not judged.
    """
    header, space = sockets.cookie("mid")
    visit = partial(tab, running.url, f"/portal/{space}/documents", cookie=header)
    bare = rss(running)
    started = time.monotonic()
    before, first = await _open(visit, running, [WARM, PAGES])
    took = time.monotonic() - started
    each = (first - before) / 1024 / PAGES
    what = f"memory per open page, {PAGES} pages of a portal's list"
    results.add(kind, what, f"{each:.0f} KB", f"≤ {RSS_KB:.0f} KB", each <= RSS_KB)
    if took >= KEPT_SECONDS:
        what = (
            f"the pages took {took:.0f} s to open and began to expire: memory is not told by that"
        )
        results.add(kind, what, f"{took:.0f} s", f"< {KEPT_SECONDS} s", good=False)
    base = await _least_after_expiry(running)
    results.note(kind, f"memory of the first {WARM + PAGES} pages: {_mb(bare, first, base)}")
    peak = (await _open(visit, running, [WARM, PAGES]))[-1]
    left = await _least_after_expiry(running)
    back = (peak - left) / max(1, peak - base)
    results.add(
        kind,
        f"memory that comes back of the next {WARM + PAGES} pages closed and expired",
        f"{back:.0%} ({_mb(base, peak, left)})",
        f"≥ {RETURNED:.0%}",
        back >= RETURNED,
    )


def _mb(*figures: int) -> str:
    return " → ".join(f"{figure / 1024 / 1024:.0f}" for figure in figures) + " MB"


async def _open(visit: Callable[..., Any], running: Server, groups: list[int]) -> list[int]:
    """Open so many pages of each group besides those before, then close all: memory after each."""
    done = asyncio.Event()
    opened = asyncio.Queue[int]()
    doors = asyncio.Semaphore(AT_ONCE)
    measured: list[int] = []

    async def one(number: int) -> None:
        address = f"10.2.{number // 250}.{number % 250 + 1}"
        async with visit(forwarded_for=address) as page:
            await page.settle(0.2)
            doors.release()
            opened.put_nowait(number)
            await done.wait()

    async with asyncio.TaskGroup() as tasks:
        for number, size in enumerate(groups):
            for place in range(size):
                await doors.acquire()
                tasks.create_task(one(sum(groups[:number]) + place))
            for _ in range(size):
                await opened.get()
            measured.append(rss(running))
        done.set()
    return measured


async def _least_after_expiry(running: Server) -> int:
    """The least that the server holds within some seconds after the pages' states expired."""
    await asyncio.sleep(KEPT_SECONDS)
    least = rss(running)
    for _ in range(SLACK_SECONDS):
        await asyncio.sleep(1)
        least = min(least, rss(running))
    return least
