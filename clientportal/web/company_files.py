"""Uploading a company's logo by plain POST: authorised before the body is read, then sniffed."""

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clientportal.domain.actors import Member
from clientportal.domain.errors import Invalid, PortalError
from clientportal.domain.permissions import Permission, require
from clientportal.services import identity, logos
from clientportal.services.identity import Principal
from clientportal.storage.session import run, unit_of_work
from clientportal.web import forms

# The image and what the form puts around it.
LIMIT = logos.MAX_BYTES + 16_000


def routes() -> list[Route]:
    return [
        Route("/files/logos/{company_slug}", upload, methods=["POST"]),
        Route("/files/logos/{company_slug}/remove", remove, methods=["POST"]),
    ]


async def upload(request: Request) -> Response:
    """Set the logo (field `logo`, `version` of the settings seen); 303 back to the settings.

    Raises NotSignedIn or NotFound for strangers; every other refusal goes back with its code.
    """
    forms.require_same_origin(request)
    actor, back = await _staff(request)
    try:
        require(actor, Permission.COMPANY_EDIT)
        content, version = await _image(request)
        await run(_put, actor, content, version)
    except PortalError as error:
        return forms.see_error(back, error)
    return forms.see(back, {"done": "logo"})


async def remove(request: Request) -> Response:
    """Take the logo away; 303 back to the settings."""
    forms.require_same_origin(request)
    actor, back = await _staff(request)
    try:
        require(actor, Permission.COMPANY_EDIT)
        form = await forms.read_form(request)
        await run(_remove, actor, _version(forms.text(form, "version", 12)))
    except PortalError as error:
        return forms.see_error(back, error)
    return forms.see(back, {"done": "logo_removed"})


async def _staff(request: Request) -> tuple[Member, str]:
    """The sender as staff of the company in the path, and the page to go back to."""
    who = await forms.principal(request)
    slug = request.path_params["company_slug"]
    actor = await run(_member, who, slug)
    return actor, f"/staff/{slug}/settings"


async def _image(request: Request) -> tuple[bytes, int | None]:
    """The image's bytes and the version that the person saw. Raises Invalid."""
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > LIMIT:
        raise Invalid(code="logo_too_large", field="logo", most_kb=logos.MAX_BYTES // 1000)
    form = await forms.read_form(request, limit=LIMIT)
    try:
        file = form.get("logo")
        if not isinstance(file, UploadFile) or not file.size:
            raise Invalid(code="logo_missing", field="logo")
        return await file.read(LIMIT), _version(forms.text(form, "version", 12))
    finally:
        await form.close()


def _version(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _member(who: Principal, slug: str) -> Member:
    with unit_of_work(read_only=True) as session:
        return identity.member_actor(session, who, slug)


def _put(actor: Member, content: bytes, version: int | None) -> None:
    with unit_of_work() as session:
        logos.put(
            session,
            actor,
            company_id=actor.company_id,
            content=content,
            now=forms.moment(),
            version=version,
        )


def _remove(actor: Member, version: int | None) -> None:
    with unit_of_work() as session:
        logos.remove(
            session, actor, company_id=actor.company_id, now=forms.moment(), version=version
        )
