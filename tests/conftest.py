"""Fixtures for every test: an own database on both engines, a fixed clock, no outside network."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from clientportal import queue
from clientportal.settings import settings
from clientportal.storage import session as storage_session
from tests.support.databases import KINDS, fresh_database

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)

for _name in [name for name in os.environ if name.startswith("CLIENTPORTAL_")]:
    del os.environ[_name]
os.environ["CLIENTPORTAL_ENV"] = "development"
os.environ["CLIENTPORTAL_SECRET_KEY"] = "only-for-tests-" + "0" * 32


@pytest.fixture(scope="session", autouse=True)
def _no_outside_network() -> Iterator[None]:
    """A test that leaves this machine fails."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not _is_loopback(address[0]):
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings are read again for each test; files go to the test's own folder."""
    monkeypatch.setenv("CLIENTPORTAL_DATA_DIR", str(tmp_path / "data"))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Both engines; override it in a module to use one."""
    return str(request.param)


_first: dict[str, sa.Engine] = {}


def _share_compiled(engine: sa.Engine) -> None:
    """Compile a statement once per process, not once per test: a third of a service test's time.

    Compiled statements are kept by dialect, so engines of a kind share that as well. A dialect
    learns the server's facts at its own engine's first connection: the shared one must have had it,
    whatever the first test does.
    """
    if engine.dialect.name not in _first:
        engine.connect().close()
    first = _first.setdefault(engine.dialect.name, engine)
    engine.dialect = engine.pool._dialect = first.dialect
    engine._compiled_cache = first._compiled_cache


@pytest.fixture
def database(
    database_kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[sa.Engine]:
    """A migrated, empty database for this test alone; `settings()` and `unit_of_work()` use it."""
    with fresh_database(database_kind, tmp_path) as url:
        monkeypatch.setenv("CLIENTPORTAL_DATABASE_URL", url)
        settings.cache_clear()
        storage_session.engine.cache_clear()
        engine = storage_session.engine()
        _share_compiled(engine)
        yield engine
        queue.client.cache_clear()
        engine.dispose()
        storage_session.engine.cache_clear()


@pytest.fixture
def now() -> datetime:
    """The moment at which tests happen: 2026-03-02 15:00 UTC, a Monday."""
    return NOW


@pytest.fixture
def today() -> date:
    """The day at which tests happen."""
    return TODAY


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file first: begun last, it would keep one worker busy alone."""
    items.sort(key=lambda item: item.path.name != "test_walk.py")
