"""Portal: every document of the space, filtered, searched, sorted, ticked (mission 42-87)."""

from typing import Any

import reflex as rx

from clientportal.domain.document_filters import SortField
from clientportal.domain.documents import CREDIT, Kind
from clientportal.ui import kit
from clientportal.ui.documents.list_parts import due_day, export_menu, pages, sorted_by
from clientportal.ui.documents.picking import bundle_links
from clientportal.ui.i18n import count, day, decimals, money, money_text, page_title, t, t_enum
from clientportal.ui.pages import Page
from clientportal.ui.portal.common import Portal, frame, method_text, print_pdf
from clientportal.ui.portal.document_tools import tools
from clientportal.ui.portal.documents_state import PortalDocuments
from clientportal.ui.portal.pay_region import pay_region
from clientportal.ui.portal.underway import payment_words, underway_notes

State: Any = PortalDocuments

GRID = (
    "grid gap-4 grid-cols-[minmax(0,1fr)] md:grid-cols-[minmax(0,1fr)_256px]"
    " lg:grid-cols-[minmax(0,1fr)_272px] xl:grid-cols-[minmax(0,1fr)_284px]"
)
ABOVE_PAY_BAR = "max-md:[&>.bulk]:bottom-[calc(var(--bottom)+env(safe-area-inset-bottom)+80px)]"


def view() -> rx.Component:
    """The list at the left, what is being paid at the right (a bar and a sheet on the phone)."""
    return frame(
        "billing",
        page_title("portal.documents.title"),
        rx.el.div(
            rx.el.div(
                kit.page_head(
                    t("portal.documents.heading"),
                    kit.link_button(
                        t("statement.link"),
                        href=f"{Portal.base}/statement",
                        icon="receipt",
                        test_id="documents-statement",
                    ),
                    export_menu(State.export_query, Portal.base),
                ),
                tools(),
                rx.cond(
                    State.underway.length() > 0,
                    rx.el.div(underway_notes(State.underway), class_name="mb-3"),
                ),
                kit.loading(~State.loaded, kit.skeleton_rows(), _list()),
                _ticked_bar(),
                class_name=f"min-w-0 {ABOVE_PAY_BAR}",
            ),
            pay_region(State),
            class_name=rx.cond(State.chosen.length() > 0, f"{GRID} max-md:pb-24", GRID),
        ),
    )


def _list() -> rx.Component:
    return rx.cond(
        State.rows.length() > 0,
        rx.el.div(
            kit.new_bar(State.waiting, State.show_new),
            _table(),
            class_name="md:[&_td]:px-2 md:[&_th]:px-2",
        ),
        rx.cond(
            State.filtered,
            kit.empty(
                "filter",
                t("portal.documents.none_match"),
                t("portal.documents.none_match_text"),
                kit.link_button(
                    t("lists.clear_filters"), href=f"{Portal.base}/documents", kind="main"
                ),
            ),
            kit.empty("first", t("portal.documents.none"), t("portal.documents.none_text")),
        ),
    )


def _ticked_bar() -> rx.Component:
    """What is ticked, to be downloaded together; paying it has its own slip."""
    ticked = _ticked()
    return rx.cond(
        ticked.length() > 0,
        kit.bulk_bar(
            t("lists.picked", n=ticked.length()), *bundle_links(ticked), on_clear=State.pick_none
        ),
    )


def _ticked() -> Any:
    return State.chosen_ids + State.picked


def _table() -> rx.Component:
    ticked = _ticked()
    return kit.table(
        t("portal.documents.caption", n=State.count),
        head=[
            kit.head_check(
                kit.check_all(
                    t("lists.pick_all"),
                    checked=State.all_picked,
                    mixed=(ticked.length() > 0) & ~State.all_picked,
                    on_change=State.pick_all,
                )
            ),
            kit.th(t("portal.documents.col_number"), **sorted_by(State, SortField.ISSUED_ON)),
            kit.th(t("portal.documents.col_due"), **sorted_by(State, SortField.DUE_ON)),
            kit.th(t("portal.documents.col_state")),
            kit.th(
                t("portal.documents.col_total"),
                num=True,
                drop=2,
                **sorted_by(State, SortField.TOTAL),
            ),
            kit.th(t("portal.documents.col_paid"), num=True, drop=1),
            kit.th(
                t("portal.documents.col_balance"), num=True, **sorted_by(State, SortField.BALANCE)
            ),
            kit.th(t("portal.documents.col_actions"), hidden_label=True),
        ],
        body=rx.foreach(State.rows, _row),
        foot=pages(
            State,
            t(
                "portal.documents.shown",
                shown=State.rows.length(),
                all=count(State.count, State.capped),
            ),
        ),
    )


