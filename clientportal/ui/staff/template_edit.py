"""Staff: write an invoice template – lines, terms, message, and how clients are reminded."""

from typing import Any

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.ui import kit
from clientportal.ui.address import is_read
from clientportal.ui.documents.totals import totals
from clientportal.ui.i18n import t
from clientportal.ui.pages import Page
from clientportal.ui.staff.common import ROOT, StaffFrame, role_note, staff_page
from clientportal.ui.staff.draft_lines import lines_card
from clientportal.ui.staff.reminder_fields import reminder_fields
from clientportal.ui.staff.template_edit_state import StaffTemplate as State

FORM = "template-form"
LIST = f"{StaffFrame.base}/billing/templates"


def view() -> rx.Component:
    title = rx.cond(State.own_id > 0, t("staff.template.edit_title"), t("staff.template.new_title"))
    return staff_page(
        "billing",
        title,
        role_note(Permission.DOCUMENTS_EDIT),
        kit.unsaved_guard(FORM, saved=State.saved, failed=State.failed),
        kit.form(
            rx.cond(State.errors["form"], kit.error_part(State.errors["form"], State.error_params)),
            _notes(),
            _facts(),
            lines_card(State),
            rx.el.div(
                totals(State, test_id="template-total"), class_name="md:ml-auto md:w-[320px]"
            ),
            _reminders(),
            _foot(),
            on_submit=State.save,
            id=FORM,
            key=State.form_key,
            class_name="grid gap-5 max-w-[1080px]",
        ),
        tab_title=title,
        loaded=State.loaded & is_read(),
        placeholder=rx.fragment(kit.skeleton_block(), kit.skeleton_rows(4)),
    )


def _error(name: str) -> dict[str, Any]:
    return {"error": State.errors[name], "error_params": State.error_params}


def _notes() -> rx.Component:
    """What happened to the template while nobody looked."""
    moved = kit.note(
        t("staff.edit.conflict"),
        " ",
        kit.text_button(t("staff.edit.reload"), on_click=State.load),
        tone="warn",
        role="alert",
        test_id="conflict",
    )
    gone = kit.note(
        t("staff.template.currency_gone", currency=State.currency),
        tone="warn",
        test_id="currency-gone",
    )
    archived = kit.note(t("staff.template.is_archived"), icon="lock", test_id="template-archived")
    return rx.fragment(
        rx.cond(State.moved, moved),
        rx.cond(State.archived, archived),
        rx.cond(State.currency_gone, gone),
    )


def _facts() -> rx.Component:
    """Name, currency, terms and message."""
    return kit.card(
        rx.el.div(
            rx.el.div(
                kit.text_field(
                    "name",
                    t("staff.template.name"),
                    default_value=State.name,
                    max_length=100,
                    test_id="template-name",
                    **_error("name"),
                ),
                class_name="md:col-span-3",
            ),
            _currency(),
            kit.text_field(
                "due_days",
                t("staff.template.due_days"),
                default_value=State.due_days,
                help=t("staff.template.due_days_help"),
                input_mode="numeric",
                optional=True,
                max_length=3,
                test_id="template-due-days",
                **_error("due_days"),
            ),
            rx.el.div(
                kit.text_field(
                    "message",
                    t("staff.template.message"),
                    default_value=State.message,
                    help=t("staff.template.message_help"),
                    optional=True,
                    max_length=500,
                    test_id="template-message",
                    **_error("message"),
                ),
                class_name="md:col-span-3",
            ),
            class_name="grid gap-4 md:grid-cols-3 items-start",
        ),
        title=t("staff.template.facts"),
    )


def _currency() -> rx.Component:
    """The company's currencies, and the template's own when it is none of them any more."""
    choices: Any = State.currencies
    return kit.select_field(
        "currency",
        t("staff.document.currency"),
        choices,
        default_value=State.currency,
        on_change=State.set_currency,
        test_id="template-currency",
        **_error("currency"),
    )


def _reminders() -> rx.Component:
    """The settings that reminders of the invoice will follow (mission 157)."""
    return kit.card(
        reminder_fields(
            State,
            t("staff.template.reminders_help"),
            checked=State.reminds,
            on_change=State.set_reminds,
        ),
        title=t("staff.template.reminders"),
        test_id="template-reminders",
    )


def _foot() -> rx.Component:
    return rx.el.div(
        kit.link_button(t("common.cancel"), href=LIST, kind="ghost", test_id="template-cancel"),
        kit.submit(
            t("staff.template.save"),
            kind="plain",
            on_click=State.intend("stay"),
            test_id="template-save",
        ),
        kit.submit(
            t("staff.template.save_exit"),
            on_click=State.intend("exit"),
            test_id="template-save-exit",
        ),
        class_name="flex flex-wrap justify-end gap-2",
    )


PAGES = (
    Page(
        route=f"{ROOT}/billing/templates/new",
        view=view,
        title_key="staff.template.new_title",
        face="staff",
        on_load=(State.load,),
    ),
    Page(
        route=f"{ROOT}/billing/templates/[template_id]",
        view=view,
        title_key="staff.template.edit_title",
        face="staff",
        on_load=(State.load,),
    ),
)
