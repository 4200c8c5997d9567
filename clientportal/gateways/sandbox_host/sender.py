"""Delivers the sandbox host's notifications by real HTTP, with retries; works across processes."""

import asyncio
import contextlib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

import httpx

from clientportal.gateways.sandbox_host import keys, ledger
from clientportal.gateways.sandbox_host.store import Row, Store

RETRY_AFTER_S = (1.0, 5.0, 30.0, 300.0, 3600.0)
BATCH = 20
LEASE_S = 30.0
ANSWER_WITHIN_S = 10.0
NOTIFY_PATH = "/webhooks/"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def is_ours(url: str, public_url: str) -> bool:
    """Say whether a URL lies on loopback or on the origin of `public_url`.

    Without this the host could be told to call any machine of the network (SSRF) or to send a
    payer anywhere (open redirect).
    """
    try:
        parts, ours = urlsplit(url), urlsplit(public_url)
        same = (parts.scheme, parts.hostname, parts.port) == (ours.scheme, ours.hostname, ours.port)
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or parts.username is not None:
        return False
    return parts.hostname in _LOOPBACK or (bool(ours.hostname) and same)


def may_notify(url: str, public_url: str) -> bool:
    """Say whether a notification may be sent to a URL: our own host, below /webhooks/ only."""
    path = urlsplit(url).path if is_ours(url, public_url) else ""
    return path.startswith(NOTIFY_PATH) and ".." not in path


@cache
def _trusted() -> ssl.SSLContext:
    """The authorities that are trusted, read once: reading them takes 30 ms of the loop."""
    return httpx.create_ssl_context(trust_env=False)


@dataclass
class Sender:
    """One per process and loop; sleeps until something is due and ends when nothing is left."""

    store: Store
    secret: bytes
    public_url: str = ""
    clock: Callable[[], float] = time.time
    _task: asyncio.Task[None] | None = field(default=None, init=False)
    _wake: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def wake(self) -> None:
        """Look at the queue now; call it on the loop after anything was stored."""
        self._wake.set()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self.deliver_all())

    async def close(self) -> None:
        """Stop sending; what is left is sent by another process or after the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def deliver_forever(self) -> None:
        """Resume what an earlier process left, for a lifespan task; ends on cancellation."""
        try:
            while True:
                self.wake()
                await asyncio.sleep(LEASE_S)
        finally:
            await self.close()

    async def deliver_all(self) -> None:
        """Send everything until nothing waits any more, sleeping between due times."""
        async with httpx.AsyncClient(
            timeout=ANSWER_WITHIN_S, follow_redirects=False, trust_env=False, verify=_trusted()
        ) as client:
            while True:
                self._wake.clear()
                await asyncio.to_thread(ledger.settle_due, self.store, self.clock())
                rows = await asyncio.to_thread(self._claim)
                await asyncio.gather(*(self._deliver(client, row) for row in rows))
                if rows:
                    continue
                due_at = await asyncio.to_thread(self._next_due)
                if due_at is None and not self._wake.is_set():
                    return
                with contextlib.suppress(TimeoutError):
                    wait = max(0.01, (due_at or 0.0) - self.clock())
                    await asyncio.wait_for(self._wake.wait(), wait)

    def _claim(self) -> list[Row]:
        """Take due rows for LEASE_S; a process that dies gives them back by doing nothing."""
        now = self.clock()
        with self.store.write() as connection:
            rows = connection.execute(
                "SELECT * FROM deliveries WHERE due_at <= ? ORDER BY due_at, id LIMIT ?",
                (now, BATCH),
            ).fetchall()
            connection.executemany(
                "UPDATE deliveries SET due_at = ? WHERE id = ?",
                [(now + LEASE_S, row["id"]) for row in rows],
            )
        return [dict(row) for row in rows]

    def _next_due(self) -> float | None:
        row = self.store.one(
            "SELECT min(at) AS at FROM (SELECT min(due_at) AS at FROM deliveries"
            " UNION ALL SELECT min(settle_at) FROM payments"
            " UNION ALL SELECT min(settle_at) FROM refunds)"
        )
        return row["at"] if row else None

    async def _deliver(self, client: httpx.AsyncClient, row: Row) -> None:
        body = str(row["body"]).encode()
        secret = keys.signing_secret(self.secret, row["account"])
        signed = keys.signature(secret + ("x" if row["tampered"] else ""), int(self.clock()), body)
        answer = 0
        if may_notify(row["url"], self.public_url):
            headers = {"content-type": "application/json", "sandbox-signature": signed}
            with contextlib.suppress(httpx.HTTPError):
                response = await client.post(row["url"], content=body, headers=headers)
                answer = response.status_code
        await asyncio.to_thread(self._note, row, answer)

    def _note(self, row: Row, answer: int) -> None:
        attempts = row["attempts"] + 1
        again = not 200 <= answer < 300 and attempts <= len(RETRY_AFTER_S)
        due_at = self.clock() + RETRY_AFTER_S[attempts - 1] if again else None
        with self.store.write() as connection:
            connection.execute(
                "UPDATE deliveries SET attempts = ?, answer = ?, due_at = ? WHERE id = ?",
                (attempts, answer, due_at, row["id"]),
            )
