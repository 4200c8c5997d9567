"""State of the page of one document: facts, lines, what was applied, history, comments."""

from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import reflex as rx

from clientportal.domain.documents import CREDIT, PAYABLE, Lifecycle
from clientportal.domain.errors import PortalError
from clientportal.domain.permissions import Permission
from clientportal.services import comments, document_pdf, documents, portal_paying
from clientportal.services.documents import AppliedRow, DocumentDetail
from clientportal.ui.gate import portal
from clientportal.ui.live_pages import watch
from clientportal.ui.portal.common import enter, iso
from clientportal.ui.portal.rows import badge_of
from clientportal.ui.session import page_actor, read, route_id, utc_now, write


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line: quantity and unit price as plain decimal text, the amount in minor units."""

    position: int
    description: str
    quantity: str
    unit_price: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class TaxRow:
    rate: str
    tax_minor: int


@dataclass(frozen=True, slots=True)
class AppliedItem:
    """Money or credit between this document and another. `href` empty: paid before the import."""

    id: int
    on: str
    amount_minor: int
    kind: str
    number: str
    method: str
    href: str
    taken_back: bool


@dataclass(frozen=True, slots=True)
class CommentItem:
    id: int
    at: str
    author: str
    by_staff: bool
    mine: bool
    body: str


@dataclass(frozen=True, slots=True)
class RelatedItem:
    id: int
    kind: str
    number: str
    total_minor: int
    href: str


@dataclass(frozen=True, slots=True)
class EventItem:
    """A dated fact of the document's life; `code` names the sentence."""

    key: str
    code: str
    on: str
    icon: str
    tone: str
    amount_minor: int
    number: str
    href: str


class PortalDocument(rx.State):
    """One document of the space in the path."""

    loaded: bool = False
    doc_id: int = 0
    kind: str = ""
    number: str = ""
    currency: str = ""
    company: str = ""
    company_detail: str = ""
    account: str = ""
    account_detail: str = ""
    issued_on: str = ""
    due_on: str = ""
    late_days: int = 0
    net_minor: int = 0
    total_minor: int = 0
    paid_minor: int = 0
    balance_minor: int = 0
    badge: dict[str, Any] = {}
    is_credit: bool = False
    is_void: bool = False
    can_pay: bool = False
    can_comment: bool = False
    partial: bool = False
    being_paid: bool = False
    held: str = ""
    pdf: str = ""
    concept: str = ""
    fiscal_code: str = ""
    has_qr: bool = False
    reference: str = ""
    void_reason: str = ""
    dispute_reason: str = ""
    lines: list[LineRow] = []
    taxes: list[TaxRow] = []
    applied: list[AppliedItem] = []
    related: list[RelatedItem] = []
    history: list[EventItem] = []
    comments: list[CommentItem] = []
    written: int = 0
    comment_error: str = ""
    comment_params: dict[str, str | int] = {}

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def load(self) -> None:
        """Read the document of the path. Looking at it changes nothing (DESIGN rule 11)."""
        self.comment_error = ""
        await self._read()
        self.loaded = True

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def refresh(self) -> None:
        """Something changed: read again, keeping what is being written."""
        await self._read()

    async def _read(self) -> None:
        place = await enter(self)
        document_id = route_id(self, "document_id")
        if document_id != self.doc_id:
            self.loaded = False
        detail = await read(documents.detail, place.actor, document_id=document_id, now=utc_now())
        self.held = ""
        if detail.status.being_paid:
            held = await read(portal_paying.held_by, place.actor, document_id=document_id)
            self.held = f"{place.base}/pay/{held}" if held else ""
        self._show(detail, place.base)
        watch(self, place.topics | {f"document:{document_id}"}, PortalDocument.refresh)

    @rx.event
    @portal(Permission.DOCUMENTS_COMMENT)
    async def comment(self, form: dict[str, str]) -> None:
        """Write to the company about this document (mission 46, 78)."""
        actor = await page_actor(self)
        document_id = route_id(self, "document_id")
        body = form.get("body", "") if isinstance(form, dict) else ""
        try:
            await write(
                comments.add,
                actor,
                document_id=document_id,
                body=body if isinstance(body, str) else "",
                now=utc_now(),
            )
        except PortalError as error:
            self.comment_error = error.error_code
            self.comment_params = {
                k: v for k, v in error.params.items() if isinstance(v, str | int)
            }
            return
        self.comment_error = ""
        self.written += 1
        await self._read()

    def _show(self, detail: DocumentDetail, base: str) -> None:
        self._show_facts(detail)
        self._show_money(detail)
        documents_path = f"{base}/documents"
        self.lines = [
            LineRow(
                row.position,
                row.description,
                f"{row.quantity.normalize():f}",
                f"{row.unit_price.normalize():f}",
                row.amount_minor,
            )
            for row in detail.lines
        ]
        self.taxes = [TaxRow(f"{row.rate.normalize():f}", row.tax_minor) for row in detail.taxes]
        self.applied = [_applied(row, documents_path) for row in detail.applied]
        self.related = [
            RelatedItem(
                row.id, row.kind.value, row.number, row.total_minor, f"{documents_path}/{row.id}"
            )
            for row in detail.related
        ]
        self.history = history_of(detail, documents_path)
        self.comments = [
            CommentItem(row.id, row.at.isoformat(), row.author, row.by_staff, row.mine, row.body)
            for row in detail.comments
        ]

    def _show_facts(self, detail: DocumentDetail) -> None:
        self.doc_id, self.kind, self.number = detail.id, detail.kind.value, detail.number
        self.company = detail.company.name
        self.company_detail = _identification(detail.company.tax_id_kind, detail.company.tax_id)
        self.account = detail.account.name
        self.account_detail = _identification(detail.account.tax_id_kind, detail.account.tax_id)
        self.issued_on, self.due_on = iso(detail.issued_on), iso(detail.due_on)
        self.late_days = detail.status.overdue_days
        self.badge = badge_of(detail.badge)
        self.is_credit = detail.kind in CREDIT
        self.is_void = detail.lifecycle is Lifecycle.VOID
        self.being_paid = detail.status.being_paid
        self.pdf = f"/files/documents/{detail.id}.pdf"
        self.concept, self.reference = detail.concept, detail.reference
        self.fiscal_code = detail.fiscal_code
        self.has_qr = bool(document_pdf.fiscal_url(detail))
        self.void_reason, self.dispute_reason = detail.void_reason, detail.dispute_reason

    def _show_money(self, detail: DocumentDetail) -> None:
        self.currency = detail.currency
        self.net_minor, self.total_minor = detail.net_minor, detail.total_minor
        self.paid_minor, self.balance_minor = detail.paid_minor, detail.balance_minor
        self.can_pay, self.can_comment = detail.actions.pay, detail.actions.comment
        self.partial = detail.allow_partial_payment


