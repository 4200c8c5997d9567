"""Staff: every document of the company, filtered, searched, sorted and summed (issue item 5)."""

from typing import Any

import reflex as rx

from clientportal.domain.document_filters import DocumentState
from clientportal.domain.documents import Kind
from clientportal.domain.permissions import Permission
from clientportal.ui import kit
from clientportal.ui.documents.list_parts import (
    ORDERS,
    day_range,
    export_menu,
    order_choice,
)
from clientportal.ui.i18n import count, money_text, t
from clientportal.ui.pages import Page
from clientportal.ui.staff.billing_state import StaffBilling as State
from clientportal.ui.staff.billing_table import picked_bar, table
from clientportal.ui.staff.common import ROOT, StaffFrame, needs, staff_page
from clientportal.ui.staff.peek import peek_dialog
from clientportal.ui.staff.send import send_drawer


def view() -> rx.Component:
    return staff_page(
        "billing",
        t("staff.billing.title"),
        _tools(),
        rx.cond(
            State.ignored,
            kit.note(t("staff.billing.ignored"), tone="warn", class_name="mb-3"),
        ),
        rx.cond(
            State.rows.length() > 0,
            rx.el.div(kit.new_bar(State.waiting, State.show_new), table()),
            _empty(),
        ),
        picked_bar(),
        peek_dialog(),
        send_drawer(),
        tab_title=t("staff.billing.title"),
        loaded=State.loaded,
        actions=[
            needs(
                Permission.DOCUMENTS_IMPORT,
                kit.link_button(
                    t("staff.billing.import"),
                    href=f"{StaffFrame.base}/imports",
                    icon="upload",
                    class_name="only-l",
                    test_id="documents-import",
                ),
            ),
            _new_button(),
            export_menu(State.export_query, StaffFrame.base, *_menu_items()),
        ],
        keys={"n": "click:[data-key=new]"},
        key_labels={"n": t("staff.billing.new")},
    )


def _menu_items() -> tuple[rx.Component, ...]:
    """The templates, and on a phone the way to the import as well."""
    bring = kit.menu_item(
        t("staff.billing.import"),
        href=f"{StaffFrame.base}/imports",
        icon="upload",
        class_name="only-s",
    )
    templates = kit.menu_item(
        t("staff.template.title"),
        href=f"{StaffFrame.base}/billing/templates",
        icon="form",
        test_id="documents-templates",
    )
    return needs(Permission.DOCUMENTS_IMPORT, bring), templates


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
                    row.received_minor > 0,
                    rx.el.span(
                        " · ",
                        t(
                            "staff.billing.received",
                            sum=money_text(row.received_minor, row.currency),
                        ),
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
        needs(
            Permission.DOCUMENTS_EDIT,
            kit.link_button(
                t("staff.billing.new"), href=f"{StaffFrame.base}/billing/new", icon="plus"
            ),
        ),
    )
    nothing = kit.empty(
        "filter",
        t("staff.billing.none_match"),
        t("staff.billing.none_match_text", n=State.behind, shown=count(State.behind)),
        kit.link_button(t("lists.clear_filters"), href=State.clear_href, kind="main"),
    )
    return kit.card(rx.cond(State.filtered, nothing, first), pad=False)


PAGE = Page(
    route=f"{ROOT}/billing",
    view=view,
    title_key="staff.billing.title",
    face="staff",
    on_load=(State.load,),
)
