"""Answers that are files: what every one of them says of itself, and files written on the way."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from clientportal.services.exports import Written
from clientportal.storage.session import run_in

CHUNK = 256_000
NEVER_KEPT = "private, no-store"


def of_bytes(content: bytes, media_type: str, how: str, name: str) -> Response:
    """A file to show (`inline`) or to save (`attachment`) under a name."""
    headers = {"cache-control": NEVER_KEPT, "content-disposition": disposition(how, name)}
    return Response(content, media_type=media_type, headers=headers)


async def of_table(write: Callable[[Path], Written], media_type: str) -> Response:
    """A file that `write` writes in the threads of exports, to be saved under the name it gives."""
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        path = Path(folder) / "list"
        written = await run_in("export", write, path)
        content = path.open("rb")  # goes on living without its name, and ends with the answer
    return StreamingResponse(
        chunks(content),
        media_type=media_type,
        headers={
            "cache-control": NEVER_KEPT,
            "content-disposition": disposition("attachment", written.name),
        },
    )


def chunks(content: BinaryIO) -> Iterator[bytes]:
    """An open file piece by piece, closed at its end."""
    with content:
        while chunk := content.read(CHUNK):
            yield chunk


def disposition(how: str, name: str) -> str:
    """The header that names a file, for old clients too (RFC 6266)."""
    safe = (char if char.isascii() and char.isprintable() else "_" for char in name)
    plain = "".join("_" if char in '"\\' else char for char in safe)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def chosen_language(request: Request) -> str:
    """The reader's choice; empty lets the company's language decide."""
    chosen = request.cookies.get("lang", "")
    return chosen if chosen in {"es", "en"} else ""
