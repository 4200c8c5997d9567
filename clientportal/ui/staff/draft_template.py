"""The template that a new invoice begins with: the choice, the question before it replaces."""

from typing import Any

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.i18n import t
from clientportal.ui.staff.common import StaffFrame
from clientportal.ui.staff.document_edit_state import StaffDraft as State


def template_choice() -> rx.Component:
    """The template that the document begins with, and what there is to say about it."""
    choices: Any = State.templates
    choice = kit.select_field(
        "template",
        t("staff.template.use"),
        choices,
        placeholder=t("staff.template.use_none"),
        value=State.template_id,
        on_change=State.choose_template,
        help=kit.text_link(t("staff.template.manage"), href=f"{StaffFrame.base}/billing/templates"),
        class_name="md:max-w-[420px]",
        test_id="draft-template",
    )
    ask = kit.note(
        rx.el.p(t("staff.template.replace_text", name=State.asking)),
        rx.el.div(
            kit.button(
                t("staff.template.replace"),
                size="s",
                on_click=State.replace_typed,
                test_id="template-replace",
            ),
            kit.button(
                t("staff.template.keep"),
                size="s",
                kind="ghost",
                on_click=State.keep_typed,
                test_id="template-keep",
            ),
            class_name="flex flex-wrap gap-2 mt-2",
        ),
        tone="warn",
        role="alert",
        class_name="mt-3",
        test_id="template-ask",
    )
    gone = kit.note(
        t("staff.template.currency_gone_use", currency=State.currency_gone),
        tone="warn",
        role="status",
        class_name="mt-3",
        test_id="template-currency-gone",
    )
    return rx.cond(
        State.templates.length() > 0,
        rx.el.div(
            choice,
            rx.cond(State.asking != "", ask),
            rx.cond(State.currency_gone != "", gone),
        ),
    )
