"""Ticking documents and paying them together, one company and currency at a time (mission 50)."""

import asyncio
import secrets
from dataclasses import dataclass, replace
from typing import Any

import reflex as rx

from clientportal.domain.actors import Customer
from clientportal.domain.documents import DocumentBeingPaid
from clientportal.domain.errors import Invalid, NotFound, PortalError
from clientportal.domain.money import parse_amount
from clientportal.domain.permissions import Permission
from clientportal.gateways.base import AutoForm
from clientportal.rendering.formats import currency_digits
from clientportal.services import checkout, portal_paying
from clientportal.services.attempts import Opened
from clientportal.services.checkout import Choice
from clientportal.storage.session import run, unit_of_work
from clientportal.ui.gate import portal
from clientportal.ui.portal.common import language_of, own_origin
from clientportal.ui.portal.rows import Chosen, Row, chosen_of, group_of
from clientportal.ui.session import change, page_actor, read, route_args, utc_now

LEAVING_SECONDS = 3


class Ticking(rx.State, mixin=True):
    """The rows that are shown, those that are ticked, and the way to the gateway."""

    rows: list[Row] = []

    chosen: list[Chosen] = []
    group: str = ""
    pay_currency: str = ""
    pay_company: str = ""
    partial: bool = False
    methods: list[str] = []
    method: str = ""
    sheet: bool = False
    gone: int = 0
    paying: bool = False
    pay_error: str = ""
    pay_params: dict[str, str | int] = {}
    pay_held: str = ""
    pay_url: str = ""
    pay_nonce: str = ""
    pay_action: str = ""
    pay_fields: list[tuple[str, str]] = []

    @rx.var
    def chosen_ids(self) -> list[int]:
        return [row.id for row in self.chosen]

    @rx.var
    def pay_values(self) -> list[str]:
        return [row.field_value for row in self.chosen]

    @rx.var
    def pay_minor(self) -> int:
        return sum(row.amount_minor for row in self.chosen)

    @rx.event
    @portal(Permission.PAYMENTS_PAY)
    async def choose(self, document_id: int, on: bool) -> None:
        """Tick or untick one document of this page."""
        if not on:
            await self._retick([key for key in self._ticked_ids() if key != document_id])
        elif any(row.id == document_id for row in self._tickable()):
            await self._retick([*self._ticked_ids(), document_id])

    @rx.event
    @portal(Permission.PAYMENTS_PAY)
    async def choose_none(self) -> None:
        """Untick everything, on other pages too."""
        self._tick_none()
        self.pay_error = self.pay_held = ""

    @rx.event
    @portal(Permission.PAYMENTS_PAY)
    async def choose_one(self, document_id: int) -> None:
        """Pay one document alone: tick it and show how it can be paid (mission 75, 76)."""
        self._tick_none()
        await self._retick([document_id] if isinstance(document_id, int) else [])
        self.sheet = bool(self.chosen)

    @rx.event
    @portal(Permission.PAYMENTS_PAY)
    async def set_amount(self, document_id: int, text: str) -> None:
        """Pay only a part of a ticked document; the error stands beside its field."""
        if self.partial:
            self.chosen = [
                _with_amount(row, text, self.pay_currency) if row.id == document_id else row
                for row in self.chosen
            ]

    @rx.event
    @portal(Permission.PAYMENTS_PAY)
    async def set_method(self, name: str) -> None:
        """Choose how to pay."""
        if name in self.methods:
            self.method = name

    @rx.event
    @portal(Permission.PAYMENTS_PAY)
    async def show_sheet(self, on: bool) -> None:
        """Open or close the paying sheet of a phone."""
        self.sheet = bool(on)

    def _ticked_ids(self) -> list[int]:
        return [row.id for row in self.chosen]

    def _tickable(self) -> list[Row]:
        return [row for row in self.rows if row.payable and self.group in {"", row.group}]

    def _tick_none(self) -> None:
        change(
            self,
            chosen=list[Chosen](),
            methods=list[str](),
            group="",
            method="",
            pay_currency="",
            pay_company="",
            sheet=False,
        )

    async def _retick(self, ids: list[int]) -> None:
        actor = await page_actor(self)
        if not isinstance(actor, Customer):
            raise NotFound()
        self.pay_error = self.pay_held = ""
        self.gone = 0
        await self._tick(actor, ids)

    async def _tick(self, actor: Customer, ids: list[int]) -> None:
        """Make `ids` the ticked ones, as far as they can be paid together now.

        What was refused stays said: the page refreshes by itself, also before it was read.
        """
        try:
            if not ids:
                raise NotFound()
            offer = await read(portal_paying.offer, actor, document_ids=ids)
        except NotFound:
            self._tick_none()
            return
        typed = {
            row.id: row.amount_minor for row in self.chosen if row.amount_minor != row.balance_minor
        }
        self.chosen = [chosen_of(row, typed.get(row.id)) for row in offer.documents if row.payable]
        if not self.chosen:
            self._tick_none()
            return
        self.group = group_of(offer.company_id, offer.currency)
        self.pay_currency, self.pay_company = offer.currency, offer.company_name
        self.partial, self.methods = offer.allow_partial, list(offer.methods)
        if self.method not in self.methods:
            self.method = self.methods[0] if self.methods else ""

    @rx.event(background=True)
    @portal(Permission.PAYMENTS_PAY)
    async def pay(self) -> None:
        """Freeze the payment and lead to the gateway; a refusal is shown in the panel."""
        async with self:
            if self.paying or not self.chosen or any(row.error for row in self.chosen):
                return
            actor = await page_actor(self)
            self.paying, self.pay_error, self.pay_held = True, "", ""
            wanted = _Order(
                choices=[Choice(row.id, row.amount_minor) for row in self.chosen],
                method=self.method,
                space=route_args(self).get("space", ""),
                base_url=own_origin(self),
                language=language_of(self),
            )
        try:
            opened = await run(_open, actor, wanted)
        except PortalError as error:
            async with self:
                self._refused(error)
            return
        async with self:
            self._leave_to(opened)
        # Whoever stays here after all can press the button again.
        await asyncio.sleep(LEAVING_SECONDS)
        async with self:
            self.pay_url = ""
            self.paying = False

    def _refused(self, error: PortalError) -> None:
        self.paying = False
        self.pay_error = error.error_code
        self.pay_params = {
            key: value for key, value in error.params.items() if isinstance(value, str | int)
        }
        reference = error.params.get("reference")
        held = isinstance(error, DocumentBeingPaid) and isinstance(reference, str)
        self.pay_held = str(reference) if held else ""

    def _leave_to(self, opened: Opened) -> None:
        if isinstance(opened.target, AutoForm):
            self.paying = False
            self.pay_action = opened.target.action
            self.pay_fields = [(str(name), str(value)) for name, value in opened.target.fields]
        else:
            self.pay_nonce = secrets.token_hex(6)
            self.pay_url = opened.target.url