def _row(row: Any) -> rx.Component:
    shown = decimals(State.rows, "total_minor", "currency")
    apart = (State.group != "") & (State.group != row.group)

    def ticked(on: Any) -> Any:
        return State.choose(row.id, on)

    def picked(on: Any) -> Any:
        return State.pick(row.id, on)

    tick = rx.cond(
        row.payable,
        kit.row_check(
            t("lists.pick", name=row.number),
            checked=State.chosen_ids.contains(row.id),
            disabled=apart,
            title=rx.cond(apart, t("portal.documents.apart"), ""),
            on_change=ticked,
            test_id="documents-check",
        ),
        kit.row_check(
            t("lists.pick", name=row.number),
            checked=State.picked.contains(row.id),
            on_change=picked,
            test_id="documents-pick",
        ),
    )
    return kit.tr(
        kit.td(tick, area="check"),
        kit.td(
            kit.row_name(row.number, _second(row), href=_href(row)),
            area="name",
            class_name="md:max-lg:max-w-[136px]",
        ),
        kit.td(due_day(row), area="when"),
        kit.td(
            kit.live(row.badge, kit.state_badge(row.badge, currency=row.currency)),
            rx.cond(row.being_paid, _payment(row)),
            area="state",
        ),
        kit.td(money(row.total_minor, row.currency, decimals=shown), num=True, drop=2),
        kit.td(_paid(row, shown), num=True, drop=1),
        kit.td(
            kit.live(
                row.balance_minor,
                rx.el.span(_balance(row, shown, code=True), class_name="lg:hidden"),
                rx.el.span(_balance(row, shown, code=False), class_name="max-lg:hidden"),
                say=t("portal.documents.changed", number=row.number),
            ),
            _instead(row),
            area="figure",
            num=True,
        ),
        kit.td(_extra(row), area="extra", class_name="only-s text-sm"),
        kit.td(_actions(row), area="actions"),
        selected=_ticked().contains(row.id),
        class_name=rx.cond(row.left, "opacity-60", ""),
        test_id="documents-row",
        data_number=row.number,
        key=row.id.to_string(),
    )


def _balance(row: Any, shown: Any, *, code: bool) -> rx.Component:
    """The column of totals names the currency; where there is no room for it, the balance does."""
    return money(
        row.balance_minor,
        row.currency,
        decimals=shown,
        zero="dash",
        code=code,
        class_name="font-medium",
    )


def _href(row: Any) -> Any:
    return rx.Var.create(f"{Portal.base}/documents/{row.id}")


def _second(row: Any) -> rx.Component:
    """Type, creation date and, where there are several, the company."""
    return rx.fragment(
        t_enum("kind", row.kind, Kind),
        " · ",
        day(row.issued_on),
        rx.cond(State.many_companies, rx.el.span(row.company, class_name="block cut")),
    )


def _payment(row: Any) -> rx.Component:
    """The way on from a document that is being paid: the person's own payment, or the document."""
    own = row.payment != ""
    return kit.text_link(
        rx.cond(own, payment_words(row.phase), t("portal.documents.open")),
        href=rx.cond(own, row.payment, _href(row)),
        class_name="block relative z-[1] text-sm",
        test_id="row-payment",
    )


def _paid(row: Any, shown: Any) -> rx.Component:
    return rx.fragment(
        money(row.paid_minor, row.currency, decimals=shown, zero="dash", code=False),
        rx.cond(row.method != "", rx.el.span(method_text(row.method), class_name="sub")),
    )


def _paid_text(row: Any) -> Any:
    """What was paid, or used of a credit kind, as a sentence's part."""
    paid = money_text(row.paid_minor, row.currency)
    used = t("portal.documents.card_used", used=paid)
    return rx.match(
        row.kind,
        *[(kind.value, used) for kind in sorted(CREDIT)],
        t("portal.documents.card_paid", paid=paid),
    )


def _total_text(row: Any) -> Any:
    return t("portal.documents.card_total", total=money_text(row.total_minor, row.currency))


def _method(row: Any) -> rx.Component:
    return rx.cond(row.method != "", rx.fragment(" · ", method_text(row.method)))


def _extra(row: Any) -> rx.Component:
    """On a phone card: what the columns say that it has no room for (mission 71, 72, 74)."""
    return rx.fragment(_total_text(row), ", ", _paid_text(row), _method(row))


def _instead(row: Any) -> rx.Component:
    """Beside the balance, what the columns say that this width dropped."""
    return rx.fragment(
        kit.instead(2, _total_text(row)), kit.instead(1, _paid_text(row), _method(row))
    )


def _actions(row: Any) -> rx.Component:
    """What can be done with one document (mission 75, 77)."""
    pdf = rx.Var.create(f"/files/documents/{row.id}.pdf")
    pay = kit.button(
        t("portal.documents.pay"),
        size="s",
        on_click=State.choose_one(row.id),
        aria_label=t("portal.documents.pay_one", number=row.number),
        class_name="on-card",
        test_id="row-pay",
    )
    return rx.el.div(
        rx.cond(row.payable, pay),
        kit.actions_menu(
            t("lists.actions_of", name=row.number),
            kit.menu_item(t("portal.documents.open"), icon="eye", href=_href(row)),
            kit.menu_item(t("portal.documents.print"), icon="receipt", on_click=print_pdf(pdf)),
            kit.menu_item(
                t("portal.documents.pdf"),
                icon="download",
                href=f"{pdf}?download",
                external=True,
            ),
            rx.cond(
                State.with_xml.contains(row.id),
                kit.menu_item(
                    t("portal.documents.xml"),
                    icon="download",
                    href=f"/files/documents/{row.id}.xml",
                    external=True,
                    test_id="row-xml",
                ),
            ),
            kit.menu_item(t("portal.documents.comment"), icon="chat", href=f"{_href(row)}#comment"),
            rx.cond(
                row.payable,
                kit.menu_item(
                    t("portal.documents.pay"),
                    icon="card",
                    on_click=State.choose_one(row.id),
                ),
            ),
        ),
        class_name="flex items-center justify-end gap-1 md:max-lg:flex-col"
        " max-md:[&>:not(.on-card)]:hidden",
    )


PAGE = Page(
    route="/portal/[space]/documents",
    view=view,
    title_key="portal.documents.title",
    face="portal",
    on_load=(State.load,),
)
