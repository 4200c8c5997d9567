"""State of the drawer that records money received: which documents, how much, how, when."""

import secrets
from dataclasses import replace
from typing import Any

import reflex as rx
from reflex.event import EventSpec
from sqlmodel import Session

from clientportal.domain.actors import Member
from clientportal.domain.errors import Invalid, NotFound, PortalError
from clientportal.domain.money import parse_amount
from clientportal.domain.permissions import Permission
from clientportal.rendering.formats import currency_digits
from clientportal.services import account_views, credit, manual_payments
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.session import page_actor, read, utc_now, write
from clientportal.ui.staff.common import enter, text_of
from clientportal.ui.staff.document_rows import row_id
from clientportal.ui.staff.forms import day_of, params_of
from clientportal.ui.staff.payables import Payable, open_payables, with_amount
from clientportal.ui.values import iso

MODES = ("chosen", "oldest", "advance")


class StaffPayment(rx.State):
    """The form, rebuilt when the drawer opens; `_key` books it once, however often it is sent."""

    is_open: bool = False
    owner_id: int = 0
    account: str = ""
    currency: str = ""
    today: str = ""
    mode: str = "chosen"
    rows: list[Payable] = []
    amount_minor: int = 0
    preview: list[Payable] = []
    rest_minor: int = 0
    form_key: int = 0
    errors: dict[str, str] = {}
    error_params: dict[str, str | int] = {}
    _key: str = ""

    @rx.var
    def chosen_minor(self) -> int:
        return sum(row.amount_minor for row in self.rows if row.chosen)

    @rx.event
    @staff(Permission.PAYMENTS_RECORD)
    async def start(self, account_id: int, currency: str, document_id: int) -> None:
        """Open the drawer for an account; `document_id` is ticked (0: none)."""
        place = await enter(self)
        wanted, code = row_id(account_id), str(currency)[:3]
        found = await read(account_views.read, place.actor, account_id=wanted, today=place.today)
        self.owner_id, self.account, self.currency = wanted, found.row.name, code
        self.today = iso(place.today)
        self.rows = await open_payables(place.actor, wanted, code, document_id)
        ticked = any(row.chosen for row in self.rows)
        self.mode = "chosen" if ticked else "oldest" if self.rows else "advance"
        self.amount_minor, self.rest_minor, self.preview = 0, 0, []
        self.errors, self.error_params = {}, {}
        self._key = secrets.token_urlsafe(16)
        self.form_key += 1
        self.is_open = True

    @rx.event
    @staff(Permission.PAYMENTS_RECORD)
    async def shut(self) -> None:
        """Close the drawer; nothing was booked."""
        self.is_open = False

    @rx.event
    @staff(Permission.PAYMENTS_RECORD)
    async def set_mode(self, mode: str) -> None:
        """Documents by hand, the oldest first, or an advance."""
        if mode in MODES:
            self.mode, self.errors = mode, {}
            self.amount_minor, self.rest_minor, self.preview = 0, 0, []

    @rx.event
    @staff(Permission.PAYMENTS_RECORD)
    async def choose(self, document_id: int, on: bool) -> None:
        """Tick or untick a document; ticked, its whole balance is paid until typed otherwise."""
        self.rows = [
            replace(row, chosen=bool(on), amount_minor=row.balance_minor, error="")
            if row.id == document_id
            else row
            for row in self.rows
        ]

    @rx.event
    @staff(Permission.PAYMENTS_RECORD)
    async def set_line(self, document_id: int, text: str) -> None:
        """Pay another amount of a ticked document."""
        self.rows = [
            with_amount(row, text, self.currency) if row.id == document_id else row
            for row in self.rows
        ]

    @rx.event(supersedes=True)
    @staff(Permission.PAYMENTS_RECORD)
    async def set_amount(self, text: str) -> None:
        """What was received: show at once how it would be spread, oldest first."""
        self.errors = {}
        try:
            self.amount_minor = parse_amount(str(text)[:60], currency_digits(self.currency))
        except Invalid:
            self.amount_minor = 0
        await self._spread(await page_actor(self))

    @rx.event
    @staff(Permission.PAYMENTS_RECORD)
    async def book(self, form: dict[str, Any]) -> EventSpec | None:
        """Record the payment; what is wrong stands beside its field and nothing typed is lost."""
        place = await enter(self)
        self.errors, self.error_params = {}, {}
        try:
            receipt = await self._book(place.actor, form)
        except PortalError as error:
            self.errors = {_field(error, self.mode): error.error_code}
            self.error_params = params_of(error)
            return None
        self.is_open = False
        is_advance = self.mode == "advance"
        return notice("advance_recorded" if is_advance else "payment_recorded", number=receipt)

    async def _book(self, actor: Member, form: dict[str, Any]) -> str:
        """The number of the receipt or advance."""
        amount = self._received(form)
        facts: dict[str, Any] = {
            "account_id": self.owner_id,
            "currency": self.currency,
            "amount_minor": amount,
            "method": text_of(form, "method", 20),
            "received_on": day_of(form, "received_on"),
            "client_key": self._key,
            "now": utc_now(),
        }
        if self.mode == "advance":
            concept = text_of(form, "concept")
            return await write(_advance, actor, concept=concept, **facts)
        lines = [(row.id, row.amount_minor) for row in self.rows if row.chosen]
        wanted = lines if self.mode == "chosen" else None
        return await write(_payment, actor, lines=wanted, **facts)

    def _received(self, form: dict[str, Any]) -> int:
        """Minor units received. Raises Invalid for the field that says otherwise."""
        if self.mode != "chosen":
            text = text_of(form, "amount", 60)
            if not text:
                raise Invalid(code="required", field="amount")
            return parse_amount(text, currency_digits(self.currency))
        wrong = next((row for row in self.rows if row.chosen and row.error), None)
        if wrong is not None:
            raise Invalid(code=wrong.error, field="lines")
        if not any(row.chosen for row in self.rows):
            raise Invalid(code="nothing_chosen", field="lines")
        return self.chosen_minor

    async def _spread(self, actor: Any) -> None:
        self.preview, self.rest_minor = [], self.amount_minor
        if self.mode != "oldest" or self.amount_minor <= 0:
            return
        lines, self.rest_minor = await read(
            credit.spread, actor, self.owner_id, self.currency, self.amount_minor
        )
        known = {row.id: row for row in self.rows}
        self.preview = [
            replace(known[key], amount_minor=minor) for key, minor in lines if key in known
        ]


def _payment(session: Session, actor: Member, **facts: Any) -> str:
    return manual_payments.record(session, actor, **facts).number or ""


def _advance(session: Session, actor: Member, **facts: Any) -> str:
    return manual_payments.record_advance(session, actor, **facts).number or ""


def _field(error: PortalError, mode: str) -> str:
    if error.field in {"amount", "received_on", "method", "lines"}:
        return error.field or ""
    if isinstance(error, NotFound):
        return "form"
    return "lines" if mode == "chosen" else "form"
