"""Several documents at once: a ZIP of their PDFs and XMLs, or one PDF. GET changes nothing.

The ids come from an address, so each document is looked for as its own page would: one that is out
of reach makes the whole not found. The archive is written while it is read: of all its documents
one is in memory.
"""

import io
import zipfile
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from clientportal.domain.document_filters import MAX_ID, DocumentFilters
from clientportal.domain.errors import Invalid, NotFound, NotSignedIn, TooMany
from clientportal.limits import Limiter
from clientportal.rendering import merging, pdf
from clientportal.rendering.texts import t
from clientportal.rendering.view import DocumentView
from clientportal.services import document_lists
from clientportal.services.exports import MOST_BUNDLED
from clientportal.services.identity import Principal
from clientportal.storage.session import run, run_in, unit_of_work
from clientportal.web import downloads, files, forms
from clientportal.web.pages import language_of

BUNDLES_PER_SECOND = 0.1
BUNDLES_AT_ONCE = 5
_bundles = Limiter(BUNDLES_PER_SECOND, BUNDLES_AT_ONCE)
"""Per person: a hundred PDFs take some ten seconds of CPU."""


def routes() -> list[Route]:
    return [
        Route("/files/documents.zip", archive),
        Route("/files/documents.pdf", together),
    ]


async def archive(request: Request) -> Response:
    """The documents of `?ids=1,2,3` in a ZIP: the PDF of each, and its XML where there is one.

    Raises NotSignedIn, NotFound, TooMany, Invalid("too_many_chosen").
    """
    who, ids = await _asked(request)
    return StreamingResponse(
        _zip(who, ids, downloads.chosen_language(request), forms.moment()),
        media_type="application/zip",
        headers={
            "cache-control": downloads.NEVER_KEPT,
            "content-disposition": downloads.disposition("attachment", _name(request, "zip")),
        },
    )


async def together(request: Request) -> Response:
    """The documents of `?ids=1,2,3` as one PDF, to read and print; `?download` saves it.

    Raises as `archive` does, and TooLargeTogether.
    """
    who, ids = await _asked(request)
    language = downloads.chosen_language(request)
    # In the threads of exports, of which there is one: so many pages are in memory once.
    content = await run_in("export", lambda: merging.merge(_parts(who, ids, language)))
    how = "attachment" if "download" in request.query_params else "inline"
    return downloads.of_bytes(content, "application/pdf", how, _name(request, "pdf"))


async def _asked(request: Request) -> tuple[Principal, list[int]]:
    """Who asks for which documents; all of them are within reach."""
    who = await forms.principal(request)
    if who.user_id is None:
        raise NotSignedIn()
    ids = document_ids(request.query_params.get("ids", ""))
    if not _bundles.allows(f"user:{who.user_id}"):  # first: looking for a hundred has its price too
        raise TooMany(seconds=10)
    if await run(_visible, who, ids) != set(ids):
        raise NotFound()
    return who, ids


def document_ids(text: str) -> list[int]:
    """The ids of an address, each once. Raises NotFound for what is none, and too_many_chosen."""
    parts = list(dict.fromkeys(text[:10_000].split(",")))
    if len(parts) > MOST_BUNDLED:
        raise Invalid(code="too_many_chosen", field="documents", most=MOST_BUNDLED)
    if not all(part.isascii() and part.isdigit() and len(part) < 12 for part in parts):
        raise NotFound()
    ids = [int(part) for part in parts]
    if not all(0 < key <= MAX_ID for key in ids):
        raise NotFound()
    return ids


def _visible(who: Principal, ids: Sequence[int]) -> set[int]:
    """Those of the documents that the person may see, as staff or as customer."""
    seen: set[int] = set()
    with unit_of_work(read_only=True) as session:
        for actor in files.actors(session, who):
            rows = document_lists.rows_of(
                session,
                actor,
                document_ids=ids,
                filters=DocumentFilters(),
                now=forms.moment(),
            )
            seen |= {row.id for row in rows}
    return seen


def _parts(who: Principal, ids: Sequence[int], language: str) -> Iterator[tuple[str, bytes]]:
    for key in ids:
        view = files.view_of(who, key, language)
        yield pdf.file_name(view).removesuffix(".pdf"), pdf.render_pdf(view)


class _Pipe(io.RawIOBase):
    """Where an archive is written to: it cannot be sought, and is emptied while it grows."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def take(self) -> bytes:
        """What was written since the last time."""
        out = b"".join(self._parts)
        self._parts.clear()
        return out


async def _zip(
    who: Principal, ids: Sequence[int], language: str, now: datetime
) -> AsyncIterator[bytes]:
    pipe, names = _Pipe(), set[str]()
    with zipfile.ZipFile(pipe, "w") as archive:
        for key in ids:
            view = await run(files.view_of, who, key, language)
            stem = _stem(view, names)
            content = await run_in("pdf", pdf.render_pdf, view)
            archive.writestr(_entry(f"{stem}.pdf", now, zipfile.ZIP_STORED), content)
            yield pipe.take()
            original = await run(_xml, who, key)
            if original is not None:
                archive.writestr(_entry(f"{stem}.xml", now, zipfile.ZIP_DEFLATED), original)
                yield pipe.take()
    yield pipe.take()


def _xml(who: Principal, document_id: int) -> bytes | None:
    try:
        return files.xml_of(who, document_id).content
    except NotFound:  # it has none
        return None


def _stem(view: DocumentView, taken: set[str]) -> str:
    """The document's name in the archive; two companies may have the same number."""
    name = pdf.file_name(view).removesuffix(".pdf")
    stem, number = name, 2
    while stem.casefold() in taken:
        stem, number = f"{name} ({number})", number + 1
    taken.add(stem.casefold())
    return stem


def _entry(name: str, now: datetime, how: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, now.timetuple()[:6])
    entry.compress_type = how
    entry.external_attr = 0o600 << 16
    return entry


def _name(request: Request, extension: str) -> str:
    words = t("export.documents", language_of(request))
    return f"{words} {forms.moment():%Y-%m-%d}.{extension}"
