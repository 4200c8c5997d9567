"""Live changes: what commits anywhere reaches every process within a second (DESIGN rule 12).

The bus carries (topic, id), never data. Three transports, chosen by what is there: Redis pub/sub,
else PostgreSQL LISTEN/NOTIFY, else a change table that each process reads on SQLite.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import structlog
from sqlalchemy import event
from sqlmodel import Session

from clientportal.live import transports
from clientportal.live.transports import Change, Transport
from clientportal.settings import settings
from clientportal.storage.session import engine

__all__ = ["Change", "changed", "lifespan", "subscribe"]

log = structlog.get_logger()

_KEY = "live"
# More changes than this in one transaction: cheaper to let every page read again.
MOST_CHANGES = 500
EVERYTHING: Change = ("*", "*")

Callback = Callable[[str], None]
Resync = Callable[[], None]


class _Subscription:
    """One callback pair; its own object, so that the same function may subscribe twice."""

    __slots__ = ("callback", "resync")

    def __init__(self, callback: Callback, resync: Resync | None) -> None:
        self.callback = callback
        self.resync = resync


_subscriptions: dict[_Subscription, None] = {}


def changed(session: Session, topic: str, ref: int | str) -> None:
    """Say that `topic` changed at `ref`; told to every process once this transaction has committed.

    Repeats within a transaction are sent once; a rollback sends nothing.
    """
    collected: dict[Change, None] | None = session.info.get(_KEY)
    if collected is None:
        collected = {}
        session.info[_KEY] = collected
        event.listen(session, "before_commit", _flush)
    collected[topic, str(ref)] = None


def _flush(session: Session) -> None:
    collected: dict[Change, None] = session.info.get(_KEY) or {}
    if not collected:
        return
    changes = list(collected) if len(collected) <= MOST_CHANGES else [EVERYTHING]
    collected.clear()
    transports.publish(session, changes)


def subscribe(callback: Callback, resync: Resync | None = None) -> Callable[[], None]:
    """Have `callback(topic)` called for every change, on the event loop that runs `lifespan`.

    `resync()` is called when changes may have been missed: pages re-read then. Returns a function
    that ends the subscription; calling it again does nothing.
    """
    subscription = _Subscription(callback, resync)
    _subscriptions[subscription] = None

    def unsubscribe() -> None:
        _subscriptions.pop(subscription, None)

    return unsubscribe


def deliver(changes: list[Change]) -> None:
    """Hand changes to the subscribers of this process; one that fails does not stop the others."""
    if EVERYTHING in changes:
        resync()
        return
    topics = dict.fromkeys(topic for topic, _ref in changes)
    for subscription in list(_subscriptions):
        for topic in topics:
            try:
                subscription.callback(topic)
            except Exception:
                log.exception("live.subscriber.failed", topic=topic)


def resync() -> None:
    """Tell every subscriber that changes may have been missed."""
    for subscription in list(_subscriptions):
        if subscription.resync is None:
            continue
        try:
            subscription.resync()
        except Exception:
            log.exception("live.subscriber.failed", topic="resync")


@asynccontextmanager
async def lifespan(app: object = None) -> AsyncGenerator[None]:  # noqa: ARG001 given by the web server
    """Run this process's reader. Changes that commit after entering are delivered."""
    ready = asyncio.Event()
    reading = transports.read_forever(transport(), deliver, resync, ready)
    reader = asyncio.create_task(reading, name="live-reader")
    try:
        # A bus that is down must not keep the app from starting: the reader goes on trying.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ready.wait(), timeout=2)
        yield
    finally:
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader


def transport() -> Transport:
    """The transport of this installation."""
    if settings().redis_url:
        return transports.RedisReader(settings().redis_url)
    if engine().dialect.name == "sqlite":
        return transports.SqliteReader(engine())
    return transports.PostgresReader(engine())
