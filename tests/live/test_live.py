"""A change committed in one process reaches another within a second, on every transport."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
import sqlalchemy as sa

from clientportal import live
from clientportal.live import transports
from clientportal.settings import settings
from clientportal.storage import changes as store
from clientportal.storage.session import engine, unit_of_work
from tests.support.databases import service_url
from tests.support.processes import python

TRANSPORTS = ("sqlite", "postgresql", "redis")

# Commits one change for every line it reads, and says when the commit was done.
OTHER_PROCESS = """
import sys
from clientportal import live
from clientportal.storage.session import unit_of_work
print("ready", flush=True)
for line in sys.stdin:
    with unit_of_work() as session:
        live.changed(session, line.strip(), 1)
        live.changed(session, line.strip(), 1)
    print("committed", flush=True)
"""


class Broken(Exception):
    """The business failed after the change was said."""


class Heard:
    """A subscriber that keeps what it heard."""

    def __init__(self) -> None:
        self.topics: list[str] = []
        self.resyncs = 0

    def resync(self) -> None:
        self.resyncs += 1

    async def has(self, topic: str, seconds: float = 1.0) -> bool:
        return await until(lambda: topic in self.topics, seconds)


async def until(question: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not question() and time.monotonic() < end:
        await asyncio.sleep(0.01)
    return question()


@pytest.fixture(params=TRANSPORTS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database_kind(kind: str) -> str:
    return "sqlite" if kind == "redis" else kind


@pytest.fixture
def transport(kind: str, database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> str:
    if kind == "redis":
        monkeypatch.setenv("CLIENTPORTAL_REDIS_URL", redis_url())
        settings.cache_clear()
    return kind


def redis_url() -> str:
    """Database 9 of the test server, so that others on the same server keep their connections."""
    return urlsplit(service_url("TEST_REDIS_URL"))._replace(path="/9").geturl()


@pytest.fixture
def other(transport: str) -> Iterator[Callable[[str], None]]:
    """Another process: call it with a topic and it commits that change."""
    assert transport
    process = python(OTHER_PROCESS)
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"

    def commit(topic: str) -> None:
        process.stdin.write(f"{topic}\n")
        process.stdin.flush()
        assert process.stdout.readline() == "committed\n"

    yield commit
    process.stdin.close()
    assert process.wait(timeout=20) == 0


@asynccontextmanager
async def listening() -> AsyncIterator[Heard]:
    heard = Heard()
    unsubscribe = live.subscribe(heard.topics.append, heard.resync)
    async with live.lifespan():
        yield heard
    unsubscribe()


def lose_connection(kind: str) -> None:
    """Cut the reader off its bus, as a restart of that server or a restored file would."""
    if kind == "redis":
        server = redis.Redis.from_url(redis_url())
        number = str(server.connection_pool.connection_kwargs["db"])
        for client in server.client_list(_type="pubsub"):
            if client["db"] == number:  # the server may be shared: only readers of our database
                server.client_kill_filter(_id=client["id"])
    elif kind == "postgresql":
        with psycopg.connect(settings().database_url.replace("+psycopg", "")) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = %s AND datname = current_database()",
                (transports.CHANNEL,),
            )
    else:
        path = Path(engine().url.database or "")
        engine().dispose()
        copy = path.with_suffix(".restored")
        copy.write_bytes(path.read_bytes())
        copy.replace(path)


def test_every_transport_is_chosen_by_what_is_there(transport: str) -> None:
    expected = {
        "sqlite": transports.SqliteReader,
        "postgresql": transports.PostgresReader,
        "redis": transports.RedisReader,
    }
    assert isinstance(live.transport(), expected[transport])


@pytest.mark.usefixtures("transport")
def test_a_change_reaches_another_process_within_a_second(other: Callable[[str], None]) -> None:
    async def story() -> None:
        async with listening() as heard:
            for number in range(5):
                await asyncio.to_thread(other, f"company:{number}")
                assert await heard.has(f"company:{number}")
            assert heard.topics == [f"company:{number}" for number in range(5)]
            assert heard.resyncs == 0

    asyncio.run(story())


def test_a_lost_connection_is_taken_up_again_and_pages_read_again(
    transport: str, other: Callable[[str], None]
) -> None:
    async def story() -> None:
        async with listening() as heard:
            await asyncio.to_thread(other, "company:1")
            assert await heard.has("company:1")
            await asyncio.to_thread(lose_connection, transport)
            assert await until(lambda: heard.resyncs > 0, 5)
            if transport == "sqlite":
                commit("company:2")  # the other process still holds the replaced file
            else:
                await asyncio.to_thread(other, "company:2")
            assert await heard.has("company:2")

    asyncio.run(story())


def commit_nothing(topic: str) -> None:
    with unit_of_work() as session:
        live.changed(session, topic, 1)
        raise Broken


def commit(topic: str) -> None:
    with unit_of_work() as session:
        live.changed(session, topic, 1)


@pytest.mark.usefixtures("transport")
def test_what_this_process_commits_waits_for_no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "POLL_SECONDS", 60)

    async def story() -> None:
        async with listening() as heard:
            for number in range(3):
                commit(f"company:{number}")
                assert await heard.has(f"company:{number}", 10)
            assert heard.topics == [f"company:{number}" for number in range(3)]

    asyncio.run(story())
    assert transports._nudges == set()


@pytest.mark.usefixtures("transport")
def test_a_rollback_says_nothing() -> None:
    async def story() -> None:
        async with listening() as heard:
            with pytest.raises(Broken):
                commit_nothing("company:lost")
            commit("company:kept")
            assert await heard.has("company:kept")
            assert heard.topics == ["company:kept"]

    asyncio.run(story())


@pytest.mark.usefixtures("transport")
def test_many_changes_arrive_as_one_resync() -> None:
    async def story() -> None:
        async with listening() as heard:
            with unit_of_work() as session:
                for number in range(live.MOST_CHANGES + 1):
                    live.changed(session, f"document:{number}", number)
            assert await until(lambda: heard.resyncs == 1, 1)
            assert heard.topics == []
            with unit_of_work() as session:
                for number in range(live.MOST_CHANGES):
                    live.changed(session, f"document:{number}", number)
            assert await until(lambda: len(heard.topics) == live.MOST_CHANGES, 1)

    asyncio.run(story())


@pytest.mark.usefixtures("transport")
def test_fifty_subscriptions_leave_nothing_behind() -> None:
    async def story() -> None:
        async with listening() as kept:
            before = len(live._subscriptions)
            gone = [Heard() for _ in range(50)]
            ends = [live.subscribe(heard.topics.append, heard.resync) for heard in gone]
            assert len(live._subscriptions) == before + 50
            for end in ends:
                end()
                end()
            commit("company:1")
            assert await kept.has("company:1")
            assert len(live._subscriptions) == before
            assert all(heard.topics == [] for heard in gone)
        assert [task for task in asyncio.all_tasks() if task.get_name() == "live-reader"] == []

    asyncio.run(story())
    gc.collect()
    assert len(live._subscriptions) == 0


@pytest.mark.usefixtures("transport")
def test_a_failing_subscriber_does_not_stop_the_others() -> None:
    def fail(_topic: str) -> None:
        raise Broken

    async def story() -> None:
        end = live.subscribe(fail)
        async with listening() as heard:
            commit("company:1")
            commit("company:2")
            assert await heard.has("company:2")
        end()

    asyncio.run(story())


@pytest.mark.parametrize("kind", ["sqlite"])
@pytest.mark.usefixtures("transport")
def test_pruned_changes_that_nobody_read_cause_a_resync() -> None:
    async def story() -> None:
        async with listening() as heard:
            with unit_of_work() as session:
                store.add(session, [("company:1", "1")])
                assert store.prune(session, datetime.now(UTC) + timedelta(seconds=1)) == 1
            assert await until(lambda: heard.resyncs == 1, 2)
            commit("company:2")
            assert await heard.has("company:2")

    asyncio.run(story())


@pytest.mark.parametrize("payload", [b"nonsense", b"[1]", b'{"a": 1}', b"\xff"])
def test_a_foreign_payload_is_nothing(payload: bytes) -> None:
    assert transports._parse(payload) == []


@pytest.mark.parametrize("kind", ["redis"])
@pytest.mark.usefixtures("transport")
def test_a_bus_that_is_away_does_not_keep_the_app_from_starting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def story() -> None:
        async with listening():
            commit("company:1")  # publishing to nobody does not fail the business either

    monkeypatch.setenv("CLIENTPORTAL_REDIS_URL", "redis://127.0.0.1:1/0")
    settings.cache_clear()
    started = time.monotonic()
    asyncio.run(story())
    assert time.monotonic() - started < 10
