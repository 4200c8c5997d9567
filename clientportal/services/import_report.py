"""The report of an import: one CSV line per line of the file, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable

from clientportal.domain.imports import RowError
from clientportal.services.import_plan import Read

HEADER = ("line", "outcome", "kind", "number", "account", "column", "code", "details")
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def build(read: Read) -> bytes:
    """UTF-8 with a byte-order mark. Outcomes: new, same, error, warning.

    No cell starts a formula: what a spreadsheet would run is preceded by an apostrophe (CWE-1236).
    """
    lines: list[tuple[int, tuple[object, ...]]] = []
    for plan in read.plans:
        row = plan.row
        cells = (row.line, plan.action, row.kind.value, row.number, row.account_code, "", "", "")
        lines.append((row.line, cells))
    lines += _faults("error", read.errors)
    lines += _faults("warning", read.warnings)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    for _, cells in sorted(lines, key=lambda line: line[0]):
        writer.writerow([safe(str(cell)) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def _faults(outcome: str, faults: Iterable[RowError]) -> Iterable[tuple[int, tuple[object, ...]]]:
    for fault in faults:
        details = "; ".join(f"{name}: {value}" for name, value in fault.params.items())
        yield fault.line, (fault.line, outcome, "", "", "", fault.column, fault.code, details)


def safe(cell: str) -> str:
    """The cell as text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_STARTS_FORMULA) else cell
