"""What staff may do with one document: the buttons of its page and the dialogs behind them."""

from typing import Any

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.i18n import money_text, t
from clientportal.ui.staff.common import StaffFrame
from clientportal.ui.staff.credit_state import StaffCredit
from clientportal.ui.staff.document_state import StaffDocument as State
from clientportal.ui.staff.document_words import method_options
from clientportal.ui.staff.payment import StaffPayment
from clientportal.ui.staff.reminder_fields import reminder_fields
from clientportal.ui.staff.send_state import StaffSend


def actions() -> rx.Component:
    """The main thing to do, the files, and the rest behind the dots."""
    return rx.fragment(_more(), _xml(), _pdf(), _send(), _main())


def _send_words() -> Any:
    return rx.cond(
        State.lifecycle == "draft", t("staff.send.issue_and_send"), t("staff.send.by_email")
    )


def _send() -> rx.Component:
    """By e-mail (mission 119); on a phone it stands behind the dots alone."""
    return rx.cond(
        State.can["send"],
        kit.button(
            _send_words(),
            icon="send",
            on_click=StaffSend.start(State.doc_id),
            class_name="max-md:hidden",
            data_key="send",
            test_id="document-send",
        ),
    )


def _main() -> rx.Component:
    """One main button: issue a draft, record a payment, or apply a credit."""
    pay = kit.button(
        t("staff.payment.record"),
        kind="main",
        icon="cash",
        on_click=StaffPayment.start(State.owner_id, State.currency, State.doc_id),
        test_id="payment-record",
    )
    return rx.cond(
        State.can["issue"],
        _issue(kit.button(t("staff.document.issue"), kind="main", test_id="document-issue")),
        rx.cond(State.can["record_payment"], pay, rx.cond(State.can["apply_credit"], _apply())),
    )


def _issue(trigger: Any) -> rx.Component:
    return kit.confirm(
        t("staff.document.issue_title"),
        t(
            "staff.document.issue_text",
            account=State.account,
            amount=money_text(State.total_minor, State.currency),
        ),
        t("staff.document.issue"),
        State.issue,
        trigger=trigger,
    )


def _apply() -> rx.Component:
    return kit.button(
        t("staff.document.apply"),
        kind="main",
        on_click=StaffCredit.start(State.doc_id),
        test_id="credit-apply",
    )


def _xml() -> rx.Component:
    """The electronic document (mission 48); on a phone it stands behind the dots alone."""
    return rx.cond(
        State.xml != "",
        kit.link_button(
            "XML",
            href=State.xml,
            external=True,
            icon="download",
            class_name="max-md:hidden",
            test_id="document-xml",
        ),
    )


def _pdf() -> rx.Component:
    return rx.cond(
        State.pdf != "",
        kit.link_button(
            "PDF", href=State.pdf, external=True, icon="download", target="_blank", test_id="pdf"
        ),
        rx.cond(
            State.can["edit"],
            kit.link_button(
                t("staff.document.edit"),
                href=f"{StaffFrame.base}/billing/{State.doc_id}/edit",
                icon="pen",
                data_key="edit-document",
                test_id="document-edit",
            ),
        ),
    )


def _more() -> rx.Component:
    """Everything that is done rarely. Items that ask for something open their own dialog."""
    can = State.can
    any_of = (
        can["void"]
        | can["return_credit"]
        | can["open_dispute"]
        | can["close_dispute"]
        | can["discard"]
        | can["send"]
        | (State.xml != "")
    )
    return rx.cond(
        any_of,
        kit.actions_menu(
            t("staff.document.more"),
            rx.cond(
                can["send"],
                kit.menu_item(
                    _send_words(),
                    icon="send",
                    on_click=StaffSend.start(State.doc_id),
                    test_id="menu-send",
                ),
            ),
            rx.cond(
                State.xml != "",
                kit.menu_item(
                    t("staff.document.xml"), icon="download", href=State.xml, external=True
                ),
            ),
            _item("return_credit", "undo", "return", "staff.document.return"),
            _item("open_dispute", "flag", "dispute", "staff.document.dispute"),
            rx.cond(
                can["close_dispute"],
                kit.menu_item(
                    t("staff.document.close_dispute"),
                    icon="flag",
                    on_click=State.open_ask("close_dispute"),
                    test_id="ask-close_dispute",
                ),
            ),
            _item("void", "ban", "void", "staff.document.void", danger=True),
            _item("discard", "trash", "discard", "staff.document.discard", danger=True),
        ),
    )


def _item(permitted: str, icon: str, ask: str, key: str, *, danger: bool = False) -> rx.Component:
    item = kit.menu_item(
        t(key), icon=icon, on_click=State.open_ask(ask), danger=danger, test_id=f"ask-{ask}"
    )
    return rx.cond(State.can[permitted], item)


