"""Which column of the file feeds which field: as it was understood, to be changed by the person."""

from typing import Any

import reflex as rx

from clientportal.services.import_kinds import FILES
from clientportal.ui import kit
from clientportal.ui.i18n import t, t_enum
from clientportal.ui.staff.imports_state import StaffImports as State

FIELDS = tuple(dict.fromkeys(field for file in FILES.values() for field in file.headers))


def columns_card() -> rx.Component:
    """Every column with what stands in it first, and the list of the fields it may feed."""
    again = kit.button(
        t("staff.imports.columns_apply"),
        kind="main",
        on_click=State.apply_columns,
        test_id="import-columns-apply",
    )
    missing = kit.note(
        t("staff.imports.columns_missing"),
        " ",
        rx.foreach(
            State.missing,
            lambda field, place: rx.fragment(
                rx.cond(place > 0, ", ", ""), rx.el.b(t_enum("staff.imports.field", field, FIELDS))
            ),
        ),
        ".",
        tone="bad",
        role="alert",
        test_id="import-columns-missing",
    )
    hint = rx.cond(
        State.mapping != "",
        t("staff.imports.columns_remembered", name=State.mapping),
        t("staff.imports.columns_help"),
    )
    return kit.card(
        rx.el.div(
            rx.cond(State.missing.length() > 0, missing),
            rx.el.p(hint, class_name="text-sm text-ink-2"),
            rx.el.div(
                rx.foreach(State.columns, _column),
                class_name="grid gap-4 md:grid-cols-2 lg:grid-cols-3 p-1 -m-1"
                " md:max-h-[520px] md:overflow-y-auto",
            ),
            rx.cond(
                State.columns_changed,
                rx.el.div(
                    rx.el.span(t("staff.imports.columns_changed"), class_name="text-sm text-ink-2"),
                    again,
                    class_name="flex flex-wrap items-center justify-end gap-3",
                ),
            ),
            class_name="grid gap-4",
        ),
        title=t("staff.imports.columns"),
        test_id="import-columns",
    )


def _column(column: Any) -> rx.Component:
    """A list of fields called by the header; below it the first values."""
    options = rx.match(
        State.kind,
        *((name, _options(tuple(file.headers))) for name, file in FILES.items()),
        rx.fragment(),
    )
    header = rx.cond(
        column.header != "", column.header, t("staff.imports.columns_nameless", n=column.place + 1)
    )
    key = "f-column-" + column.place.to_string()
    return rx.el.div(
        rx.el.label(header, html_for=key, class_name="lb break-all"),
        rx.el.div(
            rx.el.select(
                rx.el.option(t("staff.imports.columns_ignore"), value=""),
                options,
                id=key,
                value=column.field,
                on_change=State.choose_column(column.place),
                data_testid="import-column",
                class_name="w-full",
            ),
            kit.icon("chevron-down", 14),
            class_name="in",
        ),
        rx.el.div(column.samples, class_name="hp cut"),
        class_name="f min-w-0",
        key=column.place,
    )


def _options(fields: tuple[str, ...]) -> rx.Component:
    return rx.fragment(
        *(rx.el.option(t(f"staff.imports.field.{field}"), value=field) for field in fields)
    )
