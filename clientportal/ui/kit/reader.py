"""Whether somebody reads the page: a person, not the program that fetches it."""

from typing import Annotated, Any

import reflex as rx


class _Reader(rx.Component):
    library = "$/kit/reader.js"
    tag = "Reader"

    on_open: Annotated[rx.EventHandler, rx.event.no_args_event_spec]
    on_read: Annotated[rx.EventHandler, rx.event.no_args_event_spec]


def reader(on_read: Any, *, on_open: Any = None, **props: Any) -> rx.Component:
    """Draws nothing. `on_open` is called once when it stands on the page, whoever loaded it;
    `on_read` once when a person moves, touches or presses something after a second in view."""
    if on_open is not None:
        props["on_open"] = on_open
    return _Reader.create(on_read=on_read, **props)
