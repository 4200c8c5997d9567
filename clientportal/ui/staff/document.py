"""Staff: one document – what it says, what was paid, what is being said about it, what to do."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.ui import kit
from clientportal.ui.address import is_read
from clientportal.ui.documents.totals import totals
from clientportal.ui.i18n import moment, money, number_text, price_text, t, t_enum
from clientportal.ui.pages import Page
from clientportal.ui.staff.common import ROOT, StaffFrame, staff_page
from clientportal.ui.staff.credit import credit_drawer
from clientportal.ui.staff.document_actions import actions, dialogs
from clientportal.ui.staff.document_cards import (
    applied_card,
    facts_card,
    history_card,
    related_card,
    reminders_card,
)
from clientportal.ui.staff.document_deliveries import deliveries_card, undelivered_note
from clientportal.ui.staff.document_review import review_notes
from clientportal.ui.staff.document_state import StaffDocument as State
from clientportal.ui.staff.document_warnings import warning_text
from clientportal.ui.staff.payment import payment_drawer
from clientportal.ui.staff.send import send_drawer

SHOWN = State.loaded & is_read()
GRID = "grid gap-5 items-start xl:grid-cols-[minmax(0,1fr)_320px] xl:grid-rows-[auto_1fr]"


def view() -> rx.Component:
    name = rx.cond(State.number != "", State.number, t("staff.document.as_draft"))
    return staff_page(
        "billing",
        rx.cond(
            SHOWN,
            rx.fragment(
                t_enum("kind", State.kind, Kind),
                " ",
                rx.el.span(name, class_name="whitespace-nowrap", data_testid="document-number"),
            ),
            t("staff.document.title"),
        ),
        rx.el.div(
            rx.el.div(_money(), class_name="min-w-0 xl:col-start-2 xl:row-start-1"),
            rx.el.div(
                _notes(),
                _head(),
                _lines(),
                applied_card(),
                _comments(),
                class_name=f"{STACK} xl:col-start-1 xl:row-start-1 xl:row-span-2",
            ),
            rx.el.div(
                facts_card(),
                reminders_card(),
                related_card(),
                deliveries_card(State),
                history_card(),
                class_name=f"{STACK} xl:col-start-2 xl:row-start-2",
            ),
            class_name=GRID,
        ),
        dialogs(),
        payment_drawer(),
        credit_drawer(),
        send_drawer(),
        tab_title=rx.cond(
            State.number != "",
            t("staff.document.tab", number=State.number),
            t("staff.document.title"),
        ),
        loaded=SHOWN,
        placeholder=rx.el.div(kit.skeleton_rows(6), kit.skeleton_block(), class_name=GRID),
        actions=[rx.cond(SHOWN, actions())],
        keys={"r": "click:[data-key=send]"},
        key_labels={"r": t("staff.send.by_email")},
    )


STACK = "grid gap-5 min-w-0"


def _notes() -> rx.Component:
    """What one must know first: a payment under way, a dispute, an annulment."""
    return rx.fragment(
        review_notes(),
        undelivered_note(State),
        rx.cond(
            State.being_paid & (State.reviews.length() == 0),
            kit.note(t("staff.document.being_paid"), tone="info", test_id="document-being-paid"),
        ),
        rx.cond(
            State.dispute_reason != "",
            kit.note(
                State.dispute_reason, title=t("staff.document.disputed"), tone="warn", icon="flag"
            ),
        ),
        rx.cond(
            State.void_reason != "",
            kit.note(State.void_reason, title=t("staff.document.voided"), icon="ban"),
        ),
        rx.foreach(
            State.warnings,
            lambda item: kit.note(
                warning_text(item, State.currency),
                tone="warn",
                key=item.code,
                test_id="document-warning",
            ),
        ),
    )


def _head() -> rx.Component:
    """Who owes it, and its state in words."""
    return rx.el.div(
        rx.el.div(
            kit.text_link(State.account, href=f"{StaffFrame.base}/accounts/{State.owner_id}"),
            rx.cond(
                State.account_detail != "",
                rx.el.span(State.account_detail, class_name="block text-sm text-ink-3"),
            ),
            class_name="min-w-0",
        ),
        kit.live(
            State.badge,
            kit.state_badge(
                State.badge,
                currency=State.currency,
                boxed=True,
                long=True,
                test_id="document-state",
            ),
        ),
        class_name="flex flex-wrap items-start justify-between gap-3",
        key=State.doc_id,
    )


def _lines() -> rx.Component:
    table = kit.table(
        t("staff.document.lines"),
        head=[
            kit.th(t("staff.document.col_description")),
            kit.th(t("staff.document.col_quantity"), num=True),
            kit.th(t("staff.document.col_price"), num=True),
            kit.th(t("staff.document.col_tax"), num=True, drop=2),
            kit.th(t("staff.document.col_amount"), num=True),
        ],
        body=rx.foreach(State.lines, _line),
        foot=_totals(),
    )
    plain = kit.card(
        rx.cond(State.concept != "", rx.el.p(State.concept, class_name="mb-2")), _totals(bare=True)
    )
    return rx.cond(State.lines.length() > 0, table, plain)


def _line(line: Any) -> rx.Component:
    quantity, price = number_text(line.quantity), price_text(line.unit_price, State.currency)
    rate = rx.cond(line.tax_rate == "0", "—", number_text(line.tax_rate))
    return kit.tr(
        kit.td(
            rx.el.span(line.description, class_name="font-medium"),
            rx.el.span(quantity, " × ", price, class_name="only-s block text-sm text-ink-2 n"),
            area="name",
        ),
        kit.td(quantity, num=True),
        kit.td(price, num=True),
        kit.td(rate, num=True, drop=2),
        kit.td(money(line.amount_minor, State.currency, code=False), area="figure", num=True),
        key=line.position.to_string(),
    )


def _totals(*, bare: bool = False) -> rx.Component:
    """Below the lines; `bare` in a card of their own, whose padding is enough."""
    return rx.el.div(
        rx.el.div(
            totals(State, test_id="document-total"), class_name="md:ml-auto md:max-w-[320px]"
        ),
        class_name="" if bare else "px-4 py-2",
    )


def _money() -> rx.Component:
    """What is left: the figure of the page."""
    label = rx.cond(
        State.is_credit,
        t("staff.document.available"),
        rx.cond(
            State.lifecycle == "draft", t("staff.document.to_issue"), t("staff.document.balance")
        ),
    )
    used = rx.cond(State.is_credit, t("staff.document.used"), t("staff.document.paid"))
    return kit.card(
        rx.el.div(label, class_name="text-sm text-ink-2"),
        kit.live(
            State.balance_minor,
            rx.el.span(
                money(State.balance_minor, State.currency, size="m"), data_testid="document-balance"
            ),
            say=t("staff.document.changed", number=State.number),
        ),
        rx.cond(
            State.paid_minor > 0,
            rx.el.div(
                kit.progress(State.paid_minor, State.total_minor, t("staff.document.share")),
                rx.el.div(
                    used,
                    " ",
                    money(State.paid_minor, State.currency),
                    class_name="text-sm text-ink-2 mt-1",
                ),
                class_name="mt-2",
            ),
        ),
        key=State.doc_id,
    )


def _comments() -> rx.Component:
    """The thread that the customer reads in the portal."""
    said = rx.foreach(
        State.comments,
        lambda row: kit.chat_bubble(
            row.body,
            mine=row.by_staff,
            meta=[rx.el.span(row.author), rx.el.span(moment(row.at, StaffFrame.zone))],
        ),
    )
    write = kit.form(
        kit.textarea_field(
            "body",
            t("staff.document.reply"),
            help=t("staff.document.reply_help"),
            error=State.errors["body"],
            error_params=State.error_params,
            rows=3,
            max_length=2000,
            test_id="comment-text",
        ),
        rx.el.div(
            kit.submit(t("staff.document.send"), kind="plain", icon="send", test_id="comment-send"),
            class_name="flex justify-end",
        ),
        rx.el.input(type="hidden", name="written", value=State.written.to_string()),
        on_submit=State.comment,
        key=State.written,
        class_name="grid gap-2",
    )
    none = rx.el.p(t("staff.document.no_comments"), class_name="text-ink-2 mb-3")
    return rx.cond(
        State.lifecycle != "draft",
        kit.card(
            rx.cond(State.comments.length() > 0, rx.el.div(said, class_name="mb-3"), none),
            rx.cond(State.can["comment"], write),
            title=t("staff.document.comments"),
            test_id="document-comments",
        ),
    )


PAGE = Page(
    route=f"{ROOT}/billing/[document_id]",
    view=view,
    title_key="staff.document.title",
    face="staff",
    on_load=(State.load,),
)
