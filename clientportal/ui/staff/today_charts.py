"""Charts of the page Today: what is owed by age, what came in by month, who owes most.

Every figure and every bar leads to the list of documents that sums up to it.
"""

from typing import Any

import reflex as rx

from clientportal.domain.document_filters import DocumentState
from clientportal.domain.documents import MONEY_IN
from clientportal.ui import kit
from clientportal.ui.i18n import day, decimals, money, t
from clientportal.ui.staff.common import StaffFrame
from clientportal.ui.staff.today_state import StaffToday as State

RECEIPTS = ",".join(sorted(MONEY_IN))


def listed(**filters: Any) -> rx.Var[str]:
    """The address of the documents behind a figure of the currency that is shown."""
    query = "".join(f"&{name}={value}" for name, value in filters.items())
    return rx.Var.create(f"{StaffFrame.base}/billing?currency={State.shown.currency}{query}")


def money_in(first: Any, last: Any) -> rx.Var[str]:
    """The address of the receipts and advances of some days that stand."""
    issued = DocumentState.ISSUED
    return listed(kind=RECEIPTS, state=issued, issued_from=first, issued_to=last)


def ageing_card() -> rx.Component:
    """What is owed by days overdue."""
    parts = [State.shown.ageing[n] for n in range(5)]
    state = DocumentState.OPEN
    hrefs = [listed(state=state, due_from=part.first, due_to=part.last) for part in parts]
    shown = decimals(State.shown.ageing, "amount_minor", "currency")
    marks = [
        kit.live(
            part.amount_minor,
            money(part.amount_minor, part.currency, decimals=shown, zero="dash"),
        )
        for part in parts
    ]
    return kit.card(
        kit.ageing_chart(parts, State.shown.currency, hrefs, marks=marks),
        class_name="mt-3",
        test_id="today-ageing",
    )


def collection_card() -> rx.Component:
    """What came in, month by month, and in the twelve months together."""
    shown = State.shown
    all_months = money_in(shown.since, State.on)
    return kit.card(
        rx.cond(
            shown.collected_count > 0,
            kit.bars(rx.foreach(shown.months, _month), label=t("staff.today.collection")),
            rx.el.p(t("staff.today.nothing_in"), class_name="pad text-ink-2"),
        ),
        title=t("staff.today.collection"),
        action=rx.cond(
            shown.collected_count > 0,
            kit.text_link(
                kit.live(shown.collected_minor, money(shown.collected_minor, shown.currency)),
                href=all_months,
                class_name="n",
                test_id="today-collected",
            ),
        ),
        pad=False,
        test_id="today-collection",
    )


def _month(month: Any) -> rx.Component:
    figure = money(
        month.amount_minor,
        month.currency,
        decimals=decimals(State.shown.months, "amount_minor", "currency"),
        code=False,
        zero="dash",
    )
    return kit.bar(
        day(month.first, "month"),
        kit.live(month.amount_minor, figure),
        [(month.share, "b-in")],
        href=money_in(month.first, month.last),
        title=t("staff.today.payments", n=month.count),
        key=month.first,
        test_id="today-month",
    )


def debtors_card() -> rx.Component:
    """The accounts that owe most, and how much of it is late."""
    return rx.cond(
        State.shown.debtors.length() > 0,
        kit.card(
            kit.bars(rx.foreach(State.shown.debtors, _debtor), label=t("staff.today.debtors")),
            title=t("staff.today.debtors"),
            pad=False,
            test_id="today-debtors",
        ),
    )


def _debtor(row: Any) -> rx.Component:
    shown = decimals(State.shown.debtors, "owed_minor", "currency")
    late = kit.link(
        t("staff.today.late_part"),
        " ",
        money(row.overdue_minor, row.currency, decimals=shown, code=False),
        href=listed(account=row.id, state=DocumentState.OVERDUE),
        class_name="hover:underline",
    )
    return kit.bar(
        kit.link(
            row.name,
            href=f"{StaffFrame.base}/accounts/{row.id}",
            class_name="font-medium hover:underline",
        ),
        kit.live(row.owed_minor, money(row.owed_minor, row.currency, decimals=shown)),
        [(row.overdue_share, "a3"), (row.current_share, "a0")],
        href=listed(account=row.id, state=DocumentState.OPEN),
        meaning=rx.cond(row.overdue_minor > 0, late, t("staff.today.no_late_part")),
        key=row.id.to_string(),
        test_id="today-debtor",
    )
