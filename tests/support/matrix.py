"""Who may call what: the actors of the permission matrix, and what a refusal must look like."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from clientportal.domain.actors import Actor, Nobody
from clientportal.domain.errors import NotAllowed, NotFound, NotSignedIn, PortalError
from clientportal.settings import settings
from tests.support.canary import INTERNAL, MINE, PUBLIC, as_text, canaries_in
from tests.support.letters import leaks
from tests.support.matrix_secrets import SECRETS
from tests.support.owners import strays
from tests.support.tenants import Things, World

ACTORS = (
    "nobody",
    "stranger",  # customer of another account of the same company
    "foreign_customer",  # customer of another company
    "customer",  # the rightful one
    "viewer",
    "agent",
    "admin",
    "foreign_admin",  # admin of another company
)
EVERY_STAFF = frozenset({"viewer", "agent", "admin"})
WRITERS = frozenset({"agent", "admin"})
ADMINS = frozenset({"admin"})
PAYER = frozenset({"customer"})
READERS = EVERY_STAFF | PAYER
CUSTOMERS = frozenset({"stranger", "foreign_customer"})
FOREIGN_STAFF = frozenset({"foreign_admin"})
OUTSIDERS = CUSTOMERS | FOREIGN_STAFF

# Written by the job engine, by counting sign-in tries, by migrations: no part of a use case.
ENGINE_TABLES = frozenset(
    {
        "alembic_version",
        "application_versions",
        "dbos_migrations",
        "notifications",
        "operation_outputs",
        "queues",
        "sign_in_try",
        "streams",
        "workflow_events",
        "workflow_events_history",
        "workflow_input",
        "workflow_output",
        "workflow_schedules",
        "workflow_status",
    }
)

SEARCH = "search_entry"
COMMITTED = "a unit of work of the call has ended: a later error takes nothing back"

Rows = dict[tuple[str, int | str], dict[str, Any]]


def actor_of(world: World, name: str) -> Actor:
    """The actor behind a name of ACTORS."""
    actors: dict[str, Actor] = {
        "nobody": Nobody(),
        "stranger": world.otra,
        "foreign_customer": world.beto,
        "customer": world.luz,
        "viewer": world.alfa.viewer,
        "agent": world.alfa.agent,
        "admin": world.alfa.admin,
        "foreign_admin": world.beta.admin,
    }
    return actors[name]


@dataclass(frozen=True, slots=True)
class Call:
    """What a row of the matrix gets: the world, the actor, and a session (or units of work).

    `target` are the rightful tenant's objects; `own` are the caller's own.
    """

    world: World
    session: Session
    actor: Any
    own: Things

    @property
    def target(self) -> Things:
        return self.world.mine

    @contextmanager
    def units(self, *, read_only: bool = False) -> Iterator[Session]:
        """A unit of work inside the test's transaction, which is taken back afterwards."""
        yield self.session
        self.session.flush()
        self.session.info[COMMITTED] = not read_only


@dataclass(frozen=True, slots=True)
class Row:
    """One row: how to call it, who may, and who may as well, but only on things of their own.

    `writes`: the rightful call changes rows; otherwise its result must carry the rightful
    tenant's canaries (`plain`: it has no text to carry; then it must only be there). `inner`: a
    step of other use cases, to which nobody is a stranger like every other. `codes`: a foreign
    id in one field of a form is answered beside it, as an id that does not exist is.
    """

    call: Callable[[Call], Any]
    may: frozenset[str]
    own: frozenset[str] = frozenset()
    writes: bool = False
    plain: bool = False
    inner: bool = False
    codes: frozenset[str] = frozenset()


@cache
def _tables(engine: sa.Engine) -> tuple[str, ...]:
    names = sa.inspect(engine).get_table_names()
    kept = [n for n in names if n not in ENGINE_TABLES and not n.startswith("search_entry_")]
    return tuple(sorted(kept))


def snapshot(connection: sa.Connection) -> Rows:
    """Every row of every table of ours, and every stored file."""
    found: Rows = {}
    sqlite = connection.dialect.name == "sqlite"
    for table in _tables(connection.engine):
        # The text index of SQLite names its rows by rowid alone.
        more = "rowid AS id, " if sqlite and table == SEARCH else ""
        result = connection.exec_driver_sql(f'SELECT {more}* FROM "{table}"')
        keys = list(result.keys())
        for row in result:
            values = dict(zip(keys, row, strict=True))
            mark = values.get("id", values.get("seq", str(row)))
            if table == SEARCH and not sqlite:  # accounts and documents share its numbers
                mark = f"{values['kind']}/{values['ref_id']}"
            found[table, mark] = values
    for file in _files():
        found[f"file {file.name}", 0] = {}
    return found


