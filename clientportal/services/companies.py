"""Companies: the first one, further ones by command, and their settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from clientportal import live
from clientportal.domain.actors import Actor, Role, System
from clientportal.domain.brand import accent_tokens
from clientportal.domain.errors import Conflict, NotFound
from clientportal.domain.permissions import Permission, require
from clientportal.services import audit, company_fields, members
from clientportal.services.company_fields import Value
from clientportal.storage import companies as storage
from clientportal.storage import series
from clientportal.storage.models import Company

DEFAULT_ACCENT = "#0f5f68"


@dataclass(frozen=True, slots=True)
class NewCompany:
    """What a company needs to begin. `country` empty: the one that the time zone lies in."""

    slug: str
    name: str
    currencies: list[str]
    time_zone: str
    country: str = ""
    tax_id: str = ""
    tax_id_kind: str = ""
    language: str = "es"
    accent: str = DEFAULT_ACCENT
    reply_email: str = ""
    is_test: bool = False
    allow_partial_payment: bool = False


@dataclass(frozen=True, slots=True)
class Owner:
    """The first member of the first company."""

    name: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class CompanySettings:
    """Everything that a company can set. `version` goes back with an edit."""

    id: int
    slug: str
    name: str
    country: str
    tax_id_kind: str
    tax_id: str
    logo_sha256: str | None
    accent: str
    accent_tokens: dict[str, Any]
    time_zone: str
    language: str
    currencies: tuple[str, ...]
    tax_rates: tuple[str, ...]
    reply_email: str
    allow_partial_payment: bool
    is_test: bool
    fallback_channel: bool
    version: int = field(default=1)


def is_empty(session: Session) -> bool:
    """Whether the set-up page is the only one there is."""
    return storage.is_empty(session)


def create_first(
    session: Session, *, company: NewCompany, owner: Owner, now: datetime
) -> tuple[int, int]:
    """Create the first company with its owner; (company id, user id).

    Raises Conflict("already_set_up") when any company exists, even under two parallel calls;
    Invalid for a field of either.
    """
    storage.lock_set_up(session)
    if not storage.is_empty(session):
        raise Conflict(code="already_set_up")
    company_id = _create(session, company, now)
    user_id = members.add(
        session,
        System(company_id),
        name=owner.name,
        email=owner.email,
        role=Role.OWNER,
        password=owner.password,
        now=now,
    )
    return company_id, user_id


def add(session: Session, *, company: NewCompany, now: datetime) -> int:
    """Create a further company, from the command line alone; its id.

    Raises Invalid for a field, Conflict("slug_taken").
    """
    storage.lock_set_up(session)
    return _create(session, company, now)


def _create(session: Session, new: NewCompany, now: datetime) -> int:
    slug = company_fields.slug(new.slug)
    if storage.slug_taken(session, slug):
        raise Conflict(code="slug_taken", field="slug", slug=slug)
    row = Company(slug=slug, name="", country="", created_at=now)
    row.accent_tokens = {**accent_tokens(DEFAULT_ACCENT)}
    company_fields.apply(
        row,
        {
            "name": new.name,
            "country": new.country or company_fields.country_of_zone(new.time_zone) or "CO",
            "tax_id_kind": new.tax_id_kind,
            "tax_id": new.tax_id,
            "accent": new.accent,
            "time_zone": new.time_zone,
            "language": new.language,
            "currencies": list(new.currencies),
            "reply_email": new.reply_email,
            "allow_partial_payment": new.allow_partial_payment,
            "is_test": new.is_test,
        },
    )
    storage.add(session, row)
    assert row.id is not None
    series.ensure(session, row.id)
    audit.record(session, System(row.id), "company.created", now=now, subject=("company", row.id))
    return row.id


def read(session: Session, actor: Actor, *, company_id: int) -> CompanySettings:
    """The settings of a company that the actor may see. Raises NotFound."""
    require(actor, Permission.COMPANY_READ)
    row = storage.visible(session, actor, company_id)
    if row is None:
        raise NotFound()
    return _view(row)


def visible(session: Session, actor: Actor) -> list[CompanySettings]:
    """Every company that the actor may see, by name: a customer's issuers, a member's own."""
    require(actor, Permission.COMPANY_READ)
    return [_view(row) for row in storage.all_visible(session, actor)]


def update(
    session: Session,
    actor: Actor,
    *,
    company_id: int,
    changes: Mapping[str, Value],
    now: datetime,
    version: int | None = None,
) -> CompanySettings:
    """Change some settings (names: `company_fields.FIELDS`); values as a form gives them.

    `version` is that of the settings which the person saw. Raises Conflict when they have moved on,
    Invalid with the field's name, NotFound for another company.
    """
    require(actor, Permission.COMPANY_EDIT)
    row = locked(session, actor, company_id, version)
    changed = company_fields.apply(row, changes)
    if changed:
        touch(session, actor, row, changed, now)
    return _view(row)


def locked(session: Session, actor: Actor, company_id: int, version: int | None) -> Company:
    """The company's row for an edit. Raises NotFound, Conflict when `version` is an older one."""
    row = storage.visible(session, actor, company_id, lock=True)
    if row is None:
        raise NotFound()
    if version is not None and version != row.version:
        raise Conflict()
    return row


def touch(session: Session, actor: Actor, row: Company, changed: list[str], now: datetime) -> None:
    """Write an edit down: version, audit entry, live topic. Values of settings are no secrets."""
    assert row.id is not None
    row.version += 1
    session.add(row)
    session.flush()
    values = {name: getattr(row, name) for name in changed if name != "accent_tokens"}
    audit.record(
        session, actor, "company.edited", now=now, subject=("company", row.id), changes=values
    )
    live.changed(session, f"company:{row.id}", row.id)


def _view(row: Company) -> CompanySettings:
    assert row.id is not None
    return CompanySettings(
        id=row.id,
        slug=row.slug,
        name=row.name,
        country=row.country,
        tax_id_kind=row.tax_id_kind,
        tax_id=row.tax_id,
        logo_sha256=row.logo_sha256,
        accent=row.accent,
        accent_tokens=row.accent_tokens,
        time_zone=row.time_zone,
        language=row.language,
        currencies=tuple(row.currencies),
        tax_rates=tuple(row.tax_rates),
        reply_email=row.reply_email,
        allow_partial_payment=row.allow_partial_payment,
        is_test=row.is_test,
        fallback_channel=row.fallback_channel,
        version=row.version,
    )
