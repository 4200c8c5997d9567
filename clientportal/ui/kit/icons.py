"""The icons: own drawings on a 24 grid, one sprite per page, drawn by name."""

from typing import Any, Literal

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

ICONS: dict[str, str] = {
    "arrow-right": '<path d="M4.5 12h15M13.5 6l6 6-6 6"/>',
    "ban": '<circle cx="12" cy="12" r="8.5"/><path d="m6 6 12 12"/>',
    "bank": '<path d="M3.5 9.5 12 4l8.5 5.5zM5.5 10v7M10 10v7M14 10v7M18.5 10v7M3.5 20h17"/>',
    "bell": '<path d="M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4"/>',
    "bolt": '<path d="M13 3.5 5 13.5h6l-1 7 8-10h-6z"/>',
    "calendar": (
        '<rect x="4" y="5.5" width="16" height="14.5" rx="2"/><path d="M4 10h16M8.5 '
        '3.5v4M15.5 3.5v4"/>'
    ),
    "card": '<rect x="3" y="5.5" width="18" height="13" rx="2"/><path d="M3 10h18M7 15h3"/>',
    "cash": (
        '<rect x="3" y="6" width="18" height="12" rx="1.5"/><circle cx="12" cy="12" r="2.5"/>'
        '<path d="M6 9.5v.1M18 14.5v.1"/>'
    ),
    "chat": (
        '<path d="M20.5 12a7.5 7 0 0 1-11 6.2L4 19.5l1.4-4.4A7 7 0 0 1 5 12a7.6 7 0 0 1 15.5 0z"/>'
    ),
    "check": '<path d="m5 12.5 4.5 4.5L19 7"/>',
    "checks": '<path d="m2.5 12.5 4 4L14 8M11 15l1.5 1.5L21.5 8"/>',
    "chevron-down": '<path d="m6 9.5 6 6 6-6"/>',
    "chevron-left": '<path d="m14.5 6-6 6 6 6"/>',
    "chevron-right": '<path d="m9.5 6 6 6-6 6"/>',
    "chevrons": '<path d="m8 9.5 4-4 4 4M8 14.5l4 4 4-4"/>',
    "clip": (
        '<path d="M19.5 11.5 12 19a4.8 4.8 0 0 1-6.8-6.8l8-8a3.2 3.2 0 0 1 4.6 4.6l-8 8a1.6 '
        '1.6 0 0 1-2.3-2.3l7-7"/>'
    ),
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>',
    "coins": (
        '<ellipse cx="9" cy="7" rx="5.5" ry="2.8"/><path d="M3.5 7v5c0 1.6 2.5 2.8 5.5 '
        '2.8M3.5 12v5c0 1.5 2.4 2.7 5.3 2.8M14.5 7v2"/><ellipse cx="15.5" cy="13" rx="5" '
        'ry="2.6"/><path d="M10.5 13v4.5c0 1.4 2.2 2.6 5 2.6s5-1.2 5-2.6V13"/>'
    ),
    "columns": '<rect x="4" y="5" width="16" height="14" rx="1.5"/><path d="M9.5 5v14M14.5 5v14"/>',
    "copy": (
        '<rect x="9" y="9" width="11" height="11" rx="2"/><path d="M5.5 15H5a1.5 1.5 0 0 '
        '1-1.5-1.5V5A1.5 1.5 0 0 1 5 3.5h8.5A1.5 1.5 0 0 1 15 5v.5"/>'
    ),
    "dash": '<circle cx="12" cy="12" r="8.5" stroke-dasharray="3.2 3.2"/>',
    "doc": (
        '<path d="M13.5 3.5h-7A1.5 1.5 0 0 0 5 5v14a1.5 1.5 0 0 0 1.5 1.5h11A1.5 1.5 0 0 0 '
        '19 19V9z"/><path d="M13.5 3.5V9H19M8.5 13h7M8.5 16.5h5"/>'
    ),
    "download": '<path d="M12 4v11M7 10.5l5 5 5-5M4.5 20h15"/>',
    "err": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5v5M12 16.2v.1"/>',
    "ext": (
        '<path d="M13.5 4.5h6v6M19.5 4.5 11 13M17.5 14v4a1.5 1.5 0 0 1-1.5 1.5H6A1.5 1.5 0 0 '
        '1 4.5 18V8A1.5 1.5 0 0 1 6 6.5h4"/>'
    ),
    "eye": (
        '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/>'
        '<circle cx="12" cy="12" r="2.8"/>'
    ),
    "filter": '<path d="M4 6.5h16M7 12h10M10 17.5h4"/>',
    "flag": '<path d="M5.5 21V4M5.5 4.5c4-2 8 2 13 0v9c-5 2-9-2-13 0"/>',
    "folder": (
        '<path d="M3.5 7A1.5 1.5 0 0 1 5 5.5h4.2l2 2.5H19a1.5 1.5 0 0 1 1.5 1.5V17a1.5 1.5 0 '
        '0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 17z"/>'
    ),
    "form": (
        '<rect x="5" y="4.5" width="14" height="16" rx="1.5"/><path d="M9 4.5V3.5h6v1M8.5 '
        '10.5l1.2 1.2 2-2.2M14 10.5h2M8.5 15.7l1.2 1.2 2-2.2M14 15.7h2"/>'
    ),
    "gear": (
        '<circle cx="12" cy="12" r="3"/><path d="M12 3.5v2.3M12 18.2v2.3M3.5 12h2.3M18.2 '
        '12h2.3M6 6l1.6 1.6M16.4 16.4 18 18M6 18l1.6-1.6M16.4 7.6 18 6"/>'
    ),
    "globe": (
        '<circle cx="12" cy="12" r="8.5"/><path d="M3.5 12h17M12 3.5c5 5.5 5 11.5 0 '
        '17-5-5.5-5-11.5 0-17z"/>'
    ),
    "half": (
        '<circle cx="12" cy="12" r="8.5"/><path d="M12 3.5a8.5 8.5 0 0 1 0 17z" '
        'fill="currentColor" stroke="none"/>'
    ),
    "home": (
        '<path d="M4 11.2 12 4l8 7.2V19a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 19z"/>'
        '<path d="M9.5 20.5v-6h5v6"/>'
    ),
    "id": (
        '<rect x="3.5" y="5" width="17" height="14" rx="2"/><circle cx="9" cy="11" r="2"/>'
        '<path d="M6 16c.4-1.5 1.5-2.2 3-2.2s2.6.7 3 2.2M14.5 10h3M14.5 13.5h3"/>'
    ),
    "inbox": (
        '<path d="M4 13.5 6.6 5.6A1.5 1.5 0 0 1 8 4.5h8a1.5 1.5 0 0 1 1.4 1.1L20 13.5V18a1.5 '
        '1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18z"/><path d="M4 13.5h4.5L10 '
        '16h4l1.5-2.5H20"/>'
    ),
    "link": (
        '<path d="M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1.2 1.2M14 10a4 4 0 0 '
        '0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1.2-1.2"/>'
    ),
    "lock": '<rect x="5" y="11" width="14" height="9" rx="2"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>',
    "mail": '<rect x="3" y="5" width="18" height="14" rx="2"/><path d="m3.5 7 8.5 6 8.5-6"/>',
    "mail-x": (
        '<path d="M21 11V7a2 2 0 0 0-2-2H5a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h7M3.5 7l8.5 6 '
        '8.5-6M16 15.5l5 5M21 15.5l-5 5"/>'
    ),
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "minus": '<path d="M5 12h14"/>',
    "more": (
        '<circle cx="5.5" cy="12" r=".8" fill="currentColor"/><circle cx="12" cy="12" r=".8" '
        'fill="currentColor"/><circle cx="18.5" cy="12" r=".8" fill="currentColor"/>'
    ),
    "note": '<path d="M4.5 4.5h15V14l-5.5 5.5H4.5z"/><path d="M19.5 14H14v5.5M8 9h8M8 12.5h4"/>',
    "ok": '<circle cx="12" cy="12" r="8.5"/><path d="m8 12.3 2.8 2.8L16 9.5"/>',
    "out": (
        '<path d="M14 4.5H6A1.5 1.5 0 0 0 4.5 6v12A1.5 1.5 0 0 0 6 19.5h8M10 12h10.5M17 '
        '8.5l3.5 3.5-3.5 3.5"/>'
    ),
    "pen": (
        '<path d="M4 20l1-4L16.5 4.5a1.8 1.8 0 0 1 2.5 0l.5.5a1.8 1.8 0 0 1 0 2.5L8 19z"/>'
        '<path d="M14.5 6.5l3 3"/>'
    ),
    "phone": (
        '<path d="M6.5 3.5h3l1.5 4.5-2 1.5a11 11 0 0 0 5.5 5.5l1.5-2 4.5 1.5v3a2 2 0 0 1-2 '
        '2A15 15 0 0 1 4.5 5.5a2 2 0 0 1 2-2z"/>'
    ),
    "plus": '<path d="M12 5v14M5 12h14"/>',
    "receipt": (
        '<path d="M5.5 3.5 8 5l2-1.5L12 5l2-1.5L16 5l2.5-1.5v17L16 19l-2 1.5L12 19l-2 1.5L8 '
        '19l-2.5 1.5zM9 9.5h6M9 13.5h6"/>'
    ),
    "reload": '<path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9M19.5 4.5V9H15"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>',
    "send": '<path d="M20.5 3.5 10 14M20.5 3.5 14 20.5l-4-6.5-6.5-4z"/>',
    "sort-down": '<path d="M12 5v14M6 13l6 6 6-6"/>',
    "sort-up": '<path d="M12 19V5M6 11l6-6 6 6"/>',
    "tag": '<path d="M4 4.5h7.5L20 13l-7 7-8.5-8.5z"/><path d="M8 8.4v.1"/>',
    "trash": (
        '<path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12a1.5 1.5 0 0 0 1.5 1.5h6.4a1.5 1.5 0 0 '
        '0 1.5-1.5l.8-12M10 11v5.5M14 11v5.5"/>'
    ),
    "undo": '<path d="M8 5 4 9l4 4M4 9h10a5.5 5.5 0 0 1 0 11H9"/>',
    "upload": '<path d="M12 15.5V4.5M7 9l5-5 5 5M4.5 20h15"/>',
    "user": (
        '<circle cx="12" cy="8" r="3.8"/><path d="M4.8 20c.7-3.6 3.5-5.5 7.2-5.5s6.5 1.9 7.2 5.5"/>'
    ),
    "users": (
        '<circle cx="9" cy="8" r="3.5"/><path d="M2.8 19.5c.6-3.2 3-5 6.2-5s5.6 1.8 6.2 '
        '5M15.5 4.8a3.5 3.5 0 0 1 0 6.4M17.5 14.9c2 .7 3.3 2.3 3.7 4.6"/>'
    ),
    "wa": (
        '<path d="M4 20l1.2-4A8 8 0 1 1 8.2 19z"/><path d="M9 9.2c0 3 2.8 5.8 5.8 '
        '5.8l1.2-1.5-2-1.2-1 .8a5 5 0 0 1-2-2l.8-1-1.2-2z"/>'
    ),
    "warn": '<path d="M12 4 21 19.5H3z"/><path d="M12 10v4M12 16.8v.1"/>',
    "x": '<path d="M6 6l12 12M18 6 6 18"/>',
}
"""Name → marks inside a 24 × 24 box; drawn with a stroke of 1.75 and round caps."""


def sprite_markup() -> str:
    """All icons as SVG symbols `i-<name>`."""
    return "".join(
        f'<symbol id="i-{name}" viewBox="0 0 24 24">{marks}</symbol>'
        for name, marks in sorted(ICONS.items())
    )


class _Use(BaseHTML):
    tag = "use"

    href: rx.Var[str]


def icon(
    name: str | rx.Var[str], size: Literal[14, 16, 20, 24] = 16, class_name: Any = "", **props: Any
) -> rx.Component:
    """A decorative icon (hidden from ears); raises KeyError for a name without a drawing."""
    if isinstance(name, str) and name not in ICONS:
        raise KeyError(f"no icon {name}")
    sized = "" if size == 16 else f" i{size}"
    return rx.el.svg(
        _Use.create(href=f"#i-{name}"),
        aria_hidden=True,
        class_name=[f"i{sized}", class_name] if class_name else f"i{sized}",
        **props,
    )
