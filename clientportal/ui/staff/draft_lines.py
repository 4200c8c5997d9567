"""The lines of a document in its editor: fields, amounts that follow, order."""

from typing import Any

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.i18n import money, t
from clientportal.ui.staff.document_edit_state import StaffDraft as State

_COLUMNS = (
    "grid gap-2 items-start grid-cols-2 md:grid-cols-[minmax(0,1fr)_88px_132px_84px_120px_92px]"
)


def lines_card() -> rx.Component:
    names = ("description", "quantity", "price", "tax", "amount")
    head = [
        rx.el.span(
            t(f"staff.document.col_{name}"),
            class_name="text-right" if name not in ("description",) else "",
        )
        for name in names
    ]
    return kit.card(
        rx.el.div(
            *head,
            class_name=f"{_COLUMNS} only-l text-xs text-ink-2 font-medium mb-2",
            aria_hidden=True,
        ),
        rx.el.ol(rx.foreach(State.lines, _line), class_name="grid gap-2 max-md:gap-6"),
        rx.cond(
            State.errors["lines"],
            kit.error_part(State.errors["lines"], State.error_params),
        ),
        rx.el.div(
            kit.button(
                t("staff.document.add_line"),
                icon="plus",
                size="s",
                on_click=State.add_line,
                test_id="line-add",
            ),
            class_name="mt-3",
        ),
        title=t("staff.document.lines"),
    )


LABEL = "md:[&>.lb]:sr-only"


def _field(line: Any, name: str, label: Any, **props: Any) -> rx.Component:
    """One field of a line: sent while typing (the totals follow) and again on leaving."""
    return kit.text_field(
        f"{name}-{line.key}",
        label,
        id=f"{name}-{line.key}",
        default_value=getattr(line, name),
        auto_complete="off",
        on_change=lambda text: State.set_line(line.key, name, text).debounce(250),
        on_blur=lambda text: State.set_line(line.key, name, text),
        error=line.errors[name],
        error_params={"places": 6, "longest": 500},
        test_id=f"line-{name}",
        **props,
    )


def _line(line: Any, place: Any) -> rx.Component:
    figures = {"input_mode": "decimal", "class_name": f"{LABEL} [&_input]:text-right"}
    return rx.el.li(
        rx.el.div(
            _field(
                line,
                "description",
                t("staff.document.col_description"),
                class_name=LABEL,
                max_length=500,
            ),
            class_name="max-md:col-span-2",
        ),
        _field(
            line,
            "quantity",
            t("staff.document.col_quantity"),
            **figures,
        ),
        _field(
            line,
            "unit_price",
            t("staff.document.col_price"),
            **figures,
        ),
        _field(line, "tax_rate", t("staff.document.col_tax"), placeholder="%", **figures),
        rx.el.div(
            money(line.amount_minor, State.currency, code=False, zero="dash"),
            class_name="num text-right min-h-8 flex items-center justify-end n",
            data_testid="line-amount",
        ),
        _line_tools(line, place),
        class_name=_COLUMNS,
        key=line.key.to_string(),
        data_testid="draft-line",
    )


def _line_tools(line: Any, place: Any) -> rx.Component:
    number = place + 1
    return rx.el.div(
        kit.icon_button(
            "sort-up",
            t("staff.document.line_up", n=number),
            size="s",
            disabled=place == 0,
            on_click=State.move_line(line.key, -1),
            test_id="line-up",
        ),
        kit.icon_button(
            "sort-down",
            t("staff.document.line_down", n=number),
            size="s",
            disabled=number == State.lines.length(),
            on_click=State.move_line(line.key, 1),
            test_id="line-down",
        ),
        kit.icon_button(
            "trash",
            t("staff.document.line_drop", n=number),
            size="s",
            on_click=State.drop_line(line.key),
            test_id="line-drop",
        ),
        class_name="flex items-center min-h-8 max-md:col-span-2 max-md:justify-end",
    )
