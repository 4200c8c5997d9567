"""From a committed webhook to 50 open pages: 47 sockets and 3 browsers."""

import asyncio
import statistics
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx
from playwright.async_api import Page, async_playwright
from sqlmodel import col, select

from benchmarks import lists, sockets
from benchmarks.results import Results
from clientportal.domain.actors import Customer
from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.gateways import registry
from clientportal.gateways.sandbox import Sandbox
from clientportal.services import bench_data, document_lists
from clientportal.settings import settings
from clientportal.storage.models import PaymentAttempt, WebhookInbox
from clientportal.storage.session import run, unit_of_work
from tests.support.browser import FLAGS, executable
from tests.support.server import Server, server
from tests.support.socket import Tab, tab

SOCKETS, BROWSERS, ROUNDS = 47, 3, 4
BUDGET_S = 1.0
WATCH = """() => {
  window.__at = 0;
  const seen = new MutationObserver(() => { window.__at = Date.now() });
  seen.observe(document.querySelector('main'),
    {subtree: true, childList: true, characterData: true});
}"""


def measure(kind: str, url: str, home: Path, results: Results) -> None:
    with server(
        env="development", database_url=url, data_dir=home / "data", extra=sockets.EXTRA
    ) as running:
        times = asyncio.run(_measure(running))
    p95 = statistics.quantiles(times, n=20)[18]
    results.add(
        kind,
        f"webhook committed → {SOCKETS} sockets and {BROWSERS} browsers, {ROUNDS} rounds",
        f"p95 {p95:.2f} s (median {statistics.median(times):.2f})",
        f"≤ {BUDGET_S:.0f} s",
        p95 <= BUDGET_S,
    )


async def _measure(running: Server) -> list[float]:
    customer, space = sockets.cookie("mid")
    staff = sockets.staff_cookie()
    today = f"/staff/{bench_data.SLUG}/today"
    async with AsyncExitStack() as stack:
        tabs: list[Tab] = []
        for number in range(SOCKETS):
            path, header = (today, staff) if number % 2 else (f"/portal/{space}", customer)
            address = f"10.3.0.{number + 1}"
            tabs.append(
                await stack.enter_async_context(
                    tab(running.url, path, cookie=header, forwarded_for=address)
                )
            )
        pages = await _browsers(stack, running, today, staff)
        for page in tabs:
            await page.settle(0.3)
        found: list[float] = []
        for _ in range(ROUNDS):
            found += await _round(running, customer, space, tabs, pages)
        return found


async def _browsers(stack: AsyncExitStack, running: Server, path: str, header: str) -> list[Page]:
    playwright = await stack.enter_async_context(async_playwright())
    browser = await playwright.chromium.launch(executable_path=executable(), args=list(FLAGS))
    stack.push_async_callback(browser.close)
    name, _, value = header.partition("=")
    pages = []
    for _ in range(BROWSERS):
        context = await browser.new_context()
        await context.add_cookies([{"name": name, "value": value, "url": running.url}])
        page = await context.new_page()
        await page.goto(running.url + path)
        await page.get_by_test_id("nav-today").first.wait_for()
        await page.wait_for_timeout(2000)
        await page.evaluate(WATCH)
        pages.append(page)
    return pages


async def _round(
    running: Server, customer: str, space: str, tabs: list[Tab], pages: list[Page]
) -> list[float]:
    document_id = await run(_payable)
    async with httpx.AsyncClient(base_url=running.url) as client:
        answer = await client.post(
            "/pay/start",
            data={"space": space, "method": "sandbox", "document": str(document_id)},
            headers={"cookie": customer, "origin": running.url, "sec-fetch-site": "same-origin"},
        )
    assert answer.status_code == 303, answer.text
    for page in tabs:
        await page.settle(0.5)
    seen = [len(page.raw) for page in tabs]
    for page in pages:
        await page.evaluate("() => { window.__at = 0 }")
    await run(_approve, running)

    async def changed(page: Tab, before: int) -> float:
        await page.until(lambda t: len(t.raw) > before, 15)
        return time.time()

    moments = await asyncio.gather(*(changed(p, n) for p, n in zip(tabs, seen, strict=True)))
    shown = []
    for page in pages:
        await page.wait_for_function("() => window.__at > 0", timeout=15_000)
        shown.append(await page.evaluate("() => window.__at / 1000"))
    received = await run(_received)
    return [moment - received for moment in (*moments, *shown)]


def _payable() -> int:
    actor = lists.actors()["mid"]
    assert isinstance(actor, Customer)
    with unit_of_work(read_only=True) as session:
        found = document_lists.list_documents(
            session,
            actor,
            filters=DocumentFilters.parse({"state": ["open"]}),
            sort=Sort.parse("due_on"),
            cursor="",
            now=datetime.now(UTC),
        )
    return next(row.id for row in found.rows if row.payable)


def _approve(running: Server) -> None:
    with unit_of_work(read_only=True) as session:
        attempt = session.exec(
            select(PaymentAttempt).order_by(col(PaymentAttempt.id).desc()).limit(1)
        ).one()
        charge = attempt.provider_id or ""
    object.__setattr__(settings(), "sandbox_gateway_url", f"{running.url}/sandbox")
    registry._client.cache_clear()
    gateway = registry.gateway("sandbox", account=bench_data.SLUG, credentials={})
    assert isinstance(gateway, Sandbox)
    gateway.decide(charge, "approve")


def _received() -> float:
    with unit_of_work(read_only=True) as session:
        row = session.exec(
            select(WebhookInbox).order_by(col(WebhookInbox.id).desc()).limit(1)
        ).one()
        return row.received_at.timestamp()
