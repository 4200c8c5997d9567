"""What the state of invoice templates holds of their list: those in use, or the archived ones."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.permissions import Permission
from clientportal.services import invoice_templates
from clientportal.services.invoice_templates import Template
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.live_pages import watch
from clientportal.ui.session import read, write
from clientportal.ui.staff.common import enter, first, query_of
from clientportal.ui.staff.document_rows import row_id


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One template. `due_days` is -1 without terms, `wrong`: the company has dropped a tax or the
    currency that it names."""

    id: int
    name: str
    about: str
    lines: int
    currency: str
    total_minor: int
    due_days: int
    reminds: bool
    reminder_days: int
    reminder_count: int
    missing: list[str]
    wrong: bool


class TemplateList(rx.State, mixin=True):
    """All of them at once: there are never many."""

    listed: bool = False
    of_archived: bool = False
    rows: list[TemplateRow] = []

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def load_list(self) -> None:
        """Those in use, or with `?archived=1` the others."""
        await self._read_list()
        self.listed = True

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def refresh_list(self) -> None:
        """Something changed in this company."""
        await self._read_list()

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def duplicate(self, template_id: int) -> list[EventSpec]:
        """Copy a template and open the copy."""
        place = await enter(self)
        copy = await write(
            invoice_templates.duplicate,
            place.actor,
            template_id=row_id(template_id),
            now=place.now,
        )
        return [rx.redirect(f"{place.base}/billing/templates/{copy}"), notice("template_copied")]

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def archive(self, template_id: int) -> EventSpec:
        """Take a template out of use."""
        place = await enter(self)
        wanted = row_id(template_id)
        await write(invoice_templates.archive, place.actor, template_id=wanted, now=place.now)
        await self._read_list()
        return notice("template_archived")

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def restore(self, template_id: int) -> EventSpec:
        """Take an archived template into use again."""
        place = await enter(self)
        wanted = row_id(template_id)
        await write(invoice_templates.restore, place.actor, template_id=wanted, now=place.now)
        await self._read_list()
        return notice("template_restored")

    async def _read_list(self) -> None:
        place = await enter(self)
        self.of_archived = first(query_of(self), "archived", 1) == "1"
        found = await read(invoice_templates.listing, place.actor, archived=self.of_archived)
        self.rows = [row_of(row) for row in found]
        watch(self, place.topics, type(self).refresh_list)


def row_of(row: Template) -> TemplateRow:
    return TemplateRow(
        id=row.id,
        name=row.name,
        about=row.lines[0].description if row.lines else "",
        lines=len(row.lines),
        currency=row.currency,
        total_minor=row.total_minor,
        due_days=-1 if row.due_days is None else row.due_days,
        reminds=row.reminders.send,
        reminder_days=row.reminders.days,
        reminder_count=row.reminders.count,
        missing=[f"{rate.normalize():f}" for rate in row.missing_rates],
        wrong=bool(row.missing_rates) or row.currency_gone,
    )
