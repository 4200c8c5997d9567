"""The world of two tenants behind a real server, with everybody's cookie, put back at will."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from clientportal import queue
from clientportal.domain.actors import Member
from clientportal.services import identity
from clientportal.settings import settings
from clientportal.storage import session as storage_session
from clientportal.storage.session import make_engine, unit_of_work
from tests.support.canary import BETO, LUZ, OTRA
from tests.support.databases import fresh_database
from tests.support.letters import leaks
from tests.support.matrix import ENGINE_TABLES, SEARCH, Rows, changed, remove_new_files, snapshot
from tests.support.server import Server, server
from tests.support.socket import Tab, tab
from tests.support.tenants import World, make_world

# Load tests tell their visitors apart instead of switching the limits off.
LIMITS = {
    "TRUSTED_PROXY_HOPS": "1",
    "TAB_EVENTS_PER_SECOND": "10000",
    "TAB_EVENTS_BURST": "10000",
    "PRINCIPAL_EVENTS_PER_SECOND": "10000",
}
# Written while anybody looks around; no part of what a call changes.
PASSING = frozenset({"user_session"})


@dataclass(slots=True)
class Served:
    """A running server over a world."""

    server: Server
    engine: sa.Engine
    world: World
    tokens: Mapping[str, str]
    before: Rows
    visitors: int = 0
    prepared: str = ""  # what the rightful made before a row of the matrix is tried

    def cookie(self, who: str) -> str | None:
        """The Cookie header of an actor of the matrix."""
        token = self.tokens.get(who)
        return f"{settings().session_cookie}={token}" if token else None

    def address(self) -> str:
        """A network address that nobody has come from yet."""
        self.visitors += 1
        return f"10.{self.visitors // 65_536}.{self.visitors // 256 % 256}.{self.visitors % 256}"

    def tab(self, who: str, path: str) -> AbstractAsyncContextManager[Tab]:
        """Open a tab at `path` as an actor."""
        return tab(self.server.url, path, cookie=self.cookie(who), forwarded_for=self.address())

    def client(self, who: str) -> httpx.Client:
        """A browser's plain requests as an actor; redirects are not followed."""
        headers = {"Origin": self.server.url, "X-Forwarded-For": self.address()}
        if cookie := self.cookie(who):
            headers["Cookie"] = cookie
        return httpx.Client(base_url=self.server.url, headers=headers, timeout=30)

    def rows(self) -> Rows:
        """Every row of ours as it is now."""
        with self.engine.connect() as connection:
            return snapshot(connection)

    def changes(self) -> Rows:
        """What is different from the beginning."""
        return self.since(self.before)

    def since(self, before: Rows) -> Rows:
        """What is different from an earlier `rows()`."""
        found = changed(before, self.rows())
        return {key: row for key, row in found.items() if key[0] not in PASSING}

    def letters(self, touched: Rows) -> dict[str, set[str]]:
        """Secrets of one tenant in what the messages among `touched` would tell another."""
        units = partial(unit_of_work, read_only=True, bind=self.engine)
        return leaks(units, self.world, touched, datetime.now(UTC))

    def restore(self) -> None:
        """Put every row and file back as it was (SQLite)."""
        remove_new_files(self.before)
        tables = [t for t in sa.inspect(self.engine).get_table_names() if t not in ENGINE_TABLES]
        with self.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            for table in tables:
                if table.startswith(f"{SEARCH}_"):
                    continue
                connection.exec_driver_sql(f'DELETE FROM "{table}"')
                for (name, _), row in self.before.items():
                    if name == table:
                        names = ("rowid" if table == SEARCH and c == "id" else c for c in row)
                        columns = ", ".join(f'"{column}"' for column in names)
                        marks = ", ".join("?" * len(row))
                        connection.exec_driver_sql(
                            f'INSERT INTO "{table}" ({columns}) VALUES ({marks})',
                            tuple(row.values()),
                        )
            connection.commit()
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def sign_in_everybody(engine: sa.Engine, world: World, now: datetime) -> dict[str, str]:
    """A session for every actor of the matrix; their cookies' values."""
    emails = {"customer": LUZ, "stranger": OTRA, "foreign_customer": BETO}
    staff: dict[str, Member] = {
        "viewer": world.alfa.viewer,
        "agent": world.alfa.agent,
        "admin": world.alfa.admin,
        "foreign_admin": world.beta.admin,
    }
    for who, member in staff.items():
        company = world.alfa if member.company_id == world.alfa.id else world.beta
        emails[who] = f"{member.role}@{company.slug}.example"
    tokens: dict[str, str] = {}
    with unit_of_work(bind=engine) as session:
        for who, email in emails.items():
            signed_in = identity.sign_in_as(session, email=email, now=now)
            assert signed_in is not None, who
            tokens[who] = signed_in.token
    return tokens


@contextmanager
def served_world(
    folder: Path, *, kind: str = "sqlite", extra: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """A world made with the real services, and one server process over it without a job engine."""
    now = datetime.now(UTC).replace(microsecond=0)
    patch = pytest.MonkeyPatch()
    with fresh_database(kind, folder) as url:
        patch.setenv("CLIENTPORTAL_DATABASE_URL", url)
        patch.setenv("CLIENTPORTAL_DATA_DIR", str(folder / "data"))
        settings.cache_clear()
        storage_session.engine.cache_clear()
        engine = make_engine(settings().database_url)
        with unit_of_work(bind=engine) as session:
            world = make_world(session, now)
        tokens = sign_in_everybody(engine, world, now)
        options = {"JOBS": "separate", **LIMITS, **(extra or {})}
        with server(database_url=url, data_dir=folder / "data", extra=options) as running:
            with engine.connect() as connection:
                before = snapshot(connection)
            yield Served(running, engine, world, tokens, before)
        queue.client.cache_clear()
        engine.dispose()
    patch.undo()
    settings.cache_clear()
