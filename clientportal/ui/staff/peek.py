"""Staff: the popup behind the eye – a document at a glance, what to do with it (mission 119)."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.ui import kit
from clientportal.ui.i18n import day, money, t, t_enum
from clientportal.ui.staff.common import StaffFrame, document_href
from clientportal.ui.staff.send_state import StaffSend

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = StaffSend


def eye(document_id: Any, name: Any) -> rx.Component:
    """The eye at the far right of a document's row."""
    return kit.icon_button(
        "eye",
        t("staff.billing.open", name=name),
        size="s",
        kind="ghost",
        on_click=StaffSend.peek(document_id),
        test_id="document-peek",
    )


def peek_dialog() -> rx.Component:
    """Put it once on a page with rows of documents, together with the `send_drawer`."""
    page = kit.link_button(
        t("staff.peek.open"), href=document_href(State.doc.id), kind="main", test_id="peek-open"
    )
    return kit.dialog(
        t_enum("kind", State.doc.kind, Kind),
        rx.cond(State.peeking, _body()),
        open=State.peeking,
        on_close=State.shut_peek,
        actions=[kit.close_button(t("common.close")), page],
        wide=True,
        test_id="peek",
    )


def _body() -> rx.Component:
    doc = State.doc
    number = rx.cond(doc.number != "", doc.number, t("staff.document.as_draft"))
    return rx.el.div(
        rx.el.div(
            rx.el.span(number, class_name="h3 whitespace-nowrap", data_testid="peek-number"),
            _menu(number),
            rx.el.span(
                kit.state_badge(doc.badge, currency=doc.currency, boxed=True), class_name="ml-auto"
            ),
            class_name="flex flex-wrap items-center gap-2",
        ),
        kit.text_link(doc.account, href=f"{StaffFrame.base}/accounts/{doc.account_id}"),
        kit.pairs(
            kit.pair(t("staff.document.issued_on"), day(doc.issued_on, "year")),
            rx.cond(
                doc.due_on != "", kit.pair(t("staff.document.due_on"), day(doc.due_on, "year"))
            ),
            rx.cond(
                (doc.concept != "") & (doc.lines.length() > 0),
                kit.pair(t("staff.document.concept"), doc.concept),
            ),
        ),
        _figures(doc),
        class_name="grid gap-3 mt-2",
    )


def _figures(doc: Any) -> rx.Component:
    """The lines as far as they fit, and what they make."""

    def line(row: Any) -> rx.Component:
        amount = money(row.amount_minor, doc.currency, code=False)
        return kit.ledger_line(rx.el.span(row.description, class_name="two"), amount)

    return kit.ledger(
        rx.foreach(doc.lines, line),
        rx.cond(
            doc.more > 0,
            rx.el.p(t("staff.peek.more", n=doc.more), class_name="text-sm text-ink-3"),
        ),
        rx.cond(
            doc.tax_minor != 0,
            kit.ledger_line(t("staff.peek.taxes"), money(doc.tax_minor, doc.currency, code=False)),
        ),
        kit.ledger_total(t("document.total"), doc.total_minor, doc.currency, test_id="peek-total"),
        rx.cond(
            doc.balance_minor != doc.total_minor,
            kit.ledger_line(
                t("staff.document.balance"),
                money(doc.balance_minor, doc.currency, zero="dash", class_name="font-medium"),
            ),
        ),
    )


def _menu(number: Any) -> rx.Component:
    """The three dots right of the number."""
    doc = State.doc
    send = kit.menu_item(
        rx.cond(doc.is_draft, t("staff.send.issue_and_send"), t("staff.send.by_email")),
        icon="send",
        on_click=[StaffSend.shut_peek, StaffSend.start(doc.id)],
        test_id="peek-send",
    )
    return kit.actions_menu(
        t("lists.actions_of", name=number),
        rx.cond(doc.can_send, send),
        rx.cond(
            doc.pdf != "",
            kit.menu_item(t("staff.peek.pdf"), icon="download", href=doc.pdf, external=True),
        ),
        rx.cond(
            doc.xml != "",
            kit.menu_item(t("staff.document.xml"), icon="download", href=doc.xml, external=True),
        ),
    )
