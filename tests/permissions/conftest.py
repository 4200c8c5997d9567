"""One world per database for the whole module; every row of the matrix is taken back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from clientportal import queue
from clientportal.gateways import registry
from clientportal.settings import settings
from clientportal.storage import session as storage_session
from tests.permissions.gateway import QuietGateway
from tests.support.databases import KINDS, fresh_database
from tests.support.matrix import Rows, snapshot
from tests.support.tenants import World, make_world

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """A database with both tenants in it, and every row as it was."""

    engine: sa.Engine
    world: World
    before: Rows


@pytest.fixture(autouse=True)
def _own_settings() -> None:
    """Settings and files belong to the module's world here, not to one test."""


@pytest.fixture(scope="module", params=KINDS)
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """The world, made once by the real services."""
    folder = tmp_path_factory.mktemp("matrix")
    patch = pytest.MonkeyPatch()
    with fresh_database(str(request.param), folder) as url:
        patch.setenv("CLIENTPORTAL_DATABASE_URL", url)
        patch.setenv("CLIENTPORTAL_DATA_DIR", str(folder / "data"))
        patch.setattr(registry, "gateway", lambda code, **_: QuietGateway(code))
        settings.cache_clear()
        storage_session.engine.cache_clear()
        engine = storage_session.engine()
        with storage_session.unit_of_work(bind=engine) as session:
            world = make_world(session, NOW)
        with engine.connect() as connection:
            yield Place(engine, world, snapshot(connection))
        queue.client.cache_clear()
        engine.dispose()
        storage_session.engine.cache_clear()
    patch.undo()
    settings.cache_clear()
