"""Handlers at the socket: from the event sent to the delta received."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import lists, sockets
from benchmarks.results import Results
from clientportal.services import bench_data
from tests.support.server import server
from tests.support.socket import Tab, tab

RUNS = 30
EXTRA_MS = 5.0


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler by its state, and a variable that every delta of it carries."""

    state: str
    name: str
    var: str

    @property
    def full(self) -> str:
        return f"{self.state}.{self.name}"


def handler(module: str, state: str, name: str, var: str) -> Handler:
    """The handler `name` of the class `state` in `clientportal.ui.<module>`."""
    path = f"clientportal.ui.{module}".replace(".", "___")
    snake = re.sub(r"(?<!^)(?=[A-Z])", "_", state).lower()
    return Handler(f"reflex___state____state.{path}____{snake}", name, var)


STAFF_LIST = handler("staff.billing_state", "StaffBilling", "load", "rows")
PORTAL_LIST = handler("portal.documents_state", "PortalDocuments", "load", "rows")
STAFF_DOCUMENT = handler("staff.document_state", "StaffDocument", "load", "comments")
STAFF_COMMENT = handler("staff.document_state", "StaffDocument", "comment", "comments")


async def timed(page: Tab, what: Handler, seconds: float = 60, **payload: Any) -> float:
    """Milliseconds until the delta of a call is here. Raises TimeoutError."""
    seen = len(page.updates)

    def is_here(tab: Tab) -> bool:
        deltas = (update.get("delta") or {} for update in tab.updates[seen:])
        values = (delta.get(what.state) or {} for delta in deltas)
        return any(what.var in {key.removesuffix("_rx_state_") for key in v} for v in values)

    started = time.perf_counter()
    await page.call(what.full, **payload)
    try:
        await page.until(is_here, seconds)
    except TimeoutError as error:
        said = [text[:200] for text in page.raw[-5:]]
        raise TimeoutError(f"{what.full} did not answer in {seconds} s; last: {said}") from error
    return (time.perf_counter() - started) * 1000


def measure(kind: str, url: str, home: Path, results: Results) -> None:
    """The lists' own handlers beside the service call that they make."""
    with server(
        env="production", database_url=url, data_dir=home / "data", extra=sockets.EXTRA
    ) as running:
        asyncio.run(_measure(kind, running, results))


async def _measure(kind: str, running: Any, results: Results) -> None:
    found = lists.actors()
    header, space = sockets.cookie("mid")
    faces = (
        ("staff", "company", STAFF_LIST, f"/staff/{bench_data.SLUG}/billing", 50),
        ("portal", "mid", PORTAL_LIST, f"/portal/{space}/documents", 25),
    )
    for face, scope, what, path, limit in faces:
        actor = found[scope]
        cookie = header if face == "portal" else sockets.staff_cookie()
        pages: dict[str, tuple[lists.Query, str]] = {
            "no filter": ({}, ""),
            "overdue": ({"state": ["overdue"]}, ""),
            "text": ({"q": ["carpetas"]}, ""),
            "from the middle": ({}, lists.middle(actor, {}, lists.SORTS[0])),
        }
        for label, (query, at) in pages.items():
            given = {**{k: v[0] for k, v in query.items()}, **({"at": at} if at else {})}
            address = path + "?" + "&".join(f"{k}={v}" for k, v in given.items())

            def ask(actor: Any = actor, query: Any = query, at: str = at, n: int = limit) -> object:
                return lists.page_of(actor, query, cursor=at, limit=n)

            async with tab(running.url, address, cookie=cookie, forwarded_for="10.4.0.1") as page:
                await page.settle()
                await _compare(kind, f"{face} list, {label}", page, what, ask, running, results)


async def _compare(
    kind: str,
    label: str,
    page: Tab,
    what: Handler,
    ask: Callable[[], object],
    running: Any,
    results: Results,
) -> None:
    await timed(page, what)
    before = sockets.cpu(running)
    times: list[float] = []
    calls: list[float] = []
    for _ in range(RUNS):  # in turns, so that both meet the same machine
        times.append(await timed(page, what))
        calls.append(lists.timed(ask))
    used = (sockets.cpu(running) - before) * 1000 / RUNS
    least, service = min(times), min(calls)
    results.add(
        kind,
        f"handler to delta, {label}",
        f"{least:.1f} ms, {used:.1f} ms of CPU; the service call {service:.1f} ms",
        f"≤ the call + {EXTRA_MS:.0f} ms",
        least <= service + EXTRA_MS,
    )


def a_document() -> int:
    """A document of the big company that anybody may comment."""
    rows = lists.page_of(lists.actors()["company"], {"state": ["open"]}).rows
    return rows[0].id
