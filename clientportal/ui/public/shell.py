"""The frame of pages before sign-in and of token pages: one column under the company's name."""

from typing import Any

import reflex as rx

from clientportal.ui import kit, shell_parts
from clientportal.ui.kit.parts import Child, given, maybe


def public_shell(
    *children: Child, company: Any = None, brand: Any = None, foot: Child = None, home: Any = "/"
) -> rx.Component:
    """A single column (≤ 568) with the company's mark, or the product's when there is none."""
    who = (
        [kit.company_mark(company, "l", accent=True), rx.el.b(company, class_name="h2 grow two")]
        if given(company)
        else [rx.el.span("clientportal", class_name="h2 grow")]
    )
    return rx.el.div(
        shell_parts.skip_link(),
        *([kit.brand(brand)] if given(brand) else []),
        rx.el.header(*who, kit.language_switch()),
        shell_parts.content(home, *children),
        *maybe(foot, lambda text: rx.el.footer(text)),
        class_name="portal pub min-h-screen",
    )
