"""State of lines being typed, with amounts that follow: of a document, of a template."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.services.drafts import MAX_LINES, LineInput
from clientportal.ui.gate import staff
from clientportal.ui.staff.draft_form import (
    LINE_FIELDS,
    DraftLine,
    TaxSum,
    missing_taxes,
    shown,
    worked,
)


class LineState(rx.State, mixin=True):
    """The fields hold the texts; this mirrors what the totals need.

    `missing`: rates of the lines (percent, plain text) that the company does not charge.
    """

    currency: str = ""
    lines: list[DraftLine] = []
    net_minor: int = 0
    taxes: list[TaxSum] = []
    total_minor: int = 0
    missing: list[str] = []
    errors: dict[str, str] = {}
    error_params: dict[str, str | int] = {}
    _next: int = 0
    _rates: tuple[str, ...] = ()

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def set_currency(self, code: str) -> None:
        """The totals follow the currency's decimals; the service checks that it is used."""
        self.currency = code[:3] if isinstance(code, str) else ""
        self._set_lines(self.lines)

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def set_line(self, key: int, name: str, text: str) -> None:
        """A field of a line while it is typed: amounts and totals follow."""
        if name not in LINE_FIELDS or not isinstance(text, str):
            return
        lines = list(self.lines)
        for place, line in enumerate(lines):
            if line.key == key:
                values: dict[str, Any] = {name: text[:600]}
                errors = {field: code for field, code in line.errors.items() if field != name}
                lines[place] = replace(line, **values, errors=errors)
        self._set_lines(lines)

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def add_line(self) -> None:
        """One more line at the end, with the tax rate of the one above."""
        if len(self.lines) < MAX_LINES:
            rate = self.lines[-1].tax_rate if self.lines else ""
            self._set_lines([*self.lines, replace(self._line(), tax_rate=rate)])

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def drop_line(self, key: int) -> None:
        """Remove a line; the last one is emptied instead."""
        kept = [line for line in self.lines if line.key != key]
        self._set_lines(kept or [self._line()])

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def move_line(self, key: int, step: int) -> None:
        """Move a line up (-1) or down (1)."""
        lines = list(self.lines)
        at = next((n for n, line in enumerate(lines) if line.key == key), -1)
        to = at + (1 if step == 1 else -1)
        if at >= 0 and 0 <= to < len(lines):
            lines[at], lines[to] = lines[to], lines[at]
            self._set_lines(lines)

    def _line(self) -> DraftLine:
        self._next += 1
        return DraftLine(self._next)

    def _lines_of(self, lines: Sequence[LineInput]) -> list[DraftLine]:
        """Stored lines as a form shows them."""
        return [
            replace(
                self._line(),
                description=line.description,
                quantity=shown(line.quantity),
                unit_price=shown(line.unit_price),
                tax_rate=shown(line.tax_rate) if line.tax_rate else "",
            )
            for line in lines
        ]

    def _set_lines(self, lines: Sequence[DraftLine]) -> None:
        done = worked(lines, self.currency)
        self.lines = done.lines
        self.net_minor, self.total_minor = done.net_minor, done.total_minor
        self.taxes = list(done.taxes)
        self.missing = missing_taxes(done.lines, self._rates)
