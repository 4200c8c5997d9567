"""What each line of a file of documents would do, compared with what is stored."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from clientportal.domain.delimited import Table
from clientportal.domain.documents import CREDIT, Kind, Lifecycle, Settlement
from clientportal.domain.import_file import ParsedFile
from clientportal.domain.imports import (
    DocumentRow,
    ImportOptions,
    RowError,
    parse_documents,
)
from clientportal.domain.ledger import allocation_date
from clientportal.rendering import workbooks
from clientportal.rendering.formats import currency_digits
from clientportal.services import company_fields
from clientportal.services import document_support as support
from clientportal.services.import_base import LIMITS, Options, Staff
from clientportal.storage import accounts as account_storage
from clientportal.storage import imports as storage
from clientportal.storage.models import Account, Company

LONGEST_NUMBER = 50
"""Leaves room for the prefix of the receipt's number in a column of 60."""
LONGEST_CODE = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """One good line: `action` is new or same."""

    row: DocumentRow
    action: str


@dataclass(frozen=True, slots=True)
class Read:
    """Rows of a file as they would be imported. `errors` in the order of the lines."""

    company: Company
    parsed: ParsedFile[DocumentRow]
    plans: tuple[Plan, ...]
    accounts: Mapping[str, Account]
    errors: tuple[RowError, ...]
    credits: Mapping[tuple[Kind, str], storage.Stored]
    """Stored credits that movements of the rows name."""

    @property
    def new(self) -> list[DocumentRow]:
        return [plan.row for plan in self.plans if plan.action == "new"]

    def counts(self) -> dict[str, int]:
        """lines, new, same, errors (lines with one), accounts (to be created)."""
        new = self.new
        unknown = {row.account_code for row in new} - set(self.accounts)
        return {
            "lines": self.parsed.lines,
            "new": len(new),
            "same": len(self.plans) - len(new),
            "errors": len({error.line for error in self.errors}),
            "accounts": len(unknown),
        }


def parse(
    session: Session, staff: Staff, source: bytes | Table, options: Options, now: datetime
) -> ParsedFile[DocumentRow]:
    """The rows of a file, by the company's currencies and day.

    Raises Invalid for faults of the whole file, currency_not_used, and DateFormatAmbiguous.
    """
    company = support.company_of(session, staff, staff.company_id)
    return parse_documents(workbooks.source(source, LIMITS), _options(company, options, now))


def compare(
    session: Session, staff: Staff, parsed: ParsedFile[DocumentRow], _now: datetime
) -> Read:
    """What parsed rows would do to what is stored now; their faults stand beside the file's."""
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
    new = [plan.row for plan in plans if plan.action == "new"]
    credits = _credits(session, staff, new)
    errors += _overdrawn(new, credits, parsed.header)
    codes = list(dict.fromkeys(row.account_code for row in parsed.rows))
    return Read(
        company=support.company_of(session, staff, staff.company_id),
        parsed=parsed,
        plans=tuple(plans),
        accounts=account_storage.by_codes(session, staff, codes),
        errors=tuple(sorted(errors, key=lambda error: error.line)),
        credits=credits,
    )


def _options(company: Company, options: Options, now: datetime) -> ImportOptions:
    wanted = options.currency.strip().upper()
    if wanted:
        support.check_currency(company, wanted)
    only = company.currencies[0] if len(company.currencies) == 1 else None
    return ImportOptions(
        currencies={code: currency_digits(code) for code in company.currencies},
        known_currencies=company_fields.currencies(),
        currency=wanted or only,
        date_order=options.date_format,
        countries=company_fields.countries(),
        mapping=options.mapping or {},
        columns=options.columns,
        today=support.today_of(company, now),
        limits=LIMITS,
    )


def _credits(
    session: Session, staff: Staff, rows: Sequence[DocumentRow]
) -> dict[tuple[Kind, str], storage.Stored]:
    """The stored credits that new rows use."""
    named = {movement.credit for row in rows for movement in row.movements if movement.credit}
    found = _by_number(session, staff, sorted(named))
    return {
        credit: stored
        for credit, stored in found.items()
        if stored.lifecycle is not Lifecycle.DRAFT
    }


def _overdrawn(
    rows: Sequence[DocumentRow],
    credits: Mapping[tuple[Kind, str], storage.Stored],
    header: Mapping[str, str],
) -> list[RowError]:
    """New rows that use more of a stored credit than is left of it, or in another currency."""
    left = {credit: found.balance_minor for credit, found in credits.items()}
    errors: list[RowError] = []
    for row in rows:
        for credit in {movement.credit for movement in row.movements}:
            if credit is None or credit not in credits:
                continue
            left[credit] -= sum(m.amount_minor for m in row.movements if m.credit == credit)
            if left[credit] < 0 or credits[credit].currency != row.currency:
                errors.append(_error(row, header, "movements", "credit_used_elsewhere", {}))
    return errors


def _stored(
    session: Session, staff: Staff, rows: Sequence[DocumentRow]
) -> dict[tuple[Kind, str], storage.Stored]:
    return _by_number(session, staff, [(row.kind, row.number) for row in rows])


def _by_number(
    session: Session, staff: Staff, wanted: Iterable[tuple[Kind, str]]
) -> dict[tuple[Kind, str], storage.Stored]:
    numbers: dict[Kind, list[str]] = {}
    for kind, number in wanted:
        numbers.setdefault(kind, []).append(number)
    return {
        (kind, number): found
        for kind, some in numbers.items()
        for number, found in storage.stored(session, staff, kind, some).items()
    }


def _too_long(row: DocumentRow) -> tuple[str, str, dict[str, int | str]] | None:
    longest = LONGEST_NUMBER if row.settled_on else LONGEST_CODE
    if len(row.number) > longest:
        return "number", "too_long", {"longest": longest}
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
    if found.lifecycle is Lifecycle.VOID and row.voided_on is None:
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
    elif row.paid_minor:  # more may have been paid since, never less
        paid = found.total_minor - found.balance_minor
        pairs["paid"] = (min(paid, row.paid_minor), row.paid_minor)
    if row.voided_on is not None:
        pairs["voided_on"] = (found.lifecycle, Lifecycle.VOID)
    for field, (old, new) in pairs.items():
        if old != new:
            return field, "import_changed", {"number": row.number, "stored": str(old or "")}
    return None


def _error(
    row: DocumentRow, header: Mapping[str, str], field: str, code: str, params: dict[str, int | str]
) -> RowError:
    return RowError(row.line, header.get(field, field), code, params)
