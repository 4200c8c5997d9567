"""Documents from a CSV file: preview, then all or nothing; running it twice changes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlmodel import Session

from clientportal import live
from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.documents import Kind
from clientportal.domain.errors import Conflict, NotFound
from clientportal.domain.imports import DateOrder, RowError
from clientportal.domain.permissions import Permission
from clientportal.services import audit, import_plan, import_report, import_write
from clientportal.services.guards import require_staff
from clientportal.services.import_plan import Options, Read
from clientportal.storage import files, import_runs, series
from clientportal.storage.models import ImportRun

KIND = "documents"
SHOWN_ROWS = 20
SHOWN_FAULTS = 200


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A line as it will be: `action` is new or same. Amounts in minor units of `currency`."""

    line: int
    action: str
    kind: Kind
    number: str
    account_code: str
    account_name: str
    currency: str
    issued_on: date
    due_on: date | None
    total_minor: int
    balance_minor: int
    settled_on: date | None
    disputed: bool


@dataclass(frozen=True, slots=True)
class DocumentPreview:
    """A file that was read and waits for its confirmation (`run_id` 0: not kept).

    `counts`: lines, new, same, errors (lines with one), accounts (to be created). Errors and
    warnings are the first 200 each; `columns` is field → header of the file.
    """

    run_id: int
    counts: Mapping[str, int]
    rows: tuple[PreviewRow, ...]
    errors: tuple[RowError, ...]
    warnings: tuple[RowError, ...]
    date_format: DateOrder | None
    encoding: str
    delimiter: str
    columns: Mapping[str, str]
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, or with `dry_run` would do. With any error it does nothing.

    `report` is a CSV with one line per line of the file (see import_report).
    """

    counts: Mapping[str, int]
    errors: tuple[RowError, ...]
    warnings: tuple[RowError, ...]
    date_format: DateOrder | None
    report: bytes


def preview(
    session: Session,
    actor: Actor,
    *,
    file_name: str,
    content: bytes,
    options: Options,
    now: datetime,
) -> DocumentPreview:
    """Read a file and keep it for `confirm`; no document changes.

    Raises Invalid for faults of the whole file, CurrencyNotUsed, DateFormatAmbiguous (ask which).
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    read = import_plan.read(session, staff, content, options, now)
    kept = asdict(options) | {"mapping": dict(options.mapping or {})}
    run = import_runs.add(
        session,
        ImportRun(
            company_id=staff.company_id,
            user_id=staff.user_id if isinstance(staff, Member) else None,
            kind=KIND,
            file_name=file_name[:200],
            file_sha256=files.store().put(content),
            options=kept | {"date_format": (read.date_format or DateOrder.AUTO).value},
            created_at=now,
        ),
    )
    return DocumentPreview(
        run_id=run.id or 0,
        counts=read.counts(),
        rows=tuple(shown(read, plan) for plan in read.plans[:SHOWN_ROWS]),
        errors=read.errors[:SHOWN_FAULTS],
        warnings=read.warnings[:SHOWN_FAULTS],
        date_format=read.date_format,
        encoding=read.encoding,
        delimiter=read.delimiter,
        columns=read.columns,
        ignored=read.ignored,
    )


def confirm(session: Session, actor: Actor, *, run_id: int, now: datetime) -> ImportResult:
    """Import the file of a preview, read again against what is stored now; twice tells the same.

    Raises NotFound, Conflict("import_has_errors", errors); then nothing is written.
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    series.lock(session, staff.company_id, Kind.INVOICE)
    run = import_runs.lock(session, staff, run_id, KIND)
    if run is None:
        raise NotFound()
    if run.state == "done":
        return ImportResult(run.counts, (), (), None, b"")
    try:
        content = files.store().get(run.file_sha256)
    except FileNotFoundError as error:
        raise NotFound(code="import_file_gone") from error
    options = Options(
        currency=run.options.get("currency", ""),
        date_format=DateOrder(run.options.get("date_format", "auto")),
        mapping=run.options.get("mapping", {}),
    )
    result = _import(session, staff, content, options, now, run)
    if result.errors:
        raise Conflict(code="import_has_errors", errors=result.counts["errors"])
    run.state, run.counts, run.finished_at = "done", dict(result.counts), now
    session.add(run)
    return result


def run(
    session: Session,
    actor: Actor,
    *,
    content: bytes,
    options: Options,
    now: datetime,
    dry_run: bool = False,
) -> ImportResult:
    """Import a file at once, or with `dry_run` only say what it would do (command line).

    With errors in any line nothing is written; they stand in the result. Raises as `preview`.
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    if not dry_run:
        series.lock(session, staff.company_id, Kind.INVOICE)
        return _import(session, staff, content, options, now, None)
    return _result(import_plan.read(session, staff, content, options, now))


def _import(
    session: Session,
    staff: Member | System,
    content: bytes,
    options: Options,
    now: datetime,
    kept: ImportRun | None,
) -> ImportResult:
    """The series row is locked by the caller: two imports of a company never overlap."""
    read = import_plan.read(session, staff, content, options, now)
    result = _result(read)
    if read.errors or not read.new:
        return result
    touched = import_write.write(session, read, now)
    subject = ("import_run", kept.id) if kept is not None and kept.id is not None else None
    audit.record(
        session,
        staff,
        "documents.imported",
        now=now,
        subject=subject,
        file=kept.file_name if kept else "",
        **read.counts(),
    )
    _tell(session, staff.company_id, touched)
    return result


def _tell(session: Session, company_id: int, account_ids: Sequence[int]) -> None:
    live.changed(session, f"company:{company_id}", company_id)
    for account_id in account_ids:
        live.changed(session, f"account:{account_id}", account_id)


def _result(read: Read) -> ImportResult:
    report = import_report.build(read)
    return ImportResult(read.counts(), read.errors, read.warnings, read.date_format, report)


def shown(read: Read, plan: import_plan.Plan) -> PreviewRow:
    """A planned line with the name of its account and what will be left to pay of it."""
    row = plan.row
    known = read.accounts.get(row.account_code)
    return PreviewRow(
        line=row.line,
        action=plan.action,
        kind=row.kind,
        number=row.number,
        account_code=row.account_code,
        account_name=row.account_name or (known.name if known else row.account_code),
        currency=row.currency,
        issued_on=row.issued_on,
        due_on=row.due_on,
        total_minor=row.total_minor,
        balance_minor=0 if row.settled_on else row.total_minor - row.prepaid_minor,
        settled_on=row.settled_on,
        disputed=row.disputed and row.settled_on is None,
    )
