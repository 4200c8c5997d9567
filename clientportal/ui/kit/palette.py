"""The command palette: pages of the shell and hits from the server; loads on first use."""

from collections.abc import Sequence
from typing import Annotated, Any, TypedDict

import reflex as rx


class Hit(TypedDict):
    """One row of the palette; `group` is its heading, `icon` a name of the kit."""

    group: str
    title: str
    detail: str
    href: str
    icon: str


class _Palette(rx.Component):
    library = "$/kit/palette.js"
    tag = "Palette"

    pages: rx.Var[list[dict[str, Any]]]
    results: rx.Var[list[Any]]
    compact: rx.Var[bool]
    sole: rx.Var[bool]
    on_search: Annotated[rx.EventHandler, rx.event.passthrough_event_spec(str)]


def palette(
    pages: Sequence[tuple[Any, Any, str]],
    *,
    on_search: Any = None,
    results: Any = (),
    compact: bool = False,
    sole: bool = False,
    class_name: str = "lnk find",
) -> rx.Component:
    """Opener (test id `palette`; while open, its input carries it) and the palette, Ctrl+K.

    `pages` are (title, href, icon); `on_search` gets what is typed (150 ms after) and fills the
    Var `results` (list of `Hit`). `compact` is the icon-only second opener of a phone bar;
    `sole` makes it the only one of the page, at every width.
    """
    listed = [
        {"title": title, "href": href, "icon": icon, "detail": ""} for title, href, icon in pages
    ]
    extra = {"on_search": on_search} if on_search is not None else {}
    return _Palette.create(
        pages=listed, results=list(results) if isinstance(results, tuple) else results,
        compact=compact, sole=sole, class_name=class_name, **extra,
    )  # fmt: skip
