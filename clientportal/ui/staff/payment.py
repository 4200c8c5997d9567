"""Staff: the drawer that records money received; any page of an account can open it."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.ui import kit
from clientportal.ui.i18n import day, error_text, money, t, t_enum
from clientportal.ui.staff.document_words import method_options
from clientportal.ui.staff.payment_state import MODES, StaffPayment

State = StaffPayment
FORM = "payment-form"


def payment_drawer() -> rx.Component:
    """Put it once on a page; `StaffPayment.start(account_id, currency, document_id)` opens it."""
    return kit.drawer(
        t("staff.payment.title"),
        rx.cond(State.is_open, _form()),
        open=State.is_open,
        on_close=State.shut,
        footer=[
            kit.close_button(),
            kit.submit(t("staff.payment.book"), form=FORM, test_id="payment-book"),
        ],
        test_id="payment-drawer",
    )


def _form() -> rx.Component:
    return kit.form(
        rx.el.p(
            t("staff.payment.from"),
            " ",
            rx.el.b(State.account),
            " · ",
            State.currency,
            class_name="text-ink-2",
        ),
        rx.cond(State.rows.length() > 0, _modes()),
        rx.cond(State.errors["form"], kit.error_part(State.errors["form"], State.error_params)),
        rx.match(
            State.mode,
            ("chosen", _chosen()),
            ("oldest", rx.fragment(_amount(), _preview())),
            rx.fragment(_amount(), _concept()),
        ),
        _how(),
        on_submit=State.book,
        id=FORM,
        key=State.form_key,
        class_name="grid gap-4",
    )


def _modes() -> rx.Component:
    return kit.segmented(
        t("staff.payment.mode"),
        [(mode, t(f"staff.payment.mode_{mode}")) for mode in MODES],
        State.mode,
        State.set_mode,
        test_id="payment-mode",
    )


def _amount() -> rx.Component:
    return kit.amount_field(
        "amount",
        t("staff.payment.amount"),
        State.currency,
        on_change=State.set_amount.debounce(250),
        error=State.errors["amount"],
        error_params=State.error_params,
        test_id="payment-amount",
    )


def _concept() -> rx.Component:
    return rx.fragment(
        kit.text_field("concept", t("staff.payment.concept"), optional=True, max_length=200),
        rx.el.p(t("staff.payment.advance_text"), class_name="text-sm text-ink-2"),
    )


def _name(row: Any) -> rx.Component:
    late = rx.cond(row.late, "text-bad", "")
    return rx.fragment(
        t_enum("kind", row.kind, Kind),
        " ",
        rx.el.span(row.number, class_name="whitespace-nowrap"),
        rx.cond(
            row.due_on != "",
            rx.el.span(
                " · ",
                rx.el.span(t("staff.payment.due", date=day(row.due_on)), class_name=late),
                class_name="text-ink-3",
            ),
        ),
    )


def _chosen() -> rx.Component:
    """Ticked documents with the amount of each, and what they sum up to."""
    return rx.el.fieldset(
        rx.el.legend(t("staff.payment.documents"), class_name="lb mb-2"),
        rx.el.ul(
            rx.foreach(State.rows, _payable),
            class_name="divide-y divide-line border border-line rounded-md",
        ),
        rx.cond(
            State.errors["lines"],
            rx.el.p(
                error_text(State.errors["lines"], State.error_params),
                class_name="text-sm text-bad mt-1",
                role="alert",
            ),
        ),
        kit.ledger(
            kit.ledger_total(
                t("staff.payment.received"),
                State.chosen_minor,
                State.currency,
                test_id="payment-total",
            )
        ),
    )


def _payable(row: Any) -> rx.Component:
    amount = kit.amount_field(
        f"line-{row.id}",
        t("staff.payment.amount_of", number=row.number),
        State.currency,
        id=f"line-{row.id}",
        hidden_label=True,
        default_minor=row.balance_minor,
        on_change=lambda text: State.set_line(row.id, text).debounce(250),
        error=row.error,
        test_id="payment-line-amount",
    )
    return rx.el.li(
        rx.el.div(
            kit.checkbox(
                _name(row),
                checked=row.chosen,
                on_change=lambda on: State.choose(row.id, on),
                test_id="payment-line",
            ),
            money(row.balance_minor, State.currency, code=False, class_name="text-sm"),
            class_name="flex items-start justify-between gap-3",
        ),
        rx.cond(row.chosen, rx.el.div(amount, class_name="pl-6 mt-1")),
        class_name="px-3 py-2",
        key=row.id.to_string(),
    )


def _preview() -> rx.Component:
    """Where the money goes, before it is booked."""

    def line(row: Any) -> rx.Component:
        return kit.ledger_line(
            _name(row), money(row.amount_minor, State.currency, code=False), key=row.id.to_string()
        )

    return rx.cond(
        State.amount_minor > 0,
        rx.el.div(
            rx.el.div(t("staff.payment.preview"), class_name="lb"),
            kit.ledger(
                rx.foreach(State.preview, line),
                rx.cond(
                    State.rest_minor > 0,
                    kit.ledger_line(
                        t("staff.payment.rest"),
                        money(State.rest_minor, State.currency, code=False),
                    ),
                ),
            ),
            data_testid="payment-preview",
        ),
    )


def _how() -> rx.Component:
    return rx.fragment(
        kit.date_field(
            "received_on",
            t("staff.payment.received_on"),
            default_value=State.today,
            max=State.today,
            error=State.errors["received_on"],
            error_params=State.error_params,
            test_id="payment-on",
        ),
        kit.select_field(
            "method",
            t("staff.payment.method"),
            method_options(),
            id="payment-method",
            error=State.errors["method"],
            error_params=State.error_params,
            test_id="payment-method",
        ),
    )
