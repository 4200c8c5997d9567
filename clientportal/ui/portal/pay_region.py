"""Where ticked documents are paid: a slip beside the list, a bar and a sheet on a phone."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.ui import kit
from clientportal.ui.i18n import error_text, money, money_text, t, t_enum
from clientportal.ui.portal.common import GoTo, Portal, method_text


def pay_region(state: Any) -> rx.Component:
    """Everything below the test id `pay-bar`; `state` is a state with the mixin `Ticking`."""
    region = rx.el.aside(
        _bar(state),
        kit.panel(
            kit.plain_form(*_hidden(state), _panel(state), action="/pay/start"),
            open=state.sheet,
            on_close=state.show_sheet(False),
            class_name=rx.cond(
                state.sheet,
                "max-md:max-h-[76dvh] max-md:overflow-auto max-md:shadow-float max-md:bg-surface",
                "max-md:hidden",
            ),
        ),
        _auto_form(state),
        aria_label=t("portal.pay.region"),
        data_testid="pay-bar",
        class_name=(
            "md:sticky md:top-[84px] md:self-start max-md:fixed max-md:inset-x-0 max-md:z-20"
            " max-md:bottom-[calc(var(--bottom)+env(safe-area-inset-bottom))]"
        ),
    )
    hint = rx.el.aside(
        kit.slip(
            rx.el.h2(t("portal.pay.none"), class_name="h2"),
            rx.el.p(t("portal.pay.none_text"), class_name="text-md text-ink-2"),
            _problem(state),
        ),
        class_name=rx.cond(
            state.pay_error != "", "md:sticky md:top-[84px] md:self-start", "only-l self-start"
        ),
    )
    return rx.fragment(
        rx.cond(state.chosen.length() > 0, region, hint),
        GoTo.create(target=state.pay_url, nonce=state.pay_nonce),
    )


def _bar(state: Any) -> rx.Component:
    """The phone's bar: how many, how much, and the way to the methods."""
    return rx.el.div(
        rx.el.button(
            rx.el.span(
                t("portal.pay.count", n=state.chosen.length()),
                rx.el.span(t("portal.pay.see"), class_name="lk ml-2"),
                class_name="block text-md text-ink-2",
            ),
            money(state.pay_minor, state.pay_currency, class_name="font-semibold text-lg"),
            type="button",
            class_name="grow text-left min-h-[44px]",
            on_click=state.show_sheet(True),
        ),
        kit.button(
            t("portal.pay.pay"),
            kind="main",
            size="l",
            on_click=state.show_sheet(True),
            test_id="pay-open",
        ),
        class_name=rx.cond(
            state.sheet,
            "hidden",
            "only-s flex items-center gap-3 px-4 py-2 bg-surface border-t shadow-float",
        ),
    )


def _hidden(state: Any) -> list[rx.Component]:
    """What the form sends when the socket is not there: the same choice as the state holds."""

    def hidden(value: Any) -> rx.Component:
        return rx.el.input(type="hidden", name="document", value=value)

    return [
        rx.el.input(type="hidden", name="space", value=Portal.base.replace("/portal/", "")),
        rx.foreach(state.pay_values, hidden),
    ]


def _panel(state: Any) -> rx.Component:
    """The slip: what is ticked and its total above the tear, how to pay below."""
    head = rx.el.div(
        rx.el.div(
            rx.el.h2(t("portal.pay.title"), class_name="h2"),
            rx.el.p(t("portal.pay.to", company=state.pay_company), class_name="text-md text-ink-2"),
            class_name="min-w-0",
        ),
        rx.el.span(
            kit.text_button(
                t("portal.pay.drop_all"),
                on_click=state.choose_none,
                class_name="text-md whitespace-nowrap min-h-[28px]",
                test_id="pay-clear",
            ),
            kit.icon_button(
                "x",
                t("common.close"),
                on_click=state.show_sheet(False),
                data_first="",
                class_name="only-s ml-2",
            ),
            class_name="flex items-center",
        ),
        class_name="flex items-start justify-between gap-3",
    )

    def line(row: Any) -> rx.Component:
        return _line(row, state)

    def method(code: Any) -> rx.Component:
        return _method(code, state)

    lines = kit.ledger(
        rx.foreach(state.chosen, line),
        kit.ledger_total(
            t("portal.pay.total"), state.pay_minor, state.pay_currency, test_id="pay-total"
        ),
    )
    confirm = kit.submit(
        t("portal.pay.confirm", amount=money_text(state.pay_minor, state.pay_currency)),
        size="l",
        block=True,
        busy=state.paying,
        busy_text=t("portal.pay.opening"),
        disabled=(state.method == "") | _refused_part(state),
        on_click=state.pay.prevent_default,
        test_id="pay-confirm",
    )
    return kit.slip(
        head,
        rx.el.div(lines, class_name="text-md"),
        rx.el.p(t("portal.pay.apart"), class_name="text-sm text-ink-2"),
        rx.cond(state.partial, _parts(state)),
        down=[
            kit.radio_group(t("portal.pay.how"), rx.foreach(state.methods, method)),
            _problem(state),
            confirm,
            rx.el.p(
                rx.cond(
                    state.methods.length() > 0, t("portal.pay.secure"), t("portal.pay.no_method")
                ),
                class_name="text-sm text-ink-3 text-center",
            ),
        ],
        class_name="max-md:rounded-none",
    )


