"""Documents and accounts out of delimited text: every row read, every fault named, nothing kept.

A file with the column of movements is an export of ours: then paid, also of credit kinds, is what
its movements say (ADR 17).

Pure: what is already stored, and what a valid tax id or e-mail is, the import service decides.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from clientportal.domain import movements as moves
from clientportal.domain.delimited import Exact, Limits, Record, Table
from clientportal.domain.documents import CREDIT, Kind
from clientportal.domain.errors import Invalid
from clientportal.domain.import_columns import (
    ACCOUNT_HEADERS,
    DOCUMENT_HEADERS,
    DateFormatAmbiguous,
    DateOrder,
    day_of_serial,
    decide_dates,
    parse_date,
    parse_kind,
    parse_relation,
    parse_yes,
)
from clientportal.domain.import_file import (
    CURRENCY_MISSING,
    MAX_CODE,
    MAX_NAME,
    Faulty,
    File,
    ImportOptions,
    ParsedFile,
    RowError,
)
from clientportal.domain.money import DecimalMark, currency_in, decide_decimal, parse_amount
from clientportal.domain.movements import Movement

__all__ = ["DateFormatAmbiguous", "DateOrder", "ImportOptions", "Limits", "ParsedFile", "RowError"]

_DATES = ("issued_on", "due_on", "settled_on")
_AMOUNTS = ("total", "paid", "balance")
DOCUMENT_NEEDED = ("number", "account_code", "issued_on", "total")
ACCOUNT_NEEDED = ("code",)


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One good row. Amounts in minor units of `currency`; `country` as written if not known.

    Of an export of ours `movements` is what was applied (of a credit: handed back) and `used_minor`
    what the file says is used of a credit.
    """

    line: int
    kind: Kind
    number: str
    account_code: str
    account_name: str | None
    tax_id: str | None
    country: str | None
    country_known: bool
    currency: str
    issued_on: date
    due_on: date | None
    total_minor: int
    prepaid_minor: int
    disputed: bool
    settled_on: date | None
    description: str | None
    movements: tuple[Movement, ...] = ()
    used_minor: int | None = None
    voided_on: date | None = None

    @property
    def paid_minor(self) -> int:
        """What is paid of a payable document, or used of a credit."""
        if self.settled_on is not None:
            return self.total_minor
        if self.kind in CREDIT:
            return self.used_minor or 0
        return self.prepaid_minor or sum(movement.amount_minor for movement in self.movements)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One good row; `kind` is customer, supplier or both."""

    line: int
    code: str
    name: str
    kind: str
    tax_id: str | None
    country: str | None
    country_known: bool
    email: str | None
    phone: str | None
    address: str | None
    city: str | None
    contact_name: str | None
    language: str | None


def parse_documents(source: bytes | str | Table, options: ImportOptions) -> ParsedFile[DocumentRow]:
    """Rows of documents, with the date order and the decimal mark decided for the whole file.

    Raises Invalid for faults of the whole file (see File) and DateFormatAmbiguous.
    """
    file = File(source, DOCUMENT_HEADERS, DOCUMENT_NEEDED, options)
    order = decide_dates(file.column(_DATES), options.date_order)
    mark = options.decimal or decide_decimal(file.column(_AMOUNTS))
    reader = _Documents(file, options, order, mark)
    rows: list[DocumentRow] = []
    first: dict[tuple[str, str], int] = {}
    for record in file.records:
        before = len(file.errors)
        row = reader.row(record)
        if row is None:
            continue
        seen = first.setdefault((row.kind, row.number), row.line)
        if seen != row.line:
            file.fault(record, "number", "duplicate_in_file", value=row.number, first=seen)
        if len(file.errors) == before:
            rows.append(row)
    if reader.ours:
        rows = _used(file, rows)
    return file.parsed(rows, order, mark)


def _used(file: File, rows: Sequence[DocumentRow]) -> list[DocumentRow]:
    """The rows with what the file uses of each credit; those that contradict it are faults."""
    uses: defaultdict[tuple[Kind, str], list[Movement]] = defaultdict(list)
    known = {(row.kind, row.number): row.currency for row in rows}
    for row in rows:
        for movement in row.movements:
            if movement.credit and known.get(movement.credit) in {None, row.currency}:
                uses[movement.credit].append(movement)
            if movement.credit and movement.credit not in known:
                file.warn_line(row.line, "movements", "credit_not_in_file")
    good: list[DocumentRow] = []
    for row in rows:
        if row.kind not in CREDIT:
            good.append(row)
            continue
        of_it = [*uses[row.kind, row.number], *row.movements]
        used = sum(movement.amount_minor for movement in of_it)
        if row.used_minor not in {None, used}:
            file.fault_line(row.line, "paid", "credit_used_elsewhere")
        elif not moves.fits(row.total_minor, row.issued_on, of_it):
            file.fault_line(row.line, "paid", "paid_outside_total")
        else:
            good.append(replace(row, used_minor=used))
    return good


class _Core(NamedTuple):
    """The part of a document row that must be right before the rest makes sense."""

    kind: Kind
    currency: str
    issued_on: date
    total_minor: int


class _Documents:
    """Reads records of documents with the decisions made for the file."""

    def __init__(
        self, file: File, options: ImportOptions, order: DateOrder, mark: DecimalMark | None
    ) -> None:
        self.file, self.options, self.order, self.mark = file, options, order, mark
        self.ours = "movements" in file.fields

    def row(self, record: Record) -> DocumentRow | None:
        """The row as far as it can be read; None (with its faults noted) if it cannot."""
        file = self.file
        if self.ours and not file.get(record, "number"):
            file.warn(record, "number", "draft_left_out")
            return None
        prepaid, used = 0, None
        moved: tuple[Movement, ...] = ()
        try:
            core = self._core(record)
            settled_on = None if self.ours else self._settled(record, core)
            if self.ours:
                moved, used = self._moved(record, core)
            elif settled_on is None:
                prepaid = self._prepaid(record, core)
        except Faulty:
            return None
        country, known = file.country(record, self.options.countries)
        return DocumentRow(
            line=record.line,
            kind=core.kind,
            number=file.required(record, "number"),
            account_code=file.required(record, "account_code"),
            account_name=file.optional(record, "account_name"),
            tax_id=file.optional(record, "tax_id", MAX_CODE),
            country=country,
            country_known=known,
            currency=core.currency,
            issued_on=core.issued_on,
            due_on=self._due(record, core),
            total_minor=core.total_minor,
            prepaid_minor=prepaid,
            disputed=self._disputed(record),
            settled_on=settled_on,
            description=file.optional(record, "description", 2_000),
            movements=moved,
            used_minor=used,
            voided_on=self._date(record, "voided_on") if self.ours else None,
        )

    def _moved(self, record: Record, core: _Core) -> tuple[tuple[Movement, ...], int | None]:
        """What was applied, and what the paid column says is used of a credit. Raises Faulty."""
        file = self.file
        paid = self._amount(record, "paid", core.currency)
        try:
            digits = self.options.currencies[core.currency]
            moved = moves.parse(file.get(record, "movements"), digits)
            moves.taken_back(moved)
        except Invalid as error:
            value = str(error.params.get("value", ""))
            file.fault(record, "movements", error.error_code, value=value)
            raise Faulty from error
        last = max((movement.on for movement in moved), default=core.issued_on)
        if self.options.today is not None and last > self.options.today:
            file.fault(record, "movements", "date_in_future", value=last.isoformat())
        if core.kind in CREDIT:
            if any(movement.kind or movement.amount_minor < 0 for movement in moved):
                file.fault(record, "movements", "settled_credit")
            return moved, paid
        if paid not in {None, sum(movement.amount_minor for movement in moved)}:
            file.fault(record, "movements", "movements_differ")
        if not moves.fits(core.total_minor, core.issued_on, moved):
            file.fault(record, "movements", "paid_outside_total")
        return moved, None

    def _core(self, record: Record) -> _Core:
        """What the rest of a row depends on. Raises Faulty."""
        self.file.width(record)
        kind = self._kind(record)
        currency = self._currency(record)
        issued_on = self._date(record, "issued_on")
        total = self._amount(record, "total", currency)
        if issued_on is None or total is None:
            for name in ("issued_on", "total"):
                if not self.file.get(record, name):
                    self.file.fault(record, name, "required")
            raise Faulty
        if total < 0 and kind not in CREDIT:
            self.file.fault(record, "total", "amount_negative")
        return _Core(kind, currency, issued_on, abs(total))

    def _kind(self, record: Record) -> Kind:
        text = self.file.get(record, "kind")
        kind = parse_kind(text) if text else self.options.kind
        if kind is None:
            self.file.fault(record, "kind", "kind_unknown", value=text)
            raise Faulty
        return kind

    def _currency(self, record: Record) -> str:
        code = (self.file.get(record, "currency") or self.options.currency or "").upper()
        if code not in self.options.currencies:
            if code in self.options.known_currencies:
                self.file.fault(record, "currency", "currency_not_used", currency=code)
            else:
                fault = "currency_unknown" if code else CURRENCY_MISSING
                self.file.fault(record, "currency", fault, value=code)
            raise Faulty
        return code

    def _date(self, record: Record, name: str) -> date | None:
        text = self.file.get(record, name)
        parsed = parse_date(text, self.order) if text else None
        if parsed is None and isinstance(text, Exact) and (parsed := day_of_serial(text)):
            self.file.warn(record, name, "date_serial")
        if text and parsed is None:
            self.file.fault(record, name, "date_invalid", value=text[:40])
        return parsed

    def _due(self, record: Record, core: _Core) -> date | None:
        """The due date; a payable document without one is due at once, credit is never due."""
        if core.kind in CREDIT:
            return None
        due_on = self._date(record, "due_on")
        if due_on is not None and due_on < core.issued_on:
            self.file.warn(record, "due_on", "due_before_issue")
        return due_on or core.issued_on

    def _settled(self, record: Record, core: _Core) -> date | None:
        settled_on = self._date(record, "settled_on")
        if settled_on is None:
            return None
        if core.kind in CREDIT:
            self.file.fault(record, "settled_on", "settled_credit")
        if self.options.today is not None and settled_on > self.options.today:
            self.file.fault(record, "settled_on", "date_in_future", value=settled_on.isoformat())
        if settled_on < core.issued_on:
            self.file.warn(record, "settled_on", "settled_before_issue")
        return settled_on

    def _amount(self, record: Record, name: str, currency: str) -> int | None:
        text = self.file.get(record, name)
        if not text:
            return None
        written = currency_in(text)
        if written is not None and written != currency and written in self.options.currencies:
            self.file.fault(record, name, "amount_currency", value=written, currency=currency)
        try:
            mark = "." if isinstance(text, Exact) else self.mark
            return parse_amount(text, self.options.currencies[currency], mark)
        except Invalid as error:
            self.file.fault(record, name, error.error_code, value=text[:40])
            raise Faulty from error

    def _prepaid(self, record: Record, core: _Core) -> int:
        """What was paid before the import: the paid column, else total less balance."""
        paid = self._amount(record, "paid", core.currency)
        if paid is None:
            left = self._amount(record, "balance", core.currency)
            if left is not None:
                paid = core.total_minor - (abs(left) if core.kind in CREDIT else left)
        if core.kind in CREDIT and paid:
            self.file.fault(record, "paid", "settled_credit")
        if not 0 <= (paid or 0) <= core.total_minor:
            self.file.fault(record, "paid", "paid_outside_total")
        return paid or 0

    def _disputed(self, record: Record) -> bool:
        text = self.file.get(record, "disputed")
        answer = parse_yes(text)
        if answer is None:
            self.file.fault(record, "disputed", "yes_or_no", value=text[:40])
        return bool(answer)


def parse_accounts(source: bytes | str | Table, options: ImportOptions) -> ParsedFile[AccountRow]:
    """Rows of accounts; one without a name is called by its code. Raises Invalid as File does."""
    file = File(source, ACCOUNT_HEADERS, ACCOUNT_NEEDED, options)
    rows: list[AccountRow] = []
    first: dict[str, int] = {}
    for record in file.records:
        before = len(file.errors)
        row = _account(file, record, options)
        if row is None:
            continue
        seen = first.setdefault(row.code, row.line)
        if seen != row.line:
            file.fault(record, "code", "duplicate_in_file", value=row.code, first=seen)
        if len(file.errors) == before:
            rows.append(row)
    return file.parsed(rows)


def _account(file: File, record: Record, options: ImportOptions) -> AccountRow | None:
    try:
        file.width(record)
    except Faulty:
        return None
    code = file.required(record, "code")
    relation = parse_relation(file.get(record, "kind"))
    if relation is None:
        file.fault(record, "kind", "relation_unknown", value=file.get(record, "kind"))
    language = file.get(record, "language").lower()[:2]
    if language not in {"", "es", "en"}:
        file.fault(record, "language", "language_unknown", value=file.get(record, "language"))
    country, known = file.country(record, options.countries)
    return AccountRow(
        line=record.line,
        code=code,
        name=file.optional(record, "name") or code,
        kind=relation or "customer",
        tax_id=file.optional(record, "tax_id", MAX_CODE),
        country=country,
        country_known=known,
        email=file.optional(record, "email"),
        phone=file.optional(record, "phone", MAX_CODE),
        address=file.optional(record, "address"),
        city=file.optional(record, "city"),
        contact_name=file.optional(record, "contact_name", MAX_NAME),
        language=language or None,
    )
