"""The link of a sent document: what is owed, its lines and files; nothing else of the account."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.ui import kit
from clientportal.ui.documents.fiscal import fiscal_qr
from clientportal.ui.documents.totals import totals
from clientportal.ui.i18n import (
    day,
    error_text,
    money,
    money_text,
    number_text,
    page_title,
    t,
    t_enum,
)
from clientportal.ui.pages import Page
from clientportal.ui.public.document_link_state import ARGUMENT, LinkedDocument
from clientportal.ui.public.shell import public_shell

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = LinkedDocument

KINDS = [kind.value for kind in Kind]
ENDED = ("link_expired", "link_revoked", "not_found", "too_many")


def view() -> rx.Component:
    """The amount first, then the files, what it is for, and from whom."""
    shown = rx.fragment(
        kit.reader(State.read_by_person, on_open=State.opened),
        _head(),
        _slip(),
        _files(),
        _lines(),
        _facts(),
        rx.el.p(t("public.link.only_this"), class_name="text-sm text-ink-2"),
    )
    waiting = rx.el.div(kit.skeleton_block(), kit.skeleton_rows(4), class_name="grid gap-4")
    return rx.fragment(
        page_title(rx.cond(State.number != "", State.number, t("public.link.title"))),
        public_shell(
            kit.loading(
                ~State.loaded,
                waiting,
                rx.el.div(
                    rx.cond(State.problem != "", _ended(), shown), class_name="grid gap-4 mt-2"
                ),
            ),
            company=rx.cond(State.company != "", State.company, t("public.link.title")),
            brand=State.brand,
        ),
    )


def _ended() -> rx.Component:
    """Why the link opens nothing, and whom to ask."""
    company, until = State.problem_params["company"], State.problem_params["date"]
    said = rx.match(
        State.problem,
        ("link_expired", t("public.link.expired", company=company, date=day(until, "long"))),
        ("link_revoked", t("public.link.revoked", company=company)),
        ("not_found", t("public.link.unknown")),
        error_text(State.problem, State.problem_params),
    )
    return rx.el.div(
        kit.empty(
            "denied",
            t("public.link.ended_title"),
            said,
            kit.link_button(t("public.link.to_portal"), href="/", external=True),
        ),
        data_testid="link-ended",
        class_name="mt-8",
    )


def _head() -> rx.Component:
    return rx.el.div(
        rx.el.h1(
            t_enum("kind", State.kind, KINDS),
            " ",
            rx.el.span(State.number, class_name="whitespace-nowrap"),
            class_name="h1",
            data_testid="linked-document",
        ),
        rx.el.p(
            t("public.link.issued_on", date=day(State.issued_on, "long")),
            class_name="text-md text-ink-2",
        ),
    )


def _slip() -> rx.Component:
    """What is owed, and the way to pay it."""
    label = rx.cond(
        State.is_credit,
        t("public.link.available"),
        rx.cond(State.balance_minor > 0, t("public.link.owed"), t("public.link.nothing_owed")),
    )
    due = rx.cond(
        (State.due_on != "") & (State.balance_minor > 0),
        rx.el.p(
            rx.cond(
                State.late_days > 0,
                t("public.link.was_due", date=day(State.due_on, "long")),
                t("public.link.is_due", date=day(State.due_on, "long")),
            ),
            class_name="text-md text-ink-2",
        ),
    )
    paid = rx.cond(
        ~State.is_credit & (State.paid_minor > 0) & (State.balance_minor > 0),
        rx.el.p(
            t(
                "public.link.paid_of",
                paid=money_text(State.paid_minor, State.currency),
                total=money_text(State.total_minor, State.currency),
            ),
            class_name="text-md text-ink-2",
        ),
    )
    return kit.slip(
        rx.el.div(
            rx.el.span(label, class_name="text-md text-ink-2 font-medium"),
            kit.live(
                State.badge,
                kit.state_badge(State.badge, currency=State.currency, boxed=True, long=True),
            ),
            class_name="flex flex-wrap items-center justify-between gap-2",
        ),
        kit.live(
            State.balance_minor,
            rx.el.span(
                money(State.balance_minor, State.currency, size="xl"),
                data_testid="document-balance",
            ),
            say=t("public.link.changed"),
        ),
        due,
        paid,
        down=[_ways()],
    )


def _ways() -> rx.Component:
    pay = rx.el.div(
        kit.link_button(
            t("public.link.pay"),
            href=State.portal,
            external=True,
            kind="main",
            size="l",
            block=True,
            test_id="link-pay",
        ),
        rx.el.p(
            t("public.link.pay_how", company=State.company),
            class_name="text-sm text-ink-2 text-center",
        ),
        class_name="grid gap-2",
    )
    rest = rx.cond(
        State.being_paid,
        kit.note(t("public.link.being_paid"), tone="info"),
        rx.el.div(
            rx.el.p(
                rx.cond(
                    State.is_void,
                    t("public.link.is_void"),
                    rx.cond(State.is_credit, t("public.link.credit"), t("public.link.all_paid")),
                ),
                class_name="text-md text-ink-2",
            ),
            kit.text_link(
                t("public.link.see_in_portal"),
                href=State.portal,
                external=True,
                test_id="link-portal",
            ),
            class_name="grid gap-1",
        ),
    )
    return rx.cond(State.can_pay, pay, rest)


def _files() -> rx.Component:
    return rx.el.div(
        kit.link_button(
            "PDF",
            icon="download",
            href=f"{State.pdf}?download",
            external=True,
            block=True,
            test_id="link-pdf",
        ),
        rx.cond(
            State.xml != "",
            kit.link_button(
                "XML",
                icon="download",
                href=State.xml,
                external=True,
                block=True,
                test_id="link-xml",
            ),
        ),
        class_name="flex gap-2 [&>*]:flex-1",
    )


def _lines() -> rx.Component:
    foot = rx.el.div(totals(State, test_id="document-total"), class_name="px-4 py-2")
    table = kit.table(
        t("public.link.lines"),
        head=[
            kit.th(t("public.link.col_concept")),
            kit.th(t("public.link.col_amount"), num=True),
        ],
        body=rx.foreach(State.lines, _line),
        foot=foot,
    )
    plain = kit.card(
        rx.cond(State.concept != "", rx.el.p(State.concept, class_name="mb-2")),
        totals(State, test_id="document-total"),
    )
    return rx.cond(State.lines.length() > 0, table, plain)


def _line(line: Any) -> rx.Component:
    return kit.tr(
        kit.td(
            rx.el.span(line.description, class_name="font-medium"),
            rx.el.div(
                number_text(line.quantity),
                " × ",
                number_text(line.unit_price),
                class_name="text-sm text-ink-2 n",
            ),
            area="name",
        ),
        kit.td(money(line.amount_minor, State.currency, code=False), area="figure", num=True),
        key=line.position.to_string(),
    )


def _facts() -> rx.Component:
    def fact(name: str, value: Any, detail: Any = "") -> rx.Component:
        more = rx.cond(detail != "", rx.el.span(detail, class_name="block text-ink-3"))
        return kit.pair(t(f"public.link.{name}"), value, more)

    return kit.card(
        kit.pairs(
            fact("issuer", State.company, State.company_detail),
            fact("customer", State.account, State.account_detail),
            rx.cond(State.reference != "", fact("reference", State.reference)),
            rx.cond(State.void_reason != "", fact("void_reason", State.void_reason)),
            rx.cond(
                State.fiscal_code != "",
                fact("fiscal_code", rx.el.span(State.fiscal_code, class_name="mono break-all")),
            ),
        ),
        rx.cond(State.qr != "", fiscal_qr(State.qr)),
        title=t("public.link.details"),
    )


PAGE = Page(
    route=f"/d/[{ARGUMENT}]",
    view=view,
    title_key="public.link.title",
    face="public",
    on_load=(State.load,),
)
