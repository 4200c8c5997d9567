"""Delimited text from anywhere: bytes to text, text to records with the line they begin on."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from clientportal.domain.errors import Invalid

DELIMITERS = (",", ";", "\t", "|")
SHEET_ROWS, SHEET_COLUMNS = 1_048_576, 16_384
"""What a sheet has: no program for spreadsheets writes more empty lines, or a wider one."""
MAX_CELL = 4_000
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula."""
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may hold: bytes of the upload, rows below the header, columns, and cells of text
    that are not empty (each takes some eighty bytes in memory, however short it is)."""

    size: int = 20_000_000
    rows: int = 50_000
    columns: int = 100
    cells: int = 4_000_000


@dataclass(frozen=True, slots=True)
class Record:
    """One record and the number of the physical line on which it begins, the header's being 1."""

    line: int
    cells: tuple[str, ...]


class Exact(str):
    """A cell that a workbook holds as a number or a day: written the one way that needs no guess
    (`1234.5`, `2026-01-15`), whatever the marks and orders of the file's texts are."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A file as records, the header's first, and how it was read (`delimiter` "" of workbooks)."""

    records: tuple[Record, ...]
    delimiter: str
    encoding: str


def table(raw: bytes | str, limits: Limits) -> Table:
    """The records of delimited text.

    Raises Invalid: "file_too_large" (most, megabytes), and what decode and records raise.
    """
    if len(raw) > limits.size:
        raise Invalid(code="file_too_large", field="file", most=limits.size // 1_000_000)
    text, encoding = decode(raw) if isinstance(raw, bytes) else (raw, "utf-8")
    text = text.removeprefix("\ufeff")
    delimiter = sniff_delimiter(text)
    return Table(tuple(records(text, delimiter, limits)), delimiter, encoding)


def decode(raw: bytes) -> tuple[str, str]:
    """Text and the encoding that read it: a byte-order mark decides, then UTF-8, then Windows.

    Raises Invalid("file_not_text") for bytes that no text file holds (a workbook, a picture).
    """
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return _strict(raw, encoding), encoding
    if b"\x00" in raw or raw.startswith((b"PK\x03\x04", b"%PDF-")):
        raise Invalid(code="file_not_text", field="file")
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1"), "latin-1"


def _strict(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise Invalid(code="file_not_text", field="file") from error


def sniff_delimiter(text: str) -> str:
    """The delimiter that splits the first lines most evenly; a comma if none does.

    Judged by records, so that a decimal comma or a comma inside quotes is no evidence: in a file
    with `;` every line has the same number of `;`.
    """
    sample = text[:20_000].splitlines()[:20]
    best, best_score = ",", (0, 0)
    for delimiter in DELIMITERS:
        rows = [row for row in csv.reader(sample, delimiter=delimiter) if row]
        if not rows or len(rows[0]) < 2:
            continue
        even = sum(len(row) == len(rows[0]) for row in rows)
        score = (even * 100 // len(rows), len(rows[0]))
        if score > best_score:
            best, best_score = delimiter, score
    return best


def clean(cell: str) -> str:
    """A cell's text: controls dropped, every run of spaces one space. A formula stays as it is."""
    if cell.isprintable() and "  " not in cell and cell == cell.strip():
        return cell  # nearly all of a file
    return " ".join("".join(char if char.isprintable() else " " for char in cell).split())


def unquoted(cell: str) -> str:
    """A cell without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    if cell.startswith("'") and cell.lstrip("'").startswith(FORMULA_STARTS):
        return cell[1:]
    return cell


def records(text: str, delimiter: str, limits: Limits) -> Iterator[Record]:
    """Records with cleaned cells; empty ones are skipped, the first is the header.

    Raises Invalid: "file_broken" (line), "too_many_rows" (most), "too_many_columns" (most),
    "too_many_cells" (most), "cell_too_long" (line, most).
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins, count, empty, filled = 1, 0, 0, 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Invalid(code="file_broken", field="file", line=begins) from error
        line, begins = begins, reader.line_num + 1
        if any(len(cell) > MAX_CELL for cell in row):
            raise Invalid(code="cell_too_long", field="file", line=line, most=MAX_CELL)
        if len(row) > SHEET_COLUMNS:
            raise Invalid(code="too_many_columns", field="file", most=limits.columns)
        cells = tuple(clean(unquoted(cell)) for cell in row)
        if not any(cells):
            empty += 1
            if empty > SHEET_ROWS:
                raise Invalid(code="too_many_rows", field="file", most=limits.rows)
            continue
        if len(cells) > limits.columns:
            raise Invalid(code="too_many_columns", field="file", most=limits.columns)
        if count > limits.rows:
            raise Invalid(code="too_many_rows", field="file", most=limits.rows)
        filled += len(cells) - cells.count("")
        if filled > limits.cells:
            raise Invalid(code="too_many_cells", field="file", most=limits.cells)
        count += 1
        yield Record(line, cells)