def changed(before: Rows, after: Rows) -> Rows:
    """Rows that are new or different now; of vanished ones the old."""
    found = {key: row for key, row in after.items() if before.get(key) != row}
    return found | {key: row for key, row in before.items() if key not in after}


@contextmanager
def taken_back(engine: sa.Engine) -> Iterator[Session]:
    """A transaction that leaves nothing behind."""
    with Session(engine, expire_on_commit=False) as session:
        if engine.dialect.name == "sqlite":
            session.connection().exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield session
        finally:
            session.rollback()


def check(engine: sa.Engine, world: World, before: Rows, name: str, row: Row, who: str) -> None:
    """Call a row as `who` and judge the outcome. Raises AssertionError."""
    actor = actor_of(world, who)
    title = f"{name} as {who}"
    with taken_back(engine) as session:
        call = Call(world, session, actor, world.own_of(who))
        error, result = None, None
        try:
            result = row.call(call)
        except PortalError as refusal:
            error = refusal
        session.flush()
        text = as_text(result) + (f"{error!r} {error.params}" if error else "")
        if who in row.may | row.own:
            assert error is None, f"{title}: refused with {error!r} {error.params}"
        else:
            _check_refusal(title, who, error, row)
            if not session.info.get(COMMITTED):
                session.rollback()  # as the edge does with every error
        diff = changed(before, snapshot(session.connection()))
        letters = leaks(lambda: nullcontext(session), world, diff, world.now)
    remove_new_files(before)
    assert not letters, f"{title}: letters with {letters}"
    leaked = canaries_in(text + as_text(diff if who not in row.may else {}), SECRETS[who])
    assert not leaked, f"{title} was sent {leaked}"
    if who in row.may:
        _check_effect(title, row, text, result, diff)
        _check_tenant(title, world, who, before, diff)
    elif who in row.own:
        _check_own(title, world, actor, before, diff)
    else:
        assert not diff, f"{title}: refused, but changed {list(diff)}"


def remove_new_files(before: Rows) -> None:
    for file in _files():
        if (f"file {file.name}", 0) not in before:
            file.unlink()


def _files() -> list[Path]:
    folder = settings().data_dir / "files"
    return [file for file in folder.rglob("*") if file.is_file()] if folder.exists() else []


def _check_refusal(title: str, who: str, error: PortalError | None, row: Row) -> None:
    assert error is not None, f"{title}: not refused"
    kinds = (NotSignedIn,) if who == "nobody" else (NotAllowed, NotFound)
    kinds = (NotSignedIn, NotAllowed, NotFound) if row.inner else kinds
    named = error.error_code in row.codes and error.field is not None
    assert named or isinstance(error, kinds), f"{title}: refused with {error!r}, not by policy"


def _check_effect(title: str, row: Row, text: str, result: object, diff: Rows) -> None:
    if row.writes:
        assert diff, f"{title}: allowed, but nothing changed"
        return
    assert not diff, f"{title}: only reads, but changed {list(diff)}"
    if row.plain:
        assert result is not None, f"{title}: allowed, but nothing came back"
    else:
        assert canaries_in(text, MINE + PUBLIC + INTERNAL), f"{title}: an empty answer"


def _check_tenant(title: str, world: World, who: str, before: Rows, diff: Rows) -> None:
    """What a rightful call touches is its own tenant's (a profile is one's own everywhere)."""
    own = world.beta if who in {"foreign_customer", "foreign_admin"} else world.alfa
    users = {getattr(actor_of(world, who), "user_id", 0)}
    found = strays(before, diff, {own.id}, users)
    assert not found, f"{title}: touched what is another's: {found}"


def _check_own(title: str, world: World, actor: Any, before: Rows, diff: Rows) -> None:
    """A stranger's call may only touch what is the stranger's own."""
    for key, values in diff.items():
        old = before.get(key, {})
        if key not in before and values.get("company_id") != world.alfa.id:
            continue
        company = getattr(actor, "company_id", None)
        if company is not None:
            ours = old.get("company_id", old.get("id") if key[0] == "company" else None) == company
        else:
            ours = old.get("user_id") == actor.user_id
        assert ours, f"{title}: touched {key}: {old} → {values}"
