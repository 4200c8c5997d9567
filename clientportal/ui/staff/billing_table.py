"""The table of the staff's list of documents, and what can be done with the ticked rows."""

from typing import Any

import reflex as rx

from clientportal.domain.document_filters import SortField
from clientportal.domain.documents import Kind
from clientportal.ui import kit
from clientportal.ui.documents.list_parts import due_day, pages, sorted_by
from clientportal.ui.documents.picking import bundle_links
from clientportal.ui.i18n import count, day, decimals, money, t, t_enum
from clientportal.ui.staff.billing_state import StaffBilling
from clientportal.ui.staff.common import StaffFrame, document_href
from clientportal.ui.staff.document_words import mail_state
from clientportal.ui.staff.peek import eye

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = StaffBilling


def picked_bar() -> rx.Component:
    """The ticked rows, to be downloaded together; stays at the bottom."""
    return rx.cond(
        State.picked.length() > 0,
        kit.bulk_bar(
            t("lists.picked", n=State.picked.length()),
            *bundle_links(State.picked),
            on_clear=State.pick_none,
        ),
    )


def table() -> rx.Component:
    """The page's rows, each with its tick box."""
    return kit.table(
        t("staff.billing.caption", n=State.count),
        head=[
            kit.head_check(
                kit.check_all(
                    t("lists.pick_all"),
                    checked=State.all_picked,
                    mixed=(State.picked.length() > 0) & ~State.all_picked,
                    on_change=State.pick_all,
                )
            ),
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
    href = document_href(row.id)
    return kit.tr(
        kit.td(
            kit.row_check(
                t("lists.pick", name=name),
                checked=State.picked.contains(row.id),
                on_change=lambda on: State.pick(row.id, on),
                test_id="documents-check",
            ),
            area="check",
        ),
        kit.td(
            kit.row_name(
                name,
                rx.fragment(
                    t_enum("kind", row.kind, Kind),
                    rx.el.span(" · ", row.account, class_name="only-s"),
                ),
                href=href,
            ),
            area="name",
        ),
        kit.td(
            kit.link(
                row.account,
                href=f"{StaffFrame.base}/accounts/{row.account_id}",
                class_name="cut block relative z-[1] hover:underline",
            ),
            class_name="max-w-[260px]",
        ),
        kit.td(
            kit.live(row.badge, kit.state_badge(row.badge, currency=row.currency)),
            mail_state(row.mail),
            area="state",
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
        kit.td(eye(row.id, name), area="actions"),
        selected=State.picked.contains(row.id),
        class_name=rx.cond(row.left, "opacity-60", ""),
        test_id="documents-row",
        data_number=row.number,
        key=row.id.to_string(),
    )
