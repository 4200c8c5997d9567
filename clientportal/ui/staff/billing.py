"""Staff: every document of the company, filtered, searched, sorted and summed (issue item 5)."""

from typing import Any

import reflex as rx

from clientportal.domain.document_filters import DocumentState, SortField
from clientportal.domain.documents import Kind
from clientportal.domain.permissions import Permission
from clientportal.ui import kit
from clientportal.ui.documents.list_parts import (
    ORDERS,
    day_range,
    due_day,
    order_choice,
    pages,
    sorted_by,
)
from clientportal.ui.i18n import count, day, decimals, money, money_text, t, t_enum
from clientportal.ui.pages import Page
from clientportal.ui.staff.billing_state import StaffBilling as State
from clientportal.ui.staff.common import ROOT, StaffFrame, allowed, needs, staff_page


def view() -> rx.Component:
    return staff_page(
        "billing",
        t("staff.billing.title"),
        _tools(),
        rx.cond(
            State.ignored,
            kit.note(t("staff.billing.ignored"), tone="warn", class_name="mb-3"),
        ),
        rx.cond(State.rows.length() > 0, _table(), _empty()),
        tab_title=t("staff.billing.title"),
        loaded=State.loaded,
        actions=[
            needs(
                Permission.DOCUMENTS_IMPORT,
                kit.link_button(
                    rx.el.span(t("staff.billing.import"), class_name="only-l"),
                    href=f"{StaffFrame.base}/imports",
                    icon="upload",
                    aria_label=t("staff.billing.import"),
                    test_id="documents-import",
                ),
            ),
            _new_button(),
        ],
        keys={"n": "click:[data-key=new]"},
        key_labels={"n": t("staff.billing.new")},
    )


def _new_button() -> rx.Component:
    return needs(
        Permission.DOCUMENTS_EDIT,
        kit.link_button(
            t("staff.billing.new"),
            href=f"{StaffFrame.base}/billing/new",
            kind="main",
            icon="plus",
            data_key="new",
            test_id="document-new",
        ),
    )


def _choice(name: str, options: Any, selected: Any, *, multiple: bool = True) -> rx.Component:
    return kit.filter_popover(
        name,
        t(f"staff.billing.by_{name}"),
        options,
        selected,
        lambda values: State.narrow(name, values),
        multiple=multiple,
    )


def _tools() -> rx.Component:
    """Search and filters; each of them is part of the address."""
    states = [(state.value, t(f"staff.billing.state.{state}")) for state in DocumentState]
    kinds = [(kind.value, t(f"kind.{kind}")) for kind in Kind]
    orders = [(value, t(f"staff.billing.order.{name}")) for value, name in ORDERS]
    account = kit.filter_chip(
        "account", t("staff.billing.by_account"), State.account_name, State.narrow("account", [])
    )
    return kit.filter_row(
        _choice("state", states, State.states, multiple=False),
        _choice("kind", kinds, State.kind),
        _choice("currency", State.currencies, State.currency),
        _days("issued"),
        _days("due"),
        rx.cond(State.account_name != "", account),
        order_choice(
            State, t("staff.billing.by_sort"), orders, lambda values: State.narrow("sort", values)
        ),
        search=kit.search_field(
            t("staff.billing.search"),
            default_value=State.q,
            key=State.search_key,
            on_change=State.search.debounce(300),
            class_name="md:w-[280px]",
        ),
        result=_sums(),
        class_name="mb-3",
    )


def _days(name: str) -> rx.Component:
    return day_range(
        State,
        name,
        t(f"staff.billing.by_{name}"),
        t("staff.billing.from"),
        t("staff.billing.to"),
        t("staff.billing.apply"),
    )


def _sums() -> rx.Component:
    """How many there are and what they sum up to, per currency and never across."""
    return rx.el.div(
        rx.el.span(
            t("staff.billing.count", n=State.count, shown=count(State.count, State.capped)),
            data_testid="documents-count",
        ),
        rx.foreach(
            State.sums,
            lambda row: rx.fragment(
                rx.cond(
                    row.balance_minor > 0,
                    rx.el.span(
                        " · ",
                        t("staff.billing.owed", sum=money_text(row.balance_minor, row.currency)),
                    ),
                ),
                rx.cond(
                    row.credit_minor > 0,
                    rx.el.span(
                        " · ",
                        t("staff.billing.credit", sum=money_text(row.credit_minor, row.currency)),
                    ),
                ),
            ),
        ),
        class_name="ml-auto text-sm text-ink-2 tabular-nums",
        role="status",
    )


