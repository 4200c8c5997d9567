"""Tabs: a row of them and the panel of the open one."""

from typing import Any, Literal

import reflex as rx

from clientportal.ui.i18n import Text
from clientportal.ui.kit.controls import link
from clientportal.ui.kit.parts import Child, classes, maybe, when, with_id
from clientportal.ui.kit.states import counter


class _Tabs(rx.Component):
    library = "$/kit/tabs.js"
    tag = "Tabs"


# A page has one row of tabs, whose panel takes its name from the tab that is open.
_PANEL, _OPEN_TAB = "tab-panel", "tab-open"


def tabs(label: Text, *items: Child, class_name: Any = "", **props: Any) -> rx.Component:
    """The page's row of `tab`s above their `tab_panel`; scrolls inside itself.

    One stop of the keyboard: arrows, Home and End go from tab to tab, Enter opens.
    """
    return _Tabs.create(
        *items, class_name=classes("tabs", class_name), aria_label=label, **with_id(props)
    )


def tab(
    text: Text,
    *,
    href: Any = None,
    on_click: Any = None,
    active: Any = False,
    count: Any = None,
    tone: Literal["", "accent", "bad"] = "",
    **props: Any,
) -> rx.Component:
    """One tab as a link (part of the address) or a button, with an optional counter."""
    children = [text, *maybe(count, lambda n: counter(n, tone))]
    props |= {
        "role": "tab",
        "id": when(active, _OPEN_TAB, rx.Var("undefined")),
        "aria_selected": when(active, "true", "false"),
        "aria_controls": _PANEL,
        "tab_index": when(active, 0, -1),
    }
    if href is not None:
        return link(*children, href=href, **props)
    return rx.el.button(*children, type="button", on_click=on_click, **with_id(props))


def tab_panel(*children: Child, **props: Any) -> rx.Component:
    """What the open tab of the page shows."""
    return rx.el.div(
        *children, role="tabpanel", id=_PANEL, aria_labelledby=_OPEN_TAB, **with_id(props)
    )
