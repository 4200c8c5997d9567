"""Portal: what to do now – what is due, what is near, the last receipts (mission 44, 86)."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.ui import kit
from clientportal.ui.documents.list_parts import lateness
from clientportal.ui.i18n import day, money, money_text, page_title, t, t_enum
from clientportal.ui.pages import Page
from clientportal.ui.portal.common import Portal, frame
from clientportal.ui.portal.home_parts import ITEM, ONE, contact, receipts
from clientportal.ui.portal.home_state import PortalHome
from clientportal.ui.portal.underway import payment_words, underway_notes

State: Any = PortalHome


def view() -> rx.Component:
    """The slip of what is due at the right (first on the phone), what is pending at the left."""
    right = rx.el.div(
        rx.cond(State.dues.length() > 0, _slip(), _all_done()),
        rx.el.div(contact(), class_name="max-md:hidden"),
        class_name=f"{ONE} gap-6 md:col-start-2 md:row-start-1 content-start",
    )
    left = rx.el.div(
        rx.cond(State.todos.length() > 0, _todos()),
        receipts(),
        rx.el.div(contact(), class_name="md:hidden mt-6"),
        class_name="min-w-0 md:col-start-1 md:row-start-1 [&>section:first-child>.sec]:mt-0",
    )
    waiting = rx.el.div(kit.skeleton_rows(4), kit.skeleton_block(), class_name=GRID)
    return frame(
        "home",
        page_title("portal.home.title"),
        rx.el.h1(t("portal.home.title"), class_name="vh"),
        kit.loading(~State.loaded, waiting, rx.el.div(right, left, class_name=GRID)),
    )


GRID = f"{ONE} gap-6 md:gap-x-10 md:grid-cols-[minmax(0,1fr)_380px]"


def _slip() -> rx.Component:
    """The figure first: what is due most urgently, then one double-ruled total per currency."""
    first = State.dues[0]
    late = first.overdue_minor > 0
    free = first.balance_minor - first.paying_minor
    figure = rx.cond(late, first.overdue_minor, rx.cond(free > 0, free, first.paying_minor))
    label = rx.cond(free > 0, t("portal.home.owed"), t("portal.home.paying"))
    return kit.slip(
        rx.el.h2(
            rx.cond(late, t("portal.home.overdue"), label),
            class_name="text-md text-ink-2 font-medium",
        ),
        kit.live(
            figure,
            money(figure, first.currency, size="xl"),
            say=t("portal.home.changed"),
        ),
        rx.cond(
            late,
            kit.state(
                t("portal.home.late", n=first.overdue_count),
                tone="bad",
                icon="err",
                detail=t("portal.home.oldest", n=first.oldest_days),
                class_name="wr",
            ),
        ),
        kit.ledger(rx.foreach(State.dues, _due_lines), rx.foreach(State.dues, _due_total)),
        rx.foreach(State.dues, _credit),
        down=[
            underway_notes(State.underway),
            rx.cond(State.pays.length() > 0, _main_button(), _go_on()),
            rx.el.div(
                rx.cond(
                    (State.pays.length() == 1) & ~State.pays[0].overdue,
                    rx.fragment(),
                    kit.text_link(
                        t("portal.home.choose_others"),
                        href=f"{Portal.base}/documents?state=open&sort=due_on",
                    ),
                ),
                kit.text_link(t("portal.home.all_documents"), href=f"{Portal.base}/documents"),
                _statement(),
                class_name="flex flex-wrap justify-between gap-x-4 text-md",
            ),
        ],
        test_id="home-slip",
    )


def _statement() -> rx.Component:
    return kit.text_link(
        t("statement.link"), href=f"{Portal.base}/statement", test_id="home-statement"
    )


def _due_lines(due: Any) -> rx.Component:
    """What adds up to the balance: late, due next, everything after that, and being paid."""
    later = due.balance_minor - due.paying_minor - due.overdue_minor - due.next_minor
    return rx.fragment(
        rx.cond(
            due.overdue_minor > 0,
            kit.ledger_line(t("portal.home.line_overdue"), money(due.overdue_minor, due.currency)),
        ),
        rx.cond(
            due.next_on != "",
            kit.ledger_line(
                t("portal.home.line_next", date=day(due.next_on)),
                money(due.next_minor, due.currency),
            ),
        ),
        rx.cond(
            later > 0,
            kit.ledger_line(t("portal.home.line_later"), money(later, due.currency)),
        ),
        rx.cond(
            due.paying_minor > 0,
            kit.ledger_line(
                t("portal.home.line_paying"),
                money(due.paying_minor, due.currency),
                test_id="home-paying",
            ),
        ),
    )


def _due_total(due: Any) -> rx.Component:
    return kit.ledger_total(
        t("portal.home.total", currency=due.currency),
        due.balance_minor,
        due.currency,
        test_id="home-total",
    )


def _credit(due: Any) -> rx.Component:
    return rx.cond(
        due.credit_minor > 0,
        rx.el.p(
            t("portal.home.credit", amount=money_text(due.credit_minor, due.currency)),
            class_name="text-md text-ink-2",
        ),
    )


def _other(pay: Any) -> rx.Component:
    amount = money_text(pay.amount_minor, pay.currency)
    return kit.text_link(
        t("portal.home.pay_other", company=pay.company, amount=amount),
        href=pay.href,
        class_name="text-md",
    )


def _main_button() -> rx.Component:
    """One main button; what belongs to other companies or currencies is one quiet line each."""
    first = State.pays[0]
    several = State.pays.length() > 1
    label = rx.cond(
        first.overdue,
        rx.cond(
            several,
            t("portal.home.pay_overdue_to", company=first.company),
            t("portal.home.pay_overdue"),
        ),
        rx.cond(several, t("portal.home.pay_to", company=first.company), t("portal.home.choose")),
    )
    rest = rx.el.div(
        rx.foreach(
            State.pays[1:4],
            _other,
        ),
        class_name="grid gap-1",
    )
    return rx.fragment(
        kit.link_button(
            rx.el.span(label, class_name="whitespace-normal"),
            href=first.href,
            kind="main",
            size="l",
            block=True,
            test_id="home-pay",
        ),
        rx.cond(several, rest),
    )


def _go_on() -> rx.Component:
    """All that is owed is being paid or contested: the way back into the person's own payment."""
    own = State.underway[0]
    return rx.cond(
        (State.underway.length() > 0) & (own.href != ""),
        kit.link_button(
            payment_words(own.phase),
            href=own.href,
            kind="main",
            size="l",
            block=True,
            test_id="home-go-on",
        ),
    )


