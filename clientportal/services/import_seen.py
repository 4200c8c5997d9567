"""A kept file as the import screen shows it: its columns, what is wrong, its first rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal.domain import import_mapping
from clientportal.domain.delimited import Table
from clientportal.domain.errors import Invalid
from clientportal.domain.import_file import CURRENCY_MISSING, FaultGroup, grouped
from clientportal.domain.imports import DateOrder
from clientportal.rendering import workbooks
from clientportal.services import import_mappings, ubl_uploads
from clientportal.services.import_base import LIMITS, FileKind, Options, SeenRow, Staff
from clientportal.services.ubl_uploads import UblLine
from clientportal.storage.models import ImportRun

SHOWN_ROWS = 20
SHOWN_FAULTS = 50
"""Kinds of faults, by column."""
SAMPLES = 3
LONGEST_SAMPLE = 40


@dataclass(frozen=True, slots=True)
class SeenColumn:
    """One column of the file: header, the field it feeds ("" none), what stands in it first."""

    header: str
    field: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A kept file read against what is stored now.

    `fault` is what is wrong with the file as a whole (then no rows are filled). `date_format` is
    what was decided from the file or asked for. `mapping` is the name under which the columns are
    remembered, `missing` the fields that must have a column and have none. `progress` of `total`
    rows are in while it is being imported (total 0: being read). `files`: what became of UBL files.
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
    columns: tuple[SeenColumn, ...] = ()
    missing: tuple[str, ...] = ()
    mapping: str = ""
    progress: int = 0
    total: int = 0
    files: tuple[UblLine, ...] = ()

    @property
    def currency_missing(self) -> bool:
        """Lines without a currency in a company of several: one has to be chosen for the file."""
        return any(error.code == CURRENCY_MISSING for error in self.errors)

    @property
    def currency_first(self) -> bool:
        """The first fault is a missing currency: once it is chosen, the others may be gone."""
        return bool(self.errors) and self.errors[0].code == CURRENCY_MISSING


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of a file: `said` by a person, now or before, or None where all is guessed."""

    said: Sequence[str] | None
    seen: tuple[SeenColumn, ...]
    missing: tuple[str, ...]
    mapping: str


def state_of(run: ImportRun) -> Seen:
    """A file that was confirmed: how far it is, or what it has done."""
    return Seen(
        run_id=run.id or 0,
        kind=run.kind,
        file_name=run.file_name,
        state=run.state,
        counts=run.counts,
        progress=run.progress,
        total=run.total,
        files=ubl_uploads.lines_of(run),
    )


def see(
    session: Session, staff: Staff, kind: FileKind, run: ImportRun, content: bytes, now: datetime
) -> Seen:
    """Read a kept file against what is stored now."""
    columns = _Columns(None, (), (), "")
    options = options_of(run)
    try:
        table = workbooks.source(content, LIMITS)
        columns = _columns(session, staff, kind, table, run)
        options = options_of(run, columns.said)
        parsed = kind.parse(session, staff, table, options, now)
    except Invalid as fault:
        return Seen(
            run_id=run.id or 0,
            kind=run.kind,
            file_name=run.file_name,
            state=run.state,
            counts={},
            date_format=options.date_format.value,
            currency=options.currency,
            fault=fault,
            columns=columns.seen,
            missing=columns.missing,
            mapping=columns.mapping,
        )
    read = kind.compare(session, staff, parsed, now)
    return Seen(
        run_id=run.id or 0,
        kind=run.kind,
        file_name=run.file_name,
        state=run.state,
        counts=read.counts(),
        date_format=(parsed.date_order or DateOrder.AUTO).value,
        currency=options.currency,
        rows=kind.shown(read, SHOWN_ROWS),
        errors=grouped(read.errors)[:SHOWN_FAULTS],
        warnings=grouped(read.parsed.warnings)[:SHOWN_FAULTS],
        ignored=tuple(parsed.ignored),
        columns=columns.seen,
        missing=columns.missing,
        mapping=columns.mapping,
    )


def options_of(run: ImportRun, columns: Sequence[str] | None = None) -> Options:
    """How a kept file is to be read; `columns` where none were said for it."""
    said = run.options.get("columns")
    return Options(
        currency=str(run.options.get("currency", "")),
        date_format=DateOrder(run.options.get("date_format", "auto")),
        mapping=run.options.get("mapping"),
        columns=columns if said is None else said,
    )


def read_as(
    session: Session, staff: Staff, kind: FileKind, run: ImportRun, content: bytes
) -> tuple[Table, Options]:
    """A kept file's table, and how it is read when nobody says more. Raises Invalid."""
    table = workbooks.source(content, LIMITS)
    columns = _columns(session, staff, kind, table, run)
    return table, options_of(run, columns.said)


def _columns(
    session: Session, staff: Staff, kind: FileKind, table: Table, run: ImportRun
) -> _Columns:
    if not table.records:
        return _Columns(None, (), (), "")
    header = [text[: import_mapping.LONGEST_HEADER] for text in table.records[0].cells]
    said, name, before = options_of(run).columns, "", None
    if not run.options.get("as_said"):
        before = import_mappings.proposed(session, staff, kind=kind.name, header=header)
    if before is not None:
        name, saved = before
        said = import_mapping.suit(saved, header, kind.headers) if said is None else said
    fields = import_mapping.guess(header, kind.headers) if said is None else said
    seen = tuple(
        SeenColumn(text, field, _samples(table, place))
        for place, (text, field) in enumerate(zip(header, fields, strict=False))
    )
    return _Columns(said, seen, import_mapping.missing(fields, kind.needed), name)


def _samples(table: Table, place: int) -> tuple[str, ...]:
    """The first different values of a column."""
    cells = (row.cells[place] for row in table.records[1:50] if place < len(row.cells))
    found = dict.fromkeys(str(cell)[:LONGEST_SAMPLE] for cell in cells if cell)
    return tuple(found)[:SAMPLES]
