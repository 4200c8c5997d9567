"""The import screen's files: kept from the upload on, looked at, read anew, then confirmed."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.errors import Invalid, NotFound
from clientportal.domain.import_file import CURRENCY_MISSING, FaultGroup, grouped
from clientportal.domain.imports import DateOrder, RowError
from clientportal.domain.permissions import Permission
from clientportal.services import account_imports, document_imports, import_plan, import_report
from clientportal.services import document_support as support
from clientportal.services.guards import require_staff
from clientportal.services.import_plan import Options
from clientportal.storage import files, import_runs
from clientportal.storage.models import ImportRun

MEGABYTE = 1_000_000
MOST_BYTES = 10 * MEGABYTE
"""Largest file of the screen; the command line takes larger ones."""
KINDS = (document_imports.KIND, account_imports.KIND)
SHOWN_ROWS = 20
SHOWN_FAULTS = 50
"""Kinds of faults, by column."""

SAMPLES: Mapping[str, tuple[tuple[str, ...], ...]] = {
    document_imports.KIND: (
        ("tipo", "numero", "codigo_cliente", "cliente", "moneda", "fecha_emision", "vencimiento",
         "total", "pagado", "fecha_pago", "descripcion"),
        ("factura", "FE-1001", "C-001", "Ferretería El Tornillo", "{currency}", "2026-01-15",
         "2026-02-14", "1250000", "", "", "Papel bond y sobres"),
        ("factura", "FE-1002", "C-002", "Panadería La Espiga", "{currency}", "2026-01-20",
         "2026-02-19", "480000", "", "2026-02-10", "Bolsas de papel"),
        ("nota crédito", "NC-201", "C-001", "Ferretería El Tornillo", "{currency}", "2026-01-28",
         "", "90000", "", "", "Devolución de 4 resmas"),
    ),
    account_imports.KIND: (
        ("codigo", "nombre", "tipo", "pais", "identificacion", "contacto", "correo", "telefono",
         "direccion", "ciudad", "idioma"),
        ("C-001", "Ferretería El Tornillo", "cliente", "CO", "", "Luz Marina Rojas",
         "luz@eltornillo.example", "+57 315 482 9016", "Calle 15 # 32-590", "Yumbo", "es"),
        ("C-002", "Panadería La Espiga", "ambos", "CO", "", "", "pagos@laespiga.example", "",
         "Carrera 8 # 12-40", "Cali", "es"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SeenRow:
    """One line as it will be. `action`: new, changed (with `changes`) or same; of accounts only
    line, action, number (the code) and name are filled."""

    line: int
    action: str
    kind: str
    number: str
    name: str
    currency: str = ""
    issued_on: str = ""
    due_on: str = ""
    settled_on: str = ""
    total_minor: int = 0
    balance_minor: int = 0
    disputed: bool = False
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A kept file read against what is stored now.

    `fault` is what is wrong with the file as a whole (then no rows are filled). `date_format` is
    what was decided from the file or asked for.
    """

    run_id: int
    kind: str
    file_name: str
    state: str
    counts: Mapping[str, int]
    date_format: str = ""
    currency: str = ""
    rows: tuple[SeenRow, ...] = ()
    errors: tuple[FaultGroup, ...] = ()
    warnings: tuple[FaultGroup, ...] = ()
    ignored: tuple[str, ...] = ()
    fault: Invalid | None = None

    @property
    def currency_missing(self) -> bool:
        """Lines without a currency in a company of several: one has to be chosen for the file."""
        return any(error.code == CURRENCY_MISSING for error in self.errors)

    @property
    def currency_first(self) -> bool:
        """The first fault is a missing currency: once it is chosen, the others may be gone."""
        return bool(self.errors) and self.errors[0].code == CURRENCY_MISSING


def keep(
    session: Session, actor: Actor, *, kind: str, file_name: str, content: bytes, now: datetime
) -> int:
    """Keep an uploaded file and return the id of its run; nothing is imported.

    Raises Invalid: kind, "required" without bytes, "file_too_large" (most, megabytes).
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    if kind not in KINDS:
        raise Invalid(code="choice_invalid", field="kind", value=kind[:40])
    if not content:
        raise Invalid(code="file_empty", field="file")
    if len(content) > MOST_BYTES:
        raise Invalid(code="file_too_large", field="file", most=MOST_BYTES // MEGABYTE)
    run = ImportRun(
        company_id=staff.company_id,
        user_id=staff.user_id if isinstance(staff, Member) else None,
        kind=kind,
        file_name=_name(file_name),
        file_sha256=files.store().put(content),
        options={"currency": "", "date_format": DateOrder.AUTO.value, "mapping": {}},
        created_at=now,
    )
    return import_runs.add(session, run).id or 0


def _name(given: str) -> str:
    """The last part of a file's name without control characters."""
    last = given.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in last if char.isprintable()).strip()[:200]


