"""Real workbooks for tests."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
from lxml import etree

REAL = Path(__file__).resolve().parents[1] / "data" / "ar-invoices.csv"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def real_invoices() -> bytes:
    """The real file as a workbook: its days and amounts are days and numbers there."""
    head, *lines = csv.reader(io.StringIO(REAL.read_text("utf-8")))

    def typed(name: str, value: str) -> object:
        if "Date" in name and value:
            month, day, year = map(int, value.split("/"))
            return date(year, month, day)
        return float(value) if name == "InvoiceAmount" else value

    rows = [[typed(*pair) for pair in zip(head, line, strict=True)] for line in lines]
    return workbook([head, *rows])


def workbook(rows: Iterable[Iterable[object]], *, first_row: int = 0, sheet: str = "Hoja") -> bytes:
    """A workbook with one sheet; days are written as days, numbers as numbers, the rest as text."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        write_sheet(book, sheet, rows, first_row=first_row)
    return stream.getvalue()


def write_sheet(
    book: Any, name: str, rows: Iterable[Iterable[object]], *, first_row: int = 0
) -> Any:
    """Add a sheet to a workbook that is being written."""
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    page = book.add_worksheet(name)
    for y, row in enumerate(rows, first_row):
        for x, value in enumerate(row):
            if isinstance(value, date):
                page.write_datetime(y, x, value, day)
            elif isinstance(value, bool):
                page.write_boolean(y, x, value)
            elif isinstance(value, int | float):
                page.write_number(y, x, value)
            elif value != "":
                page.write_string(y, x, str(value))
    return page


def runs(raw: bytes) -> list[str]:
    """What the sheets of a workbook would run or open: formulas, links, macros."""
    found: list[str] = []
    with zipfile.ZipFile(io.BytesIO(raw)) as parts:
        for name in parts.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                tree = etree.fromstring(parts.read(name))
                for tag in ("f", "hyperlink", "dataValidation", "oleObject"):
                    found += [f"{name}: {tag}" for _ in tree.iter(f"{{{SHEET}}}{tag}")]
            elif "vba" in name.lower() or "externalLink" in name:
                found.append(name)
    return found


def with_parts(raw: bytes, parts: Mapping[str, bytes]) -> bytes:
    """The same archive with some parts replaced or added."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as old,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return stream.getvalue()
