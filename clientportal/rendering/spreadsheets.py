"""Tables as files for spreadsheets: XLSX written row by row, and CSV. No cell starts a formula."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import xlsxwriter

from clientportal.domain.delimited import FORMULA_STARTS

MOST_ROWS = 1_048_575
"""Rows below the header of a sheet; a workbook goes on with another one."""
MOST_IN_A_NAME = 31
"""Characters of a sheet's name."""


class Format(StrEnum):
    """Kinds of files, by their extension."""

    XLSX = "xlsx"
    CSV = "csv"


MEDIA_TYPES = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of a currency with `digits` decimals."""

    minor: int
    digits: int

    @property
    def exact(self) -> Decimal:
        return Decimal(self.minor).scaleb(-self.digits)


Cell = str | date | Money | int | None


def safe(text: str) -> str:
    """The text as no spreadsheet takes it for a formula (CWE-1236); `delimited.unquoted` undoes it.

    What has such apostrophes of its own gets one more, so that no two texts become the same.
    """
    return f"'{text}" if text.lstrip("'").startswith(FORMULA_STARTS) else text


def write(
    path: Path, kind: Format, title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> int:
    """Write a table to a file, every row of it, and give how many they were.

    `title` names the sheet; days and amounts stay days and numbers. What one sheet cannot hold goes
    on in the next, with the head again. In CSV (UTF-8 with a byte-order mark) days are ISO and
    amounts have a point.
    """
    if kind is Format.CSV:
        return _write_csv(path, head, rows)
    return _write_xlsx(path, title, head, rows)


def _write_csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(head)
        for row in rows:
            writer.writerow([_text(cell) for cell in row])
            count += 1
    return count


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case Money():
            return f"{cell.exact:f}"
        case date():
            return cell.isoformat()
        case int():
            return str(cell)
        case _:
            return safe(cell)


def _write_xlsx(path: Path, title: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> int:
    # Row by row to a file of its own: a hundred thousand rows take no more memory than one.
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    count = 0
    with xlsxwriter.Workbook(path, options) as book:
        bold = book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        money = {
            digits: book.add_format({"num_format": f"#,##0.{'0' * digits}".rstrip(".")})
            for digits in range(5)
        }
        sheet = _add_sheet(book, title, 1, head, bold)
        for row in rows:
            number, place = divmod(count, MOST_ROWS)
            if number and not place:
                sheet = _add_sheet(book, title, number + 1, head, bold)
            for column, cell in enumerate(row):
                _write_cell(sheet, place + 1, column, cell, day, money)
            count += 1
    return count


def _add_sheet(book: Any, title: str, number: int, head: Sequence[str], bold: Any) -> Any:
    mark = f" ({number})" if number > 1 else ""
    sheet = book.add_worksheet(title[: MOST_IN_A_NAME - len(mark)] + mark)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(0, len(head) - 1), 16)
    for place, text in enumerate(head):
        sheet.write_string(0, place, text, bold)
    return sheet


def _write_cell(
    sheet: Any, row: int, place: int, cell: Cell, day: Any, money: dict[int, Any]
) -> None:
    match cell:
        case None | "":
            pass
        case Money():
            sheet.write_number(row, place, cell.exact, money[min(cell.digits, 4)])
        case date():
            sheet.write_datetime(row, place, cell, day)
        case int():
            sheet.write_number(row, place, cell)
        case _:
            sheet.write_string(row, place, cell)
