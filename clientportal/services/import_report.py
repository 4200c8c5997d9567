"""The report of an import: one CSV line per line of the file, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

from clientportal.domain.imports import RowError
from clientportal.rendering import texts
from clientportal.rendering.spreadsheets import safe
from clientportal.services.import_base import Read

Line = tuple[int, tuple[object, ...]]


def build(subject: Sequence[str], good: Iterable[Line], read: Read, language: str) -> bytes:
    """UTF-8 with a byte-order mark. Outcomes: new, changed, same, error, warning.

    `good`: line number, then the outcome and the cells of the columns `subject`. A fault has its
    sentence in `language` beside its code. No cell starts a formula: what a spreadsheet would run
    is preceded by an apostrophe (CWE-1236).
    """
    lines: list[Line] = [(line, (line, *cells, "", "", "", "")) for line, cells in good]
    lines += _faults("error", read.errors, len(subject), language)
    lines += _faults("warning", read.parsed.warnings, len(subject), language)
    head = ("line", "outcome", *subject, "column", "message", "code", "details")
    return sheet(head, (cells for _, cells in sorted(lines, key=lambda line: line[0])))


def sheet(head: Iterable[object], lines: Iterable[Iterable[object]]) -> bytes:
    """A CSV of text cells, as `build` writes it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    for cells in lines:
        writer.writerow([safe(str(cell)) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def _faults(
    outcome: str, faults: Iterable[RowError], subject: int, language: str
) -> Iterable[Line]:
    blank = [""] * subject
    for fault in faults:
        details = "; ".join(f"{name}: {value}" for name, value in fault.params.items())
        said = texts.error(fault.code, language, fault.params)
        yield fault.line, (fault.line, outcome, *blank, fault.column, said, fault.code, details)
