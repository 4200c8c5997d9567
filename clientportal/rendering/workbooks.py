"""Workbooks (XLSX) as tables of an import: the first sheet that holds something, cell by cell."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO
from xml.parsers import expat

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from clientportal.domain import delimited
from clientportal.domain.delimited import MAX_CELL, Exact, Limits, Record, Table, clean
from clientportal.domain.errors import Invalid

SIGNATURE = b"PK\x03\x04"
MOST_INFLATED = 300_000_000
"""Bytes of all parts together: 200,000 rows of twenty columns take about a third of it."""
MOST_CELLS = 6_000_000
"""Of the rectangle around the filled cells, which is what the reader keeps in memory."""
MOST_ELEMENTS = 3 * MOST_CELLS
"""Of the markup of all parts: a cell of text takes three (its cell, its string, a text)."""
ELEMENTS_PER_BYTE = 20
"""Of the packed file. A cell that says where it is takes a byte at least, so that only markup that
repeats itself and holds nothing has more; ELEMENTS_FREE come on top, for small files."""
ELEMENTS_FREE = 100_000
_CHUNK = 1_000_000
MOST_TAG = 1_000_000
"""Bytes of one tag, comment or name. The parser starts such a one again at each read until it ends,
so that the time for one without an end grows with the square of its size."""
_PARTS = {"xl/workbook.xml"}
_OTHER_KINDS = {"xl/workbook.bin", "content.xml", "mimetype"}
"""Parts of binary and open-document workbooks: the reader would try those as well."""
_ROWS_OF_A_SHEET = b"sheetData"
_PLACE = re.compile("([A-Z]{1,3})([0-9]{1,7})")


def source(content: bytes | Table, limits: Limits) -> Table:
    """The table of a workbook (a ZIP archive) or of delimited text; one that is read already.

    Raises as `table` and `delimited.table`.
    """
    if isinstance(content, Table):
        return content
    read = table if content.startswith(SIGNATURE) else delimited.table
    return read(content, limits)


def table(raw: bytes, limits: Limits) -> Table:
    """The rows of a workbook's first visible sheet with content, the header's first.

    A record's line is the number of its row in the sheet. Titles above the header (rows with a
    single filled cell) are skipped. Raises Invalid: "file_too_large" (most), "workbook_broken",
    "workbook_too_large", "file_empty", "too_many_rows", "too_many_columns", "cell_too_long".
    """
    if len(raw) > limits.size:
        raise Invalid(code="file_too_large", field="file", most=limits.size // 1_000_000)
    _check_inside(raw, limits)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
            return Table(tuple(_records(_sheet(book), limits)), delimiter="", encoding="xlsx")
    except CalamineError as error:
        raise Invalid(code="workbook_broken", field="file") from error


def _check_inside(raw: bytes, limits: Limits) -> None:
    """Unpack once without keeping anything: an archive says of itself what it likes."""
    most = min(MOST_ELEMENTS, ELEMENTS_FREE + ELEMENTS_PER_BYTE * len(raw))
    left = _Left(MOST_INFLATED, most)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = {part.filename for part in archive.infolist()}
            if not names >= _PARTS or names & _OTHER_KINDS:
                raise Invalid(code="workbook_broken", field="file")
            for part in archive.infolist():
                markup = part.filename.lower().endswith((".xml", ".rels"))
                with archive.open(part) as stream:
                    _check_part(stream, left, _Filled(limits, left) if markup else None)
    except (
        zipfile.BadZipFile, zlib.error, expat.ExpatError, NotImplementedError, RuntimeError,
        OSError, EOFError, ValueError,
    ) as error:  # fmt: skip
        raise Invalid(code="workbook_broken", field="file") from error


@dataclass(slots=True)
class _Left:
    """What the parts that come next may still unpack to: bytes, and elements of markup."""

    size: int
    elements: int


def _check_part(stream: IO[bytes], left: _Left, filled: "_Filled | None") -> None:
    """Read a part and take it off what is left. Raises Invalid, expat.ExpatError.

    A sheet may lie in any part of markup; in a picture or a macro there is none.
    """
    before = b""
    while chunk := stream.read(_CHUNK):
        left.size -= len(chunk)
        if left.size < 0:
            raise Invalid(code="workbook_too_large", field="file")
        if filled is not None:
            filled.feed(chunk)
            continue
        text = before + chunk.replace(b"\0", b"")
        if _ROWS_OF_A_SHEET in text:
            raise Invalid(code="workbook_broken", field="file")
        before = text[-len(_ROWS_OF_A_SHEET) :]
    if filled is not None:
        filled.end()


class _Filled:
    """Follows a part's markup and keeps the rectangle around the cells that hold something.

    The reader keeps that rectangle whole, so two cells far apart could take all memory. Cells that
    only carry a format stretch to the last row of a sheet and do not count.
    """

    def __init__(self, limits: Limits, left: _Left) -> None:
        self.limits, self.left = limits, left
        self.row = self.column = 0
        self.rows, self.columns = [0, 0], [0, 0]  # first and last of the filled ones
        self.fed = 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, chunk: bytes) -> None:
        """Read on. Raises Invalid, expat.ExpatError."""
        self.parser.Parse(chunk, False)
        self.fed += len(chunk)
        if self.fed - self.parser.CurrentByteIndex > MOST_TAG:  # where what it waits for begins
            raise Invalid(code="workbook_broken", field="file")

    def end(self) -> None:
        """Nothing follows. Raises expat.ExpatError when something is missing."""
        self.parser.Parse(b"", True)

    def _doctype(self, *_: object) -> None:
        raise Invalid(code="workbook_broken", field="file")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.left.elements -= 1
        if self.left.elements < 0:
            raise Invalid(code="workbook_too_large", field="file")
        match name.rpartition(":")[2]:
            case "v" | "is" | "f" if self.column:
                self._fill()
            case "c":
                place = _PLACE.fullmatch(attributes.get("r", ""))
                if place is not None:
                    self.column, self.row = _column(place[1]), int(place[2])
                else:
                    self.column += 1
            case "row":
                self.column = 0
                self.row = int(attributes.get("r", self.row + 1))

    def _fill(self) -> None:
        """Raises Invalid where the rectangle becomes too large."""
        _widen(self.columns, self.column)
        _widen(self.rows, self.row)
        wide = self.columns[1] - self.columns[0] + 1
        high = self.rows[1] - self.rows[0] + 1
        if wide > self.limits.columns:
            raise Invalid(code="too_many_columns", field="file", most=self.limits.columns)
        if high > self.limits.rows + 100:  # titles and empty lines above and between
            raise Invalid(code="too_many_rows", field="file", most=self.limits.rows)
        if wide * high > MOST_CELLS:
            raise Invalid(code="workbook_too_large", field="file")


def _widen(span: list[int], place: int) -> None:
    span[0] = min(span[0] or place, place)
    span[1] = max(span[1], place)


def _column(letters: str) -> int:
    """A → 1, Z → 26, AA → 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _sheet(book: CalamineWorkbook) -> CalamineSheet:
    for meta in book.sheets_metadata:
        if meta.visible is SheetVisibleEnum.Visible:
            sheet = book.get_sheet_by_name(meta.name)
            if sheet.height:
                return sheet
    raise Invalid(code="file_empty", field="file")


