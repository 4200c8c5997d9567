"""Files over HTTP: a document's PDF, XML and verification QR, logos. The cookie says who asks.

Someone else's file is answered as if it did not exist (DESIGN rule 2); GET changes nothing.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clientportal.domain.actors import Actor
from clientportal.domain.document_filters import MAX_ID
from clientportal.domain.errors import NotFound, NotSignedIn, TooMany
from clientportal.limits import Limiter
from clientportal.rendering import pdf
from clientportal.rendering.qr import qr_svg
from clientportal.rendering.view import DocumentView
from clientportal.services import companies, document_pdf, document_xml, files, identity
from clientportal.services.document_xml import XmlFile
from clientportal.services.files import StoredFile
from clientportal.services.identity import Principal
from clientportal.settings import settings
from clientportal.storage.session import run, run_in, unit_of_work
from clientportal.web import downloads, forms

R = TypeVar("R")

BY_CONTENT = "private, max-age=31536000, immutable"
PDFS_PER_SECOND = 2.0
PDFS_AT_ONCE = 60
_pdfs = Limiter(PDFS_PER_SECOND, PDFS_AT_ONCE)
"""Per person: a PDF takes up to 0.7 s of CPU, and one process sets one at a time."""


def routes() -> list[Route]:
    return [
        Route("/files/documents/{document_id:int}.pdf", document),
        Route("/files/documents/{document_id:int}.xml", xml),
        Route("/files/documents/{document_id:int}/qr.svg", fiscal_qr),
        Route("/files/logos/{company_slug}/{sha256}", logo),
    ]


async def document(request: Request) -> Response:
    """The PDF of a document, shown in the browser; `?download` saves it.

    Raises NotFound, TooMany for somebody who asks for more than a person could read.
    """
    who = await forms.principal(request)
    view = await run(
        view_of, who, request.path_params["document_id"], downloads.chosen_language(request)
    )
    return await send_pdf(request, view, f"user:{who.user_id}")


async def xml(request: Request) -> Response:
    """The XML of a document, its original or ours; always saved, never shown: it is not our markup.

    Raises NotFound when there is none.
    """
    who = await forms.principal(request)
    found = await run(xml_of, who, request.path_params["document_id"])
    return downloads.of_bytes(found.content, "application/xml", "attachment", found.name)


async def send_pdf(request: Request, view: DocumentView, whose: str) -> Response:
    """Set a document and send it; `whose` is counted. Raises TooMany."""
    if not _pdfs.allows(whose):
        raise TooMany(seconds=1)
    content = await run_in("pdf", pdf.render_pdf, view)
    how = "attachment" if "download" in request.query_params else "inline"
    return downloads.of_bytes(content, "application/pdf", how, pdf.file_name(view))


async def fiscal_qr(request: Request) -> Response:
    """The QR that leads to the tax authority's copy. Raises NotFound without one."""
    who = await forms.principal(request)
    view = await run(
        view_of, who, request.path_params["document_id"], downloads.chosen_language(request)
    )
    return qr_of(view)


def qr_of(view: DocumentView) -> Response:
    """The QR of a document that has a fiscal code. Raises NotFound for another."""
    if not view.fiscal_url:
        raise NotFound()
    return Response(
        qr_svg(view.fiscal_url),
        media_type="image/svg+xml",
        headers={"cache-control": downloads.NEVER_KEPT},
    )


async def logo(request: Request) -> Response:
    """A company's logo for whoever may see the company; its address changes with its content."""
    who = await forms.principal(request)
    stored = await run(
        _logo, who, request.path_params["company_slug"], request.path_params["sha256"]
    )
    return Response(
        stored.content, media_type=stored.media_type, headers={"cache-control": BY_CONTENT}
    )


def view_of(who: Principal, document_id: int, language: str) -> DocumentView:
    """A document as its PDF shows it. Raises NotSignedIn, NotFound."""
    if document_id > MAX_ID:
        raise NotFound()
    link = f"{settings().public_url}/portal"

    def look(session: Session, actor: Actor) -> DocumentView:
        return document_pdf.view(
            session,
            actor,
            document_id=document_id,
            now=forms.moment(),
            language=language,
            portal_url=link,
        )

    return _first(who, look)


def xml_of(who: Principal, document_id: int) -> XmlFile:
    """A document's XML. Raises NotSignedIn, NotFound, also when there is none."""
    if document_id > MAX_ID:
        raise NotFound()

    def look(session: Session, actor: Actor) -> XmlFile:
        return document_xml.file(session, actor, document_id=document_id, now=forms.moment())

    return _first(who, look)


def _logo(who: Principal, company_slug: str, sha256: str) -> StoredFile:
    def look(session: Session, actor: Actor) -> StoredFile:
        seen = companies.visible(session, actor)
        company = next((row for row in seen if row.slug == company_slug), None)
        if company is None or company.logo_sha256 != sha256:
            raise NotFound()
        return files.logo(session, actor, company_id=company.id)

    return _first(who, look)


def _first(who: Principal, look: Callable[[Session, Actor], R]) -> R:
    """The answer for the first of the principal's actors who may see the object.

    Raises NotSignedIn for nobody, NotFound when none of them may.
    """
    if who.user_id is None:
        raise NotSignedIn()
    with unit_of_work(read_only=True) as session:
        for actor in actors(session, who):
            try:
                return look(session, actor)
            except NotFound:
                continue
    raise NotFound()


def actors(session: Session, who: Principal) -> Iterator[Actor]:
    """Everything that the person is: staff of companies, then customer of all their spaces."""
    doors = identity.doors_of(session, who)
    for slug, _ in doors.companies:
        yield identity.member_actor(session, who, slug)
    if doors.portal:
        yield identity.customer_actor(session, who, None)
