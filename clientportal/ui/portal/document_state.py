"""State of the page of one document: facts, lines, what was applied, history, comments."""

from dataclasses import dataclass
from operator import attrgetter

import reflex as rx

from clientportal.domain.documents import PAYABLE, Lifecycle
from clientportal.domain.errors import PortalError
from clientportal.domain.permissions import Permission
from clientportal.services import (
    comments,
    document_links,
    documents,
    portal_paying,
)
from clientportal.services.documents import DocumentDetail
from clientportal.ui.documents.one_state import OneDocumentState, identification, is_written
from clientportal.ui.gate import portal
from clientportal.ui.live_pages import watch
from clientportal.ui.portal.common import enter
from clientportal.ui.session import page_actor, read, route_id, utc_now, write
from clientportal.ui.values import iso


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


class PortalDocument(OneDocumentState, rx.State):
    """One document of the space in the path."""

    company: str = ""
    company_detail: str = ""
    late_days: int = 0
    is_void: bool = False
    can_pay: bool = False
    can_comment: bool = False
    partial: bool = False
    held: str = ""
    reviewing: bool = False
    history: list[EventItem] = []
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
        self.reviewing = await read(portal_paying.in_review, place.actor, document_id=document_id)
        self._show(detail, place.base)
        watch(self, place.topics | {f"document:{document_id}"}, PortalDocument.refresh)

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def read_by_person(self) -> None:
        """The customer looks at it: the company sees it as seen."""
        actor, document_id = await page_actor(self), route_id(self, "document_id")
        await write(document_links.seen_in_portal, actor, document_id=document_id, now=utc_now())

    @rx.event
    @portal(Permission.DOCUMENTS_COMMENT)
    async def comment(self, form: dict[str, str]) -> None:
        """Write to the company about this document (mission 46, 78)."""
        actor = await page_actor(self)
        document_id = route_id(self, "document_id")
        if is_written(form, self.written):
            return
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
        path = f"{base}/documents"
        self._show_document(detail, path)
        self.company = detail.company.name
        self.company_detail = identification(detail.company.tax_id_kind, detail.company.tax_id)
        self.late_days = detail.status.overdue_days
        self.is_void = detail.lifecycle is Lifecycle.VOID
        self.can_pay = detail.actions.pay and not self.reviewing
        self.can_comment = detail.actions.comment
        self.partial = detail.allow_partial_payment
        self.history = history_of(detail, path)


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
