"""One delimited file on its way in: options, columns, faults, and how it was read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from clientportal.domain import delimited
from clientportal.domain.delimited import Exact, Limits, Record, Table
from clientportal.domain.documents import Kind
from clientportal.domain.errors import Invalid
from clientportal.domain.import_columns import DateOrder, map_header, missing_headers, unused
from clientportal.domain.money import DecimalMark

R = TypeVar("R")
CURRENCY_MISSING = "currency_missing"
"""Code of the one fault of a line that a choice for the whole file mends."""
MAX_CODE = 64
MAX_NAME = 200


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What the person or the company decides. `currencies` are those used, with their decimals.

    `known_currencies`: ISO 4217 codes; one that is not used is told apart from a slip of the pen.
    `countries`: ISO 3166 alpha-2 codes. `mapping`: field -> header text where synonyms fail.
    `columns`: the field of each column ("" = none) where a person said it; then no synonym counts.
    """

    currencies: Mapping[str, int] = field(default_factory=dict)
    known_currencies: frozenset[str] = frozenset()
    currency: str | None = None
    kind: Kind = Kind.INVOICE
    date_order: DateOrder = DateOrder.AUTO
    decimal: DecimalMark | None = None
    countries: frozenset[str] = frozenset()
    mapping: Mapping[str, str] = field(default_factory=dict)
    columns: Sequence[str] | None = None
    today: date | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class RowError:
    """A fault or a warning: line of the file, header of the column, catalogue code, its values."""

    line: int
    column: str
    code: str
    params: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class FaultGroup:
    """The same fault of a column on `count` lines: the first `lines`, the values of the first."""

    code: str
    column: str
    params: Mapping[str, int | str]
    lines: tuple[int, ...]
    count: int


LINES_NAMED = 5
"""Lines that a group names; a report has them all."""


def grouped(faults: Iterable[RowError]) -> tuple[FaultGroup, ...]:
    """Faults by code and column, in the order in which the first of each stands."""
    found: dict[tuple[str, str], list[RowError]] = {}
    for fault in faults:
        found.setdefault((fault.code, fault.column), []).append(fault)
    return tuple(
        FaultGroup(
            code=code,
            column=column,
            params=group[0].params,
            lines=tuple(fault.line for fault in group[:LINES_NAMED]),
            count=len(group),
        )
        for (code, column), group in found.items()
    )


@dataclass(frozen=True, slots=True)
class ParsedFile(Generic[R]):
    """A whole file: good rows, faulty lines, and how it was read, to be shown before it counts."""

    rows: tuple[R, ...]
    errors: tuple[RowError, ...]
    warnings: tuple[RowError, ...]
    date_order: DateOrder | None
    decimal: DecimalMark | None
    delimiter: str
    encoding: str
    header: Mapping[str, str]
    ignored: tuple[str, ...]
    lines: int


class Faulty(Exception):
    """A row that cannot be used; its faults are noted already."""


class File:
    """The records of one file with its columns, and the faults found so far."""

    def __init__(
        self,
        source: bytes | str | Table,
        known: Mapping[str, str],
        needed: tuple[str, ...],
        options: ImportOptions,
    ) -> None:
        """Read the header. Raises Invalid for faults of the whole file: "file_empty",
        "header_missing" (columns), and what delimited.table and map_header raise."""
        table = source if isinstance(source, Table) else delimited.table(source, options.limits)
        self.delimiter, self.encoding = table.delimiter, table.encoding
        found = table.records
        if len(found) < 2:
            raise Invalid(code="file_empty", field="file")
        self.titles = found[0].cells
        if options.columns is None:
            self.fields, self.ignored = map_header(self.titles, known, options.mapping)
        else:
            said = zip(options.columns, range(len(self.titles)), strict=False)
            self.fields = {name: column for name, column in said if name in known}
            self.ignored = unused(self.titles, self.fields)
        missing = [name for name in needed if name not in self.fields]
        if missing:
            raise Invalid(code="header_missing", field="file", columns=missing_headers(missing))
        self.records = found[1:]
        self.errors: list[RowError] = []
        self.notes: dict[tuple[str, str], RowError] = {}

    def get(self, record: Record, name: str) -> str:
        """The cell of a field; empty if the file has no such column."""
        column = self.fields.get(name, -1)
        return record.cells[column] if 0 <= column < len(record.cells) else ""

    def column(self, names: tuple[str, ...]) -> list[str]:
        """Every cell of these fields that somebody wrote as text: what marks are judged by."""
        found = (self.get(record, name) for record in self.records for name in names)
        return [cell for cell in found if cell and not isinstance(cell, Exact)]

    def title(self, name: str) -> str:
        return self.titles[self.fields[name]] if name in self.fields else ""

    def fault(self, record: Record, name: str, code: str, **params: int | str) -> None:
        self.fault_line(record.line, name, code, **params)

    def fault_line(self, line: int, name: str, code: str, **params: int | str) -> None:
        self.errors.append(RowError(line, self.title(name), code, params))

    def warn(self, record: Record, name: str, code: str, value: str = "") -> None:
        self.warn_line(record.line, name, code, value)

    def warn_line(self, at: int, name: str, code: str, value: str = "") -> None:
        """One warning per value, with the first line and the number of rows that share it."""
        first = self.notes.get((code, value))
        rows = int(first.params["rows"]) + 1 if first else 1
        line = first.line if first else at
        params = {"value": value, "rows": rows}
        self.notes[code, value] = RowError(line, self.title(name), code, params)

    def required(self, record: Record, name: str, longest: int = MAX_CODE) -> str:
        text = self.get(record, name)
        if not text:
            self.fault(record, name, "required")
        elif len(text) > longest:
            self.fault(record, name, "too_long", longest=longest)
        return str(text)

    def optional(self, record: Record, name: str, longest: int = MAX_NAME) -> str | None:
        text = self.get(record, name)
        if len(text) > longest:
            self.fault(record, name, "too_long", longest=longest)
        return str(text) or None

    def country(self, record: Record, countries: frozenset[str]) -> tuple[str | None, bool]:
        """An ISO 3166 code in capitals, or the text as written with a warning."""
        text = self.optional(record, "country", MAX_CODE)
        if text is None or text.upper() in countries:
            return (text.upper() if text else None), text is not None
        self.warn(record, "country", "country_kept", text)
        return text, False

    def width(self, record: Record) -> None:
        if len(record.cells) != len(self.titles):
            expected, found = len(self.titles), len(record.cells)
            self.errors.append(
                RowError(record.line, "", "columns_count", {"expected": expected, "found": found})
            )
            raise Faulty

    def parsed(
        self, rows: list[R], order: DateOrder | None = None, decimal: DecimalMark | None = None
    ) -> "ParsedFile[R]":
        return ParsedFile(
            rows=tuple(rows),
            errors=tuple(self.errors),
            warnings=tuple(self.notes.values()),
            date_order=order,
            decimal=decimal,
            delimiter=self.delimiter,
            encoding=self.encoding,
            header={name: self.titles[column] for name, column in self.fields.items()},
            ignored=tuple(self.ignored),
            lines=len(self.records),
        )
