"""Workbooks as people have them, and as nobody should send them."""

import io
import re
import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from clientportal.domain.delimited import Exact, Limits, Table
from clientportal.domain.errors import Invalid
from clientportal.domain.imports import parse_documents
from clientportal.rendering import workbooks
from tests.support.imports import OPTIONS
from tests.support.workbooks import REAL, real_invoices, with_parts, workbook, write_sheet

LIMITS = Limits()
HEADER = ["number", "customerID", "InvoiceDate", "DueDate", "InvoiceAmount"]
ROW: list[object] = ["F-1", "C-1", date(2026, 1, 5), date(2026, 2, 5), 1250.5]
SHEET = "xl/worksheets/sheet1.xml"


def table(raw: bytes, limits: Limits = LIMITS) -> Table:
    return workbooks.source(raw, limits)


def cells(raw: bytes) -> list[tuple[str, ...]]:
    return [record.cells for record in table(raw).records]


def code(raw: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(Invalid) as refused:
        workbooks.source(raw, limits)
    return refused.value.error_code


def sheet_of(rows: str) -> bytes:
    """A workbook whose sheet has these rows as written in XML."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xml = f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'
    return with_parts(workbook([HEADER]), {SHEET: xml.encode()})


def test_cells_are_text_numbers_and_days_without_a_guess() -> None:
    raw = workbook([["a", "b", "c", "d", "e"], ["x  y", 1250000.55, 1001, date(2026, 1, 15), True]])
    [_, row] = cells(raw)
    assert row == ("x y", "1250000.55", "1001", "2026-01-15", "true")
    assert [isinstance(cell, Exact) for cell in row] == [False, True, True, True, False]


def test_a_moment_is_its_day_and_a_number_keeps_fifteen_digits() -> None:
    assert workbooks.text_of(datetime(2026, 1, 15, 23, 59, tzinfo=UTC)) == "2026-01-15"
    assert workbooks.text_of(0.1 + 0.2) == "0.3"
    assert workbooks.text_of(1e15) == "1000000000000000"
    assert workbooks.text_of(-0.01) == "-0.01"


def test_titles_above_the_header_and_empty_rows_are_skipped_and_lines_are_rows_of_the_sheet() -> (
    None
):
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        page = write_sheet(book, "Hoja", [HEADER, ROW, [], ["F-2", *ROW[1:]]], first_row=4)
        page.merge_range("A1:E2", "Facturas de 2026")
    found = table(stream.getvalue()).records
    assert [record.line for record in found] == [5, 6, 8]
    assert found[0].cells == tuple(HEADER)


def test_a_table_that_begins_in_another_column_is_read() -> None:
    found = cells(workbook([["", "", *HEADER], ["", "", *ROW]]))
    assert found[0] == tuple(HEADER)
    assert found[1][:2] == ("F-1", "C-1")


def test_the_first_visible_sheet_with_content_counts() -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        write_sheet(book, "Notas", [["secret", "notes"]]).hide()
        write_sheet(book, "Vacía", []).activate()
        write_sheet(book, "Datos", [HEADER, ROW])
    assert cells(stream.getvalue())[0] == tuple(HEADER)


def test_formats_without_values_make_a_sheet_no_larger() -> None:
    """Whole columns that carry a format reach to the last row of a sheet."""
    filled = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>number</t></is></c><c r="B1"><v>1</v></c></row>'
    )
    styled = '<row r="1048576"><c r="A1048576" s="1"/><c r="XFD1048576" s="1" /></row>'
    assert cells(sheet_of(filled + styled)) == [("number", "1")]


@pytest.mark.parametrize(
    "order",
    ['r="{}" s="1"', 's="1" r="{}"', "r='{}'", 'r = "{}"', f'x="{"y" * 5000}" r="{{}}"'],
    ids=["first", "later", "quotes", "spaces", "long"],
)
def test_one_cell_far_away_is_refused_before_it_is_read(order: str) -> None:
    near = f'<row r="1"><c {order.format("A1")}><v>1</v></c></row>'
    low = f'<row r="1048576"><c {order.format("A1048576")}><v>1</v></c></row>'
    wide = f'<row r="1"><c {order.format("XFD1")}><v>1</v></c></row>'
    assert code(sheet_of(near + low)) == "too_many_rows"
    assert code(sheet_of(near + wide)) == "too_many_columns"


def test_a_cell_across_two_reads_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "_CHUNK", 61)
    near = '<row r="1"><c r="A1" s="1"><v>1</v></c></row>'
    assert code(sheet_of(near + near.replace("A1", "XFD1"))) == "too_many_columns"


def test_cells_without_a_place_of_their_own_are_counted() -> None:
    row = f'<row r="{{}}">{"<c><v>1</v></c>" * 30}</row>'
    assert code(sheet_of(row.format(1) + row.format(1048576))) == "too_many_rows"
    assert code(sheet_of(f'<row r="1">{"<c><v>1</v></c>" * 200}</row>')) == "too_many_columns"


def test_a_sheet_hidden_in_another_part_is_found() -> None:
    raw = workbook([HEADER, ROW])
    far = '<c r="A1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>1</v></c>'
    hidden = f'<worksheet><sheetData><row r="1">{far}</row></sheetData></worksheet>'.encode()
    assert code(with_parts(raw, {"xl/other/place.xml": hidden})) == "too_many_rows"
    for content in (hidden, hidden.decode().encode("utf-16")):
        assert code(with_parts(raw, {"xl/media/image1.png": content})) == "workbook_broken"


def test_other_kinds_of_workbooks_are_not_tried() -> None:
    raw = workbook([HEADER, ROW])
    for name in ("xl/workbook.bin", "content.xml", "mimetype"):
        assert code(with_parts(raw, {name: b"<x/>"})) == "workbook_broken"


def test_two_hundred_columns_and_too_many_rows_are_refused() -> None:
    assert code(workbook([[f"c{n}" for n in range(200)], list(range(200))])) == "too_many_columns"
    assert code(workbook([[n, n] for n in range(160)]), Limits(rows=50)) == "too_many_rows"
    assert code(workbook([[n, n] for n in range(60)]), Limits(rows=50)) == "too_many_rows"
    assert code(workbook([HEADER, ["x" * 5000, "y"]])) == "cell_too_long"


def test_a_zip_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_INFLATED", 5_000_000)
    bomb = with_parts(workbook([HEADER, ROW]), {"xl/media/image1.png": bytes(20_000_000)})
    assert len(bomb) < 100_000
    assert code(bomb) == "workbook_too_large"


@pytest.mark.parametrize("start", [b"0", b"<a", b"<a b='", b"<a><!--", b"<a><?x ", b"<!--"])
def test_markup_without_an_end_takes_no_time(start: bytes) -> None:
    """The parser starts it again at each read: of 300 megabytes, minutes with the process held."""
    endless = with_parts(workbook([HEADER, ROW]), {"xl/more.xml": start + b"0" * 30_000_000})
    begun = time.process_time()
    assert code(endless) == "workbook_broken"
    assert time.process_time() - begun < 1


def test_a_dense_rectangle_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_CELLS", 50)
    assert code(workbook([[1] * 10] * 10)) == "workbook_too_large"


@pytest.mark.parametrize("markup", ["<v/>", "<x/>", "<c/>", "<row/>"])
def test_markup_that_holds_nothing_is_refused_by_its_count(markup: str) -> None:
    """A file of ten kilobytes unpacks to millions of elements, each of which takes time."""
    raw = sheet_of(f'<row r="1"><c r="A1"><v>1</v></c></row>{markup * 2_500_000}')
    assert len(raw) < 30_000
    assert code(raw) == "workbook_too_large"


def test_the_parts_of_a_workbook_share_one_count(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = workbook([HEADER, ROW])
    monkeypatch.setattr(workbooks, "MOST_ELEMENTS", 1_000)
    assert len(cells(raw)) == 2
    parts = {f"xl/other/{n}.xml": b"<a>" + b"<x/>" * 400 + b"</a>" for n in range(3)}
    assert code(with_parts(raw, parts)) == "workbook_too_large"


def test_what_is_no_workbook_says_so() -> None:
    raw = workbook([HEADER, ROW])
    for broken in (b"PK\x03\x04junk", raw[: len(raw) // 2], with_parts(raw, {SHEET: b"<x"})):
        assert code(broken) in {"workbook_broken", "file_empty"}
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream):
        pass
    assert code(stream.getvalue()) == "file_empty"
    assert code(raw, Limits(size=1000)) == "file_too_large"
    assert cells(b"number;total") == [("number", "total")]


def test_entities_of_a_sheet_are_not_read() -> None:
    xml = with_parts(
        workbook([HEADER, ROW]),
        {
            SHEET: b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet xmlns='
            b'"http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
            b'<c r="A1" t="inlineStr"><is><t>&e;</t></is></c><c r="B1"><v>1</v></c></row>'
            b"</sheetData></worksheet>"
        },
    )
    assert code(xml) == "workbook_broken"


def test_the_real_file_reads_the_same_as_a_workbook() -> None:
    by_text = parse_documents(REAL.read_text("utf-8"), OPTIONS)
    by_workbook = parse_documents(table(real_invoices()), OPTIONS)
    assert len(by_text.rows) == 1683
    assert by_workbook.rows == by_text.rows
    assert by_workbook.errors == by_text.errors == ()


def test_merged_cells_hold_their_value_once_and_what_lacks_it_is_named() -> None:
    """A title merged above the header is no header; a cell merged down leaves the second empty."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet()
        sheet.merge_range(0, 0, 0, 4, "Cartera a marzo")
        sheet.write_row(1, 0, HEADER)
        for row, number in ((2, "F-1"), (3, "F-2")):
            sheet.write_row(row, 0, [number, "", "2026-01-05", "2026-02-05", 10])
        sheet.merge_range(2, 1, 3, 1, "C-1")
    found = parse_documents(table(stream.getvalue()), OPTIONS)
    assert [(row.number, row.account_code) for row in found.rows] == [("F-1", "C-1")]
    assert [(e.line, e.column, e.code) for e in found.errors] == [(4, "customerID", "required")]


def test_a_day_that_lost_its_format_is_read_with_a_warning() -> None:
    row = ["F-1", "C-1", 46027, date(2026, 2, 5), 1250.5]
    found = parse_documents(table(workbook([HEADER, row])), OPTIONS)
    assert [parsed.issued_on for parsed in found.rows] == [date(2026, 1, 5)]
    assert [warning.code for warning in found.warnings] == ["date_serial"]
    wrong = parse_documents(table(workbook([HEADER, ["F-1", "C-1", 17, "", 1]])), OPTIONS)
    assert [error.code for error in wrong.errors] == ["date_invalid"]


def test_texts_and_numbers_of_one_column_do_not_disturb_each_other() -> None:
    rows = [["F-1", "C-1", ROW[2], "", 1234.5], ["F-2", "C-1", "15/01/2026", "", "1.234,50"]]
    found = parse_documents(table(workbook([HEADER, *rows])), OPTIONS)
    assert found.errors == ()
    assert [row.total_minor for row in found.rows] == [123450, 123450]
    assert [row.issued_on for row in found.rows] == [date(2026, 1, 5), date(2026, 1, 15)]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 10**13), min_size=1, max_size=20))
def test_every_amount_of_a_workbook_is_exact(minor: list[int]) -> None:
    rows = [
        [f"F-{n}", "C-1", date(2026, 1, 5), "", float(Decimal(amount) / 100)]
        for n, amount in enumerate(minor)
    ]
    found = parse_documents(table(workbook([HEADER, *rows])), OPTIONS)
    assert [row.total_minor for row in found.rows] == minor


def test_the_numbers_of_lines_in_faults_are_those_of_the_sheet() -> None:
    raw = workbook([HEADER, ROW, ["F-2", "", ROW[2], "", "abc"]], first_row=3)
    found = parse_documents(table(raw), OPTIONS)
    assert {error.line for error in found.errors} == {6}
    assert re.fullmatch(r"xlsx", found.encoding)
