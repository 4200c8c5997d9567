"""State of the popup behind the eye, and of the drawer that sends a document by e-mail."""

from dataclasses import dataclass, replace
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.errors import PortalError
from clientportal.domain.permissions import Permission
from clientportal.rendering.texts import LANGUAGES
from clientportal.services import document_deliveries, document_sending, documents
from clientportal.services.document_sending import Proposal, Recipient, SendInput
from clientportal.services.sending_words import Words
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.session import change, page_actor, read, utc_now, write
from clientportal.ui.staff.common import enter, text_of
from clientportal.ui.staff.document_rows import row_id
from clientportal.ui.staff.forms import params_of
from clientportal.ui.staff.peeked import Peeked, peeked

FIELDS = frozenset(
    {"recipients", *(f"{part}_{lang}" for part in ("subject", "message") for lang in LANGUAGES)}
)


@dataclass(frozen=True, slots=True)
class To:
    """A known address; `notify`: it is told of new invoices, so it is chosen at first."""

    point_id: int
    name: str
    address: str
    language: str
    notify: bool
    unreached: bool
    chosen: bool


class StaffSend(rx.State):
    """The popup, and the form, rebuilt when the drawer opens.

    `issues`: a draft, which gets its number as well.
    """

    peeking: bool = False
    doc: Peeked = Peeked()

    is_open: bool = False
    doc_id: int = 0
    owner_id: int = 0
    number: str = ""
    kind: str = ""
    account: str = ""
    issues: bool = False
    wording: str = "due"
    has_xml: bool = False
    sent: int = 0
    to: list[To] = []
    subjects: dict[str, str] = {}
    messages: dict[str, str] = {}
    form_key: int = 0
    errors: dict[str, str] = {}
    error_params: dict[str, str | int] = {}
    _opened_at: str = ""

    @rx.var
    def chosen(self) -> int:
        return sum(row.chosen for row in self.to)

    @rx.var
    def spoken(self) -> dict[str, bool]:
        """The languages of whom the mail goes to."""
        return {lang: any(row.chosen and row.language == lang for row in self.to)
                for lang in LANGUAGES}  # fmt: skip

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def peek(self, document_id: int) -> None:
        """Open the popup. Looking changes nothing."""
        place = await enter(self)
        found = await read(
            documents.detail, place.actor, document_id=row_id(document_id), now=place.now
        )
        self.doc = peeked(found)
        self.peeking, self._opened_at = True, self.router.url.path

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def shut_peek(self) -> None:
        """Close the popup."""
        self.peeking = False

    @rx.event
    @staff(Permission.DOCUMENTS_SEND)
    async def start(self, document_id: int) -> None:
        """Open the drawer for a document."""
        await self._open(row_id(document_id))

    async def _open(self, document_id: int) -> None:
        actor = await page_actor(self)
        found = await read(document_sending.propose, actor, document_id=document_id)
        self._show(found)
        self.errors, self.error_params = {}, {}
        self.form_key += 1
        self.is_open, self._opened_at = True, self.router.url.path

    def _arrive(self) -> None:
        """Close what was left open on another page; for the loads of pages with the drawer."""
        if self._opened_at != self.router.url.path:
            change(self, is_open=False, peeking=False)

    @rx.event
    @staff(Permission.DOCUMENTS_SEND)
    async def shut(self) -> None:
        """Close the drawer; nothing was sent."""
        self.is_open = False

    @rx.event
    @staff(Permission.DOCUMENTS_SEND)
    async def choose(self, point_id: int, on: bool) -> None:
        """Send to this address too, or not."""
        self.to = [
            replace(row, chosen=bool(on)) if row.point_id == point_id else row for row in self.to
        ]

    @rx.event
    @staff(Permission.DOCUMENTS_SEND)
    async def send(self, form: dict[str, Any]) -> EventSpec | None:
        """Send it; what is wrong stands beside its field and nothing typed is lost."""
        actor = await page_actor(self)
        if not self.is_open:  # pressed twice: it is on its way
            return None
        what = SendInput(
            points=tuple(row.point_id for row in self.to if row.chosen),
            words={
                lang: Words(text_of(form, f"subject_{lang}", 400),
                            text_of(form, f"message_{lang}", 4_000))
                for lang in LANGUAGES
            },
            with_pdf=text_of(form, "with_pdf") != "",
            with_xml=text_of(form, "with_xml") != "",
        )  # fmt: skip
        do = document_sending.issue_and_send if self.issues else document_sending.send
        try:
            done = await write(do, actor, document_id=row_id(self.doc_id), what=what, now=utc_now())
        except PortalError as error:
            field = error.field if error.field in FIELDS else "form"
            self.errors = {field or "form": error.error_code}
            self.error_params = params_of(error)
            return None
        self.is_open = False
        code = "document_issued_and_sent" if self.issues else "document_sent"
        return notice(code, number=done.number, n=done.recipients)

    @rx.event
    @staff(Permission.DOCUMENTS_SEND)
    async def revoke(self, link_id: int) -> EventSpec:
        """End a link before its time."""
        actor = await page_actor(self)
        await write(document_deliveries.revoke, actor, link_id=row_id(link_id), now=utc_now())
        return notice("link_revoked")

    def _show(self, found: Proposal) -> None:
        self.doc_id, self.owner_id = found.document_id, found.account_id
        self.number, self.kind, self.account = found.number, found.kind, found.account
        self.issues, self.wording = found.is_draft, found.wording.value
        self.has_xml, self.sent = found.has_xml, found.sent
        self.to = [_to(row) for row in found.recipients]
        self.subjects = {lang: words.subject for lang, words in found.words.items()}
        self.messages = {lang: words.message for lang, words in found.words.items()}


def _to(row: Recipient) -> To:
    return To(
        point_id=row.point_id,
        name=row.name,
        address=row.address,
        language=row.language,
        notify=row.notify,
        unreached=row.unreached,
        chosen=row.notify and not row.unreached,
    )