def _empty() -> rx.Component:
    first = kit.empty(
        "first",
        t("staff.billing.none"),
        t("staff.billing.none_text"),
        needs(
            Permission.DOCUMENTS_IMPORT,
            kit.link_button(
                t("staff.billing.import"), href=f"{StaffFrame.base}/imports", icon="upload"
            ),
        ),
        rx.cond(allowed(Permission.DOCUMENTS_EDIT), _new_first()),
    )
    nothing = kit.empty(
        "filter",
        t("staff.billing.none_match"),
        t("staff.billing.none_match_text", n=State.behind, shown=count(State.behind)),
        kit.link_button(t("lists.clear_filters"), href=State.clear_href, kind="main"),
    )
    return kit.card(rx.cond(State.filtered, nothing, first), pad=False)


def _new_first() -> rx.Component:
    return kit.link_button(
        t("staff.billing.new"), href=f"{StaffFrame.base}/billing/new", kind="main", icon="plus"
    )


def _table() -> rx.Component:
    return kit.table(
        t("staff.billing.caption", n=State.count),
        head=[
            kit.th(t("staff.billing.col_number"), **sorted_by(State, SortField.NUMBER)),
            kit.th(t("staff.billing.col_account")),
            kit.th(t("staff.billing.col_state")),
            kit.th(t("staff.billing.col_issued"), drop=1, **sorted_by(State, SortField.ISSUED_ON)),
            kit.th(t("staff.billing.col_due"), **sorted_by(State, SortField.DUE_ON)),
            kit.th(
                t("staff.billing.col_total"), num=True, drop=2, **sorted_by(State, SortField.TOTAL)
            ),
            kit.th(t("staff.billing.col_balance"), num=True, **sorted_by(State, SortField.BALANCE)),
            kit.th(t("staff.billing.col_actions"), hidden_label=True),
        ],
        body=rx.foreach(State.rows, _row),
        foot=pages(
            State,
            t(
                "staff.billing.shown",
                shown=State.rows.length(),
                all=count(State.count, State.capped),
            ),
        ),
    )


def _row(row: Any) -> rx.Component:
    shown = decimals(State.rows, "total_minor", "currency")
    name = rx.cond(row.number != "", row.number, t("state.draft"))
    return kit.tr(
        kit.td(
            kit.row_name(
                name,
                rx.fragment(
                    t_enum("kind", row.kind, Kind),
                    rx.el.span(" · ", row.account, class_name="only-s"),
                ),
                href=row.href,
            ),
            area="name",
        ),
        kit.td(
            kit.link(
                row.account,
                href=row.account_href,
                class_name="cut block relative z-[1] hover:underline",
            ),
            class_name="max-w-[260px]",
        ),
        kit.td(
            kit.live(row.badge, kit.state_badge(row.badge, currency=row.currency)), area="state"
        ),
        kit.td(day(row.issued_on), drop=1, class_name="whitespace-nowrap"),
        kit.td(due_day(row), area="when"),
        kit.td(money(row.total_minor, row.currency, decimals=shown), num=True, drop=2),
        kit.td(
            kit.live(
                row.balance_minor,
                money(
                    row.balance_minor,
                    row.currency,
                    decimals=shown,
                    zero="dash",
                    class_name="font-medium",
                ),
                say=t("staff.billing.changed", number=row.number),
            ),
            area="figure",
            num=True,
        ),
        kit.td(
            kit.link(
                kit.icon("eye"),
                href=row.href,
                aria_label=t("staff.billing.open", name=name),
                class_name="btn btn-ghost btn-s btn-i",
            ),
            area="actions",
        ),
        test_id="documents-row",
        data_number=row.number,
        key=row.id.to_string(),
    )


PAGE = Page(
    route=f"{ROOT}/billing",
    view=view,
    title_key="staff.billing.title",
    face="staff",
    on_load=(State.load,),
)
