"""What the kit page shows: sample rows, badges and a state that only answers to itself."""

from typing import Any, NamedTuple

import reflex as rx

from clientportal.ui.base import notice
from clientportal.ui.gate import public
from clientportal.ui.kit.icons import ICONS

ICON_NAMES = tuple(sorted(ICONS))


def _badge(code: str, tone: str, icon: str, **params: int | str) -> dict[str, Any]:
    return {"code": code, "tone": tone, "icon": icon, "params": params}


BADGES: tuple[dict[str, Any], ...] = (
    _badge("overdue", "bad", "err", days=12),
    _badge("overdue", "bad", "err", days=2, percent=50),
    _badge("partly_paid", "warn", "half", percent=50),
    _badge("paid", "good", "ok", date="2026-11-04"),
    _badge("being_paid", "info", "clock", method="PSE"),
    _badge("disputed", "hot", "flag"),
    _badge("due_soon", "warn", "clock", days=5),
    _badge("seen", "info", "eye"),
    _badge("sent", "info", "send"),
    _badge("issued", "plain", "doc"),
    _badge("draft", "plain", "dash"),
    _badge("void", "void", "ban"),
    _badge("available", "accent", "doc", balance_minor=18430000),
    _badge("partly_applied", "info", "half", percent=40),
    _badge("applied", "good", "ok"),
)


class _Age(NamedTuple):
    """A part of the ageing chart."""

    amount_minor: int
    count: int
    share: float


AGES = [
    _Age(*part)
    for part in ((600, 9, 0.6), (160, 3, 0.16), (110, 2, 0.11), (0, 0, 0.0), (130, 1, 0.13))
]


def _row(
    number: str, account: str, badge: int, total: int, balance: int, **more: Any
) -> dict[str, Any]:
    return {
        "number": number,
        "account": account,
        "badge": BADGES[badge],
        "due_on": "2026-11-09",
        "total": total,
        "balance": balance,
        "currency": "COP",
        "chosen": False,
    } | more


ROWS = [
    _row("FE-20931", "Panadería La Espiga", 6, 390500000, 390500000),
    _row(
        "FE-20812",
        "Distribuidora Andina de Alimentos y Bebidas S.A.S.",
        0,
        431850000,
        431850000,
        chosen=True,
    ),
    _row("EXP-0447", "Clínica Los Rosales S.A.", 2, 250000, 125000, currency="USD"),
    _row(
        "VM-118204", "Vidrios y Metales del Caribe y Compañía Ltda.", 4, 123456789000, 123456789000
    ),
    _row("FE-20877", "Distribuidora Andina", 3, 512040000, 0),
]


class Samples(rx.State):
    """Values of the kit page."""

    on: bool = True
    currency: str = "COP"
    states: list[str] = ["overdue"]
    none: list[str] = []
    rows: list[dict[str, Any]] = ROWS
    hits: list[dict[str, str]] = []

    @rx.event
    @public
    def turn(self, value: bool) -> None:
        """Take a switch."""
        self.on = bool(value)

    @rx.event
    @public
    def choose(self, value: str) -> None:
        """Take a view."""
        self.currency = str(value)[:3]

    @rx.event
    @public
    def apply(self, values: list[str]) -> None:
        """Take a filter."""
        self.states = [value for value in values if value in {"overdue", "paid"}]

    @rx.event
    @public
    def search(self, text: str) -> None:
        """Find in the sample rows."""
        found = [row["number"] for row in ROWS if str(text).lower() in row["number"].lower()]
        self.hits = [
            {"group": "FE", "title": number, "detail": "", "href": "/kit", "icon": "doc"}
            for number in found[:5]
        ]

    @rx.event
    @public
    def say(self) -> Any:
        """Show a toast."""
        return notice("saved", undo="1")

    @rx.event
    @public
    def nothing(self) -> None:
        """Answer a button of the kit page."""

    @rx.event
    @public
    def take(self, values: dict[str, Any]) -> None:
        """Take the form of the kit page."""
