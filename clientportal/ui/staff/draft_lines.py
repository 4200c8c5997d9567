"""The lines of a document or template in its editor: fields, amounts that follow, order.

`state` has the mixin `LineState`.
"""

from typing import Any

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.i18n import money, number_text, t

_COLUMNS = (
    "grid gap-2 items-start grid-cols-2 md:grid-cols-[minmax(0,1fr)_88px_132px_84px_120px_92px]"
)


def lines_card(state: Any) -> rx.Component:
    names = ("description", "quantity", "price", "tax", "amount")
    head = [
        rx.el.span(
            t(f"staff.document.col_{name}"),
            class_name="text-right" if name not in ("description",) else "",
        )
        for name in names
    ]
    return kit.card(
        _missing(state),
        rx.el.div(
            *head,
            class_name=f"{_COLUMNS} only-l text-xs text-ink-2 font-medium mb-2",
            aria_hidden=True,
        ),
        rx.el.ol(
            rx.foreach(state.lines, lambda line, place: _line(state, line, place)),
            class_name="grid gap-2 max-md:gap-6",
        ),
        rx.cond(
            state.errors["lines"],
            kit.error_part(state.errors["lines"], state.error_params),
        ),
        rx.el.div(
            kit.button(
                t("staff.document.add_line"),
                icon="plus",
                size="s",
                on_click=state.add_line,
                test_id="line-add",
            ),
            class_name="mt-3",
        ),
        title=t("staff.document.lines"),
    )


def _missing(state: Any) -> rx.Component:
    """Taxes that the company no longer charges; the lines keep them."""
    rates = rx.foreach(
        state.missing,
        lambda rate, place: rx.fragment(
            rx.cond(place > 0, ", ", ""),
            rx.el.b(number_text(rate), "\u00a0%", class_name="whitespace-nowrap"),
        ),
    )
    note = kit.note(
        t("staff.document.missing_taxes"),
        " ",
        rates,
        ". ",
        t("staff.document.missing_taxes_text"),
        tone="warn",
        class_name="mb-3",
        role="status",
        test_id="missing-taxes",
    )
    return rx.cond(state.missing.length() > 0, note)


LABEL = "md:[&>.lb]:sr-only"


def _field(state: Any, line: Any, name: str, label: Any, **props: Any) -> rx.Component:
    """One field of a line: sent while typing (the totals follow) and again on leaving."""
    return kit.text_field(
        f"{name}-{line.key}",
        label,
        id=f"{name}-{line.key}",
        default_value=getattr(line, name),
        auto_complete="off",
        on_change=lambda text: state.set_line(line.key, name, text).debounce(250),
        on_blur=lambda text: state.set_line(line.key, name, text),
        error=line.errors[name],
        error_params={"places": 6, "longest": 500},
        test_id=f"line-{name}",
        **props,
    )


def _line(state: Any, line: Any, place: Any) -> rx.Component:
    figures = {"input_mode": "decimal", "class_name": f"{LABEL} [&_input]:text-right"}
    return rx.el.li(
        rx.el.div(
            _field(
                state,
                line,
                "description",
                t("staff.document.col_description"),
                class_name=LABEL,
                max_length=500,
            ),
            class_name="max-md:col-span-2",
        ),
        _field(
            state,
            line,
            "quantity",
            t("staff.document.col_quantity"),
            **figures,
        ),
        _field(
            state,
            line,
            "unit_price",
            t("staff.document.col_price"),
            **figures,
        ),
        _field(state, line, "tax_rate", t("staff.document.col_tax"), placeholder="%", **figures),
        rx.el.div(
            money(line.amount_minor, state.currency, code=False, zero="dash"),
            class_name="num text-right min-h-8 flex items-center justify-end n",
            data_testid="line-amount",
        ),
        _line_tools(state, line, place),
        class_name=_COLUMNS,
        key=line.key.to_string(),
        data_testid="draft-line",
    )


def _line_tools(state: Any, line: Any, place: Any) -> rx.Component:
    number = place + 1
    return rx.el.div(
        kit.icon_button(
            "sort-up",
            t("staff.document.line_up", n=number),
            size="s",
            disabled=place == 0,
            on_click=state.move_line(line.key, -1),
            test_id="line-up",
        ),
        kit.icon_button(
            "sort-down",
            t("staff.document.line_down", n=number),
            size="s",
            disabled=number == state.lines.length(),
            on_click=state.move_line(line.key, 1),
            test_id="line-down",
        ),
        kit.icon_button(
            "trash",
            t("staff.document.line_drop", n=number),
            size="s",
            on_click=state.drop_line(line.key),
            test_id="line-drop",
        ),
        class_name="flex items-center min-h-8 max-md:col-span-2 max-md:justify-end",
    )
