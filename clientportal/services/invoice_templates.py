"""Invoice templates: what invoices begin with, and how their clients are to be reminded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from clientportal import live
from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.documents import Kind
from clientportal.domain.errors import Conflict, Invalid, NotFound
from clientportal.domain.invoice_templates import (
    MAX_DUE_DAYS,
    ReminderSettings,
    in_range,
    missing_rates,
)
from clientportal.domain.permissions import Permission
from clientportal.services import audit, drafts
from clientportal.services import document_support as support
from clientportal.services.drafts import LineInput
from clientportal.services.guards import require_staff
from clientportal.storage import invoice_templates as storage
from clientportal.storage import series
from clientportal.storage.models import Company, InvoiceTemplate

LONGEST_NAME = 100
MOST = 500
"""Templates of one company, archived ones included: a list that is never paged."""


@dataclass(frozen=True, slots=True)
class TemplateInput:
    """A template as the form holds it. `due_days` None: the invoice's own due date stays."""

    name: str
    currency: str
    lines: tuple[LineInput, ...]
    due_days: int | None = None
    message: str = ""
    reminders: ReminderSettings = field(default_factory=ReminderSettings)


@dataclass(frozen=True, slots=True)
class Template:
    """One template. `missing_rates` (percent) and `currency_gone`: what the company has dropped
    since; nothing is taken out of the template for it. `total_minor` in its currency."""

    id: int
    name: str
    currency: str
    lines: tuple[LineInput, ...]
    total_minor: int
    due_days: int | None
    message: str
    reminders: ReminderSettings
    version: int
    archived: bool
    updated_at: datetime
    missing_rates: tuple[Decimal, ...]
    currency_gone: bool


class TemplateNameTaken(Conflict):
    """Another template in use bears this name."""

    code = "template_name_taken"


def listing(session: Session, actor: Actor, *, archived: bool = False) -> list[Template]:
    """The company's templates in use, or the archived ones, by name (mission 157)."""
    staff = require_staff(actor, Permission.DOCUMENTS_READ)
    company = support.company_of(session, staff, staff.company_id)
    return [_view(row, company) for row in storage.listing(session, staff, archived=archived)]


def read(session: Session, actor: Actor, *, template_id: int) -> Template:
    """One template, archived or not. Raises NotFound."""
    staff = require_staff(actor, Permission.DOCUMENTS_READ)
    row = _found(session, staff, template_id)
    return _view(row, support.company_of(session, staff, staff.company_id))


def create(session: Session, actor: Actor, *, template: TemplateInput, now: datetime) -> int:
    """A new template; its id.

    Raises TemplateNameTaken, Invalid for a field: required, too_long, currency_not_used, the
    field's name with `_range`, too_many_templates, and what `drafts.work_out` raises for the lines.
    """
    staff = _writer(session, actor)
    _check_room(session, staff)
    row = InvoiceTemplate(
        company_id=staff.company_id, name="", currency="", created_at=now, updated_at=now
    )
    _write(session, staff, row, template)
    return _done(session, staff, row, "template.created", now)


def edit(
    session: Session,
    actor: Actor,
    *,
    template_id: int,
    template: TemplateInput,
    version: int,
    now: datetime,
) -> int:
    """Replace a template with what the form holds; `version` is what the person saw.

    Raises NotFound, Conflict when it has moved on, and as create.
    """
    staff = _writer(session, actor)
    row = _found(session, staff, template_id, lock=True)
    if row.version != version:
        raise Conflict()
    _write(session, staff, row, template)
    row.version += 1
    row.updated_at = now
    return _done(session, staff, row, "template.edited", now)


def duplicate(session: Session, actor: Actor, *, template_id: int, now: datetime) -> int:
    """A copy in use whose name ends in a number; its id. Raises NotFound, too_many_templates."""
    staff = _writer(session, actor)
    row = _found(session, staff, template_id)
    _check_room(session, staff)
    kept = row.model_dump(exclude={"id", "version", "archived_at", "created_at", "updated_at"})
    copy = InvoiceTemplate(**kept, created_at=now, updated_at=now)
    copy.name = _free_name(row.name, set(storage.names(session, staff)))
    return _done(session, staff, copy, "template.duplicated", now)


def archive(session: Session, actor: Actor, *, template_id: int, now: datetime) -> None:
    """Take a template out of use; nothing of it is lost. Raises NotFound."""
    staff = _writer(session, actor)
    row = _found(session, staff, template_id, lock=True)
    if row.archived_at is None:
        row.archived_at = now
        row.version += 1
        _done(session, staff, row, "template.archived", now)


