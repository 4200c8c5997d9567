"""Databases for tests: one migrated template per kind and code version, a copy for each test."""

import atexit
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

ROOT = Path(__file__).resolve().parents[2]
CACHE = Path(tempfile.gettempdir()) / f"clientportal-tests-{os.getuid()}"
KINDS = ("sqlite", "postgresql")


def service_url(variable: str) -> str:
    """TEST_POSTGRES_URL or TEST_REDIS_URL: from the environment or from `make services`.

    Raises RuntimeError when there is none: a test that needs it must not pass by being skipped.
    """
    if given := os.environ.get(variable):
        return given
    file = ROOT / ".services" / "env"
    for line in file.read_text().splitlines() if file.exists() else ():
        name, _, value = line.partition("=")
        if name == variable:
            return value
    raise RuntimeError(f"{variable} is not set; start the services with: make services")


def schema_hash() -> str:
    """Changes when a migration, the job engine or the database itself changes."""
    digest = hashlib.sha256(sys.version.encode())
    files = [*sorted((ROOT / "alembic").rglob("*.py")), ROOT / "requirements.txt"]
    files += sorted((ROOT / "clientportal" / "storage").rglob("*.py"))
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """A lock over all test processes of this machine."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def migrate(url: str) -> None:
    """Bring a database to the newest schema, job engine included, by the real command."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("CLIENTPORTAL_")},
            "CLIENTPORTAL_ENV": "development",
            "CLIENTPORTAL_DATABASE_URL": url,
            "CLIENTPORTAL_DATA_DIR": folder,
        }
        done = subprocess.run(
            [sys.executable, "-m", "clientportal", "migrate"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"migrate failed:\n{done.stdout}{done.stderr}")


def sqlite_template() -> Path:
    """A migrated SQLite file, made once per schema."""
    target = CACHE / f"{schema_hash()}.db"
    with one_at_a_time("sqlite"):
        if not target.exists():
            fresh = target.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            migrate(f"sqlite:///{fresh}")
            with sa.create_engine(f"sqlite:///{fresh}").connect() as connection:
                # One file, no side files: what is copied must be whole.
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            fresh.rename(target)
    return target


def _admin(url: str) -> sa.Engine:
    return sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)


def postgres_template() -> str:
    """Name of a migrated PostgreSQL database, made once per schema."""
    server = service_url("TEST_POSTGRES_URL")
    name = f"clientportal_template_{schema_hash()}"
    with one_at_a_time("postgresql"), _admin(server).connect() as connection:
        exists = sa.text("SELECT 1 FROM pg_database WHERE datname = :name AND datistemplate")
        if not connection.execute(exists, {"name": name}).scalar():
            connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
            migrate(_with_database(server, name))
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" IS_TEMPLATE true')
    return name


def _with_database(url: str, name: str) -> str:
    return sa.make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """URL of an empty migrated database of its own; what was written is gone afterwards."""
    if kind == "sqlite":
        file = folder / f"{uuid.uuid4().hex}.db"
        shutil.copyfile(sqlite_template(), file)
        yield f"sqlite:///{file}"
        for side in ("", "-wal", "-shm"):
            file.with_name(file.name + side).unlink(missing_ok=True)
        return
    server = service_url("TEST_POSTGRES_URL")
    name = _emptied.pop() if _emptied else _copy_of_template(server)
    url = _with_database(server, name)
    try:
        yield url
    finally:
        try:
            _empty(url)
        except sa.exc.DBAPIError:  # whatever a test did to it, the next one gets a whole one
            _drop(server, name)
        else:
            _emptied.append(name)


_emptied: list[str] = []
"""Databases of this process that a test is done with: emptying one takes a tenth of a copy."""


def _copy_of_template(server: str) -> str:
    template, name = postgres_template(), f"clientportal_test_{uuid.uuid4().hex}"
    with _admin(server).connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    if not _emptied_at_exit:
        _emptied_at_exit.append(atexit.register(_drop_all, server))
    return name


_emptied_at_exit: list[object] = []


def _drop_all(server: str) -> None:
    while _emptied:
        _drop(server, _emptied.pop())


def _drop(server: str, name: str) -> None:
    with _admin(server).connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_TABLES = """
SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
AND tablename NOT IN ('alembic_version', 'dbos_migrations')
"""
_SEQUENCES = """
SELECT setval((quote_ident(schemaname) || '.' || quote_ident(sequencename))::regclass, 1, false)
FROM pg_sequences WHERE last_value IS NOT NULL
"""


def _empty(url: str) -> None:
    """As the template: no rows but the versions, and every sequence at its start.

    Whoever is still connected is sent away first. Raises DBAPIError when that is not possible.
    """
    with sa.create_engine(url, poolclass=sa.NullPool).begin() as connection:
        connection.exec_driver_sql(_OTHERS)
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        tables = connection.exec_driver_sql(_TABLES).scalars().all()
        looks = (f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables)
        for table in connection.exec_driver_sql(" UNION ALL ".join(looks)).scalars().all():
            connection.exec_driver_sql(f"DELETE FROM {table}")
        connection.exec_driver_sql(_SEQUENCES)
