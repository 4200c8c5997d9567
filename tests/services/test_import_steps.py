"""A file comes in slice by slice: killed anywhere and run again it is as one clean run."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from clientportal.services import checks, import_files, import_steps, imports
from clientportal.storage.models import AuditEntry, Document, ImportRun
from clientportal.storage.session import unit_of_work
from tests.support.import_work import import_now, work, written
from tests.support.ledger import World, make_world

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ROWS = 44
SLICE = 5
STEPS = -(-ROWS // SLICE)


class Killed(BaseException):
    """The process is gone."""


def _file() -> bytes:
    """Settled, prepaid, disputed and open documents of a few accounts, named here and there."""
    lines = ["numero;tipo;cliente;razon social;moneda;fecha;vence;total;pagado;pagado el;reclamo"]
    for n in range(ROWS):
        day = f"{n % 28 + 1:02d}/{n % 2 + 1:02d}/2026"
        settled = "28/02/2026" if n % 3 == 0 else ""
        paid = "50" if n % 5 == 1 and not settled else ""
        kind = "nota credito" if n % 11 == 10 and not settled and not paid else "factura"
        name = f"Cliente {n % 7}" if n % 4 == 0 else ""
        dispute = "si" if n % 6 == 5 and kind == "factura" else ""
        lines.append(
            f"F-{n};{kind};K{n % 7};{name};COP;{day};31/03/2026;{1000 + n};{paid};{settled};"
            + dispute
        )
    return "\r\n".join(lines).encode()


FILE = _file()


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_steps, "SLICE", SLICE)


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


def keep(database: sa.Engine, world: World, content: bytes = FILE, kind: str = "documents") -> int:
    with unit_of_work(bind=database) as session:
        return import_files.keep(
            session, world.agent, kind=kind, file_name="a.csv", content=content, now=NOW
        )


def all_of(database: sa.Engine, world: World) -> dict[str, list[tuple[Any, ...]]]:
    with unit_of_work(bind=database, read_only=True) as session:
        return written(session, world.agent, "cliente")


def later(database: sa.Engine, seconds: int = 100) -> int:
    with unit_of_work(bind=database) as session:
        return import_steps.retry_overdue(session, now=NOW + timedelta(seconds=seconds))


def test_slices_write_what_one_transaction_writes(database: sa.Engine, world: World) -> None:
    """Two companies, one file: at once for the one, slice by slice for the other."""
    with unit_of_work(bind=database) as session:
        other = make_world(session, "otra")
        imports.run(session, other.agent, kind="documents", content=FILE, now=NOW)
    done = import_now(database, world.agent, keep(database, world), NOW)
    assert (done.state, done.progress, done.total) == ("done", ROWS, ROWS)
    assert (done.counts["new"], done.counts["accounts"], done.counts["errors"]) == (ROWS, 7, 0)
    assert all_of(database, world) == all_of(database, other)
    with unit_of_work(bind=database) as session:
        assert checks.audit(session, world.system) == checks.audit(session, other.system) == []
        [entry] = session.exec(
            select(AuditEntry).where(
                col(AuditEntry.action) == "documents.imported",
                col(AuditEntry.company_id) == world.agent.company_id,
            )
        )
        assert (entry.actor_name, entry.data["new"]) == (world.agent.name, ROWS)


@pytest.mark.parametrize(
    ("steps", "inside"),
    [(0, True), (1, False), (4, True), (STEPS - 1, False), (STEPS - 1, True)],
)
def test_killed_anywhere_and_taken_up_again_it_is_one_clean_run(
    database: sa.Engine, world: World, steps: int, inside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work(bind=database) as session:
        clean = make_world(session, "limpia")
    done = import_now(database, clean.agent, keep(database, clean), NOW)
    run_id = keep(database, world)
    _kill_after(monkeypatch, steps, inside)
    with pytest.raises(Killed):
        import_now(database, world.agent, run_id, NOW, pause=_killer(inside, steps))
    monkeypatch.undo()
    monkeypatch.setattr(import_steps, "SLICE", SLICE)
    with unit_of_work(bind=database, read_only=True) as session:
        progress = session.get_one(ImportRun, run_id).progress
        assert progress == steps * SLICE
    assert later(database, 10) == 0  # nobody takes it from a worker that may live
    assert later(database) == 1
    work(database, run_id, NOW)
    assert all_of(database, world) == all_of(database, clean)
    with unit_of_work(bind=database, read_only=True) as session:
        run = session.get_one(ImportRun, run_id)
        assert (run.state, run.attempt, run.check_at) == ("done", 2, None)
        assert run.counts == done.counts
    assert later(database) == 0


def _kill_after(monkeypatch: pytest.MonkeyPatch, steps: int, inside: bool) -> None:
    """Die inside the slice after `steps` whole ones, when its rows are written, uncommitted."""
    if not inside:
        return
    real, count = import_steps._store, [0]

    def store(*given: Any) -> None:
        real(*given)
        count[0] += 1
        if count[0] > steps:
            raise Killed

    monkeypatch.setattr(import_steps, "_store", store)


def _killer(inside: bool, steps: int) -> Any:
    count = [0]

    def pause() -> None:
        count[0] += 1
        if not inside and count[0] >= steps:
            raise Killed

    return pause


def test_an_older_attempt_stops_and_two_at_once_bring_each_row_once(
    database: sa.Engine, world: World
) -> None:
    first, second = keep(database, world), keep(database, world)
    with unit_of_work(bind=database) as session:
        for run_id in (first, second, first):  # one in two tabs, and the file a second time
            import_files.confirm(session, world.agent, run_id=run_id, now=NOW)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(partial(work, database, now=NOW), [first, second, first, second]))
    with unit_of_work(bind=database) as session:
        runs = [session.get_one(ImportRun, run_id) for run_id in (first, second)]
        assert [run.state for run in runs] == ["done", "done"]
        assert sum(run.counts["new"] for run in runs) == ROWS
        imported = sa.select(sa.func.count()).where(col(Document.number).like("F-%"))
        assert session.scalar(imported) == ROWS
        assert checks.audit(session, world.system) == []
        import_steps.take(session, runs[0], NOW)
        assert runs[0].attempt == 2
    work(database, first, NOW)  # done: nothing happens


def test_a_fault_anywhere_keeps_the_whole_file_out_and_gives_it_back(
    database: sa.Engine, world: World
) -> None:
    bad = FILE + b"\r\nF-999;factura;K1;;COP;31/02/2026;;5;;;"
    before = all_of(database, world)
    run_id = keep(database, world, bad)
    seen = import_now(database, world.agent, run_id, NOW)
    assert (seen.state, seen.progress) == ("uploaded", 0)
    assert all_of(database, world) == before
    with unit_of_work(bind=database, read_only=True) as session:
        assert import_files.look(session, world.agent, run_id=run_id, now=NOW).errors
    fixed = keep(database, world, bad.replace(b"31/02", b"28/02"))
    assert import_now(database, world.agent, fixed, NOW).counts["new"] == ROWS + 1


def test_what_changed_under_way_is_left_out_and_counted(database: sa.Engine, world: World) -> None:
    """Somebody brings another document of the same number while the file is half in."""
    other = b"numero;codigo;moneda;fecha;total\r\nF-41;K6;COP;2026-03-01;7\r\n"

    def meanwhile() -> None:
        with unit_of_work(bind=database) as session:
            found = imports.run(session, world.agent, kind="documents", content=other, now=NOW)
            assert not found.errors

    seen = import_now(database, world.agent, keep(database, world), NOW, pause=meanwhile)
    assert (seen.state, seen.counts["new"], seen.counts["errors"]) == ("done", ROWS - 1, 1)


def test_a_file_that_always_fails_is_given_back_in_the_end(
    database: sa.Engine, world: World
) -> None:
    run_id = keep(database, world)
    with unit_of_work(bind=database) as session:
        import_files.confirm(session, world.agent, run_id=run_id, now=NOW)
    for tries in range(1, import_steps.MOST_TRIES + 2):
        later(database, 100 * tries)
    with unit_of_work(bind=database, read_only=True) as session:
        seen = import_files.follow(session, world.agent, run_id=run_id)
        assert (seen.state, later(database, 10_000)) == ("uploaded", 0)


def test_contacts_and_accounts_come_in_by_slices_too(database: sa.Engine, world: World) -> None:
    people = "nombre;correo;cliente\r\n" + "".join(
        f"Ana {n % 9};ana{n % 9}@x.example;K{n % 4}\r\n" for n in range(23)
    )
    accounts = "codigo;nombre\r\n" + "".join(f"K{n};Cliente {n}\r\n" for n in range(12))
    done = import_now(
        database, world.agent, keep(database, world, accounts.encode(), "accounts"), NOW
    )
    assert (done.state, done.counts["new"]) == ("done", 12)
    content = people.encode()
    done = import_now(database, world.agent, keep(database, world, content, "contacts"), NOW)
    assert (done.counts["new"], done.counts["changed"] + done.counts["same"]) == (9, 14)
    again = import_now(database, world.agent, keep(database, world, content, "contacts"), NOW)
    assert again.counts["same"] == 23
