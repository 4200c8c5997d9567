"""Files of accounts and their contacts: what a line changes of what is stored."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlmodel import Session

from clientportal.domain.delimited import Table
from clientportal.domain.errors import Invalid, NotFound
from clientportal.domain.import_columns import ACCOUNT_HEADERS
from clientportal.domain.imports import (
    ACCOUNT_NEEDED,
    AccountRow,
    ImportOptions,
    ParsedFile,
    RowError,
    parse_accounts,
)
from clientportal.rendering import workbooks
from clientportal.services import accounts, company_fields, contacts, tax_ids
from clientportal.services.account_import_rows import Plan, store_accounts, store_contacts
from clientportal.services.accounts import AccountFields
from clientportal.services.contacts import ContactFields, NewPoint
from clientportal.services.import_base import LIMITS, FileKind, Options, SeenRow, Staff
from clientportal.storage import accounts as accounts_storage
from clientportal.storage import companies as companies_storage
from clientportal.storage.models import Account, Channel

KIND = "accounts"


@dataclass(frozen=True, slots=True)
class Read:
    """Rows of a file, checked against what is stored. `errors` in the order of the lines."""

    parsed: ParsedFile[AccountRow]
    plans: tuple[Plan, ...]
    errors: tuple[RowError, ...]

    def counts(self) -> dict[str, int]:
        """lines, new, changed, same, errors (lines with one), warnings."""
        actions = [plan.action for plan in self.plans]
        counts = {action: actions.count(action) for action in ("new", "changed", "same")}
        return counts | {
            "lines": self.parsed.lines,
            "errors": len({error.line for error in self.errors}),
            "warnings": len(self.parsed.warnings),
        }


def parse(
    _session: Session, _staff: Staff, source: bytes | Table, options: Options, _now: datetime
) -> ParsedFile[AccountRow]:
    """The rows of a file. Raises Invalid for faults of the whole file."""
    read_as = ImportOptions(
        countries=company_fields.countries(),
        mapping=options.mapping or {},
        columns=options.columns,
        limits=LIMITS,
    )
    return parse_accounts(workbooks.source(source, LIMITS), read_as)


def compare(session: Session, staff: Staff, parsed: ParsedFile[AccountRow], now: datetime) -> Read:
    """What parsed rows would do to what is stored now; their faults stand beside the file's."""
    company = companies_storage.visible(session, staff, staff.company_id)
    if company is None:
        raise NotFound()
    known = accounts_storage.by_codes(session, staff, [row.code for row in parsed.rows])
    plans: list[Plan] = []
    errors = list(parsed.errors)
    for row in parsed.rows:
        try:
            plans.append(_plan(session, staff, row, known.get(row.code), company.country, now))
        except Invalid as error:
            column = parsed.header.get(error.field or "", error.field or "")
            params: dict[str, Any] = dict(error.params)
            errors.append(RowError(row.line, column, error.error_code, params))
    ordered = sorted(errors, key=lambda error: error.line)
    return Read(parsed, tuple(plans), tuple(ordered))


def write(session: Session, staff: Staff, read: Read, now: datetime) -> list[int]:
    """Store what is new or changed, then the people; the ids of the accounts that changed."""
    touched = store_accounts(session, staff, read.plans, now)
    store_contacts(session, staff, read.plans, now)
    return touched


def _plan(
    session: Session,
    staff: Staff,
    row: AccountRow,
    stored: Account | None,
    home: str,
    now: datetime,
) -> Plan:
    """What a line asks for; empty cells leave what is stored. Raises Invalid."""
    before = accounts.fields_of(stored) if stored is not None else None
    country = row.country or (before.country if before else "") or home
    given = AccountFields(
        name=row.name if before is None or row.name != row.code else before.name,
        code=row.code,
        kind=row.kind,
        country=country,
        street=row.address or "",
        city=row.city or "",
    )
    if row.tax_id:
        tax_id = tax_ids.guess(country, row.tax_id)
        given = replace(given, tax_id_kind=tax_id.kind, tax_id=tax_id.text)
    wanted_fields = _merged(before, given)
    wanted = Account(
        company_id=staff.company_id,
        code="",
        name="",
        country=country,
        created_at=now,
        updated_at=now,
    )
    accounts.fill(session, staff, wanted, wanted_fields)
    after = accounts.fields_of(wanted)
    names = [f.name for f in fields(AccountFields)]
    changed = [n for n in names if before is not None and getattr(before, n) != getattr(after, n)]
    return Plan(row.line, wanted, stored, tuple(changed), _person(row), _points(row, country))


def _merged(before: AccountFields | None, given: AccountFields) -> AccountFields:
    if before is None:
        return given
    kept = {
        f.name: getattr(given, f.name) or getattr(before, f.name) for f in fields(AccountFields)
    }
    if not given.tax_id and given.country != before.country:
        kept |= {"tax_id_kind": "", "tax_id": ""}  # it belonged to the other country
    return AccountFields(**kept)


def _person(row: AccountRow) -> ContactFields | None:
    if not (row.email or row.phone or row.contact_name):
        return None
    return ContactFields(name=row.contact_name or row.name, language=row.language or "")


def _points(row: AccountRow, country: str) -> list[tuple[Channel, str, str]]:
    found = []
    for channel, address in ((Channel.EMAIL, row.email), (Channel.PHONE, row.phone)):
        if address:
            point = NewPoint(channel.value, address)
            found.append(contacts.normalise_point(point, country))
    return found


def shown(read: Read, most: int) -> tuple[SeenRow, ...]:
    """The first lines that do something, then others."""
    ordered = sorted(read.plans, key=lambda plan: (plan.action == "same", plan.line))[:most]
    return tuple(
        SeenRow(plan.line, plan.action, "", plan.wanted.code, plan.wanted.name,
                changes=plan.changes)
        for plan in ordered
    )  # fmt: skip


def lines(read: Read) -> Sequence[tuple[int, tuple[object, ...]]]:
    """For the report: what becomes of each good line."""
    return [(p.line, (p.action, p.wanted.code, p.wanted.name)) for p in read.plans]


FILE = FileKind(
    name=KIND,
    headers=ACCOUNT_HEADERS,
    needed=ACCOUNT_NEEDED,
    subject=("account", "name"),
    parse=parse,
    compare=compare,
    write=write,
    shown=shown,
    lines=lines,
    place=attrgetter("line"),
)