def _records(sheet: CalamineSheet, limits: Limits) -> Iterator[Record]:
    """The header, then every row that holds something, each as wide as the header or wider."""
    width = count = 0
    for line, cells in _filled(sheet.iter_rows()):
        if not width and len([cell for cell in cells if cell]) < 2:
            continue
        if any(len(cell) > MAX_CELL for cell in cells):
            raise Invalid(code="cell_too_long", field="file", line=line, most=MAX_CELL)
        if count > limits.rows:
            raise Invalid(code="too_many_rows", field="file", most=limits.rows)
        count += 1
        width = width or len(cells)
        yield Record(line, (*cells, *[""] * (width - len(cells))))


def _filled(rows: Iterable[Iterable[object]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(row number, cells as text without the empty ones at the end) of rows that hold something."""
    for line, row in enumerate(rows, 1):
        cells = [text_of(value) for value in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield line, tuple(cells)


def text_of(value: object) -> str:
    """A cell as text: numbers with a point and the 15 digits that a workbook keeps, days as ISO."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            short = f"{value:.15g}"
            return Exact(f"{Decimal(short):f}" if "e" in short else short)
        case datetime():
            return Exact(value.date().isoformat())
        case date():
            return Exact(value.isoformat())
        case str():
            return clean(value)
        case _:
            return clean(str(value))
