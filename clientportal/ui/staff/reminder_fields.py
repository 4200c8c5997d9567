"""How clients are to be reminded: the three fields of a template, a draft and an unpaid invoice."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from clientportal.domain.errors import Invalid
from clientportal.domain.invoice_templates import ReminderSettings
from clientportal.ui import kit
from clientportal.ui.i18n import t
from clientportal.ui.kit.parts import maybe
from clientportal.ui.staff.common import text_of

YES = "yes"
NUMBERS = ("reminder_days", "reminder_count")


def reminder_fields(
    state: Any, help: Any, *, key: Any = None, typed: Any = None, **box: Any
) -> rx.Component:
    """Tick box and numbers; `state` has reminder_days, reminder_count and the errors.

    `box` says what the tick box shows and tells, `typed(name, text)` hears the numbers; `key`
    mounts all anew when it changes.
    """

    def number(name: str) -> rx.Component:
        tell = {} if typed is None else {"on_change": lambda text: typed(name, text).debounce(250)}
        return kit.text_field(
            name,
            t(f"staff.template.{name}"),
            default_value=getattr(state, name),
            input_mode="numeric",
            max_length=3,
            error=state.errors[name],
            error_params=state.error_params,
            test_id=name.replace("_", "-"),
            **tell,
        )

    return rx.el.div(
        kit.checkbox(
            t("staff.template.send_reminders"),
            name="reminds",
            value=YES,
            test_id="send-reminders",
            **box,
        ),
        *maybe(help, lambda words: rx.el.p(words, class_name="text-sm text-ink-2 mt-1")),
        rx.el.div(*map(number, NUMBERS), class_name="grid gap-4 md:grid-cols-2 items-start mt-4"),
        class_name="max-w-[720px]",
        **({} if key is None else {"key": key}),
    )


def read_reminders(form: Mapping[str, Any], errors: dict[str, str]) -> ReminderSettings:
    """What the form says; the usual number where one is empty. Adds to `errors` by field."""
    usual = ReminderSettings()
    days = whole_number(form, "reminder_days", errors)
    count = whole_number(form, "reminder_count", errors)
    return ReminderSettings(
        text_of(form, "reminds") == YES,
        usual.days if days is None else days,
        usual.count if count is None else count,
    )


def reminders_of(form: object) -> ReminderSettings:
    """As `read_reminders`, for whom one error is enough. Raises Invalid for a field."""
    errors: dict[str, str] = {}
    found = read_reminders(form if isinstance(form, Mapping) else {}, errors)
    for field, code in errors.items():
        raise Invalid(code=code, field=field)
    return found.checked()


def whole_number(form: Mapping[str, Any], name: str, errors: dict[str, str]) -> int | None:
    """A whole number of the form; None where it is empty."""
    text = text_of(form, name, 12)
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    errors[name] = f"{name}_range"
    return None
