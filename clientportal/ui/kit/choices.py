"""Ticking and choosing: checkbox, radio card, switch, segmented control."""

from collections.abc import Sequence
from typing import Annotated, Any

import reflex as rx

from clientportal.ui.i18n import Text
from clientportal.ui.kit.icons import icon as draw
from clientportal.ui.kit.parts import Child, classes, given, maybe, when, with_id


class _Check(rx.Component):
    library = "$/kit/fields.js"
    tag = "Check"

    name: rx.Var[str]
    value: rx.Var[str]
    mixed: rx.Var[bool]
    checked: rx.Var[bool]
    default_checked: rx.Var[bool]
    disabled: rx.Var[bool]
    required: rx.Var[bool]
    on_change: Annotated[rx.EventHandler, rx.event.passthrough_event_spec(bool)]


def checkbox(
    label: Text | rx.Component,
    *,
    hidden_label: bool = False,
    target: bool = False,
    class_name: Any = "",
    **props: Any,
) -> rx.Component:
    """A tick box; takes name, value, checked, default_checked, mixed, disabled, on_change(bool).

    `hidden_label` keeps the label for ears only; `target` gives it a 44 px area.
    """
    box = _Check.create(**with_id(props))
    words = rx.el.span(label, class_name="vh" if hidden_label else "")
    return rx.el.label(box, words, class_name=classes("ck", "target" if target else "", class_name))


def row_check(label: Text, **props: Any) -> rx.Component:
    """The tick box of a table row: named for ears ("Elegir FE-20812"), 44 px area."""
    return checkbox(label, hidden_label=True, target=True, **props)


check_all = row_check
"""The tick box of a table head; `mixed` when only some are chosen."""


def radio_card(
    name: str,
    value: Any,
    title: Text | rx.Component,
    *,
    text: Text | None = None,
    icon: Any = None,
    **props: Any,
) -> rx.Component:
    """One choice as a card; takes checked, default_checked, on_change(value), test_id."""
    words = rx.el.span(
        rx.el.b(title) if given(text) else title,
        *maybe(text, lambda said: rx.el.span(said, class_name="block text-sm text-ink-2")),
        class_name="grow",
    )
    return rx.el.label(
        rx.el.span(
            rx.el.input(type="radio", name=name, value=value, **with_id(props)), class_name="ck"
        ),
        words,
        *maybe(icon, lambda name: draw(name, 20)),
        class_name="opt",
    )


def radio_group(legend: Text, *cards: Child, **props: Any) -> rx.Component:
    """Radio cards under one question."""
    return rx.el.fieldset(
        rx.el.legend(legend), *cards, class_name=classes("opts", props.pop("class_name", "")),
        **with_id(props),
    )  # fmt: skip


def switch(
    label: Text, checked: Any, on_change: Any, *, mixed: Any = False, **props: Any
) -> rx.Component:
    """Applies at once: `on_change` is called with the new value (a handler taking a bool)."""
    state = when(mixed, "mixed", when(checked, "true", "false"))
    turned = ~checked if isinstance(checked, rx.Var) else not checked
    return rx.el.label(
        rx.el.button(
            type="button", role="switch", aria_checked=state, aria_label=label,
            on_click=on_change(turned),
            **with_id(props),
        ),
        rx.el.span(label),
        class_name="sw",
    )  # fmt: skip


def segmented(
    label: Text, options: Sequence[tuple[str, Any]], value: Any, on_change: Any, **props: Any
) -> rx.Component:
    """Two to four exclusive views side by side; `on_change` gets the chosen value."""
    return rx.el.div(
        *[
            rx.el.button(
                text,
                type="button",
                aria_pressed=when(value == code, "true", "false"),
                on_click=on_change(code),
            )
            for code, text in options
        ],
        role="group",
        aria_label=label,
        class_name="seg",
        **with_id(props),
    )
