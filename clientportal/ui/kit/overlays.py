"""What floats above the page, opened without a round trip: dialog, drawer, menu, popover."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import reflex as rx

from clientportal.ui.i18n import Text, t
from clientportal.ui.kit.controls import button, close_button, link
from clientportal.ui.kit.icons import icon as draw
from clientportal.ui.kit.parts import Child, classes, given, maybe, nothing, with_id


class _Dialog(rx.Component):
    library = "$/kit/overlays.js"
    tag = "Dialog"

    title: rx.Var[str]
    kind: rx.Var[str]
    wide: rx.Var[bool]
    open: rx.Var[bool]
    on_close: Annotated[rx.EventHandler, rx.event.no_args_event_spec]


class _Panel(rx.Component):
    library = "$/kit/overlays.js"
    tag = "Panel"

    open: rx.Var[bool]
    on_close: Annotated[rx.EventHandler, rx.event.no_args_event_spec]


class _Popover(rx.Component):
    library = "$/kit/overlays.js"
    tag = "Popover"

    label: rx.Var[str]
    kind: rx.Var[str]
    on_open: Annotated[rx.EventHandler, rx.event.no_args_event_spec]


def _overlay(
    kind: Literal["dlg", "drw", "side"],
    title: Text,
    body: Sequence[Child],
    trigger: Child,
    open: Any,
    on_close: Any,
    footer: Sequence[Child],
    props: dict[str, Any],
) -> rx.Component:
    if open is not None:
        props["open"] = open
    if on_close is not None:
        props["on_close"] = on_close
    return _Dialog.create(
        trigger if given(trigger) else nothing(),
        rx.el.div(*body, class_name="contents"),
        rx.el.div(*footer, class_name="contents") if footer else None,
        title=title,
        kind=kind,
        **with_id(props),
    )


def dialog(
    title: Text,
    *children: Child,
    trigger: Child = None,
    open: Any = None,
    on_close: Any = None,
    actions: Sequence[Child] = (),
    wide: bool = False,
    **props: Any,
) -> rx.Component:
    """A question above the page (a sheet on the phone).

    Opened by its `trigger` in the browser, or by the Var `open` (then pass `on_close`). Any
    `close_button` or element with `data-close` inside closes it.
    """
    if wide:
        props["wide"] = True
    return _overlay("dlg", title, children, trigger, open, on_close, actions, props)


def confirm(
    title: Text,
    text: Text,
    action: Text,
    on_confirm: Any,
    *children: Child,
    trigger: Child = None,
    danger: bool = False,
    **props: Any,
) -> rx.Component:
    """Asks before it acts: question, consequence, and the verb on the button."""
    act = button(
        action, kind="danger-solid" if danger else "main", on_click=on_confirm, data_close=""
    )
    body = [rx.el.p(text, class_name="mt-1 text-ink-2"), *children]
    return dialog(title, *body, trigger=trigger, actions=[close_button(), act], **props)


def drawer(
    title: Text,
    *children: Child,
    trigger: Child = None,
    open: Any = None,
    on_close: Any = None,
    footer: Sequence[Child] = (),
    **props: Any,
) -> rx.Component:
    """Something to edit at the right while the list stays (whole width on the phone)."""
    return _overlay("drw", title, children, trigger, open, on_close, footer, props)


def panel(*children: Child, open: Any, on_close: Any, **props: Any) -> rx.Component:
    """A part of the page that comes and goes, as a sheet does on the phone.

    What has `data_first` inside takes the focus when it opens; Escape asks to close it, and the
    focus returns to the opener (something with a test id).
    """
    return _Panel.create(*children, open=open, on_close=on_close, **props)


def side_sheet(title: Text, *children: Child, trigger: Child) -> rx.Component:
    """The menu of the staff shell on a phone."""
    return _overlay("side", title, children, trigger, None, None, (), {})


def popover(trigger: Child, *children: Child, label: Text, **props: Any) -> rx.Component:
    """A panel beside its trigger; closes on Esc and on a click outside."""
    return _Popover.create(trigger, *children, label=label, kind="pop", **with_id(props))


def menu(trigger: Child, *items: Child, label: Text, **props: Any) -> rx.Component:
    """A list of actions beside its trigger; arrow keys move."""
    return _Popover.create(trigger, *items, label=label, kind="menu", **with_id(props))


def menu_item(
    text: Text,
    *,
    icon: Any = None,
    href: Any = None,
    external: bool = False,
    danger: bool = False,
    key_hint: str | None = None,
    **props: Any,
) -> rx.Component:
    """One action of a menu: a link (`href`) or a button (`on_click`)."""
    children = [
        *maybe(icon, draw),
        rx.el.span(text, class_name="grow"),
        *maybe(key_hint, lambda key: rx.el.kbd(key, class_name="kbd", aria_hidden=True)),
    ]
    own = classes("danger" if danger else "", props.pop("class_name", ""))
    look: dict[str, Any] = {"role": "menuitem", "class_name": own}
    if href is not None:
        return link(*children, href=href, external=external, **look, **props)
    return rx.el.button(*children, type="button", **look, **with_id(props))


def menu_rule() -> rx.Component:
    """A line between groups of a menu."""
    return rx.el.hr()


def actions_menu(label: Text, *items: Child) -> rx.Component:
    """The three dots of a row; `label` names the row ("Acciones de FE-20812")."""
    dots = button(draw("more"), kind="ghost", size="s", class_name="btn-i", aria_label=label)
    return menu(dots, *items, label=label)


def popover_close(text: Text | None = None, **props: Any) -> rx.Component:
    """A button that closes the popover around it."""
    return button(text or t("common.close"), size="s", data_close="", **props)