def choose(
    session: Session,
    actor: Actor,
    *,
    run_id: int,
    currency: str | None = None,
    date_format: str | None = None,
) -> None:
    """Say how a kept file is to be read: its currency ("" = as the file says) and its dates.

    None leaves what was chosen before.
    Raises NotFound, Invalid("currency_not_used" | "choice_invalid").
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    run = _run(session, staff, run_id)
    if currency:
        support.check_currency(support.company_of(session, staff, staff.company_id), currency)
    if date_format is not None and date_format not in set(DateOrder):
        raise Invalid(code="choice_invalid", field="date_format", value=date_format[:40])
    chosen = {"currency": currency, "date_format": date_format}
    if run.state != "done":
        run.options = run.options | {k: v for k, v in chosen.items() if v is not None}
        session.add(run)


def look(session: Session, actor: Actor, *, run_id: int, now: datetime) -> Seen:
    """What a kept file would do now, or what it has done. Changes nothing. Raises NotFound."""
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    run = _run(session, staff, run_id)
    empty = Seen(run_id, run.kind, run.file_name, run.state, run.counts)
    if run.state == "done":
        return empty
    try:
        if run.kind == account_imports.KIND:
            return _accounts(session, staff, run, now)
        return _documents(session, staff, run, now)
    except Invalid as fault:
        return Seen(
            run_id,
            run.kind,
            run.file_name,
            run.state,
            {},
            date_format=str(run.options.get("date_format", "")),
            currency=str(run.options.get("currency", "")),
            fault=fault,
        )


def confirm(session: Session, actor: Actor, *, run_id: int, now: datetime) -> Mapping[str, int]:
    """Import a kept file; confirming it again gives the same counts and does nothing.

    Raises NotFound, Invalid for faults of the file, Conflict("import_has_errors").
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    kind = _run(session, staff, run_id).kind
    service = account_imports if kind == account_imports.KIND else document_imports
    return service.confirm(session, actor, run_id=run_id, now=now).counts


def report(session: Session, actor: Actor, *, run_id: int, now: datetime) -> tuple[str, bytes]:
    """(file name, CSV) with what each line does and what is wrong with it. Raises as `look`."""
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    run = _run(session, staff, run_id)
    name = f"{run.file_name.rpartition('.')[0] or run.file_name or 'import'}-report.csv"
    if run.kind == document_imports.KIND:
        options = _options(run)
        return name, import_report.build(
            import_plan.read(session, staff, _content(run), options, now)
        )
    found = account_imports.run(session, staff, content=_content(run), now=now, dry_run=True)
    lines: list[tuple[object, ...]] = [
        (row.line, row.action, row.code, "", "", ", ".join(row.changes)) for row in found.rows
    ]
    for outcome, faults in (("error", found.errors), ("warning", found.warnings)):
        lines += [_fault_cells(outcome, fault) for fault in faults]
    lines.sort(key=lambda cells: int(str(cells[0])))
    return name, _csv(("line", "outcome", "account", "column", "code", "details"), lines)


def _fault_cells(outcome: str, fault: RowError) -> tuple[object, ...]:
    details = "; ".join(f"{name}: {value}" for name, value in fault.params.items())
    return fault.line, outcome, "", fault.column, fault.code, details


def sample(session: Session, actor: Actor, *, kind: str) -> bytes:
    """A file that imports as it stands, in the company's first currency. Raises NotFound."""
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    rows = SAMPLES.get(kind)
    if rows is None:
        raise NotFound()
    company = support.company_of(session, staff, staff.company_id)
    head, *lines = [[cell.format(currency=company.currencies[0]) for cell in row] for row in rows]
    return _csv(head, lines)


def _csv(head: Iterable[object], lines: Iterable[Iterable[object]]) -> bytes:
    """UTF-8 with a byte-order mark; no cell starts a formula (CWE-1236)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    for cells in lines:
        writer.writerow([import_report.safe(str(cell)) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def _run(session: Session, staff: Member | System, run_id: int) -> ImportRun:
    run = import_runs.find(session, staff, run_id)
    if run is None:
        raise NotFound()
    return run


def _content(run: ImportRun) -> bytes:
    try:
        return files.store().get(run.file_sha256)
    except FileNotFoundError as error:
        raise NotFound(code="import_file_gone") from error


def _options(run: ImportRun) -> Options:
    return Options(
        currency=run.options.get("currency", ""),
        date_format=DateOrder(run.options.get("date_format", "auto")),
        mapping=run.options.get("mapping", {}),
    )


def _documents(session: Session, staff: Member | System, run: ImportRun, now: datetime) -> Seen:
    read = import_plan.read(session, staff, _content(run), _options(run), now)
    shown = [document_imports.shown(read, plan) for plan in read.plans[:SHOWN_ROWS]]
    return Seen(
        run_id=run.id or 0,
        kind=run.kind,
        file_name=run.file_name,
        state=run.state,
        counts=read.counts(),
        date_format=(read.date_format or DateOrder.AUTO).value,
        currency=str(run.options.get("currency", "")),
        rows=tuple(_document(row) for row in shown),
        errors=grouped(read.errors)[:SHOWN_FAULTS],
        warnings=grouped(read.warnings)[:SHOWN_FAULTS],
        ignored=read.ignored,
    )


def _document(row: document_imports.PreviewRow) -> SeenRow:
    return SeenRow(
        line=row.line,
        action=row.action,
        kind=row.kind.value,
        number=row.number,
        name=row.account_name,
        currency=row.currency,
        issued_on=row.issued_on.isoformat(),
        due_on=row.due_on.isoformat() if row.due_on else "",
        settled_on=row.settled_on.isoformat() if row.settled_on else "",
        total_minor=row.total_minor,
        balance_minor=row.balance_minor,
        disputed=row.disputed,
    )


def _accounts(session: Session, staff: Member | System, run: ImportRun, now: datetime) -> Seen:
    mapping: Mapping[str, Any] = run.options.get("mapping", {})
    found = account_imports.run(
        session, staff, content=_content(run), now=now, dry_run=True, mapping=mapping
    )
    counts = dict(found.counts)
    counts["lines"] = sum(counts[name] for name in ("new", "changed", "same"))
    return Seen(
        run_id=run.id or 0,
        kind=run.kind,
        file_name=run.file_name,
        state=run.state,
        counts=counts,
        rows=tuple(
            SeenRow(row.line, row.action, "", row.code, row.name, changes=row.changes)
            for row in found.rows[:SHOWN_ROWS]
        ),
        errors=grouped(found.errors)[:SHOWN_FAULTS],
        warnings=grouped(found.warnings)[:SHOWN_FAULTS],
    )
