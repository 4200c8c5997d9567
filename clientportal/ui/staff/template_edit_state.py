"""State of the editor of an invoice template: lines as typed, terms, message, reminders."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.errors import Conflict, Invalid, PortalError
from clientportal.domain.invoice_templates import ReminderSettings
from clientportal.domain.permissions import Permission
from clientportal.services import invoice_templates
from clientportal.services.invoice_templates import Template, TemplateInput
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.kit.fields import Option
from clientportal.ui.live_pages import watch
from clientportal.ui.session import read, route_args, route_id, write
from clientportal.ui.staff.common import Place, enter, text_of
from clientportal.ui.staff.draft_form import DraftLine, read_lines, typed
from clientportal.ui.staff.forms import params_of
from clientportal.ui.staff.line_state import LineState
from clientportal.ui.staff.reminder_fields import read_reminders, whole_number
from clientportal.ui.staff.templates_state import TemplateList


class StaffTemplate(TemplateList, LineState, rx.State):
    """The list of templates (mixin), and one that is being written, with its lines (mixin).

    `saved` and `failed` count what became of the saves, for whoever guards what is unsaved;
    `moved`: somebody else has saved it meanwhile.
    """

    loaded: bool = False
    form_key: int = 0
    own_id: int = 0
    name: str = ""
    due_days: str = ""
    message: str = ""
    reminds: bool = False
    reminder_days: str = ""
    reminder_count: str = ""
    currencies: list[Option] = []
    currency_gone: bool = False
    archived: bool = False
    version: int = 0
    moved: bool = False
    saved: int = 0
    failed: int = 0
    intent: str = "stay"
    _made: int = 0

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def load(self) -> None:
        """An empty template, or that of the path (mission 157)."""
        place = await enter(self)
        made, self._made = self._made, 0
        if made and made == self.own_id and route_args(self).get("template_id") == str(made):
            watch(self, place.topics, StaffTemplate.refresh)
            return  # saved here a moment ago: what is typed meanwhile stays
        self.errors, self._next, self.moved = {}, 0, False
        self._rates = place.company.tax_rates
        self.form_key += 1
        self.saved += 1
        if "template_id" in route_args(self):
            template_id = route_id(self, "template_id")
            self._show(await read(invoice_templates.read, place.actor, template_id=template_id))
            watch(self, place.topics, StaffTemplate.refresh)
        else:
            self._blank(place)
        codes = dict.fromkeys([*place.company.currencies, self.currency])
        self.currencies = [Option(value=code, label=code) for code in codes]
        self.loaded = True

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def refresh(self) -> None:
        """Something changed: what is typed stays; a newer version or other taxes are told."""
        place = await enter(self)
        if self.own_id:
            found = await read(invoice_templates.read, place.actor, template_id=self.own_id)
            self.moved = found.version != self.version
        self._rates = place.company.tax_rates
        self._set_lines(self.lines)

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def set_reminds(self, on: bool) -> None:
        """Whether the clients are to be reminded."""
        self.reminds = on is True

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def intend(self, intent: str) -> None:
        """Which button sends the form: save, or save and exit (mission 158)."""
        self.intent = "exit" if intent == "exit" else "stay"

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def save(self, form: dict[str, Any]) -> list[EventSpec] | None:
        """Store the template; stay with it, or go back to the list."""
        place = await enter(self)
        self._set_lines(typed(self.lines, form if isinstance(form, dict) else {}))
        template, self.errors, lines = template_of(form, self.lines, reminds=self.reminds)
        self._set_lines(lines)
        if template is None:
            self.failed += 1
            return None
        try:
            kept = await _store(place, self.own_id, template, self.version)
        except (Invalid, Conflict) as error:
            self._refused(error)
            return None
        self.saved += 1
        return self._stored(place, kept)

    def _stored(self, place: Place, kept: Template) -> list[EventSpec]:
        templates = f"{place.base}/billing/templates"
        done = notice("template_saved", name=kept.name)
        if self.intent == "exit":
            return [rx.redirect(templates), done]
        if not self.own_id:
            self._show(kept)
            self._made = kept.id
            return [rx.redirect(f"{templates}/{kept.id}", replace=True), done]
        self.name, self.version, self.moved = kept.name, kept.version, False
        self.currency_gone = kept.currency_gone
        return [done]

    def _refused(self, error: PortalError) -> None:
        self.failed += 1
        if isinstance(error, Conflict) and not error.field:
            self.moved = True
            return
        field = "message" if error.field == "concept" else error.field
        self.errors = {field or "form": error.error_code}
        self.error_params = params_of(error)

    def _blank(self, place: Place) -> None:
        usual = ReminderSettings()
        self.own_id = self.version = 0
        self.name = self.message = ""
        self.due_days = "30"
        self.reminds, self.archived, self.currency_gone = usual.send, False, False
        self.reminder_days, self.reminder_count = str(usual.days), str(usual.count)
        self.currency = place.company.currencies[0]
        self._set_lines([self._line()])

    def _show(self, found: Template) -> None:
        self.own_id, self.version = found.id, found.version
        self.name, self.message = found.name, found.message
        self.due_days = "" if found.due_days is None else str(found.due_days)
        self.reminds, self.archived = found.reminders.send, found.archived
        self.reminder_days = str(found.reminders.days)
        self.reminder_count = str(found.reminders.count)
        self.currency, self.currency_gone = found.currency, found.currency_gone
        self._set_lines(self._lines_of(found.lines))


async def _store(place: Place, template_id: int, template: TemplateInput, version: int) -> Template:
    if template_id:
        await write(
            invoice_templates.edit,
            place.actor,
            template_id=template_id,
            template=template,
            version=version,
            now=place.now,
        )
    else:
        template_id = await write(
            invoice_templates.create, place.actor, template=template, now=place.now
        )
    return await read(invoice_templates.read, place.actor, template_id=template_id)


def template_of(
    form: Mapping[str, Any], lines: list[DraftLine], *, reminds: bool
) -> tuple[TemplateInput | None, dict[str, str], list[DraftLine]]:
    """(template, errors by field, lines with theirs); none when anything cannot be read."""
    errors: dict[str, str] = {}
    due_days = whole_number(form, "due_days", errors)
    reminders = replace(read_reminders(form, errors), send=reminds)
    name, currency = text_of(form, "name", 200), text_of(form, "currency", 3)
    if not name:
        errors["name"] = "required"
    read_so_far, marked = read_lines(lines, currency)
    if errors or len(read_so_far) < len(lines):
        return None, errors, marked
    template = TemplateInput(
        name=name,
        currency=currency,
        lines=read_so_far,
        due_days=due_days,
        message=text_of(form, "message", 600),
        reminders=reminders,
    )
    return template, errors, marked
