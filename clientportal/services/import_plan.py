"""What each line of a file of documents would do, compared with what is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from clientportal.domain.actors import Member, System
from clientportal.domain.documents import CREDIT, Kind, Lifecycle, Settlement
from clientportal.domain.errors import Invalid
from clientportal.domain.imports import (
    DateOrder,
    DocumentRow,
    ImportOptions,
    Limits,
    RowError,
    parse_documents,
)
from clientportal.domain.ledger import allocation_date
from clientportal.rendering.formats import currency_digits
from clientportal.services import company_fields
from clientportal.services import document_support as support
from clientportal.storage import accounts as account_storage
from clientportal.storage import imports as storage
from clientportal.storage.models import Account, Company

LIMITS = Limits(size=30_000_000, rows=200_000)
LONGEST_NUMBER = 50
"""Leaves room for the prefix of the receipt's number in a column of 60."""
LONGEST_CODE = 60


@dataclass(frozen=True, slots=True)
class Options:
    """What the person decides. `currency` empty: the company's, if it has one only.

    `mapping`: field → header of the file, where the known headers fail.
    """

    currency: str = ""
    date_format: DateOrder = DateOrder.AUTO
    mapping: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """One good line: `action` is new or same."""

    row: DocumentRow
    action: str


@dataclass(frozen=True, slots=True)
class Read:
    """A whole file as it would be imported. `errors` in the order of the lines."""

    company: Company
    plans: tuple[Plan, ...]
    accounts: Mapping[str, Account]
    errors: tuple[RowError, ...]
    warnings: tuple[RowError, ...]
    date_format: DateOrder | None
    encoding: str
    delimiter: str
    columns: Mapping[str, str]
    ignored: tuple[str, ...]
    lines: int

    @property
    def new(self) -> list[DocumentRow]:
        return [plan.row for plan in self.plans if plan.action == "new"]

    def counts(self) -> dict[str, int]:
        """lines, new, same, errors (lines with one), accounts (to be created)."""
        new = self.new
        unknown = {row.account_code for row in new} - set(self.accounts)
        return {
            "lines": self.lines,
            "new": len(new),
            "same": len(self.plans) - len(new),
            "errors": len({error.line for error in self.errors}),
            "accounts": len(unknown),
        }


def read(
    session: Session, staff: Member | System, content: bytes, options: Options, now: datetime
) -> Read:
    """Parse a file and compare it with what is stored.

    Raises Invalid for faults of the whole file, currency_not_used, and DateFormatAmbiguous.
    """
    company = support.company_of(session, staff, staff.company_id)
    parsed = parse_documents(content, _options(company, options, now))
    errors = list(parsed.errors)
    plans: list[Plan] = []
    stored = _stored(session, staff, parsed.rows)
    for row in parsed.rows:
        found = stored.get((row.kind, row.number))
        fault = _too_long(row) or (_differences(row, found) if found else None)
        if fault is not None:
            errors.append(_error(row, parsed.header, *fault))
        else:
            plans.append(Plan(row, "same" if found else "new"))
    codes = list(dict.fromkeys(row.account_code for row in parsed.rows))
    return Read(
        company=company,
        plans=tuple(plans),
        accounts=account_storage.by_codes(session, staff, codes),
        errors=tuple(sorted(errors, key=lambda error: error.line)),
        warnings=parsed.warnings,
        date_format=parsed.date_order,
        encoding=parsed.encoding,
        delimiter=parsed.delimiter,
        columns=parsed.header,
        ignored=parsed.ignored,
        lines=parsed.lines,
    )


def _options(company: Company, options: Options, now: datetime) -> ImportOptions:
    wanted = options.currency.strip().upper()
    if wanted:
        support.check_currency(company, wanted)
    only = company.currencies[0] if len(company.currencies) == 1 else None
    return ImportOptions(
        currencies={code: currency_digits(code) for code in company.currencies},
        currency=wanted or only,
        date_order=options.date_format,
        countries=company_fields.countries(),
        mapping=options.mapping or {},
        today=support.today_of(company, now),
        limits=LIMITS,
    )


def _stored(
    session: Session, staff: Member | System, rows: Sequence[DocumentRow]
) -> dict[tuple[Kind, str], storage.Stored]:
    numbers: dict[Kind, list[str]] = {}
    for row in rows:
        numbers.setdefault(row.kind, []).append(row.number)
    return {
        (kind, number): found
        for kind, wanted in numbers.items()
        for number, found in storage.stored(session, staff, kind, wanted).items()
    }


def _too_long(row: DocumentRow) -> tuple[str, str, dict[str, int | str]] | None:
    if len(row.number) > LONGEST_NUMBER:
        return "number", "too_long", {"longest": LONGEST_NUMBER}
    if len(row.account_code) > LONGEST_CODE:
        return "account_code", "too_long", {"longest": LONGEST_CODE}
    return None


def settled_day(row: DocumentRow) -> date | None:
    """The day from which a settled row counts as paid: never before its issue date."""
    return allocation_date(row.settled_on, row.issued_on) if row.settled_on else None


def due_day(row: DocumentRow) -> date:
    """The stored due date: of credit kinds, and where none is given, the issue date."""
    return row.issued_on if row.kind in CREDIT or row.due_on is None else row.due_on


def _differences(
    row: DocumentRow, found: storage.Stored
) -> tuple[str, str, dict[str, int | str]] | None:
    """The first figure in which a stored document is not what the file says.

    A document that the file calls open may have been paid since: that is no difference.
    """
    if found.lifecycle is Lifecycle.VOID:
        return "number", "import_void", {"number": row.number}
    pairs: dict[str, tuple[object, object]] = {
        "account_code": (found.account_code, row.account_code),
        "currency": (found.currency, row.currency),
        "total": (found.total_minor, row.total_minor),
        "issued_on": (found.issued_on, row.issued_on),
        "due_on": (found.due_on, due_day(row)),
    }
    if row.settled_on is not None:
        settled = found.settlement is Settlement.PAID
        pairs["settled_on"] = (found.settled_on if settled else None, settled_day(row))
    elif row.prepaid_minor:
        pairs["paid"] = (found.prepaid_minor, row.prepaid_minor)
    for field, (old, new) in pairs.items():
        if old != new:
            return field, "import_changed", {"number": row.number, "stored": str(old or "")}
    return None


def _error(
    row: DocumentRow, header: Mapping[str, str], field: str, code: str, params: dict[str, int | str]
) -> RowError:
    return RowError(row.line, header.get(field, field), code, params)


def check_mapping(name: str | None) -> None:
    """Saved mappings come with a later part of the product. Raises Invalid("mapping_unknown")."""
    if name:
        raise Invalid(code="mapping_unknown", field="mapping", name=name[:60])