def dialogs() -> rx.Component:
    """The dialogs of the menu; they stay open, with what was typed, when something is refused."""
    return rx.fragment(
        _void(),
        _return(),
        _dispute(),
        _close_dispute(),
        _discard(),
        _reminders(),
        _dismiss_review(),
    )


def _asked(
    name: str,
    title: Any,
    text: Any,
    *fields: Any,
    action: Any,
    on_submit: Any,
    danger: bool = False,
) -> rx.Component:
    form_id = f"ask-form-{name}"
    form = kit.form(
        rx.el.p(text, class_name="text-ink-2"),
        *fields,
        on_submit=on_submit,
        id=form_id,
        key=State.form_key,
        class_name="grid gap-3 mt-1",
    )
    send = kit.submit(
        action, kind="danger-solid" if danger else "main", form=form_id, test_id=f"{name}-confirm"
    )
    return kit.dialog(
        title,
        form,
        open=State.ask == name,
        on_close=State.open_ask(""),
        actions=[kit.close_button(), send],
    )


def _reason(ask: str, label: Any) -> rx.Component:
    return kit.textarea_field(
        "reason",
        label,
        id=f"{ask}-reason",
        error=State.errors["reason"],
        error_params=State.error_params,
        rows=3,
        max_length=500,
        test_id="reason",
    )


def _void() -> rx.Component:
    keep = kit.checkbox(
        t("staff.document.void_reverse"), name="reverse", value="yes", default_checked=True
    )
    return _asked(
        "void",
        t("staff.document.void_title", number=State.number),
        rx.cond(
            State.standing, t("staff.document.void_text_applied"), t("staff.document.void_text")
        ),
        _reason("void", t("staff.document.void_reason")),
        rx.cond(State.standing, keep),
        action=t("staff.document.void"),
        on_submit=State.void,
        danger=True,
    )


def _return() -> rx.Component:
    errors, params = State.errors, State.error_params
    return _asked(
        "return",
        t("staff.document.return_title"),
        t("staff.document.return_text", amount=money_text(State.balance_minor, State.currency)),
        kit.amount_field(
            "amount",
            t("staff.document.return_amount"),
            State.currency,
            default_minor=State.balance_minor,
            error=errors["amount"],
            error_params=params,
            test_id="return-amount",
        ),
        kit.date_field(
            "returned_on",
            t("staff.document.return_on"),
            default_value=State.today,
            max=State.today,
            error=errors["returned_on"],
            error_params=params,
        ),
        kit.select_field("method", t("staff.payment.method"), method_options()),
        kit.text_field("note", t("staff.document.return_note"), optional=True, max_length=200),
        action=t("staff.document.return"),
        on_submit=State.return_credit,
    )


def _dispute() -> rx.Component:
    return _asked(
        "dispute",
        t("staff.document.dispute_title", number=State.number),
        t("staff.document.dispute_text"),
        _reason("dispute", t("staff.document.dispute_reason")),
        action=t("staff.document.dispute"),
        on_submit=State.open_dispute,
    )


def _reminders() -> rx.Component:
    return _asked(
        "reminders",
        t("staff.template.reminders"),
        t("staff.document.reminders_help"),
        rx.cond(State.errors["form"], kit.error_part(State.errors["form"], State.error_params)),
        reminder_fields(State, None, default_checked=State.reminds),
        action=t("common.save"),
        on_submit=State.change_reminders,
    )


def _dismiss_review() -> rx.Component:
    return _asked(
        "dismiss_review",
        t("staff.review.dismiss_title"),
        t("staff.review.dismiss_text"),
        _reason("dismiss_review", t("staff.review.dismiss_reason")),
        action=t("staff.review.dismiss"),
        on_submit=State.dismiss_review,
        danger=True,
    )


def _plain(name: str, title: Any, text: Any, action: Any, handler: Any, kind: Any) -> rx.Component:
    act = kit.button(
        action,
        kind=kind,
        on_click=[State.open_ask(""), handler],
        test_id=f"{name}-confirm",
    )
    return kit.dialog(
        title,
        rx.el.p(text),
        open=State.ask == name,
        on_close=State.open_ask(""),
        actions=[kit.close_button(), act],
    )


def _close_dispute() -> rx.Component:
    return _plain(
        "close_dispute",
        t("staff.document.close_dispute_title", number=State.number),
        t("staff.document.close_dispute_text"),
        t("staff.document.close_dispute"),
        State.close_dispute,
        "main",
    )


def _discard() -> rx.Component:
    return _plain(
        "discard",
        t("staff.document.discard_title"),
        t("staff.document.discard_text"),
        t("staff.document.discard"),
        State.discard,
        "danger-solid",
    )
