"""What the command line says about wrong use: one clear line, in the operator's language."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from clientportal import cli
from clientportal.commands import answers
from clientportal.settings import settings
from clientportal.storage.session import unit_of_work
from tests.support.ledger import make_world

NO_CURRENCY = "numero;cliente;fecha;total\n" + "".join(
    f"F-{n};A1;13/02/2026;100\n" for n in range(1, 41)
)
BAD_DATES = "numero;cliente;moneda;fecha;total\n" + "".join(
    f"F-{n};A1;{'COP' if n % 2 else 'XXQ'};ayer;100\n" for n in range(1, 41)
)


@pytest.fixture
def company(database: sa.Engine) -> None:
    with unit_of_work(bind=database) as session:
        make_world(session)


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "es_CO.UTF-8"}, "es"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "es_MX.UTF-8"}, "es"),
        ({"LANG": "C.UTF-8"}, "es"),
        ({"LANG": "en_US.UTF-8", "CLIENTPORTAL_DEFAULT_LANGUAGE": "es"}, "es"),
        ({"LANG": "es_CO.UTF-8", "CLIENTPORTAL_DEFAULT_LANGUAGE": "en"}, "en"),
    ],
)
def test_the_language_is_the_one_that_was_set_or_the_terminals(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    assert answers.language() == expected


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ["open-items", "--company", "molino", "--as-of", "31/12/2026"],
            "clientportal: 31/12/2026 is not a date. Write it as year-month-day, such as"
            " 2026-03-31.",
        ),
        (
            ["demo", "--today", "tomorrow"],
            "clientportal: tomorrow is not a date. Write it as year-month-day, such as 2026-03-31.",
        ),
        (
            ["import", "documents", "/nowhere/a.csv", "--company", "molino"],
            "clientportal: There is no file /nowhere/a.csv.",
        ),
        (
            ["import", "accounts", "/", "--company", "molino"],
            "clientportal: The file / cannot be read.",
        ),
    ],
)
def test_wrong_use_is_one_line(
    words: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(words) == 2
    assert capsys.readouterr().err == f"{line}\n"


@pytest.mark.usefixtures("company")
def test_what_is_refused_speaks_the_terminals_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli.main(["check", "--company", "nadie"]) == 2
    assert capsys.readouterr().err == "clientportal: There is no company nadie.\n"
    (tmp_path / "empty.csv").write_bytes(b"")
    wanted = ["import", "documents", str(tmp_path / "empty.csv"), "--company", "molino"]
    assert cli.main(wanted) == 1
    assert capsys.readouterr().err.endswith("The file has no rows.\n")
    monkeypatch.setenv("LANG", "es_CO.UTF-8")
    assert cli.main(wanted) == 1
    assert capsys.readouterr().err.endswith("El archivo no tiene filas.\n")


@pytest.mark.usefixtures("company")
def test_the_same_fault_is_said_once_and_a_missing_currency_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cartera.csv"
    report = tmp_path / "nowhere" / "report.csv"
    wanted = ["import", "documents", str(file), "--company", "molino", "--date-format", "dmy"]
    file.write_text(NO_CURRENCY)
    assert cli.main(wanted) == 1
    assert capsys.readouterr().err == (
        "  error, 40 lines (2, 3, 4, 5, 6 …): The currency is missing."
        " Choose one for the whole file with --currency.\n"
    )
    file.write_text(BAD_DATES)
    assert cli.main(wanted) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("  error, 20 lines (2, 4, 6, 8, 10 …), fecha: ayer is not a date")
    assert lines[1].startswith("  error, 20 lines (3, 5, 7, 9, 11 …), moneda: ")
    file.write_text(
        "numero;cliente;moneda;fecha;total;correo\nF-1;A1;COP;13/02/2026;1;a@x.example\n"
    )
    assert cli.main([*wanted, "--dry-run"]) == 0
    assert capsys.readouterr().out.endswith("\n  columns not used: correo\n")
    assert cli.main([*wanted, "--report", str(report)]) == 2
    assert capsys.readouterr().err == f"clientportal: {report} cannot be written.\n"
