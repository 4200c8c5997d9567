"""Single keys of a page: one listener in the browser that knows only the bound keys."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from clientportal.ui.i18n import t

BROWSER = ("focus:", "click:", "move:")
DEFAULTS: dict[str, str] = {
    "/": "focus:[data-testid=search]",
    "j": "move:1",
    "k": "move:-1",
    "x": "click:row:[type=checkbox]",
    "e": "click:row:[data-key=edit]",
    "r": "click:row:[data-key=resend]",
    "Ctrl+k": "palette",
    "?": "help",
}
"""What every list understands; a key without its target on the page does nothing."""


class _Keys(rx.Component):
    library = "$/kit/keys.js"
    tag = "Keys"

    bound: rx.Var[dict[str, dict[str, Any]]]


def _names() -> dict[str, Any]:
    return {
        "/": t("keys.search"), "j": t("keys.next"), "k": t("keys.previous"), "x": t("keys.select"),
        "e": t("keys.edit"), "r": t("keys.resend"), "Ctrl+k": t("keys.palette"),
        "?": t("keys.help"),
    }  # fmt: skip


def key_map(
    keys: Mapping[str, Any] | None = None,
    labels: Mapping[str, Any] | None = None,
) -> rx.Component:
    """Binds keys: `DEFAULTS` plus `keys`.

    A value is `focus:<selector>`, `click:<selector>` (first visible match; `row:` in front of the
    selector looks inside the current row), `move:<±n>` over `[data-row]`, or an event handler,
    which is sent. Every key beyond the defaults needs its text in `labels`. Fields are left
    alone, and the sheet behind `?` switches single keys off.
    """
    wanted: dict[str, Any] = {**DEFAULTS, **(keys or {})}
    names = {**_names(), **(labels or {})}
    bound: dict[str, dict[str, Any]] = {}
    senders: list[rx.Component] = []
    for key, action in wanted.items():
        verb = action if isinstance(action, str) else "send"
        if verb not in ("palette", "help", "send") and not verb.startswith(BROWSER):
            raise ValueError(f"{key}: {verb} is no action")
        if verb == "send":
            senders.append(
                rx.el.button(hidden=True, on_click=action, data_key_send=key, type="button")
            )
        bound[key] = {"action": verb, "label": names[key]}
    return rx.fragment(_Keys.create(bound=bound), *senders)