def _all_done() -> rx.Component:
    """Nothing is owed (looks.md §9 row 14)."""
    return rx.el.div(
        kit.empty(
            "done",
            t("portal.home.done"),
            t("portal.home.done_text"),
            kit.link_button(
                t("portal.home.all_documents"), href=f"{Portal.base}/documents", kind="main"
            ),
            rx.el.div(_statement(), class_name="mt-2 text-md"),
        ),
        class_name="card",
    )


def _todos() -> rx.Component:
    more = rx.cond(
        State.todo_more > 0,
        kit.text_link(
            t("portal.home.todo_more", n=State.todo_more),
            href=f"{Portal.base}/documents?state=open&sort=due_on",
            class_name="text-md",
        ),
    )
    return kit.section(
        t("portal.home.todo"),
        rx.el.ul(rx.foreach(State.todos, _todo_item), class_name="card"),
        action=more,
    )


def _todo_item(todo: Any) -> rx.Component:
    words = rx.cond(
        todo.being_paid,
        rx.cond(todo.phase != "", payment_words(todo.phase), t("portal.documents.open")),
        t("portal.home.pay_one"),
    )
    return rx.el.li(
        rx.el.div(
            kit.link(
                t_enum("kind", todo.kind, Kind),
                " ",
                rx.el.span(todo.number, class_name="whitespace-nowrap"),
                href=todo.href,
                class_name="font-medium after:absolute after:inset-0",
            ),
            rx.el.div(todo.company, class_name="text-md text-ink-2"),
            kit.live(todo.badge, kit.state_badge(todo.badge, long=True)),
            rx.el.div(lateness(todo.badge, todo.late_days), class_name="text-md"),
            class_name="grow",
        ),
        rx.el.div(
            money(todo.balance_minor, todo.currency, class_name="font-medium"),
            rx.el.div(day(todo.due_on), class_name="text-md text-ink-2"),
            class_name="text-right",
        ),
        kit.link_button(words, href=todo.action, size="s", class_name="only-l relative z-10"),
        class_name=ITEM,
        data_row="",
        data_testid="home-todo",
        key=todo.id.to_string(),
    )


PAGE = Page(
    route="/portal/[space]",
    view=view,
    title_key="portal.home.title",
    face="portal",
    on_load=(State.load,),
)
