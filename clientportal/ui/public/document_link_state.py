"""State of the page of a sent document's link: that document, or why the link opens nothing."""

import reflex as rx

from clientportal.domain import brand
from clientportal.domain.actors import Guest
from clientportal.domain.documents import Lifecycle
from clientportal.domain.errors import PortalError
from clientportal.services import document_links, documents
from clientportal.services.documents import DocumentDetail
from clientportal.ui.documents.one_state import OneDocumentState, identification
from clientportal.ui.gate import public
from clientportal.ui.live_pages import watch
from clientportal.ui.session import client_address, principal, read, route_args, utc_now, write

ARGUMENT = "link_token"


class LinkedDocument(OneDocumentState, rx.State):
    """The one document of the link in the path. `problem`: a key below `errors.`."""

    company: str = ""
    company_detail: str = ""
    brand: dict[str, dict[str, str]] = {}
    late_days: int = 0
    is_void: bool = False
    can_pay: bool = False
    portal: str = ""
    qr: str = ""
    problem: str = ""
    problem_params: dict[str, str | int] = {}

    @rx.event
    @public
    async def load(self) -> None:
        """Read the document of the link. Looking at it changes nothing (DESIGN rule 11)."""
        await self._read()
        self.loaded = True

    @rx.event
    @public
    async def refresh(self) -> None:
        """It changed, or its link was revoked."""
        await self._read()

    @rx.event
    @public
    async def opened(self) -> None:
        """The browser has drawn the page; whether a person looks at it is another matter."""
        guest = await self._hold()
        if guest is not None:
            await write(document_links.opened, guest, now=utc_now())

    @rx.event
    @public
    async def read_by_person(self) -> None:
        """Somebody moved, touched or pressed something while the page was in view."""
        guest = await self._hold()
        if guest is not None:
            who = await principal(self)
            await write(document_links.seen, guest, who=who, now=utc_now())

    async def _hold(self) -> Guest | None:
        """The holder of the link in the path; None, and the reason on the page, without one."""
        try:
            return await read(
                document_links.hold,
                token=route_args(self).get(ARGUMENT, ""),
                address=client_address(self),
                now=utc_now(),
            )
        except PortalError as error:
            self._ended(error)
            return None

    async def _read(self) -> None:
        guest = await self._hold()
        if guest is None:
            watch(self, (), LinkedDocument.refresh)
            return
        detail = await read(documents.detail, guest, document_id=guest.document_id, now=utc_now())
        self.problem, self.problem_params = "", {}
        self._show(detail)
        watch(self, {f"document:{guest.document_id}"}, LinkedDocument.refresh)

    def _ended(self, error: PortalError) -> None:
        """Nothing of the document stays in a tab whose link has ended."""
        self.reset()
        self.problem, self.loaded = error.error_code, True
        self.problem_params = {
            name: value for name, value in error.params.items() if isinstance(value, str | int)
        }

    def _show(self, detail: DocumentDetail) -> None:
        self._show_document(detail, "")
        place = self.router.url.path.rstrip("/")
        self.pdf = f"{place}/document.pdf"
        self.xml = f"{place}/document.xml" if detail.original.has_xml else ""
        self.qr = f"{place}/qr.svg" if self.has_qr else ""
        self.dispute_reason = ""
        self.portal = f"/portal/to/{detail.id}"
        self.company = detail.company.name
        self.company_detail = identification(detail.company.tax_id_kind, detail.company.tax_id)
        accent = detail.company_accent
        tokens = brand.accent_tokens(accent) if accent else {}
        self.brand = {theme: dict(colours) for theme, colours in tokens.items()}
        self.late_days = detail.status.overdue_days
        self.is_void = detail.lifecycle is Lifecycle.VOID
        self.can_pay = detail.status.settlement.value != "paid" and not self.is_credit
        self.can_pay = self.can_pay and not self.is_void and not detail.status.being_paid
