"""Several PDFs as one, in their order, each with a bookmark."""

import io
from collections.abc import Iterable

from pypdf import PdfWriter

from clientportal.domain.errors import Invalid

MOST_BYTES = 20_000_000
"""What one merged PDF may hold: it is put together in memory."""


class TooLargeTogether(Invalid):
    """The documents together are more than `megabytes`; an archive holds them."""

    code = "too_large_together"


def merge(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """One PDF of (bookmark, PDF) parts. Raises TooLargeTogether as soon as it is known."""
    size = 0
    with PdfWriter() as writer:
        for title, content in parts:
            size += len(content)
            if size > MOST_BYTES:
                raise TooLargeTogether(field="documents", megabytes=MOST_BYTES // 1_000_000)
            writer.append(io.BytesIO(content), outline_item=title)
        out = io.BytesIO()
        writer.write(out)
    return out.getvalue()
