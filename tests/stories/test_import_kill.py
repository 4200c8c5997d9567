"""Whoever brings a file in is killed with -9, at every step; run again, nothing is different."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.services import (
    checks,
    import_files,
    import_steps,
    imports,
    ubl_uploads,
)
from clientportal.services.ubl_uploads import UblLine
from clientportal.storage.models import Company, ImportRun
from clientportal.storage.session import unit_of_work
from tests.support import killed as killing
from tests.support.import_work import work, written
from tests.support.ledger import World, make_world
from tests.support.processes import ROOT, eventually, python
from tests.support.ubl import SUPPLIER, invoice
from tests.support.workbooks import workbook

ROWS = 1_200
SOME = 44
SLICE = 5
LAST = -(-SOME // SLICE) - 1
NOW = datetime.now(UTC)


def _rows(count: int) -> list[list[object]]:
    """Open and settled documents of nine accounts, below their header."""
    lines: list[list[object]] = [
        ["numero", "codigo", "razon social", "moneda", "fecha", "total", "pagado el"]
    ]
    for n in range(count):
        day = f"2026-{n % 2 + 1:02d}-{n % 28 + 1:02d}"
        settled = "2026-02-28" if n % 2 else ""
        lines.append([f"F-{n:05d}", f"K{n % 9}", f"Cliente {n % 9}", "COP", day, 1000 + n, settled])
    return lines


def _text(rows: Sequence[Sequence[object]]) -> bytes:
    return "\n".join(";".join(str(cell) for cell in row) for row in rows).encode()


def _accounts() -> bytes:
    return _text(
        [["codigo", "nombre", "ciudad"]] + [[f"K{n}", f"Cliente {n}", "Cali"] for n in range(SOME)]
    )


def _contacts() -> bytes:
    """Some people stand in several lines, and their lines in several slices."""
    lines = [[f"Ana {n % 30}", f"ana{n % 30}@x.example", "A1"] for n in range(SOME)]
    return _text([["nombre", "correo", "cliente"], *lines])


FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "documents": ("cartera.xlsx", lambda: workbook(_rows(SOME))),
    "accounts": ("clientes.csv", _accounts),
    "contacts": ("contactos.csv", _contacts),
}
EVERYWHERE = ("reading", "checking", "inside:0", "after:0", f"inside:{LAST}", f"after:{LAST}")
ENDS = ("checking", "inside:0", f"inside:{LAST}")
CASES = [("documents", point) for point in EVERYWHERE]
CASES += [(kind, point) for kind in ("accounts", "contacts") for point in ENDS]


def _command(file: Path, slug: str) -> "subprocess.Popen[bytes]":
    arguments = ["import", "documents", str(file), "--company", slug]
    return subprocess.Popen(
        [sys.executable, "-m", "clientportal", *arguments], cwd=ROOT, env=os.environ.copy()
    )


def _killed(at: str, *words: str) -> int:
    """Run the command until it kills itself; how it ended."""
    names = killing.environment(at, slice_rows=SLICE)
    environment = os.environ | {f"CLIENTPORTAL_{name}": value for name, value in names.items()}
    command = [sys.executable, "-m", "tests.support.killed", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def _run(database: sa.Engine, company_id: int) -> ImportRun | None:
    with unit_of_work(bind=database, read_only=True) as session:
        mine = select(ImportRun).where(col(ImportRun.company_id) == company_id)
        found = session.exec(mine.order_by(col(ImportRun.id))).first()
        if found is not None:
            session.expunge(found)
        return found


def _later(database: sa.Engine) -> int:
    with unit_of_work(bind=database) as session:
        late = datetime.now(UTC) + timedelta(minutes=2)
        return import_steps.retry_overdue(session, now=late)


@pytest.mark.parametrize(("kind", "point"), CASES, ids=lambda value: str(value))
def test_a_command_killed_anywhere_is_swept_up_to_one_clean_run(
    database: sa.Engine, tmp_path: Path, kind: str, point: str
) -> None:
    name, make = FILES[kind]
    content = make()
    file = tmp_path / name
    file.write_bytes(content)
    with unit_of_work(bind=database) as session:
        killed, clean = make_world(session), make_world(session, "limpia")
        imports.run(session, clean.agent, kind=kind, content=content, now=NOW)
    assert _killed(point, "import", kind, str(file), "--company", killed.slug) == -signal.SIGKILL
    left = _run(database, killed.company_id)
    assert left is not None
    step, _, nth = point.partition(":")
    whole = {"inside": int(nth or 0), "after": int(nth or 0) + 1}.get(step, 0)
    assert left.progress == min(whole * SLICE, SOME)
    done = point == f"after:{LAST}"
    assert left.state == ("done" if done else "importing")
    assert _later(database) == int(not done)
    work(database, left.id or 0, NOW)
    with unit_of_work(bind=database) as session:
        run = session.get_one(ImportRun, left.id)
        assert (run.state, run.progress, run.check_at) == ("done", SOME, None)
        assert _all(session, killed) == _all(session, clean)
        again = imports.run(session, killed.agent, kind=kind, content=content, now=NOW)
        assert (again.counts["new"], again.counts.get("changed", 0), again.errors) == (0, 0, ())
        assert checks.audit(session, killed.system) == []
        assert _all(session, killed) == _all(session, clean)


def test_a_killed_import_run_again_beside_what_it_left_ends_as_one_that_was_not(
    database: sa.Engine, tmp_path: Path
) -> None:
    file = tmp_path / "cartera.csv"
    file.write_bytes(_text(_rows(ROWS)))
    with unit_of_work(bind=database) as session:
        killed, clean = make_world(session), make_world(session, "limpia")
    first = _command(file, killed.slug)
    assert eventually(lambda: 0 < _progress(database, killed) < ROWS, seconds=60)
    first.kill()
    first.wait()
    left = _run(database, killed.company_id)
    assert left is not None
    assert (left.state, 0 < left.progress < ROWS) == ("importing", True)
    assert _command(file, killed.slug).wait(timeout=120) == 0
    assert _command(file, clean.slug).wait(timeout=120) == 0
    with unit_of_work(bind=database, read_only=True) as session:
        assert _all(session, killed) == _all(session, clean)
        assert checks.audit(session, killed.system) == []
    assert _later(database) == 1  # what the first run left is taken up as well
    work(database, left.id or 0, NOW)
    with unit_of_work(bind=database, read_only=True) as session:
        assert _all(session, killed) == _all(session, clean)


def _progress(database: sa.Engine, world: World) -> int:
    run = _run(database, world.company_id)
    return run.progress if run else 0


def _all(session: Session, world: World) -> object:
    return written(session, world.agent, "cliente")


# UBL files, each in a transaction of its own

UPLOAD = """
import sys
from datetime import UTC, datetime
from clientportal.domain.actors import System
from clientportal.services import ubl_uploads
from clientportal.storage.session import unit_of_work
from tests.support import killed
from tests.support.ubl import invoice
killed.arm()
files = [(f"{n}.xml", invoice(f"FE-{n}")) for n in range(3)]
ubl_uploads.bring(
    unit_of_work, System(int(sys.argv[1])), files=files, clock=lambda: datetime.now(UTC)
)
"""


@pytest.mark.parametrize(
    ("point", "came_in"), [("file:0", 0), ("noted:0", 1), ("file:2", 2), ("noted:2", 3)]
)
def test_an_upload_of_ubl_killed_at_any_file_says_what_came_in_and_is_sent_again(
    database: sa.Engine, point: str, came_in: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work(bind=database) as session:
        world = make_world(session)
        company = session.get_one(Company, world.company_id)
        company.country, company.tax_id_kind, company.tax_id = "CO", "nit", SUPPLIER
    monkeypatch.setenv("CLIENTPORTAL_TEST_KILL_AT", point)
    assert python(UPLOAD, str(world.company_id)).wait(60) == -signal.SIGKILL
    left = _run(database, world.company_id)
    assert left is not None
    assert (left.progress, left.total, left.state) == (
        came_in, 3, "done" if came_in == 3 else "importing",
    )  # fmt: skip
    assert _outcomes(left) == ["new"] * came_in + ["waiting"] * (3 - came_in)
    assert _numbers(database, world) == [f"FE-{n}" for n in range(came_in)]
    assert _later(database) == int(came_in < 3)
    closed = _run(database, world.company_id)
    assert closed is not None
    assert (closed.state, closed.counts["errors"], closed.check_at) == ("done", 3 - came_in, None)
    assert [line.code for line in ubl_uploads.lines_of(closed)] == [""] * came_in + [
        "ubl_interrupted"
    ] * (3 - came_in)
    files = [(f"{n}.xml", invoice(f"FE-{n}")) for n in range(3)]
    units: Any = partial(unit_of_work, bind=database)
    again = ubl_uploads.bring(units, world.agent, files=files, clock=lambda: datetime.now(UTC))
    with unit_of_work(bind=database, read_only=True) as session:
        seen = import_files.follow(session, world.agent, run_id=again)
        assert checks.audit(session, world.system) == []
    assert [line.outcome for line in seen.files] == ["same"] * came_in + ["new"] * (3 - came_in)
    assert _numbers(database, world) == ["FE-0", "FE-1", "FE-2"]


def _outcomes(run: ImportRun) -> list[str]:
    lines: Sequence[UblLine] = ubl_uploads.lines_of(run)
    return [line.outcome for line in lines]


def _numbers(database: sa.Engine, world: World) -> list[str]:
    statement = sa.text("SELECT number FROM document WHERE company_id = :c ORDER BY number")
    with unit_of_work(bind=database, read_only=True) as session:
        return list(session.execute(statement, {"c": world.company_id}).scalars())
