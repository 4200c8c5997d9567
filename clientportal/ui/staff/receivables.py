"""Receivables: the customers' tray – who owes, how late, when we wrote and whom we can reach."""

from typing import Any

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.domain.receivables import ReceivableSort, Situation
from clientportal.ui import kit
from clientportal.ui.documents.list_parts import export_menu
from clientportal.ui.i18n import count, day, decimals, moment, money, t, t_enum
from clientportal.ui.pages import Page
from clientportal.ui.staff import account_words
from clientportal.ui.staff.common import ROOT, StaffFrame, needs, staff_page
from clientportal.ui.staff.contactability import reach_badge
from clientportal.ui.staff.receivables_filter import filter_chips, filter_drawer
from clientportal.ui.staff.receivables_state import BalanceLine, ReceivablesState
from clientportal.ui.staff.receivables_views import view_line

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = ReceivablesState

HOME = f"{StaffFrame.base}/receivables"
LATE: dict[str, tuple[Any, str]] = {
    Situation.EARLY: ("warn", "clock"),
    Situation.LATE_30: ("bad", "err"),
    Situation.LATE_60: ("bad", "err"),
    Situation.LATE_90: ("bad", "err"),
}
"""Situations that have a number of days: tone and icon."""


def _situation(line: Any) -> rx.Component:
    word = t_enum("staff.receivables.is", line.situation, Situation)
    days = t("staff.receivables.days", n=line.days_late)
    late = [(str(code), kit.state(word, tone, icon, days)) for code, (tone, icon) in LATE.items()]
    state = rx.match(
        line.situation,
        *late,
        ("current", kit.state(word, "good", "check")),
        kit.state(word, "", "dash"),
    )
    claim = kit.state(
        t("staff.receivables.is.claim"),
        "hot",
        "flag",
        rx.cond(line.disputed > 1, line.disputed.to_string(), ""),
    )
    return rx.el.div(
        state,
        rx.cond(line.disputed > 0, claim, rx.fragment()),
        class_name="flex flex-wrap gap-x-3",
    )


def _balance(line: Any) -> rx.Component:
    every = rx.Var(
        f"{State.rows!s}.flatMap((row) => row.balances)",
        _var_type=list[BalanceLine],
        _var_data=State.rows._get_all_var_data(),
    )
    shown = decimals(every, "owed_minor", "currency")
    owed = money(line.owed_minor, line.currency, zero="dash", decimals=shown, class_name="block")
    credit = rx.el.span(
        t("staff.accounts.credit"), " ", money(line.credit_minor, line.currency), class_name="sub"
    )
    return rx.fragment(
        rx.cond((line.owed_minor != 0) | (line.credit_minor == 0), owed, rx.fragment()),
        rx.cond(line.credit_minor != 0, credit, rx.fragment()),
    )


def _contacted(line: Any) -> rx.Component:
    when = rx.fragment(
        moment(line.contacted_at, StaffFrame.zone, "day"),
        rx.el.span(account_words.channel_word(line.channel), class_name="sub"),
    )
    never = rx.el.span(t("staff.receivables.never"), class_name="text-ink-3")
    return rx.cond(line.contacted_at != "", when, never)


def _contacted_on_card(line: Any) -> rx.Component:
    said = rx.el.span(
        t("staff.receivables.contacted"),
        ": ",
        moment(line.contacted_at, StaffFrame.zone, "day"),
        " · ",
        account_words.channel_word(line.channel),
        class_name="only-s sub",
    )
    return rx.cond(line.contacted_at != "", said, rx.fragment())


def _row(line: Any) -> rx.Component:
    account = f"{StaffFrame.base}/accounts/{line.id}"
    identified = rx.cond(
        line.tax_id != "",
        rx.fragment(account_words.tax_kind_word(line.tax_kind), " ", line.tax_id),
        line.code,
    )
    tags = rx.cond(line.tags.length() > 0, rx.fragment(" · ", line.tags.join(", ")), "")
    due = rx.cond(line.oldest_due != "", day(line.oldest_due), "—")
    late = rx.cond(line.days_late > 0, "text-bad whitespace-nowrap", "whitespace-nowrap")
    pencil = kit.link(
        kit.icon("pen"),
        href=f"{account}/edit{State.edit_query}",
        class_name="btn btn-ghost btn-s btn-i on-card",
        aria_label=t("staff.receivables.edit", name=line.name),
        test_id="receivables-edit",
    )
    return kit.tr(
        kit.td(
            kit.row_name(line.name, rx.fragment(identified, tags), href=account, title=line.name),
            area="name",
        ),
        kit.td(kit.live(line.situation, _situation(line)), area="state"),
        kit.td(
            rx.foreach(line.balances, _balance),
            rx.cond(line.balances.length() == 0, "—", ""),
            num=True,
            area="figure",
        ),
        kit.td(rx.el.span(due, class_name=late), area="when"),
        kit.td(_contacted(line), drop=2),
        kit.td(
            kit.live(
                line.reach, reach_badge(line.reach, line.alerted, line.addresses, "row-reach")
            ),
            _contacted_on_card(line),
            area="extra",
        ),
        kit.td(
            needs(Permission.ACCOUNTS_EDIT, rx.el.div(pencil, class_name="flex justify-end")),
            area="actions",
        ),
        key=line.id,
        test_id="receivables-row",
    )


