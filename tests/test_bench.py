"""What `make bench` measures on: documents of every state, sound books, budgets that fail it."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks import lists
from benchmarks.results import Results
from clientportal.cli import main
from clientportal.domain.document_filters import DocumentFilters, DocumentState, Sort
from clientportal.rendering.spreadsheets import Format
from clientportal.services import bench_data, exports, import_files
from clientportal.storage.session import unit_of_work

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = 2_000
LATE = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
"""Still the day before where the companies are: a payment of that day has not happened there."""


@pytest.fixture
def loaded(database: sa.Engine) -> sa.Engine:
    bench_data.load(unit_of_work, documents=DOCUMENTS, now=LATE)
    return database


def test_every_filter_finds_something_and_the_books_agree(
    loaded: sa.Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    staff = lists.actors()["company"]
    found = {
        label: lists.page_of(staff, query).count for label, query, _ in lists.cases(pairs=False)
    }
    # Soon is a matter of the day; the last thousand rows of a larger load hold some.
    empty = {label for label, count in found.items() if not count}
    assert empty <= {f"state={DocumentState.DUE_SOON}"}
    assert found["no filter"] > DOCUMENTS * 0.4
    assert main(["check"]) == 0
    assert "2 companies, 0 differences" in capsys.readouterr().out

    before = dict(found)
    bench_data.load(unit_of_work, documents=DOCUMENTS, now=LATE)
    assert lists.page_of(staff, {}).count == before["no filter"]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", list(Format))
def test_the_import_screen_takes_100_000_rows_of_our_own_export(
    loaded: sa.Engine, tmp_path: Path, kind: Format
) -> None:
    with unit_of_work(bind=loaded, read_only=True) as session:
        exports.documents(
            session,
            lists.actors()["company"],
            filters=DocumentFilters(),
            sort=Sort(),
            kind=kind,
            path=tmp_path / "a",
            language="es",
            now=LATE,
        )
    size = (tmp_path / "a").stat().st_size
    assert size / (DOCUMENTS * 0.4) * 100_000 < import_files.MOST_BYTES  # no fewer than these rows


def test_the_middle_of_a_list_is_its_middle(loaded: sa.Engine) -> None:
    staff = lists.actors()["company"]
    for query, sort in (({}, "-issued_on"), ({"state": ["open"]}, "due_on"), ({}, "number")):
        at = lists.middle(staff, query, sort)

        count = lists.page_of(staff, query, sort).count
        rest, cursor = 0, at
        while cursor:
            page = lists.page_of(staff, query, sort, cursor, 200)
            rest, cursor = rest + len(page.rows), page.next_cursor

        assert abs(rest - count / 2) <= 1, (query, sort)
    assert lists.middle(staff, {"q": ["zzzqqqxxx"]}, "-issued_on") == ""


def test_a_missed_budget_fails_the_run_and_names_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    results = Results(1_000)
    results.note("sqlite", "1000 documents loaded")
    results.add("sqlite", "list", "4.0 ms", "≤ 5 ms", good=True)
    assert results.report() == 0
    capsys.readouterr()

    results.add("postgresql", "search, none", "200 ms", "≤ 150 ms", good=False)

    assert results.report() == 1
    shown = capsys.readouterr().out
    assert "| postgresql | search, none | 200 ms | ≤ 150 ms | **missed** |" in shown
    assert shown.rstrip().endswith("1 of 2 budgets missed: postgresql: search, none")


def test_the_number_of_documents_reaches_the_measurement() -> None:
    done = subprocess.run(
        ["make", "-n", "bench", "DOCUMENTS=1234", "ARGS=--only lists"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "scripts/bench.py --documents 1234 --only lists" in done.stdout
