"""State of the drawer that applies credit: oldest first, or to which documents and how much."""

from dataclasses import replace
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.errors import Invalid, NotFound, PortalError
from clientportal.domain.permissions import Permission
from clientportal.services import credit, documents
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.session import page_actor, read, utc_now, write
from clientportal.ui.staff.common import enter
from clientportal.ui.staff.document_rows import row_id
from clientportal.ui.staff.forms import params_of
from clientportal.ui.staff.payables import Payable, open_payables, with_amount

MODES = ("oldest", "chosen")


class StaffCredit(rx.State):
    """The form, rebuilt when the drawer opens."""

    is_open: bool = False
    credit_id: int = 0
    number: str = ""
    account: str = ""
    currency: str = ""
    available_minor: int = 0
    mode: str = "oldest"
    rows: list[Payable] = []
    preview: list[Payable] = []
    rest_minor: int = 0
    form_key: int = 0
    errors: dict[str, str] = {}
    error_params: dict[str, str | int] = {}

    @rx.var
    def chosen_minor(self) -> int:
        return sum(row.amount_minor for row in self.rows if row.chosen)

    @rx.event
    @staff(Permission.CREDIT_APPLY)
    async def start(self, document_id: int) -> None:
        """Open the drawer for a credit, with what its account owes."""
        place = await enter(self)
        wanted = row_id(document_id)
        found = await read(documents.detail, place.actor, document_id=wanted, now=place.now)
        if not found.actions.apply_credit:
            raise NotFound()
        self.credit_id, self.number, self.account = wanted, found.number, found.account.name
        self.currency, self.available_minor = found.currency, found.balance_minor
        self.rows = await open_payables(place.actor, found.account.id, found.currency)
        lines, self.rest_minor = await read(
            credit.spread, place.actor, found.account.id, found.currency, found.balance_minor
        )
        known = {row.id: row for row in self.rows}
        self.preview = [
            replace(known[key], amount_minor=minor) for key, minor in lines if key in known
        ]
        self.mode, self.errors, self.error_params = "oldest", {}, {}
        self.form_key += 1
        self.is_open = True

    @rx.event
    @staff(Permission.CREDIT_APPLY)
    async def shut(self) -> None:
        """Close the drawer; nothing was applied."""
        self.is_open = False

    @rx.event
    @staff(Permission.CREDIT_APPLY)
    async def set_mode(self, mode: str) -> None:
        """The oldest first, or documents by hand."""
        if mode in MODES:
            self.mode, self.errors = mode, {}

    @rx.event
    @staff(Permission.CREDIT_APPLY)
    async def choose(self, document_id: int, on: bool) -> None:
        """Tick or untick a document; ticked, it takes as much as is left of the credit."""
        self.errors = {}
        others = sum(row.amount_minor for row in self.rows if row.chosen and row.id != document_id)
        left = max(self.available_minor - others, 0)
        self.rows = [
            replace(
                row,
                chosen=bool(on),
                amount_minor=min(row.balance_minor, left) or row.balance_minor,
                error="",
            )
            if row.id == document_id
            else row
            for row in self.rows
        ]

    @rx.event
    @staff(Permission.CREDIT_APPLY)
    async def set_line(self, document_id: int, text: str) -> None:
        """Apply another amount to a ticked document."""
        self.errors = {}
        self.rows = [
            with_amount(row, text, self.currency) if row.id == document_id else row
            for row in self.rows
        ]

    @rx.event
    @staff(Permission.CREDIT_APPLY)
    async def apply(self, form: dict[str, Any]) -> EventSpec | None:  # noqa: ARG002 - of a form
        """Apply the credit; what is wrong stands above the documents and nothing is lost."""
        actor = await page_actor(self)
        if self.credit_id and not self.is_open:  # pressed twice: it is applied
            return None
        self.errors, self.error_params = {}, {}
        try:
            lines = self._lines()
            done = await write(
                credit.apply_credit, actor, credit_id=self.credit_id, lines=lines, now=utc_now()
            )
        except PortalError as error:
            if isinstance(error, NotFound):
                raise
            self.errors = {"lines": error.error_code}
            self.error_params = params_of(error)
            return None
        self.is_open = False
        used = done.balance_minor < self.available_minor
        return notice("credit_applied" if used else "nothing_to_apply")

    def _lines(self) -> list[tuple[int, int]] | None:
        """What was ticked; None: the oldest first. Raises Invalid."""
        if self.mode != "chosen":
            return None
        chosen = [row for row in self.rows if row.chosen]
        wrong = next((row for row in chosen if row.error), None)
        if wrong is not None:
            raise Invalid(code=wrong.error, field="lines")
        if not chosen:
            raise Invalid(code="nothing_chosen", field="lines")
        if self.chosen_minor > self.available_minor:
            raise Invalid(code="more_than_available", field="lines")
        return [(row.id, row.amount_minor) for row in chosen]
