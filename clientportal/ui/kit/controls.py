"""Buttons and links with all their states."""

from typing import Any, Literal

import reflex as rx
from reflex_components_core.el.elements.inline import A
from reflex_components_core.react_router.dom import ReactRouterLink

from clientportal.ui.i18n import Text, t
from clientportal.ui.kit.icons import icon as draw
from clientportal.ui.kit.parts import Child, classes, given, when, with_id

Kind = Literal["plain", "main", "ghost", "danger", "danger-solid"]
Size = Literal["m", "s", "l"]


def _look(kind: Kind, size: Size, *more: Any) -> list[Any]:
    return classes(
        "btn", f"btn-{kind}" if kind != "plain" else "", f"btn-{size}" if size != "m" else "", *more
    )


def spinner() -> rx.Component:
    """The turning ring; a word always stands beside it."""
    return rx.el.span(class_name="spin", aria_hidden=True)


def _label(children: tuple[Child, ...], icon: Any, busy: Any, busy_text: Any) -> list[Child]:
    calm = [*([draw(icon)] if given(icon) else []), *children]
    if busy is False:
        return calm
    working = [spinner(), *([busy_text] if given(busy_text) else children)]
    return [when(busy, rx.fragment(*working), rx.fragment(*calm))]


def button(
    *children: Child,
    kind: Kind = "plain",
    size: Size = "m",
    icon: Any = None,
    busy: Any = False,
    busy_text: Text | None = None,
    disabled: Any = False,
    reason: Text | None = None,
    block: bool = False,
    class_name: Any = "",
    **props: Any,
) -> rx.Component:
    """A button. `busy` and `disabled` take Vars; `reason` says why it is disabled (on hover)."""
    off = disabled if busy is False else busy if disabled is False else busy | disabled
    if given(reason):
        props["title"] = when(disabled, reason, "")
    if busy is not False:
        props["aria_busy"] = busy
    props.setdefault("type", "button")
    return rx.el.button(
        *_label(children, icon, busy, busy_text),
        disabled=off,
        class_name=_look(kind, size, "w-full" if block else "", class_name),
        **with_id(props),
    )


def submit(*children: Child, kind: Kind = "main", **props: Any) -> rx.Component:
    """The button that sends the form around it."""
    return button(*children, kind=kind, type="submit", **props)


def icon_button(
    icon: Any,
    label: Text,
    *children: Child,
    kind: Kind = "ghost",
    size: Size = "m",
    class_name: Any = "",
    **props: Any,
) -> rx.Component:
    """A square button with an icon and a name for ears; children sit on its corner."""
    return button(
        draw(icon), *children, kind=kind, size=size, aria_label=label,
        class_name=classes("btn-i", class_name), **props,
    )  # fmt: skip


def link(*children: Child, href: Any, external: bool = False, **props: Any) -> rx.Component:
    """A link without looks: inside the app it navigates without a load, `external` loads."""
    make = A.create if external else ReactRouterLink.create  # rx.el.a is the router's link too
    return make(*children, href=href, **with_id(props))


def text_link(*children: Child, href: Any, class_name: Any = "", **props: Any) -> rx.Component:
    """A link inside text: accent and underline."""
    return link(*children, href=href, class_name=classes("lk", class_name), **props)


def text_button(*children: Child, class_name: Any = "", **props: Any) -> rx.Component:
    """A button that looks like a link inside text."""
    return rx.el.button(
        *children, type="button", class_name=classes("lk", class_name), **with_id(props)
    )


def link_button(
    *children: Child,
    href: Any,
    kind: Kind = "plain",
    size: Size = "m",
    icon: Any = None,
    block: bool = False,
    external: bool = False,
    class_name: Any = "",
    **props: Any,
) -> rx.Component:
    """A link that looks like a button."""
    return link(
        *_label(children, icon, False, None),
        href=href,
        external=external,
        class_name=_look(kind, size, "w-full" if block else "", class_name),
        **props,
    )


def close_button(text: Text | None = None, **props: Any) -> rx.Component:
    """A button that closes the dialog, drawer or popover around it."""
    return button(text if given(text) else t("common.cancel"), data_close="", **props)


class _CopyButton(rx.Component):
    library = "$/kit/fields.js"
    tag = "CopyButton"

    text: rx.Var[str]


def copy_button(text: Any, label: Text | None = None, **props: Any) -> rx.Component:
    """Puts a text on the clipboard and says so."""
    return _CopyButton.create(
        label or t("common.copy"), text=text, class_name=_look("plain", "s"), **with_id(props)
    )
