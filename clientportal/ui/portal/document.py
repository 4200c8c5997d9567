"""Portal: one document – what is owed first, then what it is for and what has happened to it."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.ui import kit
from clientportal.ui.address import is_read
from clientportal.ui.i18n import day, money, money_text, page_title, t, t_enum
from clientportal.ui.pages import Page
from clientportal.ui.portal.common import Portal, frame, print_pdf
from clientportal.ui.portal.document_body import (
    KINDS,
    comments,
    facts,
    history,
    lines,
    settled,
)
from clientportal.ui.portal.document_state import PortalDocument

State: Any = PortalDocument
SHOWN = State.loaded & is_read()


def view() -> rx.Component:
    """Slip at the right (first on the phone), actions, lines, history."""
    waiting = rx.el.div(kit.skeleton_rows(5), kit.skeleton_block(), class_name=GRID)
    return frame(
        "billing",
        page_title("portal.document.title", number=State.number),
        rx.cond(SHOWN, kit.reader(PortalDocument.read_by_person, key=State.doc_id)),
        kit.loading(
            ~SHOWN,
            waiting,
            rx.el.div(
                rx.el.div(_slip(), class_name="md:col-start-2 md:row-start-1 md:row-span-2"),
                rx.el.div(
                    _head(),
                    lines(),
                    settled(),
                    facts(),
                    history(),
                    comments(),
                    class_name="min-w-0 md:col-start-1 md:row-start-1",
                ),
                class_name=GRID,
            ),
        ),
    )


GRID = "grid grid-cols-[minmax(0,1fr)] gap-4 md:gap-x-8 md:grid-cols-[minmax(0,1fr)_340px]"


def _name() -> rx.Component:
    return rx.fragment(
        t_enum("kind", State.kind, KINDS),
        " ",
        rx.el.span(State.number, class_name="whitespace-nowrap"),
    )


def _head() -> rx.Component:
    back = kit.link(
        kit.icon("chevron-left", 14),
        t("portal.document.back"),
        href=f"{Portal.base}/documents",
        class_name="inline-flex items-center gap-1 text-md text-ink-2 min-h-[28px]",
    )
    title = rx.el.div(
        rx.el.h1(_name(), class_name="h1"),
        rx.el.p(
            rx.cond(
                State.is_credit & (State.kind != Kind.CREDIT_NOTE.value),
                t(
                    "portal.document.from_on_m",
                    company=State.company,
                    date=day(State.issued_on, "long"),
                ),
                t(
                    "portal.document.from_on",
                    company=State.company,
                    date=day(State.issued_on, "long"),
                ),
            ),
            class_name="text-md text-ink-2",
        ),
        class_name="min-w-0",
    )
    return rx.el.header(
        back,
        rx.el.div(
            title, _actions(), class_name="flex flex-wrap items-end justify-between gap-3 mb-4"
        ),
    )


STACKED = "max-md:flex-col max-md:gap-0 max-md:px-1 max-md:text-sm"


def _actions() -> rx.Component:
    """What one does with a document (mission 77); its XML where there is one (mission 48)."""
    return rx.el.div(
        rx.cond(
            State.can_pay,
            kit.link_button(
                t("portal.documents.pay"),
                icon="card",
                href=_pay_href(),
                # On a phone the slip with the same button stands right above.
                class_name=f"{STACKED} max-md:hidden",
                test_id="document-pay-short",
            ),
        ),
        kit.link_button(
            t("portal.document.pdf"),
            icon="download",
            href=f"{State.pdf}?download",
            external=True,
            class_name=STACKED,
            test_id="document-pdf",
        ),
        rx.cond(
            State.xml != "",
            kit.link_button(
                "XML",
                icon="download",
                href=State.xml,
                external=True,
                class_name=STACKED,
                test_id="document-xml",
            ),
        ),
        kit.button(
            t("portal.document.print"),
            icon="receipt",
            on_click=print_pdf(State.pdf),
            class_name=STACKED,
            test_id="document-print",
        ),
        rx.cond(
            State.can_comment,
            kit.link_button(
                t("portal.document.comment"),
                icon="chat",
                href="#comment",
                external=True,
                class_name=STACKED,
                test_id="document-comment",
            ),
        ),
        class_name="flex gap-2 max-md:w-full max-md:flex-wrap max-md:[&>*]:flex-1",
    )


def _pay_href() -> Any:
    return f"{Portal.base}/documents?choose={State.doc_id}"


def _slip() -> rx.Component:
    """The amount first, then the status and the way to pay."""
    label = rx.cond(
        State.is_credit,
        t("portal.document.available"),
        rx.cond(
            State.balance_minor > 0, t("portal.document.owed"), t("portal.document.nothing_owed")
        ),
    )
    head = rx.el.div(
        rx.el.span(label, class_name="text-md text-ink-2 font-medium"),
        kit.live(State.badge, kit.state_badge(State.badge, boxed=True, long=True)),
        class_name="flex flex-wrap items-center justify-between gap-2",
    )
    figure = kit.live(
        State.balance_minor,
        rx.el.span(
            money(State.balance_minor, State.currency, size="xl"), data_testid="document-balance"
        ),
        say=t("portal.document.changed"),
    )
    due = rx.cond(
        (State.due_on != "") & (State.balance_minor > 0),
        rx.el.p(
            rx.cond(
                State.late_days > 0,
                t("portal.document.was_due", date=day(State.due_on, "long")),
                t("portal.document.is_due", date=day(State.due_on, "long")),
            ),
            class_name="text-md text-ink-2",
        ),
    )
    used = rx.cond(
        State.paid_minor > 0,
        rx.el.div(
            kit.progress(State.paid_minor, State.total_minor, t("portal.document.settled_share")),
            rx.el.div(
                rx.el.span(
                    rx.cond(
                        State.is_credit,
                        t(
                            "portal.document.used",
                            amount=money_text(State.paid_minor, State.currency),
                        ),
                        t(
                            "portal.document.paid",
                            amount=money_text(State.paid_minor, State.currency),
                        ),
                    )
                ),
                rx.el.span(
                    t("portal.document.of", amount=money_text(State.total_minor, State.currency))
                ),
                class_name="flex flex-wrap justify-between gap-2 text-md text-ink-2",
            ),
            class_name="grid gap-2",
        ),
    )
    return kit.slip(head, figure, due, used, down=[_ways()], class_name="md:sticky md:top-[84px]")


def _ways() -> rx.Component:
    """How it is settled: pay now, see the payment in progress, or nothing to do."""
    now = rx.el.div(
        kit.link_button(
            rx.cond(
                State.kind == Kind.DEBIT_NOTE.value,
                t("portal.document.pay_note"),
                t("portal.document.pay_invoice"),
            ),
            href=_pay_href(),
            kind="main",
            size="l",
            block=True,
            test_id="document-pay",
        ),
        rx.cond(
            State.partial,
            rx.el.p(t("portal.document.partial"), class_name="text-sm text-ink-2 text-center"),
        ),
        class_name="grid gap-2",
    )
    process = kit.note(
        rx.cond(
            State.reviewing,
            t("portal.document.in_review", company=State.company),
            t("portal.document.being_paid"),
        ),
        rx.cond(
            State.held != "",
            rx.fragment(" ", kit.text_link(t("portal.document.see_payment"), href=State.held)),
        ),
        tone="info",
        test_id="document-being-paid",
    )
    done = rx.el.p(
        rx.cond(
            State.is_void,
            t("portal.document.is_void"),
            rx.cond(
                State.is_credit,
                rx.cond(
                    State.balance_minor > 0,
                    t("portal.document.credit_open"),
                    t("portal.document.credit_used"),
                ),
                t("portal.document.all_paid"),
            ),
        ),
        class_name="text-md text-ink-2",
    )
    return rx.cond(State.being_paid | State.reviewing, process, rx.cond(State.can_pay, now, done))


PAGE = Page(
    route="/portal/[space]/documents/[document_id]",
    view=view,
    title_key="portal.document.page",
    face="portal",
    on_load=(State.load,),
)
