"""The list of invoice templates as a file: one row for each, as the list shows it."""

from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from clientportal.domain.actors import Actor
from clientportal.domain.permissions import Permission
from clientportal.rendering.formats import currency_digits
from clientportal.rendering.spreadsheets import Cell, Format, Money
from clientportal.rendering.texts import t
from clientportal.services import invoice_templates
from clientportal.services.exports import Written, write_list
from clientportal.services.guards import require_staff
from clientportal.services.invoice_templates import Template

_COLUMNS = ("name", "state", "lines", "first_line", "terms", "reminder_days", "reminder_count",
            "currency", "total", "message")  # fmt: skip


def templates(
    session: Session,
    actor: Actor,
    *,
    archived: bool,
    kind: Format,
    path: Path,
    language: str,
    now: datetime,
) -> Written:
    """Write the templates in use, or the archived ones, to `path`; terms and reminders in days."""
    staff = require_staff(actor, Permission.DOCUMENTS_READ)
    found = invoice_templates.listing(session, staff, archived=archived)
    head = [t(f"export.{column}", language) for column in _COLUMNS]
    rows = (_cells(row, language) for row in found)
    return write_list(t("export.templates", language), head, rows, kind, path, now)


def _cells(row: Template, language: str) -> list[Cell]:
    reminds = row.reminders if row.reminders.send else None
    return [
        row.name,
        t(f"export.{_state(row)}", language),
        len(row.lines),
        row.lines[0].description if row.lines else "",
        row.due_days,
        reminds.days if reminds else None,
        reminds.count if reminds else None,
        row.currency,
        Money(row.total_minor, currency_digits(row.currency)),
        row.message,
    ]


def _state(row: Template) -> str:
    if row.missing_rates or row.currency_gone:
        return "to_check"
    return "archived" if row.archived else "in_use"
