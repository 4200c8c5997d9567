"""Lists as files: every row of the list and nothing else, and nothing that a spreadsheet runs."""

import csv
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from clientportal.domain.actors import Actor
from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.documents import Kind
from clientportal.rendering import spreadsheets
from clientportal.rendering.spreadsheets import Format, Money, safe, write
from clientportal.services import document_lists, exports
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, World, draft_of, invoice, issued, make_world
from tests.support.workbooks import runs


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        made = make_world(session)
        other = make_world(session, "ajena")
        for n in range(7):
            invoice(session, made, str(100 + n))
        issued(session, made, draft_of(made.accounts[1], "50.25", kind=Kind.CREDIT_NOTE))
        issued(session, made, draft_of(made.accounts[2], "9", concept="=HYPERLINK(1)"))
        invoice(session, other, "777")
        return made


def rows(
    database: sa.Engine, actor: Actor, folder: Path, as_: Format = Format.CSV, **asked: list[str]
) -> list[dict[str, object]]:
    """The rows of an export by the titles of its columns."""
    path = folder / f"list.{as_}"
    with unit_of_work(bind=database, read_only=True) as session:
        written = exports.documents(
            session,
            actor,
            filters=DocumentFilters.parse(asked),
            sort=Sort.parse("number"),
            kind=as_,
            path=path,
            language="en",
            now=NOW,
        )
    assert written.name == f"documents-2026-03-02.{as_}"
    if as_ is Format.CSV:
        head, *lines = csv.reader(path.read_text("utf-8-sig").splitlines())
    else:
        head, *lines = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert written.rows == len(lines)
    return [dict(zip(map(str, head), line, strict=True)) for line in lines]


def test_an_export_is_the_list_however_many_pages_it_has(
    database: sa.Engine, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_lists, "EXPORT_PAGE", 2)
    for actor in (world.viewer, world.customer, world.stranger):
        for asked in ({}, {"kind": ["invoice"]}, {"state": ["open"]}):
            with unit_of_work(bind=database, read_only=True) as session:
                page = document_lists.list_documents(
                    session,
                    actor,
                    filters=DocumentFilters.parse(asked),
                    sort=Sort.parse("number"),
                    cursor="",
                    now=NOW,
                )
            found = rows(database, actor, tmp_path, **asked)
            assert [row["Number"] for row in found] == [row.number for row in page.rows]
            assert found, asked


def test_days_and_amounts_are_days_and_amounts_in_both_kinds(
    database: sa.Engine, world: World, tmp_path: Path
) -> None:
    [text] = rows(database, world.viewer, tmp_path, kind=["credit_note"])
    [sheet] = rows(database, world.viewer, tmp_path, Format.XLSX, kind=["credit_note"])
    assert (text["Type"], text["Status"], text["Currency"]) == ("Credit note", "Available", "USD")
    assert (text["Total"], sheet["Total"]) == ("50.25", 50.25)
    assert (text["Issue date"], sheet["Issue date"]) == ("2026-02-01", date(2026, 2, 1))
    assert (text["Due date"], sheet["Due date"]) == ("", "")


def test_staff_see_codes_and_a_customer_the_company(
    database: sa.Engine, world: World, tmp_path: Path
) -> None:
    [staff, *_] = rows(database, world.viewer, tmp_path)
    assert "Customer code" in staff
    assert "Company" not in staff
    [mine, *_] = rows(database, world.customer, tmp_path)
    assert mine["Company"] == "Molino"
    assert "Customer code" not in mine


def test_no_cell_starts_a_formula(database: sa.Engine, world: World, tmp_path: Path) -> None:
    [text] = [r for r in rows(database, world.viewer, tmp_path) if "HYPER" in str(r["Concept"])]
    assert text["Concept"] == "'=HYPERLINK(1)"
    found = rows(database, world.viewer, tmp_path, Format.XLSX)
    [sheet] = [row for row in found if "HYPER" in str(row["Concept"])]
    assert sheet["Concept"] == "=HYPERLINK(1)"  # a text cell: a spreadsheet shows it and no more
    assert runs((tmp_path / "list.xlsx").read_bytes()) == []


@pytest.mark.parametrize("start", [*"=+-@\t\r\n", *"＝＋－＠"])
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(start: str) -> None:
    assert safe(f"{start}1") == f"'{start}1"
    assert safe(f"a{start}1") == f"a{start}1"


def test_a_long_list_goes_on_in_further_sheets_and_in_one_csv(
    database: sa.Engine, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheets, "MOST_ROWS", 4)
    every = [row["Number"] for row in rows(database, world.viewer, tmp_path)]
    assert len(every) == 9
    with unit_of_work(bind=database, read_only=True) as session:
        written = exports.documents(
            session,
            world.viewer,
            filters=DocumentFilters(),
            sort=Sort.parse("number"),
            kind=Format.XLSX,
            path=tmp_path / "long.xlsx",
            language="en",
            now=NOW,
        )
    assert written.rows == 9
    book = CalamineWorkbook.from_path(tmp_path / "long.xlsx")
    assert book.sheet_names == ["Documents", "Documents (2)", "Documents (3)"]
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert [len(sheet) - 1 for sheet in sheets] == [4, 4, 1]
    assert sheets[0][0] == sheets[1][0] == sheets[2][0]
    assert [row[1] for sheet in sheets for row in sheet[1:]] == every


def test_a_full_sheet_is_followed_by_none_and_long_names_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheets, "MOST_ROWS", 2)
    title = "A title of more than thirty-one letters"
    for count, sheets in ((0, 1), (2, 1), (3, 2), (4, 2), (5, 3)):
        path = tmp_path / f"{count}.xlsx"
        cells = [[n] for n in range(count)]
        assert write(path, Format.XLSX, title, ["a"], cells) == count
        book = CalamineWorkbook.from_path(path)
        assert len(book.sheet_names) == sheets
        assert all(name.startswith("A title") and len(name) <= 31 for name in book.sheet_names)
    assert write(tmp_path / "a.csv", Format.CSV, title, ["a"], [[n] for n in range(5)]) == 5
    assert len((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()) == 6


def test_a_sheet_holds_as_many_rows_as_a_spreadsheet_reads() -> None:
    assert spreadsheets.MOST_ROWS == 1_048_576 - 1  # one is the head


def test_amounts_keep_every_figure(tmp_path: Path) -> None:
    cells = [[Money(-5, 2), Money(123456789012345, 2), Money(7, 0), Money(1001, 3), None, 4]]
    write(tmp_path / "a.csv", Format.CSV, "x", ["a"] * 6, cells)
    assert (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()[1] == (
        "-0.05,1234567890123.45,7,1.001,,4"
    )
    write(tmp_path / "a.xlsx", Format.XLSX, "x", ["a"] * 6, cells)
    sheet = CalamineWorkbook.from_path(tmp_path / "a.xlsx").get_sheet_by_index(0)
    assert sheet.to_python()[1] == [-0.05, 1234567890123.45, 7.0, 1.001, "", 4.0]
