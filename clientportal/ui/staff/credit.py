"""Staff: the drawer that applies credit, oldest first or to chosen documents."""

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.i18n import error_text, money, money_text, t
from clientportal.ui.staff.credit_state import MODES, StaffCredit
from clientportal.ui.staff.payables import chosen_list, preview_list

State = StaffCredit
FORM = "credit-form"


def credit_drawer() -> rx.Component:
    """Put it once on a page; `StaffCredit.start(document_id)` opens it."""
    send = kit.submit(t("staff.credit.apply"), form=FORM, test_id="credit-confirm")
    return kit.drawer(
        t("staff.credit.title"),
        rx.cond(State.is_open, _form()),
        open=State.is_open,
        on_close=State.shut,
        footer=[kit.close_button(), rx.cond(State.rows.length() > 0, send)],
        test_id="credit-drawer",
    )


def _form() -> rx.Component:
    nothing = kit.note(t("staff.credit.nothing"), tone="info", test_id="credit-nothing")
    wrong = rx.el.p(
        error_text(State.errors["lines"], State.error_params),
        class_name="text-sm text-bad",
        role="alert",
    )
    oldest = rx.fragment(
        preview_list(State, t("staff.credit.preview"), t("staff.credit.left"), name="credit"),
        rx.cond(State.errors["lines"], wrong),
    )
    ways = rx.fragment(
        kit.segmented(
            t("staff.credit.mode"),
            [(mode, t(f"staff.credit.mode_{mode}")) for mode in MODES],
            State.mode,
            State.set_mode,
            test_id="credit-mode",
        ),
        rx.cond(State.mode == "chosen", _chosen(), oldest),
    )
    return kit.form(
        rx.el.p(
            t("staff.credit.of"),
            " ",
            rx.el.b(State.account),
            " · ",
            rx.el.span(State.number, class_name="whitespace-nowrap"),
            " · ",
            t(
                "staff.credit.available",
                amount=money_text(State.available_minor, State.currency),
            ),
            class_name="text-ink-2",
        ),
        rx.cond(State.rows.length() > 0, ways, nothing),
        on_submit=State.apply,
        id=FORM,
        key=State.form_key,
        class_name="grid gap-4",
    )


def _chosen() -> rx.Component:
    left = State.available_minor - State.chosen_minor
    return chosen_list(
        State,
        t("staff.credit.documents"),
        rx.cond(
            left > 0,
            kit.ledger_line(t("staff.credit.left"), money(left, State.currency, code=False)),
        ),
        kit.ledger_total(
            t("staff.credit.total"), State.chosen_minor, State.currency, test_id="credit-total"
        ),
        name="credit",
    )
