"""The list of accounts: search, filters and order in the address, balances per currency."""

from typing import Any

import reflex as rx

from clientportal.domain.account_filters import AccountSort, LoginState
from clientportal.domain.permissions import Permission
from clientportal.ui import kit, places
from clientportal.ui.documents.list_parts import export_menu
from clientportal.ui.i18n import count, decimals, money, t
from clientportal.ui.pages import Page
from clientportal.ui.staff import account_words
from clientportal.ui.staff.accounts_state import AccountsState, BalanceLine
from clientportal.ui.staff.common import ROOT, StaffFrame, needs, staff_page

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = AccountsState


def situation(line: Any) -> rx.Component:
    """Overdue by how long, up to date, or nothing open."""
    late = t("staff.accounts.late", n=line.late)
    return rx.cond(
        line.late > 0,
        kit.state(t("staff.accounts.overdue_word"), "bad", "err", late),
        rx.cond(
            line.owes,
            kit.state(t("staff.accounts.up_to_date"), "good", "check"),
            kit.state(t("staff.accounts.nothing_open"), "", "dash"),
        ),
    )  # fmt: skip


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


def _row(line: Any) -> rx.Component:
    href = f"{StaffFrame.base}/accounts/{line.id}"
    identified = rx.cond(
        line.tax_id != "",
        rx.fragment(account_words.tax_kind_word(line.tax_kind), " ", line.tax_id),
        line.code,
    )
    people = t("staff.accounts.people", n=line.contacts)
    menu = kit.actions_menu(
        t("lists.actions_of", name=line.name),
        kit.menu_item(t("staff.accounts.actions_contacts"), icon="id", href=f"{href}?tab=contacts"),
        needs(
            Permission.ACCOUNTS_EDIT,
            kit.menu_item(
                t("staff.accounts.actions_edit"), icon="pen", href=f"{href}/edit", data_key="edit"
            ),
        ),
    )
    return kit.tr(
        kit.td(kit.row_name(line.name, identified, href=href, title=line.name), area="name"),
        kit.td(
            account_words.kind_word(line.kind),
            rx.el.span(line.tags.join(", "), class_name="sub"),
            drop=1,
        ),
        kit.td(
            kit.text_link(people, href=f"{href}?tab=contacts"),
            drop=2,
        ),
        kit.td(kit.access_state(line.login), area="when"),
        kit.td(kit.live(line.late, situation(line)), area="state"),
        kit.td(
            rx.foreach(line.balances, _balance),
            rx.cond(line.balances.length() == 0, "—", ""),
            num=True,
            area="figure",
        ),
        kit.td(menu, area="actions"),
        key=line.id,
        test_id="accounts-row",
    )


def _total() -> Any:
    shown = count(State.total, State.capped)
    return rx.cond(
        State.capped,
        t("staff.accounts.many", shown=shown),
        t("staff.accounts.count", n=State.total),
    )


def _filters() -> rx.Component:
    def popover(name: str, label: Any, options: Any) -> rx.Component:
        chosen = State.filters[name]
        return kit.filter_popover(name, label, options, chosen, State.choose(name), multiple=False)

    kinds = [(kind, account_words.kind_word(kind)) for kind in ("customer", "supplier")]
    logins = [(login.value, t(f"access.{login.value}")) for login in LoginState]
    sorts = [(sort.value, t(f"staff.accounts.sort_{sort.value}")) for sort in AccountSort]
    tags = rx.Var(
        f"{State.tags!s}.map((v) => ({{value: v, label: v}}))",
        _var_type=list[kit.Option],
        _var_data=State.tags._get_all_var_data(),
    )
    return kit.filter_row(
        popover("kind", t("staff.accounts.kind"), kinds),
        popover("login", t("staff.accounts.login"), logins),
        popover("overdue", t("staff.accounts.overdue"), [("1", t("staff.accounts.only_overdue"))]),
        rx.cond(
            State.countries.length() > 1,
            popover("country", t("staff.accounts.country"),
                    places.codes_with_names(State.countries)),
            rx.fragment(),
        ),
        rx.cond(
            State.tags.length() > 0,
            popover("tag", t("staff.accounts.tag"), tags),
            rx.fragment(),
        ),
        popover("sort", t("staff.accounts.order"), sorts),
        search=kit.search_field(
            t("staff.accounts.search"),
            default_value=State.q,
            key=State.q_seq,
            on_change=State.find.debounce(300),
            max_length=100,
        ),
        result=kit.result_line(_total()),
    )  # fmt: skip