def _identification(kind: str, text: str) -> str:
    return f"{kind.upper()} {text}".strip() if text else ""


def _applied(row: AppliedRow, path: str) -> AppliedItem:
    return AppliedItem(
        id=row.id,
        on=iso(row.on),
        amount_minor=row.amount_minor,
        kind=row.kind.value if row.kind else "",
        number=row.number,
        method=row.method,
        href=f"{path}/{row.document_id}" if row.document_id else "",
        taken_back=not row.reversible,
    )


def history_of(detail: DocumentDetail, path: str) -> list[EventItem]:
    """What happened to the document as its customer sees it, newest first."""
    events = [_event("issued", iso(detail.issued_on), "doc", "")]
    for row in detail.applied:
        code = "taken_back" if row.is_reversal else "applied" if row.document_id else "prepaid"
        tone = "" if row.is_reversal else "good"
        href = f"{path}/{row.document_id}" if row.document_id else ""
        events.append(
            _event(
                code,
                iso(row.on),
                "undo" if row.is_reversal else "ok",
                tone,
                amount_minor=abs(row.amount_minor),
                number=row.number,
                href=href,
                key=str(row.id),
            )
        )
    if detail.status.overdue_days and detail.kind in PAYABLE:
        events.append(
            _event("overdue", iso(detail.due_on), "err", "bad", amount_minor=detail.balance_minor)
        )
    if detail.voided_at is not None:
        events.append(_event("void", detail.voided_at.date().isoformat(), "ban", ""))
    return sorted(events, key=attrgetter("on"), reverse=True)


def _event(
    code: str,
    on: str,
    icon: str,
    tone: str,
    *,
    amount_minor: int = 0,
    number: str = "",
    href: str = "",
    key: str = "",
) -> EventItem:
    return EventItem(f"{code}-{key}", code, on, icon, tone, amount_minor, number, href)
