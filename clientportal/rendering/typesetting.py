"""Typst behind one door: a template and its data in, PDF or PNG pages out. Data is never source."""

import json
import threading
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import typst

from clientportal.domain import brand
from clientportal.rendering.plain import clean
from clientportal.rendering.view import PartyView

Target: TypeAlias = Literal["pdf", "png"]
FOLDER = Path(__file__).parent
LOGO_LIMIT = 500_000
TAGGED_LINES = 150
"""Up to here the PDF is tagged for screen readers; beyond, tags cost over a megabyte (measured)."""
_LOGO_MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"RIFF")
# A 1,000-row table takes 200 MB while it is set; one at a time bounds the process.
_one_at_a_time = threading.Lock()


def typeset(
    template: str, data: dict[str, Any], target: Target, lines: int, ppi: float | None = None
) -> list[bytes]:
    """The pages of a paper, a PDF as one. `template` is a file of templates/; takes up to 0.7 s.

    `data` has what common.typ asks for; `lines` is how many rows its tables have.
    """
    try:
        return _compile(template, data, target, lines, ppi)
    except typst.TypstError:
        if not data["logo"]:
            raise
        # A logo that is no image must not keep anybody from their invoice.
        return _compile(template, data | {"logo": []}, target, lines, ppi)


def _compile(
    template: str, data: dict[str, Any], target: Target, lines: int, ppi: float | None
) -> list[bytes]:
    with _one_at_a_time:
        out = _compiler(template).compile(
            format=target,
            ppi=ppi,
            sys_inputs={"data": json.dumps(data)},
            pdf_tags=lines <= TAGGED_LINES,
        )
    if out is None:
        raise RuntimeError("typst gave no bytes")
    return out if isinstance(out, list) else [out]


@cache
def _compiler(template: str) -> typst.Compiler:
    return typst.Compiler(
        input=str(FOLDER / "templates" / template),
        root=str(FOLDER / "templates"),
        font_paths=[str(FOLDER / "fonts")],
        ignore_system_fonts=True,
    )


def accent(colour: str) -> str:
    """The company's colour as it reads on paper."""
    return str(brand.accent_tokens(colour)["light"]["accent"])


def logo(content: bytes) -> list[int]:
    """The bytes of a logo as JSON holds them; none for what is no picture or too large."""
    fits = content.startswith(_LOGO_MAGIC) and len(content) <= LOGO_LIMIT
    return list(content) if fits else []


def party(view: PartyView) -> dict[str, Any]:
    """A party's name and the rows below it."""
    tax = f"{view.tax_label} {view.tax_id}" if view.tax_id else ""
    rows = (tax, *view.address, *view.contact)
    return {"name": clean(view.name), "rows": [clean(row) for row in rows if clean(row)]}


def safe_name(words: str) -> str:
    """A name for a download, safe on every system: `Factura FE-20844.pdf`."""
    safe = "".join("-" if character in '\\/:*?"<>|' else character for character in clean(words))
    return f"{safe.strip(' .')[:120]}.pdf"