def restore(session: Session, actor: Actor, *, template_id: int, now: datetime) -> None:
    """Take an archived template into use again; a name that is taken meanwhile gets a number.

    Raises NotFound.
    """
    staff = _writer(session, actor)
    row = _found(session, staff, template_id, lock=True)
    if row.archived_at is not None:
        taken = set(storage.names(session, staff))
        row.name = _free_name(row.name, taken) if row.name in taken else row.name
        row.archived_at = None
        row.version += 1
        _done(session, staff, row, "template.restored", now)


def _writer(session: Session, actor: Actor) -> Member | System:
    """Who writes templates; two tabs write one after the other, so that names stay unique."""
    staff = require_staff(actor, Permission.DOCUMENTS_EDIT)
    series.lock(session, staff.company_id, Kind.INVOICE)
    return staff


def _found(
    session: Session, staff: Member | System, template_id: int, *, lock: bool = False
) -> InvoiceTemplate:
    known = support.is_id(template_id)
    row = storage.get(session, staff, template_id, lock=lock) if known else None
    if row is None:
        raise NotFound()
    return row


def _check_room(session: Session, staff: Member | System) -> None:
    if storage.count(session, staff) >= MOST:
        raise Invalid(code="too_many_templates", field="name", most=MOST)


def _write(
    session: Session, staff: Member | System, row: InvoiceTemplate, given: TemplateInput
) -> None:
    """Check everything and set it. A currency that the company has dropped may stay as it is."""
    company = support.company_of(session, staff, staff.company_id)
    name = " ".join(given.name.split())
    if not name:
        raise Invalid(code="required", field="name")
    if len(name) > LONGEST_NAME:
        raise Invalid(code="too_long", field="name", longest=LONGEST_NAME)
    other = storage.names(session, staff).get(name)
    if row.archived_at is None and other is not None and other != row.id:
        raise TemplateNameTaken(field="name", name=name)
    if given.currency != row.currency:
        support.check_currency(company, given.currency)
    worked = drafts.work_out(given.lines, given.currency)
    if given.due_days is not None:
        in_range(given.due_days, "due_days", 0, MAX_DUE_DAYS)
    reminders = given.reminders.checked()
    row.message = support.check_text(given.message, "concept")
    row.name, row.currency, row.due_days = name, given.currency, given.due_days
    row.lines = [_stored(line) for line in given.lines]
    row.total_minor = worked.total_minor
    row.reminders, row.reminder_days = reminders.send, reminders.days
    row.reminder_count = reminders.count


def _done(
    session: Session, staff: Member | System, row: InvoiceTemplate, action: str, now: datetime
) -> int:
    """Store, enter into the trail, wake the pages that show templates."""
    session.add(row)
    session.flush()
    assert row.id is not None
    audit.record(session, staff, action, now=now, subject=("template", row.id), name=row.name)
    live.changed(session, f"company:{row.company_id}", row.id)
    return row.id


def _free_name(name: str, taken: set[str]) -> str:
    """The name with the first number that nobody bears: "Monthly (2)"."""
    for number in range(2, MOST + 3):
        mark = f" ({number})"
        wanted = name[: LONGEST_NAME - len(mark)] + mark
        if wanted not in taken:
            return wanted
    raise TemplateNameTaken(field="name", name=name)


def _stored(line: LineInput) -> dict[str, str]:
    return {
        "description": line.description.strip(),
        "quantity": f"{line.quantity.normalize():f}",
        "unit_price": f"{line.unit_price.normalize():f}",
        "tax_rate": f"{line.tax_rate.normalize():f}" if line.tax_rate else "",
    }


def _lines(rows: Sequence[dict[str, str]]) -> tuple[LineInput, ...]:
    return tuple(
        LineInput(
            row["description"],
            Decimal(row["quantity"]),
            Decimal(row["unit_price"]),
            Decimal(row["tax_rate"]) if row["tax_rate"] else None,
        )
        for row in rows
    )


def _view(row: InvoiceTemplate, company: Company) -> Template:
    assert row.id is not None
    lines = _lines(row.lines)
    charged = [Decimal(rate) for rate in company.tax_rates]
    return Template(
        id=row.id,
        name=row.name,
        currency=row.currency,
        lines=lines,
        total_minor=row.total_minor,
        due_days=row.due_days,
        message=row.message,
        reminders=ReminderSettings(row.reminders, row.reminder_days, row.reminder_count),
        version=row.version,
        archived=row.archived_at is not None,
        updated_at=row.updated_at,
        missing_rates=missing_rates([line.tax_rate for line in lines], charged),
        currency_gone=row.currency not in company.currencies,
    )
