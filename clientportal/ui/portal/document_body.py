"""Parts of a document's page: lines and totals, what settled it, facts, history, comments."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.ui import kit
from clientportal.ui.documents.fiscal import fiscal_qr
from clientportal.ui.documents.totals import totals
from clientportal.ui.i18n import day, moment, money, money_text, number_text, price_text, t, t_enum
from clientportal.ui.portal.common import method_text
from clientportal.ui.portal.document_state import PortalDocument

State: Any = PortalDocument

EVENTS = ("issued", "applied", "prepaid", "taken_back", "overdue", "void")
KINDS = [kind.value for kind in Kind]


def lines() -> rx.Component:
    head = [
        kit.th(t("portal.document.col_concept")),
        kit.th(t("portal.document.col_quantity"), num=True),
        kit.th(t("portal.document.col_price"), num=True),
        kit.th(t("portal.document.col_amount"), num=True),
    ]
    table = kit.table(
        t("portal.document.lines"), head=head, body=rx.foreach(State.lines, _line), foot=_totals()
    )
    without = kit.card(
        rx.cond(State.concept != "", rx.el.p(State.concept, class_name="mb-2")),
        _totals(bare=True),
        pad=True,
    )
    return rx.cond(State.lines.length() > 0, table, without)


def _line(line: Any) -> rx.Component:
    return kit.tr(
        kit.td(
            rx.el.span(line.description, class_name="font-medium"),
            rx.el.div(
                number_text(line.quantity),
                " × ",
                price_text(line.unit_price, State.currency),
                class_name="only-s text-sm text-ink-2 n",
            ),
            area="name",
        ),
        kit.td(number_text(line.quantity), num=True),
        kit.td(price_text(line.unit_price, State.currency), num=True),
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


def settled() -> rx.Component:
    """Payments and credits applied to it, or what this credit was applied to."""
    title = rx.cond(State.is_credit, t("portal.document.applied_to"), t("portal.document.applied"))
    return rx.cond(
        State.applied.length() > 0,
        kit.section(title, rx.el.ul(rx.foreach(State.applied, _applied), class_name="card")),
    )


ITEM = "flex items-center justify-between gap-3 px-4 py-3 border-b border-line last:border-b-0"


def _link(row: Any) -> rx.Component:
    """Kind and number, which never breaks."""
    return kit.text_link(
        t_enum("kind", row.kind, KINDS),
        " ",
        rx.el.span(row.number, class_name="whitespace-nowrap"),
        href=row.href,
    )


def _applied(row: Any) -> rx.Component:
    named = rx.cond(
        row.href != "",
        _link(row),
        rx.el.span(t("portal.document.prepaid"), class_name="font-medium"),
    )
    return rx.el.li(
        rx.el.div(
            named,
            rx.el.div(
                day(row.on, "year"),
                rx.cond(row.method != "", rx.fragment(" · ", method_text(row.method))),
                rx.cond(~row.reversible, rx.fragment(" · ", t("portal.document.taken_back"))),
                class_name="text-md text-ink-2",
            ),
        ),
        money(row.amount_minor, State.currency, sign=False, class_name="font-medium"),
        class_name=ITEM,
        key=row.id.to_string(),
    )


def facts() -> rx.Component:
    """Who, fiscal code, related documents, disputes."""

    def related(row: Any) -> rx.Component:
        return rx.el.li(
            _link(row),
            money(row.total_minor, State.currency, class_name="block text-ink-3"),
        )

    def fact(label: str, value: Any, detail: Any = None) -> rx.Component:
        inside = (
            [value]
            if detail is None
            else [value, rx.el.span(detail, class_name="block text-ink-3")]
        )
        return kit.pair(t(f"portal.document.{label}"), *inside)

    return kit.section(
        t("portal.document.details"),
        kit.card(
            kit.pairs(
                fact("issuer", State.company, State.company_detail),
                fact("customer", State.account, State.account_detail),
                rx.cond(State.reference != "", fact("reference", State.reference)),
                rx.cond(State.void_reason != "", fact("void_reason", State.void_reason)),
                rx.cond(State.dispute_reason != "", fact("dispute", State.dispute_reason)),
                rx.cond(
                    State.related.length() > 0,
                    fact("related", rx.el.ul(rx.foreach(State.related, related))),
                ),
                rx.cond(
                    State.fiscal_code != "",
                    fact("fiscal_code", rx.el.span(State.fiscal_code, class_name="mono break-all")),
                ),
            ),
            rx.cond(
                State.has_qr,
                fiscal_qr(f"/files/documents/{State.doc_id}/qr.svg"),
            ),
        ),
    )


def history() -> rx.Component:
    def one(event: Any) -> rx.Component:
        amount = money_text(event.amount_minor, State.currency)
        words = {
            "issued": t("portal.document.event.issued"),
            "applied": t("portal.document.event.applied", amount=amount),
            "prepaid": t("portal.document.event.prepaid", amount=amount),
            "taken_back": t("portal.document.event.taken_back", amount=amount),
            "overdue": t("portal.document.event.overdue", amount=amount),
            "void": t("portal.document.event.void"),
        }
        link = rx.cond(
            event.href != "", rx.fragment(" · ", kit.text_link(event.number, href=event.href))
        )
        said: Any = rx.match(event.code, *[(code, words[code]) for code in EVENTS], "")
        return kit.timeline_item(
            event.icon,
            said,
            link,
            day(event.on, "year"),
            tone=event.tone,
        )

    return kit.section(t("portal.document.history"), kit.timeline(rx.foreach(State.history, one)))


def comments() -> rx.Component:
    """What was written about it, and the composer (mission 46)."""

    def one(comment: Any) -> rx.Component:
        author = rx.cond(comment.mine, t("portal.document.you"), comment.author)
        return kit.chat_bubble(
            comment.body,
            mine=comment.mine,
            meta=[author, " · ", moment(comment.at)],
        )

    composer = kit.form(
        kit.textarea_field(
            "body",
            t("portal.document.write"),
            help=t("portal.document.write_help", company=State.company),
            error=State.comment_error,
            error_params=State.comment_params,
            max_length=2000,
            id="comment",
            key=State.written.to_string(),
            test_id="comment-text",
        ),
        rx.el.div(
            kit.submit(
                t("portal.document.send"), icon="send", kind="plain", test_id="comment-send"
            ),
            class_name="flex justify-end",
        ),
        rx.el.input(type="hidden", name="written", value=State.written.to_string()),
        on_submit=State.comment,
        class_name="grid gap-3",
    )
    return kit.section(
        t("portal.document.comments"),
        rx.el.div(
            rx.cond(
                State.comments.length() > 0,
                rx.foreach(State.comments, one),
                rx.el.p(t("portal.document.no_comments"), class_name="text-md text-ink-2 mb-3"),
            ),
            rx.cond(State.can_comment, composer),
        ),
    )
