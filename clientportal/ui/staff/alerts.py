"""The alert of an address: its symbol wherever the address stands, and the question behind it."""

from typing import Any

import reflex as rx

from clientportal.domain.contactability import AlertReason
from clientportal.domain.permissions import Permission
from clientportal.ui import kit
from clientportal.ui.i18n import moment, t, t_enum
from clientportal.ui.staff.common import StaffFrame, allowed, role_note

REASONS = tuple(reason.value for reason in AlertReason)
FORM = "alert-form"


def reason_word(code: Any) -> rx.Var[str]:
    """Why nothing is sent to the address."""
    return t_enum("staff.alert.reason", code, REASONS)


def symbol(line: Any, state: Any) -> rx.Component:
    """The alert beside an address (`alert_id`, `alert` of the line); nothing without one."""
    mark = kit.button(
        kit.icon("warn", 14),
        reason_word(line.alert),
        kind="danger",
        size="s",
        on_click=state.ask_alert(line.alert_id),
        test_id="alert-symbol",
    )
    return rx.cond(line.alert_id > 0, mark, rx.fragment())


def mark(reason: Any) -> rx.Component:
    """The alert in a list, in words; nothing without one."""
    said = kit.state(reason_word(reason), "bad", "warn", test_id="alert-mark")
    return rx.cond(reason != "", rx.el.div(said), rx.fragment())


def removal_dialog(state: Any) -> rx.Component:
    """Why it stands, what the address had before, and taking it off with a reason."""
    may = allowed(Permission.ACCOUNTS_EDIT)
    choices = kit.radio_group(
        t("staff.alert.found_out"),
        *(
            kit.radio_card(
                "removal",
                value,
                t(f"staff.alert.{value}"),
                text=t(f"staff.alert.{value}_text"),
                checked=state.alert_removal == value,
                on_change=state.choose_removal(value),
                test_id=f"alert-{value}",
            )
            for value in ("verified", "replaced")
        ),
    )
    wrong = rx.cond(
        (state.alert_field == "removal") & (state.alert_error != ""),
        kit.error_part(state.alert_error),
        rx.fragment(),
    )
    form = kit.form(
        rx.el.p(t("staff.alert.text"), class_name="text-ink-2"),
        choices,
        wrong,
        kit.textarea_field(
            "note",
            t("staff.alert.note"),
            optional=True,
            max_length=500,
            help=rx.cond(
                state.alert_reason == "complaint",
                t("staff.alert.note_complaint"),
                t("staff.alert.note_help"),
            ),
            error=rx.cond(state.alert_field == "note", state.alert_error, ""),
            test_id="alert-note",
        ),
        rx.el.div(
            kit.close_button(),
            kit.submit(t("staff.alert.remove"), test_id="alert-remove"),
            class_name="flex flex-wrap justify-end gap-2",
        ),
        on_submit=state.remove_alert,
        id=FORM,
        class_name="grid gap-4 mt-3",
    )
    closed = rx.el.div(
        role_note(Permission.ACCOUNTS_EDIT), rx.el.div(kit.close_button(), class_name="mt-3")
    )
    return kit.dialog(
        t("staff.alert.title", address=state.alert_address),
        _facts(state),
        rx.cond(may, form, closed),
        _earlier(state),
        open=state.alert_open,
        on_close=state.keep_alert,
        test_id="alert-dialog",
    )


def _facts(state: Any) -> rx.Component:
    since = moment(state.alert_set_at, StaffFrame.zone, "day")
    return rx.el.div(
        rx.el.p(
            rx.el.b(reason_word(state.alert_reason)),
            rx.el.span(" · ", t("staff.alert.since", date=since), class_name="text-ink-3"),
        ),
        rx.cond(
            state.alert_detail != "",
            rx.el.p(state.alert_detail, class_name="text-sm text-ink-3 break-words"),
            rx.fragment(),
        ),
        class_name="mt-1",
    )


def _earlier(state: Any) -> rx.Component:
    def one(line: Any) -> rx.Component:
        how = t_enum("staff.alert.was", line.removal, ("verified", "replaced"))
        return rx.el.li(
            reason_word(line.reason),
            " · ",
            moment(line.set_at, StaffFrame.zone, "day"),
            rx.el.span(
                " · ",
                how,
                " · ",
                line.removed_by,
                rx.cond(line.note != "", rx.fragment(": ", line.note), ""),
                class_name="text-ink-3",
            ),
            class_name="text-sm",
        )

    return rx.cond(
        state.alert_earlier.length() > 0,
        rx.el.div(
            rx.el.h3(t("staff.alert.earlier"), class_name="text-sm text-ink-2 mt-4"),
            rx.el.ul(rx.foreach(state.alert_earlier, one), class_name="grid gap-1 mt-1"),
        ),
        rx.fragment(),
    )
