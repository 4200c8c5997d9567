"""An account's page: summary, its documents, its people and who may enter, what happened."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.domain.permissions import Permission
from clientportal.ui import kit, places
from clientportal.ui.address import is_read
from clientportal.ui.i18n import day, decimals, money, t, t_enum
from clientportal.ui.pages import Page
from clientportal.ui.staff import account_words, interaction_list
from clientportal.ui.staff.account_people import contacts_tab
from clientportal.ui.staff.account_state import TABS, AccountState
from clientportal.ui.staff.common import ROOT, StaffFrame, needs, staff_page
from clientportal.ui.staff.contactability import reach_badge
from clientportal.ui.staff.document_words import mail_state
from clientportal.ui.staff.pauses import pause_banners
from clientportal.ui.staff.peek import eye, peek_dialog
from clientportal.ui.staff.send import send_drawer
from clientportal.ui.staff.timeline import event_item

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = AccountState

ASIDE = "grid gap-5 min-w-0 items-start min-[1080px]:grid-cols-[minmax(0,1fr)_300px]"


def _identified() -> Any:
    return rx.cond(
        State.tax_id != "",
        rx.el.span(
            account_words.tax_kind_word(State.tax_kind), " ", State.tax_id,
            class_name="whitespace-nowrap",
        ),
        rx.fragment(),
    )  # fmt: skip


def _invoice_button(test_id: str) -> rx.Component:
    """The way to a new invoice of this account."""
    account_id = State.path.split("/")[-1]
    return kit.link_button(
        rx.el.span(t("staff.billing.new"), class_name="max-lg:sr-only"),
        icon="plus",
        href=f"{StaffFrame.base}/billing/new?account={account_id}",
        test_id=test_id,
    )


def _head() -> rx.Component:
    facts = rx.el.div(
        kit.access_state(State.login),
        kit.link(
            reach_badge(State.reach, State.alerted, State.addresses, "account-reach"),
            href=f"{State.path}?tab=contacts",
            class_name="no-underline",
        ),
        rx.cond(
            State.pending > 0,
            kit.state(t("staff.account.pending", n=State.pending), "", "clock"),
            rx.fragment(),
        ),
        _identified(),
        rx.el.span(account_words.kind_word(State.kind)),
        class_name="flex flex-wrap items-center gap-x-4 text-sm text-ink-2",
    )
    edit = kit.link_button(
        rx.el.span(t("staff.account.edit"), class_name="max-[359px]:sr-only"), icon="pen",
        href=f"{State.path}/edit", test_id="account-edit", data_key="edit-account",
    )  # fmt: skip
    statement = kit.link_button(
        rx.el.span(t("statement.link"), class_name="max-md:sr-only"), icon="receipt",
        href=f"{State.path}/statement", test_id="account-statement",
    )  # fmt: skip
    return rx.el.header(
        rx.el.div(
            rx.el.span(kit.company_mark(State.name, "l"), class_name="only-l"),
            rx.el.div(
                rx.el.h1(State.name, class_name="two", title=State.name),
                facts,
                class_name="grow min-w-0 basis-full md:basis-0",
            ),
            statement,
            needs(Permission.DOCUMENTS_EDIT, _invoice_button("account-invoice")),
            needs(Permission.ACCOUNTS_EDIT, edit),
            class_name="flex flex-wrap md:flex-nowrap items-center gap-3 flex-1 min-w-0 py-2",
        ),
        class_name="phd border-b-0",
    )


def _tabs() -> rx.Component:
    counts = {"billing": State.documents, "contacts": State.contacts}
    return rx.el.div(
        kit.tabs(
            t("staff.account.tabs"),
            *[
                kit.tab(
                    t(f"staff.account.tab_{name}"),
                    href=f"{State.path}?tab={name}",
                    active=State.tab == name,
                    count=counts.get(name),
                    test_id=f"tab-{name}",
                )
                for name in TABS
            ],
        ),
        class_name="px-4 min-[901px]:px-6 border-b border-line [&_.tabs]:border-b-0",
    )


def _balance(card: Any) -> rx.Component:
    oldest = rx.cond(
        card.oldest_due != "",
        rx.cond(
            card.late > 0,
            t("staff.account.oldest_late", date=day(card.oldest_due), n=card.late),
            t("staff.account.next_due", date=day(card.oldest_due)),
        ),
        t("staff.account.nothing_due"),
    )
    return kit.stat_strip(
        kit.stat(
            t("staff.account.owed"),
            kit.live(card.owed_minor, money(card.owed_minor, card.currency)),
            t("staff.account.open", n=card.open_count),
        ),
        kit.stat(
            t("staff.account.overdue"),
            money(card.overdue_minor, card.currency, zero="dash",
                  class_name=rx.cond(card.overdue_minor > 0, "c-bad", "")),
            oldest,
        ),
        kit.stat(
            t("staff.account.credit"),
            money(card.credit_minor, card.currency, zero="dash"),
            t("staff.account.credit_means"),
        ),
    )  # fmt: skip


def _payment(line: Any) -> rx.Component:
    return kit.tr(
        kit.td(
            kit.row_name(
                rx.cond(line.number != "", line.number, t("staff.account.draft")),
                t_enum("kind", line.kind, Kind),
                href=line.href,
            ),
            area="name",
        ),
        kit.td(day(line.issued_on), area="when"),
        kit.td(kit.state_badge(line.badge, currency=line.currency), area="state"),
        kit.td(money(line.total_minor, line.currency), num=True, area="figure"),
        key=line.id,
    )


def _payments() -> rx.Component:
    table = kit.table(
        t("staff.account.payments"),
        head=[
            kit.th(t("staff.account.receipt")),
            kit.th(t("staff.account.date")),
            kit.th(t("staff.account.state")),
            kit.th(t("staff.account.received"), num=True),
        ],
        body=rx.foreach(State.payments, _payment),
    )
    none = kit.card(rx.el.p(t("staff.account.no_payments"), class_name="text-ink-2"))
    return kit.section(
        t("staff.account.payments"),
        rx.cond(State.payments.length() > 0, table, none),
    )


def _other(line: Any) -> rx.Component:
    return rx.el.li(
        kit.text_link(line.name, href=line.href),
        rx.el.span(" ", line.code, class_name="text-ink-3 text-sm"),
    )


def _address_line(line: Any) -> rx.Component:
    return rx.el.span(line, class_name="block")


def _event(line: Any) -> rx.Component:
    return event_item(line, StaffFrame.zone)


def _facts() -> rx.Component:
    nothing = rx.el.span("—", class_name="text-ink-3")
    address = rx.cond(
        State.address.length() > 0,
        rx.foreach(State.address, _address_line),
        nothing,
    )
    tags = rx.cond(State.tags.length() > 0, State.tags.join(", "), nothing)
    return kit.card(
        kit.pairs(
            kit.pair(t("staff.account.code"), State.code),
            rx.cond(
                State.tax_id != "",
                kit.pair(account_words.tax_kind_word(State.tax_kind), State.tax_id),
                rx.fragment(),
            ),
            kit.pair(t("staff.accounts.country"), places.country_name(State.country)),
            kit.pair(t("staff.account.address"), address),
            kit.pair(t("staff.account.tags"), tags),
        ),
        title=t("staff.account.facts"),
        action=needs(
            Permission.ACCOUNTS_EDIT,
            kit.text_link(t("staff.account.edit"), href=f"{State.path}/edit"),
        ),
        test_id="account-facts",
    )


def _summary() -> rx.Component:
    same = kit.card(
        rx.el.p(t("staff.account.same_text"), class_name="text-sm text-ink-2 mb-2"),
        rx.el.ul(rx.foreach(State.same, _other), class_name="grid gap-1"),
        title=t("staff.account.same"),
        test_id="same-customer",
    )
    nothing = kit.card(
        kit.empty("done", t("staff.account.nothing_title"), t("staff.account.nothing_text"))
    )
    return rx.el.div(
        rx.el.div(
            rx.cond(
                State.balances.length() > 0,
                rx.foreach(State.balances, _balance),
                nothing,
            ),
            _payments(),
            class_name="grid gap-5 min-w-0 max-[640px]:[&_.stats]:grid-cols-1",
        ),
        rx.el.aside(
            _facts(),
            rx.cond(State.same.length() > 0, same, rx.fragment()),
            class_name="grid gap-5 min-w-0",
        ),
        class_name=ASIDE,
    )


def _document(line: Any) -> rx.Component:
    rows = State.rows
    kind = t_enum("kind", line.kind, Kind)
    due = rx.cond(line.due_on != "", day(line.due_on), "—")
    name = rx.cond(line.number != "", line.number, t("staff.account.draft"))
    return kit.tr(
        kit.td(
            kit.row_name(
                name,
                rx.fragment(kind, rx.cond(line.concept != "", f" · {line.concept}", "")),
                href=line.href,
            ),
            area="name",
        ),
        kit.td(day(line.issued_on)),
        kit.td(due, area="when"),
        kit.td(
            kit.state_badge(line.badge, currency=line.currency),
            mail_state(line.mail),
            area="state",
        ),
        kit.td(
            money(line.total_minor, line.currency,
                  decimals=decimals(rows, "total_minor", "currency")),
            num=True, drop=2,
        ),
        kit.td(
            money(line.balance_minor, line.currency, zero="dash",
                  decimals=decimals(rows, "balance_minor", "currency")),
            num=True, area="figure",
        ),
        kit.td(eye(line.id, name), area="actions"),
        key=line.id,
        test_id="account-document",
    )  # fmt: skip


def _billing() -> rx.Component:
    table = kit.table(
        t("staff.account.tab_billing"),
        head=[
            kit.th(t("staff.account.document")),
            kit.th(t("staff.account.issued")),
            kit.th(t("staff.account.due")),
            kit.th(t("staff.account.state")),
            kit.th(t("staff.account.total"), num=True, drop=2),
            kit.th(t("staff.accounts.balance"), num=True),
            kit.th(t("staff.billing.col_actions"), hidden_label=True),
        ],
        body=rx.foreach(State.rows, _document),
        foot=kit.pager(
            t("staff.account.documents", n=State.documents),
            previous=State.previous_href,
            next=State.next_href,
            has_previous=State.previous_href != "",
            has_next=State.next_href != "",
        ),
    )
    none = kit.card(
        kit.empty(
            "first",
            t("staff.account.no_documents"),
            t("staff.account.no_documents_text"),
            needs(Permission.DOCUMENTS_EDIT, _invoice_button("account-first-invoice")),
        )
    )
    return rx.cond(State.rows.length() > 0, table, none)


def _activity() -> rx.Component:
    older = kit.link_button(t("staff.account.older"), href=State.older_href, size="s")
    return kit.card(
        kit.timeline(
            rx.foreach(State.events, _event),
            data_testid="activity",
        ),
        rx.cond(State.older_href != "", older, rx.fragment()),
        title=t("staff.account.tab_activity"),
        class_name="max-w-[720px]",
    )


def view() -> rx.Component:
    """Head, tabs and the open tab."""
    tab = rx.match(
        State.tab,
        ("billing", _billing()),
        ("contacts", contacts_tab()),
        ("messages", interaction_list.panel(of_account=True)),
        ("activity", _activity()),
        _summary(),
    )
    panel = kit.tab_panel(pause_banners(class_name="mb-5"), tab, class_name="bd")
    whole = rx.fragment(_head(), _tabs(), panel, peek_dialog(), send_drawer())
    return staff_page(
        "accounts",
        State.name,
        whole,
        tab_title=rx.cond(State.name != "", State.name, t("staff.accounts.title")),
        loaded=State.loaded & is_read(),
        placeholder=rx.el.div(kit.skeleton_block(), class_name="bd"),
        bare=True,
        keys={"e": "click:[data-key=edit-account]"},
    )


PAGE = Page(
    route=f"{ROOT}/accounts/[account_id]",
    view=view,
    title_key="staff.accounts.title",
    face="staff",
    on_load=(State.load,),
)
