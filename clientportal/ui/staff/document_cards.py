"""Cards beside a document on its staff page: what was applied, facts, relatives, history."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.domain.fiscal_code import FiscalCheck
from clientportal.ui import kit
from clientportal.ui.documents.fiscal import fiscal_qr
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


def _link(row: Any, number: Any) -> rx.Component:
    """Kind and number, which never breaks."""
    return kit.text_link(
        t_enum("kind", row.kind, Kind),
        " ",
        rx.el.span(number, class_name="whitespace-nowrap"),
        href=row.href,
    )


def _applied_row(row: Any) -> rx.Component:
    named = rx.cond(
        row.href != "",
        _link(row, row.number),
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
                rx.fragment(
                    rx.el.span(State.fiscal_code, class_name="mono break-all"),
                    rx.cond(State.fiscal_check != "", _checked()),
                ),
                State.fiscal_code != "",
            ),
        ),
        rx.cond(State.has_qr, fiscal_qr(f"/files/documents/{State.doc_id}/qr.svg")),
        title=t("staff.document.facts"),
    )


def _checked() -> rx.Component:
    """Whether the code is the one that the figures of the file give."""
    words = {check: t(f"staff.document.fiscal.{check}") for check in FiscalCheck}
    return rx.el.span(
        rx.match(State.fiscal_check, *[(check.value, text) for check, text in words.items()], ""),
        class_name=rx.cond(
            State.fiscal_check == FiscalCheck.MATCHES.value,
            "block text-good mt-1",
            rx.cond(
                State.fiscal_check == FiscalCheck.UNCHECKED.value,
                "block text-ink-2 mt-1",
                "block text-bad mt-1",
            ),
        ),
        data_testid="fiscal-check",
        data_check=State.fiscal_check,
    )


def reminders_card() -> rx.Component:
    """How the clients of something unpaid are to be reminded, kept for when reminders go out."""
    change = kit.button(
        t("staff.document.reminders_change"),
        size="s",
        icon="pen",
        on_click=State.open_ask("reminders"),
        test_id="ask-reminders",
    )
    return rx.cond(
        State.unpaid,
        kit.card(
            rx.el.div(
                rx.el.span(
                    rx.cond(
                        State.reminds,
                        t(
                            "staff.document.reminds_every",
                            days=State.reminder_days,
                            n=State.reminder_count,
                        ),
                        t("staff.template.no_reminders"),
                    ),
                    class_name="font-medium",
                    data_testid="reminders-kept",
                ),
                rx.cond(State.can["reminders"], change),
                class_name="flex flex-wrap items-center justify-between gap-2",
            ),
            rx.el.p(t("staff.document.reminders_help"), class_name="text-sm text-ink-2 mt-2"),
            title=t("staff.template.reminders"),
            test_id="document-reminders",
        ),
    )


def related_card() -> rx.Component:
    def item(row: Any) -> rx.Component:
        number = rx.cond(row.number != "", row.number, t("staff.document.as_draft"))
        word = rx.cond(
            row.corrects_this, t("staff.document.corrected_by"), t("staff.document.corrects")
        )
        return rx.el.li(
            word,
            " ",
            _link(row, number),
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
