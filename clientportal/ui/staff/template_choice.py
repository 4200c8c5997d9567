"""State of choosing a template for a new invoice: it fills what nobody has typed, or asks first."""

from contextlib import suppress
from datetime import date, timedelta

import reflex as rx

from clientportal.domain.errors import NotFound
from clientportal.domain.invoice_templates import ReminderSettings
from clientportal.domain.permissions import Permission
from clientportal.services import invoice_templates
from clientportal.services.invoice_templates import Template
from clientportal.ui.gate import staff
from clientportal.ui.kit.fields import Option
from clientportal.ui.session import read
from clientportal.ui.staff.common import Place, enter
from clientportal.ui.staff.line_state import LineState
from clientportal.ui.staff.reminder_fields import YES
from clientportal.ui.values import iso

REMINDERS = ("reminds", "reminder_days", "reminder_count")
FACTS = ("issued_on", "due_on", "concept", *REMINDERS)


class TemplateChoice(LineState, rx.State, mixin=True):
    """Which template filled the form. `asking` names one that waits for a yes, because it would
    replace what was typed; `currency_gone` is a currency that the company no longer uses.
    `reminds` is "yes" or "", as the form sends it."""

    templates: list[Option] = []
    template_id: str = ""
    asking: str = ""
    currency_gone: str = ""
    filled: int = 0
    issued_on: str = ""
    due_on: str = ""
    concept: str = ""
    reminds: str = ""
    reminder_days: str = ""
    reminder_count: str = ""
    _asked: str = ""
    _given: tuple[str, ...] = ()

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def set_fact(self, name: str, text: str) -> None:
        """What a template would reckon with or replace, as it is typed."""
        if name in FACTS and isinstance(text, str):
            setattr(self, name, text[:600])

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def choose_template(self, template_id: str) -> None:
        """Fill the form from a template; over something typed, ask first. "" lets go of it."""
        place = await enter(self)
        if template_id == "":
            self.template_id = self.asking = self._asked = ""
            return
        found = await _found(place, template_id)
        if found is None:
            return
        typed = self._content()
        if any(typed) and typed != self._given:
            self.asking, self._asked = found.name, str(found.id)
        else:
            self._fill_from(place, found)

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def replace_typed(self) -> None:
        """Yes: the template takes the place of what was typed."""
        place = await enter(self)
        found = await _found(place, self._asked)
        self.asking = self._asked = ""
        if found is not None:
            self._fill_from(place, found)

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def keep_typed(self) -> None:
        """No: everything stays as it was typed."""
        self.asking = self._asked = ""

    async def _offer_templates(self, place: Place) -> None:
        self.template_id = self.asking = self._asked = self.currency_gone = ""
        self._given, self._rates = (), place.company.tax_rates
        rows = await read(invoice_templates.listing, place.actor)
        self.templates = [Option(value=str(row.id), label=row.name) for row in rows]

    async def _show_template(self, place: Place, template_id: int | None) -> None:
        """The template of a stored draft, which may be archived by now."""
        if template_id is None:
            return
        self.template_id = str(template_id)
        if self.template_id not in {option["value"] for option in self.templates}:
            found = await read(invoice_templates.read, place.actor, template_id=template_id)
            self.templates = [*self.templates, Option(value=self.template_id, label=found.name)]

    def _show_reminders(self, settings: ReminderSettings) -> None:
        self.reminds = YES if settings.send else ""
        self.reminder_days, self.reminder_count = str(settings.days), str(settings.count)

    async def _begin_with(self, place: Place, template_id: str) -> None:
        found = await _found(place, template_id)
        if found is not None:
            self._fill_from(place, found)

    def _fill_from(self, place: Place, found: Template) -> None:
        """Lines, taxes, terms, message, reminders; what the template leaves open stays."""
        self.template_id, self.currency_gone = str(found.id), ""
        if found.currency_gone:
            self.currency_gone = found.currency
        else:
            self.currency = found.currency
        if found.due_days is not None:
            with suppress(OverflowError):  # after the last day that a calendar has
                self.due_on = iso(self._issued(place.today) + timedelta(days=found.due_days))
        self.concept = found.message or self.concept
        self.errors = {}
        self._show_reminders(found.reminders)
        self._set_lines(self._lines_of(found.lines))
        self._given = self._content()
        self.filled += 1

    def _issued(self, today: date) -> date:
        try:
            return date.fromisoformat(self.issued_on)
        except ValueError:
            return today

    def _content(self) -> tuple[str, ...]:
        """What a template would replace; empty texts for an untouched form."""
        lines = [
            (
                line.description,
                line.unit_price,
                line.tax_rate,
                "" if line.quantity == "1" else line.quantity,
            )
            for line in self.lines
        ]
        usual = ReminderSettings()
        given = (self.reminds, self.reminder_days.strip(), self.reminder_count.strip())
        untouched = ("", str(usual.days), str(usual.count))
        reminders = ("", "", "") if given == untouched else given
        return (
            self.concept.strip(),
            *reminders,
            *(text.strip() for line in lines for text in line),
        )


async def _found(place: Place, template_id: object) -> Template | None:
    """The template in use that a form names; None for anything else."""
    text = template_id if isinstance(template_id, str) else ""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    try:
        found = await read(invoice_templates.read, place.actor, template_id=int(text))
    except NotFound:
        return None
    return None if found.archived else found
