"""Money on the portal: the tear-off slip, its ledger and double rule, pay bar and pay panel."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from clientportal.ui.i18n import Text, money
from clientportal.ui.kit.choices import radio_group
from clientportal.ui.kit.parts import Child, classes, given, maybe, with_id


def slip(
    *up: Child, down: Sequence[Child] = (), class_name: Any = "", **props: Any
) -> rx.Component:
    """Above the tear what is owed, below how it is settled. Portal only."""
    lower: list[rx.Component] = []
    if down:
        lower = [rx.el.div(class_name="tear", aria_hidden=True), rx.el.div(*down, class_name="dn")]
    return rx.el.section(
        rx.el.div(*up, class_name="up"), *lower, class_name=classes("slip", class_name),
        **with_id(props),
    )  # fmt: skip


def ledger(*lines: Child) -> rx.Component:
    """Lines of label and amount that end in a `ledger_total`."""
    return rx.el.div(*lines, class_name="led")


def ledger_line(label: Child, value: Child, **props: Any) -> rx.Component:
    """One line of a ledger."""
    return rx.el.div(rx.el.span(label), rx.el.span(value), **with_id(props))


def ledger_total(
    label: Text, minor: Any, currency: Any, *, test_id: str = "ledger-total"
) -> rx.Component:
    """The final total of one currency: single rule above, double rule below."""
    figure = rx.el.span(money(minor, currency, size="m"), class_name="dbl", data_testid=test_id)
    return rx.el.div(rx.el.span(label), rx.el.span(figure), class_name="total")


def double_rule(minor: Any, currency: Any, **props: Any) -> rx.Component:
    """A final total outside a ledger."""
    return rx.el.span(money(minor, currency, **props), class_name="dbl")


def pay_bar(
    summary: Child, minor: Any, currency: Any, *button: Child, class_name: Any = "", **props: Any
) -> rx.Component:
    """What is ticked and one large button, above the bottom bar of the phone; test id `pay-bar`."""
    words = rx.el.div(
        rx.el.div(summary, class_name="text-md text-ink-2"),
        money(minor, currency, class_name="font-semibold text-lg"),
    )
    return rx.el.div(
        words, *button, class_name=classes("paybar", class_name),
        **with_id({"test_id": "pay-bar"} | props),
    )  # fmt: skip


def pay_panel(
    title: Text,
    *,
    lines: Child,
    totals: Child,
    methods: Sequence[Child],
    methods_title: Text,
    action: Child,
    aside: Child = None,
    foot: Child = None,
    clear: Child = None,
    **props: Any,
) -> rx.Component:
    """The slip of what will be paid: ticked documents, total, tear, methods, the button.

    `totals` is one `ledger_total`; `aside` says what is paid apart (other currencies).
    """
    head = rx.el.div(
        rx.el.h2(title, class_name="h2"), *maybe(clear, lambda c: c),
        class_name="flex items-baseline justify-between gap-3",
    )  # fmt: skip
    up = [
        head,
        ledger(lines, totals),
        *maybe(aside, lambda a: rx.el.p(a, class_name="text-md text-ink-2")),
    ]
    below = [radio_group(methods_title, *methods)] if methods else []
    small = [rx.el.p(foot, class_name="text-sm text-ink-3 text-center")] if given(foot) else []
    return slip(*up, down=[*below, action, *small], **props)
