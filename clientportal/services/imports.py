"""A file of any kind in one transaction: all or nothing; running it twice changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from clientportal import live
from clientportal.domain.actors import Actor
from clientportal.domain.documents import Kind
from clientportal.domain.imports import DateOrder, RowError
from clientportal.domain.permissions import Permission
from clientportal.rendering import texts, workbooks
from clientportal.services import audit, import_report
from clientportal.services.guards import require_staff
from clientportal.services.import_base import LIMITS, Options, SeenRow
from clientportal.services.import_kinds import file_kind
from clientportal.storage import series

SHOWN = 50


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, or with `dry_run` would do. With any error it does nothing.

    `rows` are the first that the file is about, `ignored` the headers of columns that nobody uses,
    `report` is a CSV (see import_report).
    """

    counts: Mapping[str, int]
    errors: tuple[RowError, ...]
    warnings: tuple[RowError, ...]
    rows: tuple[SeenRow, ...]
    ignored: tuple[str, ...]
    date_format: DateOrder | None
    report: bytes


def run(
    session: Session,
    actor: Actor,
    *,
    kind: str,
    content: bytes,
    now: datetime,
    options: Options | None = None,
    dry_run: bool = False,
    language: str = texts.LANGUAGES[0],
) -> ImportResult:
    """Import a file in this transaction, or with `dry_run` only say what it would do; `language` is
    that of the report.

    With errors in any line nothing is written; they stand in the result. Raises Invalid for faults
    of the whole file, CurrencyNotUsed, DateFormatAmbiguous.
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    file = file_kind(kind)
    if not dry_run:
        series.lock(session, staff.company_id, Kind.INVOICE)  # imports of a company take turns
    table = workbooks.source(content, LIMITS)
    parsed = file.parse(session, staff, table, options or Options(), now)
    read = file.compare(session, staff, parsed, now)
    result = ImportResult(  # before anything is written: afterwards nothing is new any more
        counts=read.counts(),
        errors=tuple(read.errors),
        warnings=read.parsed.warnings,
        rows=file.shown(read, SHOWN),
        ignored=tuple(parsed.ignored),
        date_format=parsed.date_order,
        report=import_report.build(file.subject, file.lines(read), read, language),
    )
    if dry_run or read.errors or not work_of(result.counts):
        return result
    for account_id in file.write(session, staff, read, now):
        live.changed(session, f"account:{account_id}", account_id)
    counts: dict[str, Any] = dict(result.counts)
    audit.record(session, staff, f"{kind}.imported", now=now, **counts)
    live.changed(session, f"company:{staff.company_id}", staff.company_id)
    return result


def work_of(counts: Mapping[str, int]) -> int:
    """Lines that do something."""
    return counts["new"] + counts.get("changed", 0)