def _refused_part(state: Any) -> rx.Var[bool]:
    """Some typed part is not an amount that can be paid: nothing else may be paid instead."""
    rows = state.chosen
    return rx.Var(
        f"{rows!s}.some((row) => row.error)", _var_type=bool, _var_data=rows._get_all_var_data()
    ).to(bool)


def _line(row: Any, state: Any) -> rx.Component:
    part = row.amount_minor != row.balance_minor
    return kit.ledger_line(
        rx.fragment(
            rx.el.span(t_enum("kind", row.kind, Kind), class_name="text-ink-2"),
            " ",
            rx.el.span(row.number, class_name="whitespace-nowrap"),
            rx.cond(part, rx.el.span(" · ", t("portal.pay.part"), class_name="text-ink-3")),
        ),
        kit.live(row.balance_minor, money(row.amount_minor, state.pay_currency, code=False)),
    )


def _parts(state: Any) -> rx.Component:
    """Paying less than the balance, where the company allows it."""

    def one(row: Any) -> rx.Component:
        def typed(text: Any) -> Any:
            return state.set_amount(row.id, text)

        return rx.el.div(
            kit.amount_field(
                "part",
                t("portal.pay.part_of", number=row.number),
                state.pay_currency,
                default_minor=row.amount_minor,
                help=t(
                    "portal.pay.part_most", amount=money_text(row.balance_minor, state.pay_currency)
                ),
                error=row.error,
                on_change=typed,
                id=f"part-{row.id}",
                test_id="pay-amount",
            ),
            key=row.id.to_string(),
        )

    return kit.details(
        t("portal.pay.other_amount"),
        rx.el.div(rx.foreach(state.chosen, one), class_name="grid gap-3 pb-2"),
        test_id="pay-parts",
    )


def _method(code: Any, state: Any) -> rx.Component:
    return kit.radio_card(
        "method",
        code,
        rx.el.span(method_text(code), class_name="inline-block first-letter:uppercase"),
        icon="card",
        checked=state.method == code,
        on_change=state.set_method,
        test_id=f"pay-method-{code}",
    )


def _problem(state: Any) -> rx.Component:
    """Why the payment could not begin, with the way out."""
    held = kit.text_link(t("portal.pay.to_held"), href=f"{Portal.base}/pay/{state.pay_held}")
    refused = kit.note(
        error_text(state.pay_error, state.pay_params),
        rx.cond(state.pay_held != "", rx.fragment(" ", held)),
        tone="bad",
        role="alert",
        test_id="pay-error",
    )
    gone = kit.note(t("portal.pay.gone", n=state.gone), tone="info", test_id="pay-gone")
    return rx.fragment(rx.cond(state.pay_error != "", refused), rx.cond(state.gone > 0, gone))


def _auto_form(state: Any) -> rx.Component:
    """A gateway that wants a form instead of an address: one more press, no script."""

    def hidden(pair: Any) -> rx.Component:
        return rx.el.input(type="hidden", name=pair[0], value=pair[1])

    form = kit.plain_form(
        rx.foreach(state.pay_fields, hidden),
        kit.submit(t("portal.pay.go_on"), size="l", block=True),
        action=state.pay_action,
        class_name="bg-surface p-4",
    )
    return rx.cond(state.pay_action != "", form)
