"""Staff: what came in today, what is late, what waits, and what just happened."""

from typing import Any

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.ui import kit
from clientportal.ui.documents.list_parts import lateness
from clientportal.ui.i18n import day, money, money_text, percent, t
from clientportal.ui.pages import Page
from clientportal.ui.staff.common import ROOT, StaffFrame, document_href, needs, staff_page
from clientportal.ui.staff.pauses import pause_banners
from clientportal.ui.staff.timeline import event_item
from clientportal.ui.staff.today_charts import (
    ageing_card,
    collection_card,
    debtors_card,
    listed,
    money_in,
)
from clientportal.ui.staff.today_state import StaffToday as State
from clientportal.ui.staff.today_waiting import waiting_card


def view() -> rx.Component:
    """Figures on top, then what waits at the left and the newest events at the right."""
    return staff_page(
        "today",
        rx.fragment(
            t("staff.today.title"),
            rx.el.span(
                day(State.on, "weekday"), class_name="ml-3 text-sm font-normal text-ink-3 only-l"
            ),
        ),
        pause_banners(class_name="mb-5"),
        rx.cond(State.is_new, _new(), _full()),
        tab_title=t("staff.today.title"),
        loaded=State.loaded,
        placeholder=rx.fragment(kit.skeleton_block(), kit.skeleton_rows()),
        actions=[
            _currencies(),
            needs(
                Permission.DOCUMENTS_EDIT,
                kit.link_button(
                    t("staff.billing.new"),
                    href=f"{StaffFrame.base}/billing/new",
                    kind="main",
                    icon="plus",
                    test_id="document-new",
                ),
            ),
        ],
    )


def _currencies() -> rx.Component:
    """One currency at a time; sums never cross them."""
    choice = rx.foreach(
        State.others,
        lambda code: rx.el.button(
            code,
            type="button",
            aria_pressed=rx.cond(State.shown.currency == code, "true", "false"),
            on_click=State.show_currency(code),
            data_testid=f"currency-{code}",
        ),
    )
    group = rx.el.div(choice, role="group", aria_label=t("staff.today.currency"), class_name="seg")
    return rx.cond(State.others.length() > 1, group, rx.fragment())


def _new() -> rx.Component:
    return kit.empty(
        "first",
        t("staff.today.new_title"),
        t("staff.today.new_text"),
        needs(
            Permission.DOCUMENTS_IMPORT,
            kit.link_button(
                t("staff.today.new_import"),
                href=f"{StaffFrame.base}/imports",
                kind="main",
                icon="upload",
            ),
        ),
        needs(
            Permission.DOCUMENTS_EDIT,
            kit.link_button(t("staff.today.new_document"), href=f"{StaffFrame.base}/billing/new"),
        ),
    )


def _full() -> rx.Component:
    return rx.el.div(
        _figures(),
        rx.el.div(
            rx.el.div(waiting_card(), debtors_card(), _late(), class_name="grid gap-5 min-w-0"),
            rx.el.div(collection_card(), _events(), class_name="grid gap-5 min-w-0"),
            class_name="grid gap-5 items-start lg:grid-cols-[minmax(0,1.4fr)_minmax(0,1fr)]",
        ),
        class_name="grid gap-5",
    )


def _figures() -> rx.Component:
    """The strip and, below it, what is open by age."""
    shown = State.shown
    return rx.el.section(
        kit.stat_strip(
            kit.stat(
                t("staff.today.received"),
                kit.live(
                    shown.received_minor,
                    _figure(shown.received_minor, "today-received"),
                    say=t(
                        "staff.today.said_received",
                        amount=money_text(shown.received_minor, shown.currency),
                    ),
                ),
                kit.text_link(
                    t("staff.today.payments", n=shown.received_count),
                    href=money_in(State.on, State.on),
                ),
            ),
            kit.stat(
                t("staff.today.overdue"),
                kit.live(shown.overdue_minor, _figure(shown.overdue_minor, "today-overdue")),
                _to(
                    "overdue",
                    rx.cond(
                        shown.overdue_minor > 0,
                        t("staff.today.share", share=percent(shown.overdue_share)),
                        t("staff.today.nothing_late"),
                    ),
                ),
            ),
            kit.stat(
                t("staff.today.open"),
                kit.live(shown.open_minor, _figure(shown.open_minor, "today-open")),
                _to("open", t("staff.today.documents", n=shown.open_count)),
            ),
            kit.stat(
                t("staff.today.credit"),
                kit.live(shown.credit_minor, _figure(shown.credit_minor, "today-credit")),
                _to("credit", t("staff.today.credit_of")),
            ),
        ),
        rx.cond(shown.open_minor > 0, ageing_card()),
        class_name="max-md:[&_.stats]:grid-cols-1",
        aria_label=t("staff.today.figures", currency=shown.currency),
        key=shown.currency,
    )


def _figure(minor: Any, test_id: str) -> rx.Component:
    return rx.el.span(
        money(minor, State.shown.currency, size="m", zero="figure"), data_testid=test_id
    )


def _to(state: str, text: Any) -> rx.Component:
    """A line of meaning that leads, as its whole tile does, to the documents behind its figure."""
    return kit.text_link(text, href=listed(state=state))


def _late() -> rx.Component:
    """The documents that have been overdue longest, in the currency that is shown."""

    def line(row: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                kit.link(
                    row.account, href=document_href(row.id), class_name="font-medium block cut"
                ),
                rx.el.div(
                    rx.el.span(row.number, class_name="text-sm text-ink-3 whitespace-nowrap"),
                    kit.state_badge(row.badge),
                    rx.el.span(lateness(row.badge, row.late_days), class_name="text-sm"),
                    class_name="flex flex-wrap gap-x-3",
                ),
                class_name="min-w-0",
            ),
            money(row.balance_minor, row.currency, class_name="font-medium"),
            class_name="flex items-center justify-between gap-3 px-4 py-2 min-h-12",
            key=row.id.to_string(),
        )

    return rx.cond(
        State.latest.length() > 0,
        kit.card(
            rx.el.ul(rx.foreach(State.latest, line), class_name="divide-y divide-line"),
            title=t("staff.today.latest"),
            action=_to("overdue", t("staff.today.all_late")),
            pad=False,
            test_id="today-late",
        ),
    )


def _events() -> rx.Component:
    return kit.card(
        rx.cond(
            State.events.length() > 0,
            kit.timeline(
                rx.foreach(State.events, lambda line: event_item(line, StaffFrame.zone)),
                test_id="today-events",
            ),
            rx.el.p(t("staff.today.no_events"), class_name="text-ink-2"),
        ),
        title=t("staff.today.events"),
        action=rx.el.span(t("staff.today.live"), class_name="now"),
    )


PAGE = Page(
    route=f"{ROOT}/today",
    view=view,
    title_key="staff.today.title",
    face="staff",
    on_load=(State.load,),
)