@dataclass(frozen=True, slots=True)
class _Order:
    """What `pay` takes out of the state before it leaves the lock."""

    choices: list[Choice]
    method: str
    space: str
    base_url: str
    language: str


def _open(actor: Any, order: _Order) -> Opened:
    if not isinstance(actor, Customer):
        raise NotFound()
    return checkout.pay(
        unit_of_work,
        actor,
        choices=order.choices,
        method=order.method,
        base_url=order.base_url,
        space=order.space,
        language=order.language,
        now=utc_now(),
    )


def _with_amount(row: Chosen, text: object, currency: str) -> Chosen:
    amount, error = _amount(text, currency, row)
    return replace(row, amount_minor=amount, error=error)


def _amount(text: object, currency: str, row: Chosen) -> tuple[int, str]:
    """(minor units to pay, error code) of a typed amount; empty means the whole balance."""
    given = text.strip() if isinstance(text, str) else ""
    if not given:
        return row.balance_minor, ""
    try:
        minor = parse_amount(given[:60], currency_digits(currency))
    except Invalid as error:
        return row.amount_minor, error.error_code
    if minor <= 0:
        return row.amount_minor, "amount_not_positive"
    if minor > row.balance_minor:
        return row.amount_minor, "amount_above_balance"
    return minor, ""


def document_ids(text: str) -> list[int]:
    """Document ids of a URL, at most as many as can be paid at once."""
    parts = [
        part for part in text.split(",") if part.isascii() and part.isdigit() and len(part) < 16
    ]
    return [int(part) for part in dict.fromkeys(parts)][: checkout.MOST_DOCUMENTS]
