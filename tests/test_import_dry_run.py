"""`import … --dry-run`: says what would happen, leaves a report, and changes nothing."""

import csv
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa

from clientportal import cli
from clientportal.storage.session import unit_of_work
from tests.support.ledger import make_world
from tests.support.matrix import snapshot

FILES: Mapping[str, str] = {
    "documents": (
        "numero;cliente;moneda;fecha;vencimiento;total\r\n"
        "F-1;A1;COP;15/01/2026;30/01/2026;1.250.000\r\n"
        "F-2;A9;USD;16/01/2026;31/01/2026;480,50\r\n"
    ),
    "accounts": "codigo;nombre;pais\r\nA1;Papelera del Valle;CO\r\nZ-9;Nueva;MX\r\n",
    "contacts": "nombre;correo;clientes\r\nLuz;luz@uno.example;A1\r\nAnn;ann@two.example;A2\r\n",
}
WRONG: Mapping[str, str] = {
    "documents": "numero;cliente;moneda;fecha;total\r\nF-1;A1;XYZ;15/01/2026;10\r\n",
    "accounts": "codigo;nombre;pais;identificacion\r\nA1;Uno;CO;900.373.913-5\r\n",
    "contacts": "nombre;correo;clientes\r\nLuz;no-address;A1\r\n",
}


@pytest.fixture
def folder(database: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    with unit_of_work(bind=database) as session:
        make_world(session)
    return tmp_path


def run(kind: str, file: Path, *more: str | Path) -> int:
    return cli.main(["import", kind, str(file), "--company", "molino", *map(str, more)])


def rows(database: sa.Engine) -> object:
    with database.connect() as connection:
        return snapshot(connection)


def counts(line: str) -> dict[str, int]:
    return {name: int(number) for name, number in re.findall(r"(\w+) (\d+)", line.split(":")[1])}


@pytest.mark.parametrize("kind", FILES)
def test_a_dry_run_counts_what_the_import_then_does(
    folder: Path, database: sa.Engine, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    file, report = folder / "in.csv", folder / "report.csv"
    file.write_text(FILES[kind], "utf-8-sig")
    before = rows(database)
    assert run(kind, file, "--dry-run", "--report", report) == 0
    [would] = capsys.readouterr().out.splitlines()
    assert would.startswith("  would import: ")
    assert counts(would)["new"] >= 1
    outcomes = [line["outcome"] for line in csv.DictReader(report.open(encoding="utf-8-sig"))]
    assert outcomes.count("new") == counts(would)["new"]
    assert rows(database) == before
    assert run(kind, file) == 0
    [did] = capsys.readouterr().out.splitlines()
    assert did.startswith("  imported: ")
    assert counts(did) == counts(would)
    assert rows(database) != before
    assert run(kind, file, "--dry-run") == 0
    again = counts(capsys.readouterr().out)
    assert (again["new"], again["errors"]) == (0, 0)


@pytest.mark.parametrize("kind", WRONG)
def test_a_dry_run_of_a_wrong_file_ends_with_its_errors(
    folder: Path, database: sa.Engine, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    file, report = folder / "in.csv", folder / "report.csv"
    file.write_text(WRONG[kind], "utf-8-sig")
    before = rows(database)
    assert run(kind, file, "--dry-run", "--report", report) == 1
    shown = capsys.readouterr()
    assert counts(shown.out)["errors"] == 1
    assert "2" in shown.err
    assert "error" in {
        line["outcome"] for line in csv.DictReader(report.open(encoding="utf-8-sig"))
    }
    assert rows(database) == before
