"""Documents and accounts out of delimited text: every row read, every fault named, nothing kept.

Pure: what is already stored, and what a valid tax id or e-mail is, the import service decides.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from clientportal.domain.delimited import Limits, Record
from clientportal.domain.documents import CREDIT, Kind
from clientportal.domain.errors import Invalid
from clientportal.domain.import_columns import (
    ACCOUNT_HEADERS,
    DOCUMENT_HEADERS,
    DateFormatAmbiguous,
    DateOrder,
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

__all__ = ["DateFormatAmbiguous", "DateOrder", "ImportOptions", "Limits", "ParsedFile", "RowError"]

_DATES = ("issued_on", "due_on", "settled_on")
_AMOUNTS = ("total", "paid", "balance")
_NEEDED = ("number", "account_code", "issued_on", "total")


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One good row. Amounts in minor units of `currency`; `country` as written if not known."""

    line: int
    kind: Kind
    number: str
    account_code: str
    account_name: str | None
    tax_id: str | None
    email: str | None
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


def parse_documents(raw: bytes | str, options: ImportOptions) -> ParsedFile[DocumentRow]:
    """Rows of documents, with the date order and the decimal mark decided for the whole file.

    Raises Invalid for faults of the whole file (see File) and DateFormatAmbiguous.
    """
    file = File(raw, DOCUMENT_HEADERS, _NEEDED, options)
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
    return file.parsed(rows, order, mark)


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

    def row(self, record: Record) -> DocumentRow | None:
        """The row as far as it can be read; None (with its faults noted) if it cannot."""
        file = self.file
        try:
            core = self._core(record)
            settled_on = self._settled(record, core)
            prepaid = 0 if settled_on else self._prepaid(record, core)
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
            email=file.optional(record, "email"),
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
        )

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
            fault = "currency_unknown" if code else CURRENCY_MISSING
            self.file.fault(record, "currency", fault, value=code)
            raise Faulty
        return code

    def _date(self, record: Record, name: str) -> date | None:
        text = self.file.get(record, name)
        parsed = parse_date(text, self.order) if text else None
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
            return parse_amount(text, self.options.currencies[currency], self.mark)
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


def parse_accounts(raw: bytes | str, options: ImportOptions) -> ParsedFile[AccountRow]:
    """Rows of accounts; one without a name is called by its code. Raises Invalid as File does."""
    file = File(raw, ACCOUNT_HEADERS, ("code",), options)
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
