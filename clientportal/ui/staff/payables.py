"""Open documents of an account that money or credit is put on: rows, ticking, amounts, preview."""

from dataclasses import dataclass, replace
from typing import Any

import reflex as rx

from clientportal.domain.actors import Member
from clientportal.domain.document_filters import DocumentFilters, DocumentState, Sort, SortField
from clientportal.domain.documents import PAYABLE, Kind
from clientportal.domain.errors import Invalid
from clientportal.domain.money import parse_amount
from clientportal.rendering.formats import currency_digits
from clientportal.services import document_lists
from clientportal.ui import kit
from clientportal.ui.i18n import Text, day, error_text, money, t, t_enum
from clientportal.ui.session import read, utc_now
from clientportal.ui.values import iso

MOST = 200
"""Open documents that a drawer lists; oldest first reaches them all."""


@dataclass(frozen=True, slots=True)
class Payable:
    """An open document of the account. `amount_minor` is what of it is settled now."""

    id: int
    kind: str
    number: str
    due_on: str
    late: bool
    balance_minor: int
    chosen: bool
    amount_minor: int
    error: str = ""


async def open_payables(
    actor: Member, account_id: int, currency: str, chosen: object = 0
) -> list[Payable]:
    """What the account owes and nobody is paying now, earliest due first; one may be ticked."""
    filters = DocumentFilters(
        account_id=account_id,
        currencies=(currency,),
        kinds=tuple(sorted(PAYABLE)),
        state=DocumentState.OPEN,
    )
    page = await read(
        document_lists.list_documents,
        actor,
        filters=filters,
        sort=Sort(SortField.DUE_ON, descending=False),
        cursor="",
        now=utc_now(),
        limit=MOST,
    )
    return [
        Payable(
            id=row.id,
            kind=row.kind.value,
            number=row.number,
            due_on=iso(row.due_on),
            late=row.status.overdue_days > 0,
            balance_minor=row.balance_minor,
            chosen=row.id == chosen,
            amount_minor=row.balance_minor,
        )
        for row in page.rows
        if row.payable
    ]


def with_amount(row: Payable, text: object, currency: str) -> Payable:
    """The row with a typed amount, or with what is wrong about it."""
    try:
        minor = parse_amount(str(text)[:60], currency_digits(currency))
    except Invalid as error:
        return replace(row, error=error.error_code)
    if minor <= 0:
        return replace(row, error="amount_not_positive")
    if minor > row.balance_minor:
        return replace(row, error="more_than_balance")
    return replace(row, amount_minor=minor, error="")


def _name(row: Any) -> rx.Component:
    late = rx.cond(row.late, "max-md:block text-bad", "max-md:block")
    return rx.fragment(
        t_enum("kind", row.kind, Kind),
        " ",
        rx.el.span(row.number, class_name="whitespace-nowrap"),
        rx.cond(
            row.due_on != "",
            rx.el.span(
                rx.el.span(" · ", class_name="only-l"),
                rx.el.span(
                    rx.cond(
                        row.late,
                        t("staff.payment.was_due", date=day(row.due_on)),
                        t("staff.payment.due", date=day(row.due_on)),
                    ),
                    class_name=late,
                ),
                class_name="text-ink-3",
            ),
        ),
    )


def chosen_list(state: Any, legend: Text, *totals: rx.Component, name: str) -> rx.Component:
    """Ticked documents with the amount of each, and what they sum up to.

    `state` has `rows`, `currency`, `errors`, `choose`, `set_line`; `name` begins the test ids.
    """

    def line(row: Any) -> rx.Component:
        amount = kit.amount_field(
            f"line-{row.id}",
            t("staff.payment.amount_of", number=row.number),
            state.currency,
            id=f"line-{row.id}",
            hidden_label=True,
            default_minor=row.amount_minor,
            on_change=lambda text: state.set_line(row.id, text).debounce(250),
            error=row.error,
            test_id=f"{name}-line-amount",
        )
        return rx.el.li(
            rx.el.div(
                kit.checkbox(
                    _name(row),
                    checked=row.chosen,
                    on_change=lambda on: state.choose(row.id, on),
                    test_id=f"{name}-line",
                ),
                money(row.balance_minor, state.currency, code=False, class_name="text-sm"),
                class_name="flex items-start justify-between gap-3",
            ),
            rx.cond(row.chosen, rx.el.div(amount, class_name="pl-6 mt-1")),
            class_name="px-3 py-2",
            key=row.id.to_string(),
        )

    return rx.el.fieldset(
        rx.el.legend(legend, class_name="lb mb-2"),
        rx.el.ul(
            rx.foreach(state.rows, line),
            class_name="divide-y divide-line border border-line rounded-md",
        ),
        rx.cond(
            state.errors["lines"],
            rx.el.p(
                error_text(state.errors["lines"], state.error_params),
                class_name="text-sm text-bad mt-1",
                role="alert",
            ),
        ),
        kit.ledger(*totals),
    )


def preview_list(state: Any, title: Text, rest: Text, *, name: str) -> rx.Component:
    """Where an amount goes, oldest first, before it is booked."""

    def line(row: Any) -> rx.Component:
        return kit.ledger_line(
            _name(row), money(row.amount_minor, state.currency, code=False), key=row.id.to_string()
        )

    return rx.el.div(
        rx.el.div(title, class_name="lb"),
        kit.ledger(
            rx.foreach(state.preview, line),
            rx.cond(
                state.rest_minor > 0,
                kit.ledger_line(rest, money(state.rest_minor, state.currency, code=False)),
            ),
        ),
        data_testid=f"{name}-preview",
    )