def _empty() -> rx.Component:
    text = State.q
    what = rx.cond(
        text == "",
        t("staff.accounts.what.filters"),
        rx.cond(
            State.chosen,
            t("staff.accounts.what.text_and_filters", text=text),
            t("staff.accounts.what.text", text=text),
        ),
    )
    none = kit.empty(
        "filter",
        t("staff.accounts.none_title"),
        t("staff.accounts.none_text", what=what, n=State.others),
        kit.button(t("lists.clear_filters"), on_click=State.clear),
    )
    new = kit.link_button(
        t("staff.accounts.new"), icon="plus", href=f"{StaffFrame.base}/accounts/new"
    )
    fresh = kit.empty(
        "first",
        t("staff.accounts.empty_title"),
        t("staff.accounts.empty_text"),
        needs(
            Permission.DOCUMENTS_IMPORT,
            kit.link_button(
                t("staff.accounts.import"),
                href=f"{StaffFrame.base}/imports?kind=accounts",
                icon="upload",
            ),
        ),
        needs(Permission.ACCOUNTS_EDIT, new),
    )
    return kit.card(rx.cond(State.narrowed, none, fresh), pad=False)


def _table() -> rx.Component:
    def sorted_by(name: str, order: str) -> rx.Var[str]:
        return rx.cond(State.sort == name, order, "none")

    links = State.sort_href
    return kit.table(
        t("staff.accounts.caption"),
        head=[
            kit.th(t("staff.accounts.account"), href=links["name"],
                   sorted=sorted_by("name", "ascending")),
            kit.th(t("staff.accounts.kind"), drop=1),
            kit.th(t("staff.accounts.contacts"), drop=2),
            kit.th(t("staff.accounts.login")),
            kit.th(t("staff.accounts.situation")),
            kit.th(t("staff.accounts.balance"), href=links["balance"], num=True,
                   sorted=sorted_by("balance", "descending")),
            kit.th(t("lists.actions_of", name=""), hidden_label=True),
        ],
        body=rx.foreach(State.rows, _row),
        foot=kit.pager(
            _total(),
            previous=State.previous_href,
            next=State.next_href,
            has_previous=State.previous_href != "",
            has_next=State.next_href != "",
        ),
        test_id="accounts",
    )  # fmt: skip


def view() -> rx.Component:
    """Filters, then the table or why it is empty."""
    new = kit.link_button(
        t("staff.accounts.new"), icon="plus", kind="main",
        href=f"{StaffFrame.base}/accounts/new", test_id="account-new", data_key="new",
    )  # fmt: skip
    return staff_page(
        "accounts",
        t("staff.accounts.title"),
        rx.el.div(
            _filters(),
            rx.cond(State.rows.length() > 0, _table(), _empty()),
            class_name="grid gap-4 min-w-0",
        ),
        tab_title=t("staff.accounts.title"),
        loaded=State.loaded,
        actions=[
            needs(
                Permission.DOCUMENTS_IMPORT,
                kit.link_button(
                    rx.el.span(t("staff.accounts.import"), class_name="only-l"),
                    href=f"{StaffFrame.base}/imports?kind=accounts",
                    icon="upload",
                    aria_label=t("staff.accounts.import"),
                    test_id="accounts-import",
                ),
            ),
            needs(Permission.ACCOUNTS_EDIT, new),
            export_menu(State.export_query, StaffFrame.base, what="accounts"),
        ],
        keys={"n": "click:[data-key=new]"},
        key_labels={"n": t("staff.accounts.new")},
    )


PAGE = Page(
    route=f"{ROOT}/accounts",
    view=view,
    title_key="staff.accounts.title",
    face="staff",
    on_load=(State.load,),
)
