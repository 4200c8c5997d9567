"""State of the staff's page of one document: facts, money, comments, and what may be done."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec
from sqlmodel import Session

from clientportal.domain.actors import Actor
from clientportal.domain.documents import PAYABLE, Lifecycle
from clientportal.domain.errors import Invalid, PortalError
from clientportal.domain.money import parse_amount
from clientportal.domain.permissions import Permission
from clientportal.rendering.formats import currency_digits
from clientportal.services import (
    comments,
    credit,
    disputes,
    document_deliveries,
    document_reminders,
    documents,
    drafts,
    payment_reviews,
)
from clientportal.services.documents import Actions, DocumentDetail
from clientportal.ui.base import notice
from clientportal.ui.documents.one_state import AppliedItem, OneDocumentState, is_written
from clientportal.ui.gate import staff
from clientportal.ui.live_pages import watch
from clientportal.ui.session import page_actor, read, route_id, utc_now, write
from clientportal.ui.staff.common import enter, first, query_of, text_of
from clientportal.ui.staff.document_deliveries import DeliveryLine, delivery_lines
from clientportal.ui.staff.document_rows import row_id
from clientportal.ui.staff.document_warnings import WarningItem, warning_items
from clientportal.ui.staff.forms import day_of, params_of
from clientportal.ui.staff.reminder_fields import reminders_of
from clientportal.ui.staff.review_rows import ReviewRow, review_row
from clientportal.ui.staff.send_state import StaffSend
from clientportal.ui.staff.timeline import EventLine, lines_of
from clientportal.ui.values import iso

ASKS = frozenset({"void", "return", "dispute", "close_dispute", "discard", "reminders"})


class StaffDocument(OneDocumentState, rx.State):
    """One document of the company in the path. `ask` is the dialog with a form that is open."""

    lifecycle: str = ""
    owner_id: int = 0
    settled_on: str = ""
    today: str = ""
    method: str = ""
    standing: bool = False
    returns: list[AppliedItem] = []
    warnings: list[WarningItem] = []
    mails: list[DeliveryLine] = []
    undelivered: int = 0
    history: list[EventLine] = []
    fiscal_check: str = ""
    unpaid: bool = False
    reminds: bool = False
    reminder_days: str = ""
    reminder_count: str = ""
    reviews: list[ReviewRow] = []
    review_id: int = 0
    can: dict[str, bool] = {}

    ask: str = ""
    form_key: int = 0
    written: int = 0
    errors: dict[str, str] = {}
    error_params: dict[str, str | int] = {}

    _discarded: int = 0
    """The draft that this tab deleted: its page is about to be left, not to be missed."""

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def load(self) -> EventSpec | None:
        """Read the document of the path. Looking at it changes nothing (DESIGN rule 11).

        With `?send` in the address the drawer that sends it opens, once.
        """
        self._discarded = 0
        self.ask, self.errors = "", {}
        await self._read()
        self.loaded = True
        drawer = await self.get_state(StaffSend)
        drawer._arrive()
        if not first(query_of(self), "send") or not self.can["send"]:
            return None
        await drawer._open(self.doc_id)
        return rx.redirect(self.router.url.path, replace=True)

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def refresh(self) -> None:
        """Something changed: read again; what is being written stays in its fields."""
        if self._discarded != route_id(self, "document_id"):
            await self._read()

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def open_ask(self, name: str) -> None:
        """Open a dialog with a form; "" closes whichever is open."""
        self.ask = name if name in ASKS else ""
        self.errors, self.form_key = {}, self.form_key + 1

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def issue(self) -> EventSpec:
        """Give the draft its number."""
        await self._do(drafts.issue)
        return notice("document_issued", number=self.number)

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def discard(self) -> list[EventSpec]:
        """Delete the draft and go back to the list."""
        place = await enter(self)
        document_id = route_id(self, "document_id")
        await write(drafts.discard, place.actor, document_id=document_id, now=place.now)
        self._discarded = document_id
        return [rx.redirect(f"{place.base}/billing"), notice("document_discarded")]

    @rx.event
    @staff(Permission.DOCUMENTS_VOID)
    async def void(self, form: dict[str, Any]) -> EventSpec | None:
        """Annul the document; what is applied is taken back first when the form says so."""
        reverse = text_of(form, "reverse") != "" if self.standing else False
        reason = text_of(form, "reason", 600)
        if not await self._try(drafts.void, reason=reason, reverse=reverse):
            return None
        return notice("document_voided", number=self.number)

    @rx.event
    @staff(Permission.PAYMENTS_RELEASE)
    async def accept_review(self, payment_id: int) -> EventSpec:
        """Keep the money of a payment in review as credit of the account."""
        actor, wanted = await page_actor(self), row_id(payment_id)
        receipt = await write(_accept, actor, payment_id=wanted, now=utc_now())
        await self._read()
        return notice("review_accepted", number=receipt)

    @rx.event
    @staff(Permission.PAYMENTS_RELEASE)
    async def ask_dismiss(self, payment_id: int) -> None:
        """Open the dialog that dismisses a payment in review."""
        self.review_id, self.ask = row_id(payment_id), "dismiss_review"
        self.errors, self.form_key = {}, self.form_key + 1

    @rx.event
    @staff(Permission.PAYMENTS_RELEASE)
    async def dismiss_review(self, form: dict[str, Any]) -> EventSpec | None:
        """Dismiss the payment of the open dialog, with the reason."""
        actor, reason = await page_actor(self), text_of(form, "reason", 600)
        try:
            await write(
                payment_reviews.dismiss,
                actor,
                payment_id=self.review_id,
                reason=reason,
                now=utc_now(),
            )
        except Invalid as error:
            self._refused(error, "reason")
            return None
        self.ask, self.errors = "", {}
        await self._read()
        return notice("review_dismissed")

    @rx.event
    @staff(Permission.CREDIT_RETURN)
    async def return_credit(self, form: dict[str, Any]) -> EventSpec | None:
        """Write down that unused credit was given back."""
        actor, credit_id = await page_actor(self), route_id(self, "document_id")
        if self.ask != "return":  # pressed twice: it is written down
            return None
        try:
            amount = parse_amount(text_of(form, "amount", 60), currency_digits(self.currency))
            await write(
                credit.return_credit,
                actor,
                credit_id=credit_id,
                amount_minor=amount,
                returned_on=day_of(form, "returned_on"),
                method=text_of(form, "method", 40),
                note=text_of(form, "note"),
                now=utc_now(),
            )
        except PortalError as error:
            self._refused(error, "amount")
            return None
        self.ask = ""
        await self._read()
        return notice("credit_returned")

    @rx.event
    @staff(Permission.CREDIT_APPLY)
    async def reverse(self, allocation_id: int) -> EventSpec:
        """Take back what was applied; the amount is owed, and available, again."""
        actor, wanted = await page_actor(self), row_id(allocation_id)
        await write(credit.reverse_allocation, actor, allocation_id=wanted, now=utc_now())
        await self._read()
        return notice("allocation_reversed")

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def open_dispute(self, form: dict[str, Any]) -> EventSpec | None:
        """Mark the document as disputed, with the reason."""
        if not await self._try(disputes.open_dispute, reason=text_of(form, "reason", 600)):
            return None
        return notice("dispute_opened", number=self.number)

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def close_dispute(self) -> EventSpec:
        """End the dispute."""
        await self._do(disputes.close_dispute)
        return notice("dispute_closed", number=self.number)

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def change_reminders(self, form: dict[str, Any]) -> EventSpec | None:
        """How the clients are to be reminded of an unpaid invoice (mission 156)."""
        try:
            await self._do(document_reminders.change, reminders=reminders_of(form))
        except PortalError as error:
            self._refused(error, "form")
            return None
        self.ask, self.errors = "", {}
        return notice("reminders_kept", number=self.number)

    @rx.event
    @staff(Permission.DOCUMENTS_COMMENT)
    async def comment(self, form: dict[str, Any]) -> None:
        """Answer on the document's thread; the customer reads it in the portal."""
        if is_written(form, self.written):
            return
        if await self._try(comments.add, body=text_of(form, "body", 2_100)):
            self.written += 1

    async def _do(self, use_case: Any, **fields: Any) -> None:
        """Run a use case on the document of the path and read the page again."""
        actor, document_id = await page_actor(self), route_id(self, "document_id")
        await write(use_case, actor, document_id=document_id, now=utc_now(), **fields)
        await self._read()

    async def _try(self, use_case: Any, **fields: Any) -> bool:
        """Like `_do`, with a refusal shown beside the field of the open form."""
        try:
            await self._do(use_case, **fields)
        except Invalid as error:
            self._refused(error, next(iter(fields)))
            return False
        self.ask, self.errors = "", {}
        return True

    def _refused(self, error: PortalError, field: str) -> None:
        self.errors = {error.field or field: error.error_code}
        self.error_params = params_of(error)

    async def _read(self) -> None:
        place = await enter(self)
        document_id = route_id(self, "document_id")
        detail = await read(documents.detail, place.actor, document_id=document_id, now=place.now)
        self._show_document(detail, f"{place.base}/billing")
        self._show_ours(detail)
        sends = await read(
            document_deliveries.listing, place.actor, document_id=document_id, now=place.now
        )
        self.mails = delivery_lines(sends)
        failed = [row for row in (sends[0].deliveries if sends else ()) if row.error]
        self.undelivered = len(failed)
        self.history = lines_of(detail.timeline, place.base)
        waiting = await read(payment_reviews.waiting, place.actor, document_id=document_id)
        self.reviews = [review_row(view, place.base) for view in waiting]
        self.can = actions_of(detail.actions)
        watch(self, place.topics | {f"document:{document_id}"}, StaffDocument.refresh)

    def _show_ours(self, detail: DocumentDetail) -> None:
        """What only the company sees, or needs to act."""
        self.lifecycle, self.owner_id = detail.lifecycle.value, detail.account.id
        self.settled_on, self.today = iso(detail.settled_on), iso(detail.today)
        self.method = detail.payment_method
        void = detail.lifecycle is Lifecycle.VOID
        self.unpaid = detail.kind in PAYABLE and detail.balance_minor > 0 and not void
        self.reminds = detail.reminders.send
        self.reminder_days = str(detail.reminders.days)
        self.reminder_count = str(detail.reminders.count)
        code = detail.fiscal_code != "" and detail.original.received
        self.fiscal_check = detail.original.fiscal_check.value if code else ""
        self.warnings = warning_items(detail.original.warnings)
        self.standing = any(row.reversible for row in detail.applied)
        self.returns = [
            AppliedItem(
                n, iso(row.on), row.amount_minor, "", row.note, row.method, "", False, False
            )
            for n, row in enumerate(detail.returns, 1)
        ]


def _accept(session: Session, actor: Actor, **facts: Any) -> str:
    return payment_reviews.accept(session, actor, **facts).number or ""


def actions_of(actions: Actions) -> dict[str, bool]:
    """What this person may do now, by name."""
    return {name: bool(getattr(actions, name)) for name in Actions.__dataclass_fields__}
