"""The three ways in which changes travel, and the loop that reads one of them for ever."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import psycopg
import redis
import redis.asyncio
import sqlalchemy as sa
import structlog
from sqlmodel import Session

from clientportal.settings import settings
from clientportal.storage import changes as store
from clientportal.storage.session import after_commit, is_sqlite

log = structlog.get_logger()

Change = tuple[str, str]

CHANNEL = "clientportal_live"
POLL_SECONDS = 0.2
GATHER_SECONDS = 0.02
"""What this process commits within such a time is read together."""
# A silent connection is asked this often whether it still lives.
ALIVE_SECONDS = 10
PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
# Both topic and ref have at most 60 characters: fifty stay far below the 8000 bytes of a NOTIFY.
PER_PAYLOAD = 50


class Transport(Protocol):
    """Yields batches of changes; first an empty one once it listens. Raises when it is lost."""

    def listen(self) -> AsyncGenerator[list[Change], None]: ...


async def read_forever(
    transport: Transport,
    deliver: Callable[[list[Change]], None],
    resync: Callable[[], None],
    ready: asyncio.Event,
) -> None:
    """Read until cancelled; reconnect with growing pauses, and call `resync` each time after."""
    loop = asyncio.get_running_loop()
    failures = 0
    while True:
        started = loop.time()
        try:
            async with contextlib.aclosing(transport.listen()) as batches:
                async for changes in batches:
                    if changes:
                        deliver(changes)
                        continue
                    ready.set()
                    if failures:
                        log.info("live.bus.reconnected", failures=failures)
                        resync()
        except Exception as error:
            log.warning("live.bus.lost", error=type(error).__name__, failures=failures)
        failures = 1 if loop.time() - started > ALIVE_SECONDS else failures + 1
        await asyncio.sleep(PAUSES[min(failures, len(PAUSES)) - 1])


def publish(session: Session, changes: Sequence[Change]) -> None:
    """Send changes with this session's commit: inside the transaction where the database can."""
    if settings().redis_url:
        after_commit(session, lambda: _publish_redis(changes))
    elif is_sqlite(session):
        store.add(session, changes)
        after_commit(session, _nudge)
    else:
        statement = sa.text("SELECT pg_notify(:channel, :payload)")
        for payload in _payloads(changes):
            session.connection().execute(statement, {"channel": CHANNEL, "payload": payload})


def _payloads(changes: Sequence[Change]) -> list[str]:
    return [
        json.dumps(changes[start : start + PER_PAYLOAD])
        for start in range(0, len(changes), PER_PAYLOAD)
    ]


def _parse(payload: str | bytes) -> list[Change]:
    """A foreign or broken payload is nothing: anybody on the same server may publish there."""
    try:
        return [(str(topic), str(ref)) for topic, ref in json.loads(payload)]
    except (ValueError, TypeError):
        log.warning("live.payload.refused")
        return []


@lru_cache(maxsize=4)
def _redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)


def _channel(url: str) -> str:
    """Pub/sub of Redis spans its databases, so the number of ours is part of the name."""
    number = redis.connection.parse_url(url).get("db", 0)
    return f"{CHANNEL}:{number}"


def _publish_redis(changes: Sequence[Change]) -> None:
    url = settings().redis_url
    try:
        for payload in _payloads(changes):
            _redis(url).publish(_channel(url), payload)
    except redis.RedisError as error:
        # The business has committed; readers lost the same server and re-read when it is back.
        log.warning("live.publish.failed", error=type(error).__name__)


class RedisReader:
    """Redis pub/sub."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def listen(self) -> AsyncGenerator[list[Change], None]:
        client = redis.asyncio.Redis.from_url(self._url, socket_connect_timeout=2)
        asked = False
        async with client, client.pubsub() as bus:
            await bus.subscribe(_channel(self._url))
            while True:
                message = await bus.get_message(timeout=ALIVE_SECONDS)
                if message is None and asked:
                    raise ConnectionError("no answer to a ping")
                asked = message is None
                if message is None:
                    await bus.ping()
                elif message["type"] == "subscribe":
                    yield []
                elif message["type"] == "message" and (found := _parse(message["data"] or "")):
                    yield found


class PostgresReader:
    """LISTEN on a connection of its own, outside the pool."""

    def __init__(self, engine: sa.Engine) -> None:
        self._dsn = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    async def listen(self) -> AsyncGenerator[list[Change], None]:
        connection = await psycopg.AsyncConnection.connect(
            self._dsn, autocommit=True, connect_timeout=5, application_name=CHANNEL
        )
        async with connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            yield []
            while True:
                async for note in connection.notifies(timeout=ALIVE_SECONDS):
                    if found := _parse(note.payload):
                        yield found
                await asyncio.wait_for(connection.execute("SELECT 1"), timeout=5)


_nudges: set[Callable[[], None]] = set()
"""Of the readers of the change table in this process: each brings the next look forward."""


def _nudge() -> None:
    """What this process has committed need not wait for the next look."""
    for nudge in tuple(_nudges):
        nudge()


class SqliteReader:
    """Reads the change table whenever another connection has written to the file: at once what this
    process commits, what others do at the next look."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    async def listen(self) -> AsyncGenerator[list[Change], None]:
        # A thread of its own: a full work pool must not hold the live changes up.
        with ThreadPoolExecutor(1, thread_name_prefix="live") as thread:
            loop = asyncio.get_running_loop()
            cursor = await loop.run_in_executor(thread, _Cursor, self._engine)
            committed = asyncio.Event()

            def nudge() -> None:
                with contextlib.suppress(RuntimeError):  # the loop has just ended
                    loop.call_soon_threadsafe(committed.set)

            _nudges.add(nudge)
            try:
                yield []
                while True:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(committed.wait(), POLL_SECONDS)
                        await asyncio.sleep(GATHER_SECONDS)
                    committed.clear()
                    if found := await loop.run_in_executor(thread, cursor.read):
                        yield found
            finally:
                _nudges.discard(nudge)
                thread.submit(cursor.close)


class MissedChangesError(Exception):
    """The place of this reader in the change table is gone: pruned, or the file was replaced."""


class _Cursor:
    """The place of one process in the change table. Used by one thread only."""

    def __init__(self, engine: sa.Engine) -> None:
        self._path = Path(engine.url.database or "")
        # Outside the pool: data_version moves only for what other connections write.
        self._connection = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=5,
            isolation_level=None,
            check_same_thread=False,
        )
        self._inode = self._path.stat().st_ino
        self._version = self._scalar("PRAGMA data_version")
        self._seq = self._last()

    def read(self) -> list[Change]:
        """What was committed since the last call, in order. Raises MissedChanges and OSError."""
        if self._path.stat().st_ino != self._inode:
            raise MissedChangesError()
        version = self._scalar("PRAGMA data_version")
        if version == self._version:
            return []
        self._version = version
        self._connection.execute("BEGIN")
        rows = self._connection.execute(
            "SELECT seq, topic, ref FROM change WHERE seq > ? ORDER BY seq", (self._seq,)
        ).fetchall()
        last = self._last()
        self._connection.execute("COMMIT")
        if len(rows) != last - self._seq:
            raise MissedChangesError()
        self._seq = last
        return [(topic, ref) for _seq, topic, ref in rows]

    def close(self) -> None:
        self._connection.close()

    def _last(self) -> int:
        # Kept by SQLite itself, so it stands when every row has been pruned.
        return self._scalar("SELECT seq FROM sqlite_sequence WHERE name = 'change'")

    def _scalar(self, statement: str) -> int:
        row = self._connection.execute(statement).fetchone()
        return row[0] if row else 0
