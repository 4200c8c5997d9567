"""The engine, one transaction per use case, and our thread pool (DESIGN rules 1, 6)."""

import asyncio
import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlmodel import Session

from clientportal.settings import settings

P = ParamSpec("P")
R = TypeVar("R")

AFTER_COMMIT = "after_commit"
CONNECT_SECONDS = 5


def make_engine(url: str) -> sa.Engine:
    """An engine with the settings that the app and the job engine share (DESIGN §4)."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = sa.create_engine(
            parsed,
            pool_size=24,  # one a thread: what is beyond is opened and closed for every use
            max_overflow=16,
            pool_use_lifo=True,  # few connections with warm caches rather than many
            hide_parameters=True,  # an error's text goes into the log: no code, no address
            connect_args={"timeout": 30, "check_same_thread": False},
        )
        sa.event.listen(engine, "connect", _prepare_sqlite)
        return engine
    return sa.create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_size=10,
        max_overflow=20,
        pool_use_lifo=True,  # few connections, that have prepared the statements already
        hide_parameters=True,
        pool_pre_ping=True,
        # Whoever waits for a server that does not answer is told so; psycopg waits for minutes.
        connect_args={"connect_timeout": CONNECT_SECONDS},
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The job engine expects this mode on a shared engine; unit_of_work begins its own transactions.
    connection.isolation_level = "IMMEDIATE"
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "busy_timeout=30000",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-2000",  # KiB of each connection; the system caches the file for all
    ):
        connection.execute(f"PRAGMA {pragma}")


@cache
def engine() -> sa.Engine:
    """The engine of this process, by settings."""
    return make_engine(settings().database_url)


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


@contextmanager
def unit_of_work(*, read_only: bool = False, bind: sa.Engine | None = None) -> Iterator[Session]:
    """One use case, one transaction: commits at the end, rolls back on any error.

    On SQLite the write lock is taken first, so that nothing read inside is stale; a read-only unit
    takes a snapshot instead. Callbacks that services put into `session.info["after_commit"]` run
    after the commit and never when it fails.
    """
    with Session(bind or engine(), expire_on_commit=False) as session:
        if is_sqlite(session):
            session.connection().exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
        elif read_only:
            session.connection().exec_driver_sql(
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
            )
        try:
            yield session
            if read_only:
                session.rollback()
                return
            session.commit()
        except BaseException:
            session.rollback()
            raise
        callbacks: list[Callable[[], None]] = session.info.pop(AFTER_COMMIT, [])
    for callback in callbacks:
        callback()


def after_commit(session: Session, callback: Callable[[], None]) -> None:
    """Run `callback` once this unit of work has committed."""
    session.info.setdefault(AFTER_COMMIT, []).append(callback)


WORKERS = {"unit": 16, "pdf": 1, "export": 1, "import": 1, "password": 2}
"""Threads of each pool. What computes for long has a pool of its own: in the common one a
stranger's passwords, a customer's PDFs or an agent's files would hold every thread, and with them
every other visitor's database work."""


@cache
def executor(pool: str = "unit") -> ThreadPoolExecutor:
    """The threads of a pool (a key of WORKERS)."""
    return ThreadPoolExecutor(max_workers=WORKERS[pool], thread_name_prefix=pool)


async def run(fn: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a blocking callable in our own pool, with the caller's context variables."""
    return await run_in("unit", fn, *args, **kwargs)


async def run_in(pool: str, fn: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run a blocking callable in a pool, with the caller's context variables."""
    context = contextvars.copy_context()
    call = partial(context.run, fn, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(executor(pool), call)
