"""Import files over plain HTTP: the upload of the screen, the report of a file, a sample."""

from collections.abc import Mapping
from urllib.parse import quote

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clientportal.domain.actors import Actor
from clientportal.domain.document_filters import MAX_ID
from clientportal.domain.errors import Invalid, NotFound, PortalError
from clientportal.services import identity, import_files
from clientportal.services.identity import Principal
from clientportal.storage.session import run, unit_of_work
from clientportal.web import forms

FORM_BYTES = 50_000
"""What a form adds to its file: boundaries and the other fields."""


def routes() -> list[Route]:
    return [
        Route("/imports/{company_slug}", upload, methods=["POST"]),
        Route("/files/imports/{company_slug}/{run_id:int}.csv", report, methods=["GET"]),
        Route("/files/imports/{company_slug}/sample-{kind}.csv", sample, methods=["GET"]),
    ]


async def upload(request: Request) -> Response:
    """Fields `kind` (documents|accounts) and `file`: keep the file and show what it would do."""
    slug = str(request.path_params["company_slug"])[:60]
    page = f"/staff/{quote(slug, safe='')}/imports"
    try:
        forms.require_same_origin(request)
        who = await forms.principal(request)
        await run(_member, who, slug)
        kind, name, content = await _file(request)
        run_id = await run(_keep, who, slug, kind, name, content)
    except PortalError as error:
        return forms.see_error(page, error)
    return forms.see(page, {"run": run_id})


async def _file(request: Request) -> tuple[str, str, bytes]:
    """(kind, file name, bytes). Raises Invalid; a body that is too large is read and dropped, so
    that the browser gets the answer."""
    limit = import_files.MOST_BYTES + FORM_BYTES
    try:
        form = await forms.read_form(request, limit)
    except Invalid as error:
        async for _ in request.stream():
            pass
        most = import_files.MOST_BYTES // import_files.MEGABYTE
        raise Invalid(code="file_too_large", field="file", most=most) from error
    given = form.getlist("file")
    if len(given) != 1 or not isinstance(given[0], UploadFile) or not given[0].filename:
        raise Invalid(code="required", field="file")
    content = await given[0].read(import_files.MOST_BYTES + 1)
    return forms.text(form, "kind", 20), given[0].filename, content


def _member(who: Principal, slug: str) -> Actor:
    """The sender as a member of the company. Raises NotSignedIn, NotFound."""
    with unit_of_work(read_only=True) as session:
        return identity.member_actor(session, who, slug)


def _keep(who: Principal, slug: str, kind: str, name: str, content: bytes) -> int:
    actor = _member(who, slug)
    with unit_of_work() as session:
        return import_files.keep(
            session, actor, kind=kind, file_name=name, content=content, now=forms.moment()
        )


async def report(request: Request) -> Response:
    """What each line of a kept file does, and what is wrong with it, as CSV."""
    who = await forms.principal(request)
    name, content = await run(_report, who, request.path_params)
    return _csv(name, content)


def _report(who: Principal, path: Mapping[str, object]) -> tuple[str, bytes]:
    actor = _member(who, str(path["company_slug"]))
    run_id = int(str(path["run_id"]))
    if run_id > MAX_ID:
        raise NotFound()
    with unit_of_work(read_only=True) as session:
        return import_files.report(session, actor, run_id=run_id, now=forms.moment())


async def sample(request: Request) -> Response:
    """A small file that imports as it stands."""
    who = await forms.principal(request)
    kind = str(request.path_params["kind"])
    content = await run(_sample, who, str(request.path_params["company_slug"]), kind)
    return _csv(f"clientportal-{kind}.csv", content)


def _sample(who: Principal, slug: str, kind: str) -> bytes:
    actor = _member(who, slug)
    with unit_of_work(read_only=True) as session:
        return import_files.sample(session, actor, kind=kind)


def _csv(name: str, content: bytes) -> Response:
    """A download; the name is data of a person, so it is sent percent-encoded (RFC 6266)."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(
        content,
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": disposition, "cache-control": "no-store"},
    )
