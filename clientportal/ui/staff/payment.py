"""Staff: the drawer that records money received; any page of an account can open it."""

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.i18n import t
from clientportal.ui.staff.document_words import method_options
from clientportal.ui.staff.payables import chosen_list, preview_list
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


def _chosen() -> rx.Component:
    """Ticked documents with the amount of each, and what they sum up to."""
    total = kit.ledger_total(
        t("staff.payment.received"), State.chosen_minor, State.currency, test_id="payment-total"
    )
    return chosen_list(State, t("staff.payment.documents"), total, name="payment")


def _preview() -> rx.Component:
    """Where the money goes, before it is booked."""
    spread = preview_list(
        State, t("staff.payment.preview"), t("staff.payment.rest"), name="payment"
    )
    return rx.cond(State.amount_minor > 0, spread)


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
