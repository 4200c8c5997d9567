"""Accounts of a company: create and edit, each field checked (issue item 4)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from clientportal import live
from clientportal.domain.account_filters import AccountFilters
from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.errors import Conflict, Invalid, NotFound
from clientportal.domain.permissions import Permission
from clientportal.domain.text import search_text
from clientportal.services import audit, company_fields, document_text, spaces, tax_ids
from clientportal.services.guards import require_staff
from clientportal.storage import accounts as storage
from clientportal.storage import companies as companies_storage
from clientportal.storage.models import Account, AccountKind

MAX_TAGS = 20


@dataclass(frozen=True, slots=True)
class AccountFields:
    """What a form gives; empty `code` takes the identification or the next free C-number.

    `country` is ISO 3166-1 alpha-2, empty for the company's own.
    """

    name: str
    code: str = ""
    kind: str = "customer"
    country: str = ""
    tax_id_kind: str = ""
    tax_id: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    tags: tuple[str, ...] = ()


def create(session: Session, actor: Actor, *, fields: AccountFields, now: datetime) -> int:
    """Create an account; its id.

    Raises Invalid with the field's name and the codes of `tax_ids.check`,
    Conflict("account_code_taken", account_id).
    """
    staff = require_staff(actor, Permission.ACCOUNTS_EDIT)
    row = Account(company_id=staff.company_id, code="", name="", created_at=now, updated_at=now)
    fill(session, staff, row, fields)
    _refuse_taken(session, staff, row)
    _store(session, row)
    assert row.id is not None
    _write_down(session, staff, row, "account.created", now, name=row.name, code=row.code)
    return row.id


def edit(
    session: Session,
    actor: Actor,
    *,
    account_id: int,
    fields: AccountFields,
    now: datetime,
    version: int | None = None,
) -> None:
    """Change an account. A new identification may move it to another customer space.

    Raises NotFound, Conflict (moved on, or "account_code_taken"), Invalid as `create`.
    """
    staff = require_staff(actor, Permission.ACCOUNTS_EDIT)
    row = storage.visible(session, staff, account_id, lock=True)
    if row is None:
        raise NotFound()
    if version is not None and version != row.version:
        raise Conflict()
    before = fields_of(row)
    identity = (row.country, row.tax_id_norm)
    fill(session, staff, row, replace(fields, code=fields.code or row.code))
    after = fields_of(row)
    if after == before:
        return
    _refuse_taken(session, staff, row)
    row.version += 1
    row.updated_at = now
    _store(session, row)
    if (after.name, after.code, after.tax_id) != (before.name, before.code, before.tax_id):
        document_text.rewrite(session, staff, account_id=account_id)
    if (row.country, row.tax_id_norm) != identity:
        spaces.refresh_account(session, account_id, now=now)
    _write_down(session, staff, row, "account.edited", now, changed=_changed(before, after))


def fields_of(row: Account) -> AccountFields:
    """An account as its form shows it."""
    return AccountFields(
        name=row.name,
        code=row.code,
        kind=row.kind.value,
        country=row.country,
        tax_id_kind=row.tax_id_kind,
        tax_id=row.tax_id,
        street=row.street,
        city=row.city,
        region=row.region,
        postal_code=row.postal_code,
        tags=tuple(row.tags),
    )


def fill(session: Session, staff: Member | System, row: Account, fields: AccountFields) -> None:
    """Check every field and set it on a row; stores nothing. Raises Invalid as `create`."""
    one_line = company_fields.text
    row.name = one_line(fields.name, "name", longest=200)
    try:
        row.kind = AccountKind(fields.kind)
    except ValueError as error:
        raise Invalid(code="choice_invalid", field="kind", value=fields.kind[:20]) from error
    row.country = _country(session, staff, row, fields)
    tax_id = tax_ids.check(row.country, fields.tax_id_kind, fields.tax_id)
    row.tax_id_kind, row.tax_id, row.tax_id_norm = tax_id.kind, tax_id.text, tax_id.norm
    row.street = one_line(fields.street, "street", longest=200, required=False)
    row.city = one_line(fields.city, "city", longest=100, required=False)
    row.region = one_line(fields.region, "region", longest=100, required=False)
    row.postal_code = one_line(fields.postal_code, "postal_code", longest=20, required=False)
    row.tags = _tags(fields.tags)
    code = one_line(fields.code, "code", longest=60, required=False)
    row.code = code or row.tax_id_norm or _free_code(session, staff)
    set_norm(row)


def set_norm(row: Account) -> None:
    """The text that a search looks into: name, code, identification with and without separators."""
    parts = (row.name, row.code, row.tax_id, row.tax_id_norm, row.city, *row.tags)
    row.norm = search_text(parts)[:1000]


def _country(session: Session, staff: Member | System, row: Account, fields: AccountFields) -> str:
    given = fields.country.strip()
    if given.upper() in company_fields.countries():
        return given.upper()
    if given and given == row.country:
        return given  # an import may have kept a text that ISO 3166 does not know
    if given:
        raise Invalid(code="country_unknown", field="country", value=given[:20])
    company = companies_storage.visible(session, staff, staff.company_id)
    return company.country if company else ""


def _tags(given: Sequence[str]) -> list[str]:
    tags = [company_fields.text(tag, "tags", longest=60, required=False) for tag in given]
    kept = list(dict.fromkeys(tag for tag in tags if tag))
    if len(kept) > MAX_TAGS:
        raise Invalid(code="too_many_tags", field="tags", most=MAX_TAGS)
    return kept


def _free_code(session: Session, staff: Member | System) -> str:
    """The first C-number that no account of the company bears."""
    number = storage.count(session, staff, AccountFilters(), date.min) + 1
    while storage.by_codes(session, staff, [f"C-{number}"]):
        number += 1
    return f"C-{number}"


def _refuse_taken(session: Session, staff: Member | System, row: Account) -> None:
    with session.no_autoflush:
        other = storage.by_codes(session, staff, [row.code]).get(row.code)
    if other is not None and other.id != row.id:
        raise Conflict(code="account_code_taken", field="code", account_id=other.id, value=row.code)


def _store(session: Session, row: Account) -> None:
    try:
        storage.add(session, row)
    except IntegrityError as error:  # two at once: the unique key decides
        raise Conflict(code="account_code_taken", field="code", value=row.code) from error
    storage.index(session, [row])


def _write_down(
    session: Session,
    staff: Member | System,
    row: Account,
    action: str,
    now: datetime,
    **data: Any,
) -> None:
    assert row.id is not None
    audit.record(
        session, staff, action, now=now, account_id=row.id, subject=("account", row.id), **data
    )
    live.changed(session, f"account:{row.id}", row.id)
    live.changed(session, f"company:{row.company_id}", row.id)


def _changed(before: AccountFields, after: AccountFields) -> list[str]:
    names = AccountFields.__dataclass_fields__
    return [name for name in names if getattr(before, name) != getattr(after, name)]
