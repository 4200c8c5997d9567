"""The link of a sent document: its files, and the way from it into the portal.

The page itself is `ui/public/document_link`. What a scanner of mail fetches here changes nothing.
"""

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clientportal.domain.actors import Guest
from clientportal.domain.document_filters import MAX_ID
from clientportal.domain.errors import NotFound
from clientportal.rendering.view import DocumentView
from clientportal.services import document_links, document_pdf, document_xml, identity
from clientportal.services.document_xml import XmlFile
from clientportal.services.identity import Principal
from clientportal.settings import settings
from clientportal.storage.session import run, unit_of_work
from clientportal.web import downloads, files, forms


def routes() -> list[Route]:
    return [
        Route("/d/{token}/document.pdf", document),
        Route("/d/{token}/document.xml", xml),
        Route("/d/{token}/qr.svg", fiscal_qr),
        Route("/portal/to/{document_id:int}", portal),
    ]


async def document(request: Request) -> Response:
    """The PDF, shown in the browser; `?download` saves it. Raises NotFound, Gone, TooMany."""
    guest, view = await run(_view, request)
    return await files.send_pdf(request, view, guest.key)


async def xml(request: Request) -> Response:
    """The XML, always saved. Raises NotFound, also when there is none, Gone, TooMany."""
    found = await run(_xml, request)
    return downloads.of_bytes(found.content, "application/xml", "attachment", found.name)


async def fiscal_qr(request: Request) -> Response:
    """The QR that leads to the tax authority's copy. Raises NotFound without one, Gone."""
    _, view = await run(_view, request)
    return files.qr_of(view)


async def portal(request: Request) -> Response:
    """Where the signed-in customer finds the document in the portal; others sign in first.

    Raises NotFound for a document that is not theirs.
    """
    document_id = request.path_params["document_id"]
    if document_id > MAX_ID:
        raise NotFound()
    who = await forms.principal(request)
    if who.user_id is None:
        return forms.see("/sign-in", {"next": f"/portal/to/{document_id}"})
    return forms.see(await run(_portal_path, who, document_id))


def _guest(session: Session, request: Request) -> Guest:
    return document_links.hold(
        session,
        token=request.path_params["token"],
        address=forms.client_address(request),
        now=forms.moment(),
    )


def _view(request: Request) -> tuple[Guest, DocumentView]:
    with unit_of_work(read_only=True) as session:
        guest = _guest(session, request)
        view = document_pdf.view(
            session,
            guest,
            document_id=guest.document_id,
            now=forms.moment(),
            language=downloads.chosen_language(request),
            portal_url=f"{settings().public_url}/portal",
        )
        return guest, view


def _xml(request: Request) -> XmlFile:
    with unit_of_work(read_only=True) as session:
        guest = _guest(session, request)
        return document_xml.file(session, guest, document_id=guest.document_id, now=forms.moment())


def _portal_path(who: Principal, document_id: int) -> str:
    with unit_of_work(read_only=True) as session:
        customer = identity.customer_actor(session, who, None)
        return document_links.portal_path(session, customer, document_id=document_id)
