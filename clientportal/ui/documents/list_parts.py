"""Parts of a list of documents: how it is filtered and sorted, how late a row is."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from clientportal.domain.document_filters import Sort, SortField
from clientportal.ui import kit
from clientportal.ui.i18n import Text, day, t

ORDERS = (
    ("-issued_on", "newest"),
    ("due_on", "due_first"),
    ("-balance", "largest"),
    ("number", "number"),
)
"""Orders that can be chosen where no column head can be pressed: value of the URL, name."""


def sorted_by(state: Any, column: SortField) -> dict[str, Any]:
    """The props of a column head that sorts; `state` has the mixin `DocumentListState`."""
    direction = rx.cond(state.sort_down, "descending", "ascending")
    return {
        "href": state.sort_href[column.value],
        "sorted": rx.cond(state.sort_field == column.value, direction, "none"),
    }


def order_choice(
    state: Any, label: Text, options: Sequence[tuple[str, Any]], on_apply: Any
) -> rx.Component:
    """The order as a chip, on a phone; the usual order is nothing that could be dropped."""
    chosen = rx.cond(state.sort_down, ["-" + state.sort_field], [state.sort_field])
    return rx.el.div(
        kit.filter_popover(
            "sort", label, options, chosen, on_apply, multiple=False, usual=str(Sort())
        ),
        class_name="only-s",
    )


def day_range(
    state: Any, name: str, label: Text, since_label: Text, until_label: Text, apply: Text
) -> rx.Component:
    """A range of days (`{name}_from` to `{name}_to`); `state.set_days` gets the fields."""
    start, end = f"{name}_from", f"{name}_to"
    chip = rx.el.button(
        label,
        kit.icon("chevron-down", 14),
        type="button",
        class_name="chip",
        data_testid=f"filter-{name}",
    )
    fields = [
        kit.date_field(part, words, default_value=state.days[part], test_id=f"filter-{ending}")
        for part, words, ending in (
            (start, since_label, f"{name}-from"),
            (end, until_label, f"{name}-to"),
        )
    ]
    asked = kit.popover(
        chip,
        kit.form(
            *fields,
            kit.submit(apply, data_close="", test_id=f"filter-{name}-apply"),
            on_submit=state.set_days,
            class_name="grid gap-3",
        ),
        label=label,
    )
    since = rx.cond(state.days[start] != "", day(state.days[start], "year"), "…")
    until = rx.cond(state.days[end] != "", day(state.days[end], "year"), "…")
    span: Any = rx.fragment(since, " – ", until)
    given = kit.filter_chip(name, label, span, state.set_days({start: "", end: ""}))
    return rx.cond((state.days[start] != "") | (state.days[end] != ""), given, asked)


def due_day(row: Any) -> rx.Component:
    """The due date, in red once it is past; a dash where there is none, nothing on a phone card."""
    look = rx.cond(row.late_days > 0, "text-bad font-medium whitespace-nowrap", "whitespace-nowrap")
    return rx.cond(
        row.due_on != "",
        rx.el.span(day(row.due_on), class_name=look),
        rx.el.span("—", class_name="only-l text-ink-3"),
    )


def lateness(badge: Any, late_days: Any) -> rx.Component:
    """How late a document is, where its badge says something else: being paid, in dispute."""
    return rx.cond(
        (late_days > 0) & (badge["code"] != "overdue"),
        rx.el.span(t("state_detail.overdue_long", n=late_days), class_name="text-bad"),
    )


def pages(state: Any, shown: Text) -> rx.Component:
    """Back and forth below the table."""
    return kit.pager(
        shown,
        previous=state.previous_href,
        next=state.next_href,
        has_previous=state.previous_href != "",
        has_next=state.next_href != "",
    )


def export_menu(query: Any, base: Any, *more: Any, what: str = "documents") -> rx.Component:
    """The whole list as a file; `base` is the face's path, `query` its filters and order.

    `more` are items that stand first.
    """

    def item(extension: str, words: Text) -> rx.Component:
        href = f"/files/exports{base}/{what}.{extension}{query}"
        return kit.menu_item(
            words, href=href, external=True, icon="download", test_id=f"export-{extension}"
        )

    return kit.actions_menu(
        t("export.menu"),
        *more,
        item("xlsx", t("export.as_xlsx")),
        item("csv", t("export.as_csv")),
    )
