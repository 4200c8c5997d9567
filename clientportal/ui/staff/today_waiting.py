"""What waits for a person on the staff page Today: payments, disputes, alerts, drafts."""

from typing import Any

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.domain.receivables import ReceivableFilters
from clientportal.services.receivables import OUT_OF_REACH, WITH_ALERTS
from clientportal.ui import kit
from clientportal.ui.i18n import count, moment, money, t
from clientportal.ui.staff.common import StaffFrame, needs
from clientportal.ui.staff.review_rows import review_reason
from clientportal.ui.staff.today_state import StaffToday as State
from clientportal.ui.values import url


def waiting_card() -> rx.Component:
    """What needs a person: payments in review or that hold documents, disputes, drafts, customers
    whom nothing reaches."""
    held = State.attempts.length() + State.reviews.length()
    piles = (State.disputed, State.drafts, State.unreachable, State.alerted)
    quiet = held == 0
    for pile in piles:
        quiet = quiet & (pile == 0)
    return kit.card(
        rx.cond(
            quiet,
            kit.empty("done", t("staff.today.calm_title"), t("staff.today.calm_text")),
            rx.el.ul(
                rx.foreach(State.reviews, _review),
                rx.foreach(State.attempts, _attempt),
                _pile(State.disputed, "flag", "c-hot", "disputed", "billing?state=disputed"),
                _pile(State.unreachable, "ban", "c-bad", "unreachable", _tray(OUT_OF_REACH)),
                _pile(State.alerted, "mail-x", "c-warn", "alerted", _tray(WITH_ALERTS)),
                _pile(State.drafts, "dash", "text-ink-3", "drafts", "billing?state=draft"),
                class_name="divide-y divide-line",
            ),
        ),
        title=t("staff.today.waiting"),
        pad=False,
        test_id="today-waiting",
    )


_LINE = "grid grid-cols-[18px_minmax(0,1fr)_auto] gap-x-3 gap-y-1 items-center px-4 py-2 min-h-12"


def _tray(filters: ReceivableFilters) -> str:
    return url("receivables", filters.to_query())


def _pile(number: Any, icon: str, look: str, name: str, where: str) -> rx.Component:
    href = f"{StaffFrame.base}/{where}"
    line = rx.el.li(
        rx.el.span(kit.icon(icon), class_name=look),
        kit.link(
            t(f"staff.today.{name}", n=number, shown=count(number)),
            href=href,
            class_name="font-medium hover:underline",
        ),
        kit.link_button(t("staff.today.look"), href=href, size="s"),
        class_name=_LINE,
        data_testid=f"today-{name}",
    )
    return rx.cond(number > 0, line)


def _review(row: Any) -> rx.Component:
    """A payment that does not match what was to be paid: whose, how much, why, and where to act."""
    account = kit.text_link(row.account, href=row.account_href)
    documents = rx.cond(
        row.numbers != "", rx.fragment(" · ", kit.text_link(row.numbers, href=row.href))
    )
    # Two reasons name the amount themselves.
    named = (row.reason == "amount") | (row.reason == "currency")
    amount = money(row.amount_minor, row.currency, class_name="text-ink-2")
    return rx.el.li(
        rx.el.span(kit.icon("warn"), class_name="c-warn"),
        rx.el.div(
            rx.el.div(t("staff.today.review"), " ", account, documents, class_name="font-medium"),
            rx.el.div(
                rx.cond(named, rx.fragment(), rx.fragment(amount, " · ")),
                review_reason(row),
                class_name="text-sm text-ink-3",
            ),
            class_name="min-w-0",
        ),
        kit.link_button(t("staff.today.review_go"), href=row.href, size="s", test_id="review-open"),
        class_name=_LINE,
        data_testid="today-review",
        key=row.id.to_string(),
    )


def _attempt(attempt: Any) -> rx.Component:
    """A payment under way: who, what, until when, and the way to give its documents free."""
    release = kit.confirm(
        t("staff.today.release_title", numbers=attempt.numbers),
        t("staff.today.release_text"),
        t("staff.today.release"),
        State.release(attempt.id),
        trigger=kit.button(
            t("staff.today.release"),
            size="s",
            busy=State.releasing == attempt.id,
            busy_text=t("staff.today.releasing"),
            test_id="attempt-release",
        ),
    )
    return rx.el.li(
        rx.el.span(kit.icon("clock"), class_name="c-info"),
        rx.el.div(
            rx.el.div(
                t("staff.today.paying", name=attempt.payer),
                " ",
                kit.text_link(
                    rx.el.span(
                        attempt.numbers,
                        class_name=rx.cond(attempt.numbers.contains(","), "", "whitespace-nowrap"),
                    ),
                    href=attempt.href,
                ),
                class_name="font-medium",
            ),
            rx.el.div(
                money(attempt.amount_minor, attempt.currency),
                " · ",
                t("staff.today.until", time=moment(attempt.expires_at, StaffFrame.zone, "time")),
                class_name="text-sm text-ink-3",
            ),
            class_name="min-w-0",
        ),
        needs(Permission.PAYMENTS_RELEASE, release),
        class_name=_LINE,
        data_testid="today-attempt",
        key=attempt.id.to_string(),
    )
