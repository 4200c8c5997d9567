"""State of the editor of a draft: account, lines as typed, live totals, errors by field."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import reflex as rx
from reflex.event import EventSpec
from sqlmodel import Session

from clientportal.domain.account_filters import AccountFilters
from clientportal.domain.actors import Member
from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.documents import PAYABLE, Kind
from clientportal.domain.errors import Conflict, Invalid, NotFound, PortalError
from clientportal.domain.invoice_templates import ReminderSettings
from clientportal.domain.permissions import Permission
from clientportal.services import account_views, document_lists, documents, drafts
from clientportal.services.documents import DocumentDetail
from clientportal.services.drafts import LineInput
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.kit.fields import Option
from clientportal.ui.session import read, route_args, route_id, write
from clientportal.ui.staff.common import Place, enter, first, query_of
from clientportal.ui.staff.document_rows import row_id
from clientportal.ui.staff.draft_form import KINDS, draft_of, typed
from clientportal.ui.staff.forms import params_of
from clientportal.ui.staff.line_state import LineState
from clientportal.ui.staff.template_choice import TemplateChoice
from clientportal.ui.values import iso

TERM = timedelta(days=30)
SHOWN_ACCOUNTS = 8
"""Accounts offered while typing, and the usual term of a new invoice."""


@dataclass(frozen=True, slots=True)
class AccountHit:
    """An account that the search found."""

    id: int
    name: str
    detail: str


class StaffDraft(TemplateChoice, LineState, rx.State):
    """A draft being written, with lines (mixin) that a template may have filled (mixin)."""

    loaded: bool = False
    form_key: int = 0
    doc_id: int = 0
    chosen_id: int = 0
    account: str = ""
    hits: list[AccountHit] = []
    searched: bool = False
    kind: str = "invoice"
    reference: str = ""
    corrects_id: str = ""
    corrects: list[Option] = []
    intent: str = "draft"

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def load(self) -> EventSpec | None:
        """An empty form, or the draft of the path; what is issued already is shown instead."""
        place = await enter(self)
        self.errors, self.hits, self.searched, self._next = {}, [], False, 0
        self.form_key += 1
        await self._offer_templates(place)
        if "document_id" not in route_args(self):
            await self._blank(place)
        else:
            document_id = route_id(self, "document_id")
            found = await read(
                documents.detail, place.actor, document_id=document_id, now=place.now
            )
            if not found.actions.edit:
                return rx.redirect(f"{place.base}/billing/{document_id}", replace=True)
            await self._fill(place, found)
        self.loaded = True
        return None

    async def _blank(self, place: Place) -> None:
        query = query_of(self)
        self.doc_id, self.chosen_id, self.account = 0, 0, ""
        kind = first(query, "kind", 20)
        self.kind = kind if kind in KINDS else Kind.INVOICE.value
        self.currency = place.company.currencies[0]
        self.issued_on, self.due_on = iso(place.today), iso(place.today + TERM)
        self.concept = self.reference = self.corrects_id = ""
        self._show_reminders(ReminderSettings())
        self.corrects = []
        self._set_lines([self._line()])
        wanted = first(query, "account", 18)
        if wanted.isascii() and wanted.isdigit():
            await self._choose(place, int(wanted))
        note = first(query, "corrects", 18)
        if note in {option["value"] for option in self.corrects}:
            self.corrects_id = note
        await self._begin_with(place, first(query, "template", 18))

    async def _fill(self, place: Place, found: DocumentDetail) -> None:
        self.doc_id, self.kind = found.id, found.kind.value
        self.currency = found.currency
        self.issued_on, self.due_on = iso(found.issued_on), iso(found.due_on)
        self.concept, self.reference = found.concept, found.reference
        self._show_reminders(found.reminders)
        await self._choose(place, found.account.id)
        corrected = next((row.id for row in found.related if not row.corrects_this), 0)
        self.corrects_id = str(corrected) if corrected else ""
        stored = [
            LineInput(line.description, line.quantity, line.unit_price, line.tax_rate)
            for line in found.lines
        ]
        self._set_lines(self._lines_of(stored))
        await self._show_template(place, found.template_id)
        self._given = self._content() if self.template_id else ()

    @rx.event(supersedes=True)
    @staff(Permission.DOCUMENTS_EDIT)
    async def find_account(self, text: str) -> None:
        """Accounts whose name, code or tax identification holds the text."""
        place = await enter(self)
        filters = AccountFilters.parse({"q": [text[:100] if isinstance(text, str) else ""]})
        page = await read(
            account_views.listing,
            place.actor,
            filters=filters,
            today=place.today,
            limit=SHOWN_ACCOUNTS,
        )
        self.searched = True
        self.hits = [
            AccountHit(
                row.id, row.name, " · ".join(part for part in (row.code, row.tax_id) if part)
            )
            for row in page.rows
        ]

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def choose_account(self, account_id: int) -> None:
        """Write the document for this account; 0 chooses anew."""
        place = await enter(self)
        self.hits, self.searched = [], False
        if account_id == 0:
            self.chosen_id, self.account, self.corrects = 0, "", []
            return
        await self._choose(place, row_id(account_id))
        self.errors = {name: code for name, code in self.errors.items() if name != "account_id"}

    async def _choose(self, place: Place, account_id: int) -> None:
        try:
            found = await read(
                account_views.read, place.actor, account_id=account_id, today=place.today
            )
        except NotFound:
            return
        self.chosen_id, self.account = account_id, found.row.name
        self.corrects_id = ""
        page = await read(
            document_lists.list_documents,
            place.actor,
            filters=DocumentFilters(account_id=account_id, kinds=tuple(sorted(PAYABLE))),
            sort=Sort(),
            cursor="",
            now=place.now,
            limit=100,
        )
        self.corrects = [
            Option(value=str(row.id), label=row.number) for row in page.rows if row.number
        ]

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def set_kind(self, kind: str) -> None:
        """Another kind shows other fields."""
        if kind in KINDS:
            self.kind = kind

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def intend(self, intent: str) -> None:
        """Which button sends the form: keep a draft, issue it, or go on to issue and send it."""
        self.intent = intent if intent in {"issue", "send"} else "draft"

    @rx.event
    @staff(Permission.DOCUMENTS_EDIT)
    async def save(self, form: dict[str, Any]) -> list[EventSpec] | None:
        """Store the draft, and issue it when that was asked for, in one transaction."""
        place = await enter(self)
        self._set_lines(typed(self.lines, form if isinstance(form, dict) else {}))
        draft, self.errors, lines = draft_of(
            form, self.lines, self.chosen_id, int(self.template_id) if self.template_id else None
        )
        self._set_lines(lines)
        if draft is None:
            return None
        try:
            document_id, number = await write(
                _store, place, document_id=self.doc_id, draft=draft, issue=self.intent == "issue"
            )
        except (Invalid, Conflict) as error:
            self._refused(error)
            return None
        self.doc_id = document_id  # pressed twice, the second press finds the document there
        page = f"{place.base}/billing/{document_id}"
        if self.intent == "send":
            # Nothing is issued yet: the drawer there does both, or neither.
            return [rx.redirect(f"{page}?send=1")]
        done = notice("document_issued", number=number) if number else notice("draft_saved")
        return [rx.redirect(page), done]

    def _refused(self, error: PortalError) -> None:
        self.errors = {error.field or "form": error.error_code}
        self.error_params = params_of(error)


def _store(
    session: Session, place: Place, *, document_id: int, draft: drafts.DraftInput, issue: bool
) -> tuple[int, str]:
    """(id, number or "") of what was stored."""
    actor: Member = place.actor
    if document_id:
        row = drafts.edit(session, actor, document_id=document_id, draft=draft, now=place.now)
    else:
        row = drafts.create(session, actor, draft=draft, now=place.now)
    key = row.id or 0
    if not issue:
        return key, ""
    return key, drafts.issue(session, actor, document_id=key, now=place.now).number or ""
