"""Import files over plain HTTP: the upload of the screen, the report of a file, a sample."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from urllib.parse import quote

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clientportal.domain.actors import Actor
from clientportal.domain.document_filters import MAX_ID
from clientportal.domain.errors import Invalid, NotFound, PortalError, TooMany
from clientportal.limits import Limiter
from clientportal.services import identity, import_files, import_samples, ubl_uploads
from clientportal.services.identity import Principal
from clientportal.storage.session import run, run_in, unit_of_work
from clientportal.web import forms
from clientportal.web.pages import language_of

FORM_BYTES = 50_000
"""What a form adds to its file: boundaries and the other fields."""
MOST_DROPPED = 200_000_000
"""Bytes of an upload that are read only so that its browser gets the answer. Whoever sends still
more gets it as well, but a browser that has not done sending may show a lost connection."""
_uploads = Limiter(0.2, 10)
"""Per person: a file is kept for days, and one of UBL writes documents at once."""
_reports = Limiter(0.2, 10)
"""Per person: the report of the largest file takes some ten seconds of CPU."""


def routes() -> list[Route]:
    return [
        Route("/imports/{company_slug}", upload, methods=["POST"]),
        Route("/files/imports/{company_slug}/{run_id:int}.csv", report, methods=["GET"]),
        Route("/files/imports/{company_slug}/sample-{kind}.csv", sample, methods=["GET"]),
    ]


async def upload(request: Request) -> Response:
    """Fields `kind` and `file`: keep the file and show what it would do. Of kind `ubl` there may be
    several files: they are imported, and what became of each is shown."""
    slug = str(request.path_params["company_slug"])[:60]
    page = f"/staff/{quote(slug, safe='')}/imports"
    try:
        forms.require_same_origin(request)
        who = await forms.principal(request)
        if who.user_id is not None and not _uploads.allows(f"user:{who.user_id}"):
            await _drop_body(request)
            raise TooMany(seconds=5)
        try:
            await run(_importer, who, slug)
        except PortalError:
            if who.user_id is not None:  # nobody's file is not even read
                await _drop_body(request)
            raise
        form = await _form(request)
        kind = forms.text(form, "kind", 20)
        files = await _files(form)
        if kind == ubl_uploads.KIND:
            run_id = await run_in("import", _bring, who, slug, files)
        elif len(files) != 1:
            raise Invalid(code="required", field="file")
        else:
            run_id = await run(_keep, who, slug, kind, *files[0])
    except PortalError as error:
        return forms.see_error(page, error)
    return forms.see(page, {"run": run_id})


async def _form(request: Request) -> FormData:
    """Raises Invalid; a body that is too large is read and dropped, so that the browser gets the
    answer."""
    limit = import_files.MOST_BYTES + FORM_BYTES
    try:
        return await forms.read_form(request, limit, ubl_uploads.MOST_FILES)
    except (Invalid, HTTPException) as error:
        many = isinstance(error, HTTPException)  # the parser counts the files
        await _drop_body(request)
        code, most = "file_too_large", import_files.MOST_BYTES // import_files.MEGABYTE
        if many:
            code, most = "too_many_files", ubl_uploads.MOST_FILES
        raise Invalid(code=code, field="file", most=most) from error


async def _drop_body(request: Request) -> None:
    """Read what is left of the body and keep none of it, so that the browser gets the answer."""
    dropped = 0
    with suppress(RuntimeError):  # it has read all of it already
        async for part in request.stream():
            dropped += len(part)
            if dropped > MOST_DROPPED:
                return


async def _files(form: FormData) -> list[tuple[str, bytes]]:
    """(file name, bytes) of the files that were chosen."""
    given = [file for file in form.getlist("file") if isinstance(file, UploadFile)]
    most = import_files.MOST_BYTES + 1
    return [(file.filename, await file.read(most)) for file in given if file.filename]


def _bring(who: Principal, slug: str, files: Sequence[tuple[str, bytes]]) -> int:
    actor = _member(who, slug)
    return ubl_uploads.bring(unit_of_work, actor, files=files, clock=forms.moment)


def _member(who: Principal, slug: str) -> Actor:
    """The sender as a member of the company. Raises NotSignedIn, NotFound."""
    with unit_of_work(read_only=True) as session:
        return identity.member_actor(session, who, slug)


def _importer(who: Principal, slug: str) -> None:
    """Before a byte of the file is kept. Raises NotSignedIn, NotFound, NotAllowed."""
    import_files.admit(_member(who, slug))


def _keep(who: Principal, slug: str, kind: str, name: str, content: bytes) -> int:
    actor = _member(who, slug)
    with unit_of_work() as session:
        return import_files.keep(
            session, actor, kind=kind, file_name=name, content=content, now=forms.moment()
        )


async def report(request: Request) -> Response:
    """What each line of a kept file does, and what is wrong with it, as CSV. Raises TooMany."""
    who = await forms.principal(request)
    if not _reports.allows(f"user:{who.user_id}"):
        raise TooMany(seconds=5)
    name, content = await run_in("export", _report, who, request.path_params, language_of(request))
    return _csv(name, content)


def _report(who: Principal, path: Mapping[str, object], language: str) -> tuple[str, bytes]:
    actor = _member(who, str(path["company_slug"]))
    run_id = int(str(path["run_id"]))
    if run_id > MAX_ID:
        raise NotFound()
    with unit_of_work(read_only=True) as session:
        return import_files.report(
            session, actor, run_id=run_id, language=language, now=forms.moment()
        )


async def sample(request: Request) -> Response:
    """A small file that imports as it stands."""
    who = await forms.principal(request)
    kind = str(request.path_params["kind"])
    content = await run(_sample, who, str(request.path_params["company_slug"]), kind)
    return _csv(f"clientportal-{kind}.csv", content)


def _sample(who: Principal, slug: str, kind: str) -> bytes:
    actor = _member(who, slug)
    with unit_of_work(read_only=True) as session:
        return import_samples.sample(session, actor, kind=kind)


def _csv(name: str, content: bytes) -> Response:
    """A download; the name is data of a person, so it is sent percent-encoded (RFC 6266)."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(
        content,
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": disposition, "cache-control": "no-store"},
    )