def _total() -> Any:
    return rx.cond(
        State.capped,
        t("staff.accounts.many", shown=count(State.total, State.capped)),
        t("staff.accounts.count", n=State.total),
    )


def _table() -> rx.Component:
    def sorted_by(name: str, order: str) -> rx.Var[str]:
        return rx.cond(State.sort == name, order, "none")

    links = State.sort_href
    return kit.table(
        t("staff.receivables.caption"),
        head=[
            kit.th(
                t("staff.accounts.account"),
                href=links["name"],
                sorted=sorted_by("name", "ascending"),
            ),
            kit.th(t("staff.accounts.situation")),
            kit.th(
                t("staff.accounts.balance"),
                href=links["balance"],
                num=True,
                sorted=sorted_by("balance", "descending"),
            ),
            kit.th(
                t("staff.receivables.oldest"),
                href=links["oldest"],
                sorted=sorted_by("oldest", "ascending"),
            ),
            kit.th(t("staff.receivables.contacted"), drop=2),
            kit.th(t("staff.receivables.group.contact")),
            kit.th(t("staff.receivables.actions"), hidden_label=True),
        ],
        body=rx.foreach(State.rows, _row),
        foot=kit.pager(
            _total(),
            previous=State.previous_href,
            next=State.next_href,
            has_previous=State.previous_href != "",
            has_next=State.next_href != "",
        ),
        test_id="receivables",
    )


def _empty() -> rx.Component:
    none = kit.empty(
        "filter",
        t("staff.accounts.none_title"),
        t(
            "staff.accounts.none_text",
            what=rx.cond(
                State.q == "",
                t("staff.accounts.what.filters"),
                rx.cond(
                    State.chips.length() > 0,
                    t("staff.accounts.what.text_and_filters", text=State.q),
                    t("staff.accounts.what.text", text=State.q),
                ),
            ),
            n=State.others,
        ),
        kit.button(t("lists.clear_filters"), on_click=State.clear),
    )
    fresh = kit.empty(
        "first",
        t("staff.receivables.empty_title"),
        t("staff.receivables.empty_text"),
        needs(
            Permission.DOCUMENTS_IMPORT,
            kit.link_button(
                t("staff.today.new_import"), href=f"{StaffFrame.base}/imports", icon="upload"
            ),
        ),
    )
    return kit.card(rx.cond(State.narrowed, none, fresh), pad=False)


def _filters() -> rx.Component:
    sorts = [(sort.value, t(f"staff.receivables.sort_{sort.value}")) for sort in ReceivableSort]
    order = kit.filter_popover(
        "sort", t("staff.accounts.order"), sorts, rx.Var.create([State.sort]), State.order,
        multiple=False, usual=ReceivableSort.OLDEST.value,
    )  # fmt: skip
    return kit.filter_row(
        filter_drawer(),
        filter_chips(),
        rx.el.div(order, class_name="only-s"),
        search=kit.search_field(
            t("staff.accounts.search"),
            default_value=State.q,
            key=State.q_seq,
            on_change=State.find.debounce(300),
            max_length=100,
        ),
        result=kit.result_line(_total()),
    )


def view() -> rx.Component:
    """The tray, the member's views, the filters, then the table or why it is empty."""
    return staff_page(
        "receivables",
        t("nav.receivables"),
        kit.tabs(
            t("staff.receivables.trays"),
            kit.tab(
                t("staff.receivables.customers"), href=HOME, active=True, test_id="tray-customers"
            ),
            class_name="mb-4",
        ),
        kit.tab_panel(
            rx.el.div(
                view_line(State, HOME),
                _filters(),
                rx.cond(State.rows.length() > 0, _table(), _empty()),
                class_name="grid gap-4 min-w-0",
            )
        ),
        tab_title=t("nav.receivables"),
        loaded=State.loaded,
        actions=[export_menu(State.export_query, StaffFrame.base, what="receivables")],
    )


PAGE = Page(
    route=f"{ROOT}/receivables",
    view=view,
    title_key="nav.receivables",
    face="staff",
    on_load=(State.load,),
)
