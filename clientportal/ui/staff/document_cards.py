"""Cards beside a document on its staff page: what was applied, facts, relatives, history."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.ui import kit
from clientportal.ui.i18n import day, money, t, t_enum
from clientportal.ui.staff.common import StaffFrame
from clientportal.ui.staff.document_state import StaffDocument as State
from clientportal.ui.staff.document_words import method_text
from clientportal.ui.staff.timeline import event_item

ITEM = "flex items-center justify-between gap-3 px-4 py-2 min-h-12"


def applied_card() -> rx.Component:
    """Money and credit between this document and others, and what was given back."""
    title = rx.cond(State.is_credit, t("staff.document.applied_to"), t("staff.document.applied"))
    rows = rx.el.ul(
        rx.foreach(State.applied, _applied_row),
        rx.foreach(State.returns, _returned_row),
        class_name="divide-y divide-line",
        data_testid="document-applied",
    )
    return rx.cond(
        (State.applied.length() > 0) | (State.returns.length() > 0),
        kit.card(rows, title=title, pad=False),
    )


def _applied_row(row: Any) -> rx.Component:
    named = rx.cond(
        row.href != "",
        kit.text_link(t_enum("kind", row.kind, Kind), " ", row.number, href=row.href),
        rx.el.span(t("staff.document.prepaid"), class_name="font-medium"),
    )
    undo = kit.confirm(
        t("staff.document.reverse_title", number=row.number),
        t("staff.document.reverse_text"),
        t("staff.document.reverse"),
        State.reverse(row.id),
        trigger=kit.icon_button(
            "undo",
            t("staff.document.reverse_of", number=row.number),
            size="s",
            title=t("staff.document.reverse"),
            test_id="allocation-reverse",
        ),
    )
    return rx.el.li(
        rx.el.div(
            named,
            rx.el.div(
                day(row.on, "year"),
                rx.cond(row.method != "", rx.fragment(" · ", method_text(row.method))),
                rx.cond(row.is_reversal, rx.fragment(" · ", t("staff.document.taken_back"))),
                class_name="text-sm text-ink-3",
            ),
            class_name="min-w-0",
        ),
        rx.el.div(
            money(row.amount_minor, State.currency, class_name="font-medium"),
            rx.cond(State.can["reverse"] & row.reversible, undo),
            class_name="flex items-center gap-2",
        ),
        class_name=ITEM,
        key=row.id.to_string(),
    )


def _returned_row(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(t("staff.document.returned"), class_name="font-medium"),
            rx.el.div(
                day(row.on, "year"),
                rx.cond(row.method != "", rx.fragment(" · ", method_text(row.method))),
                rx.cond(row.number != "", rx.fragment(" · ", row.number)),
                class_name="text-sm text-ink-3",
            ),
        ),
        money(row.amount_minor, State.currency, class_name="font-medium"),
        class_name=ITEM,
        key=row.id.to_string(),
    )


def facts_card() -> rx.Component:
    def fact(name: str, value: Any, shown: Any) -> rx.Component:
        return rx.cond(shown, kit.pair(t(f"staff.document.{name}"), value))

    return kit.card(
        kit.pairs(
            kit.pair(t("staff.document.issued_on"), day(State.issued_on, "year")),
            fact("due_on", day(State.due_on, "year"), State.due_on != ""),
            fact("settled_on", day(State.settled_on, "year"), State.settled_on != ""),
            fact("method", method_text(State.method), State.method != ""),
            fact("concept", State.concept, (State.concept != "") & (State.lines.length() > 0)),
            fact("reference", State.reference, State.reference != ""),
            fact(
                "fiscal_code",
                rx.el.span(State.fiscal_code, class_name="mono break-all"),
                State.fiscal_code != "",
            ),
        ),
        title=t("staff.document.facts"),
    )


def related_card() -> rx.Component:
    def item(row: Any) -> rx.Component:
        number = rx.cond(row.number != "", row.number, t("state.draft"))
        word = rx.cond(
            row.corrects_this, t("staff.document.corrected_by"), t("staff.document.corrects")
        )
        return rx.el.li(
            word,
            " ",
            kit.text_link(t_enum("kind", row.kind, Kind), " ", number, href=row.href),
            " · ",
            money(row.total_minor, State.currency),
            key=row.id.to_string(),
        )

    return rx.cond(
        State.related.length() > 0,
        kit.card(
            rx.el.ul(rx.foreach(State.related, item), class_name="grid gap-2 text-sm"),
            title=t("staff.document.related"),
        ),
    )


def history_card() -> rx.Component:
    return rx.cond(
        State.history.length() > 0,
        kit.card(
            kit.timeline(rx.foreach(State.history, lambda line: event_item(line, StaffFrame.zone))),
            title=t("staff.document.history"),
        ),
    )
