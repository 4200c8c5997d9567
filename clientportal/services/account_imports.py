"""Accounts and their contacts from a CSV file: preview, then all or nothing (issue item 6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from clientportal import live
from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.errors import Conflict, Invalid, NotFound
from clientportal.domain.imports import AccountRow, ImportOptions, RowError, parse_accounts
from clientportal.domain.permissions import Permission
from clientportal.services import accounts, audit, company_fields, contacts, tax_ids
from clientportal.services.account_import_rows import Plan, store_accounts, store_contacts
from clientportal.services.accounts import AccountFields
from clientportal.services.contacts import ContactFields, NewPoint
from clientportal.services.guards import require_staff
from clientportal.storage import accounts as accounts_storage
from clientportal.storage import companies as companies_storage
from clientportal.storage import files, import_runs
from clientportal.storage.models import Account, Channel, ImportRun

KIND = "accounts"
SHOWN = 50


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What one line will do: `action` is new, changed (with the fields that change) or same."""

    line: int
    code: str
    name: str
    action: str
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, or would do. With any error it does nothing."""

    counts: Mapping[str, int]
    errors: tuple[RowError, ...]
    warnings: tuple[RowError, ...]
    rows: tuple[PreviewRow, ...]


@dataclass(frozen=True, slots=True)
class AccountPreview:
    """A file that waits for its confirmation. `columns`: field to header of the file."""

    run_id: int
    counts: Mapping[str, int]
    errors: tuple[RowError, ...]
    warnings: tuple[RowError, ...]
    rows: tuple[PreviewRow, ...]
    columns: Mapping[str, str]
    ignored: tuple[str, ...]
    delimiter: str
    encoding: str


@dataclass(slots=True)
class _Read:
    """A file, checked against what is stored."""

    plans: list[Plan]
    errors: list[RowError]
    warnings: tuple[RowError, ...]
    columns: Mapping[str, str]
    ignored: tuple[str, ...]
    delimiter: str
    encoding: str


def preview(
    session: Session,
    actor: Actor,
    *,
    file_name: str,
    content: bytes,
    now: datetime,
    mapping: Mapping[str, str] | None = None,
) -> AccountPreview:
    """Read a file and keep it for `confirm`; no account changes.

    Raises Invalid for faults of the whole file (see `domain.imports.parse_accounts`).
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    read = _read(session, staff, content, now, mapping or {})
    run = import_runs.add(
        session,
        ImportRun(
            company_id=staff.company_id,
            user_id=staff.user_id if isinstance(staff, Member) else None,
            kind=KIND,
            file_name=file_name[:200],
            file_sha256=files.store().put(content),
            options={"mapping": dict(mapping or {})},
            created_at=now,
        ),
    )
    return AccountPreview(
        run_id=run.id or 0,
        counts=_counts(read),
        errors=tuple(read.errors),
        warnings=read.warnings,
        rows=_shown(read.plans),
        columns=read.columns,
        ignored=read.ignored,
        delimiter=read.delimiter,
        encoding=read.encoding,
    )


def confirm(session: Session, actor: Actor, *, run_id: int, now: datetime) -> ImportResult:
    """Import the file of a preview, read again now; a second time tells the same.

    Raises NotFound, Conflict("import_has_errors", errors) and then nothing is written.
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    run = import_runs.lock(session, staff, run_id, KIND)
    if run is None:
        raise NotFound()
    if run.state == "done":
        return ImportResult(run.counts, (), (), ())
    try:
        content = files.store().get(run.file_sha256)
    except FileNotFoundError as error:
        raise NotFound(code="import_file_gone") from error
    mapping: Mapping[str, str] = run.options.get("mapping", {})
    result = _run(session, staff, content, now, mapping, run_id=run_id)
    run.state, run.counts, run.finished_at = "done", dict(result.counts), now
    session.add(run)
    return result


def run(
    session: Session,
    actor: Actor,
    *,
    content: bytes,
    now: datetime,
    dry_run: bool = False,
    mapping: Mapping[str, str] | None = None,
) -> ImportResult:
    """Import a file at once, or with `dry_run` only say what it would do (command line).

    With errors in any row nothing is written; they stand in the result.
    """
    staff = require_staff(actor, Permission.DOCUMENTS_IMPORT)
    read = _read(session, staff, content, now, mapping or {})
    if dry_run or read.errors:
        return ImportResult(_counts(read), tuple(read.errors), read.warnings, _shown(read.plans))
    return _run(session, staff, content, now, mapping or {})


def _run(
    session: Session,
    staff: Member | System,
    content: bytes,
    now: datetime,
    mapping: Mapping[str, str],
    run_id: int | None = None,
) -> ImportResult:
    read = _read(session, staff, content, now, mapping)
    if read.errors:
        raise Conflict(code="import_has_errors", errors=len(read.errors))
    counts, shown = _counts(read), _shown(read.plans)  # afterwards nothing is new any more
    store_accounts(session, staff, read.plans, now)
    store_contacts(session, staff, read.plans, now)
    if counts["new"] or counts["changed"]:
        subject = ("import_run", run_id) if run_id is not None else None
        audit.record(session, staff, "accounts.imported", now=now, subject=subject, **counts)
        live.changed(session, f"company:{staff.company_id}", staff.company_id)
    return ImportResult(counts, (), read.warnings, shown)


def _read(
    session: Session,
    staff: Member | System,
    content: bytes,
    now: datetime,
    mapping: Mapping[str, str],
) -> _Read:
    options = ImportOptions(countries=company_fields.countries(), mapping=mapping)
    parsed = parse_accounts(content, options)
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
    return _Read(
        plans=plans,
        errors=sorted(errors, key=lambda error: error.line),
        warnings=parsed.warnings,
        columns=parsed.header,
        ignored=parsed.ignored,
        delimiter=parsed.delimiter,
        encoding=parsed.encoding,
    )


def _plan(
    session: Session,
    staff: Member | System,
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


def _counts(read: _Read) -> dict[str, int]:
    actions = [plan.action for plan in read.plans]
    counts = {action: actions.count(action) for action in ("new", "changed", "same")}
    return counts | {"errors": len(read.errors), "warnings": len(read.warnings)}


def _shown(plans: Sequence[Plan]) -> tuple[PreviewRow, ...]:
    """The first lines that do something, then others."""
    ordered = sorted(plans, key=lambda plan: (plan.action == "same", plan.line))[:SHOWN]
    return tuple(
        PreviewRow(plan.line, plan.wanted.code, plan.wanted.name, plan.action, plan.changes)
        for plan in ordered
    )
