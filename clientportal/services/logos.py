"""A company's logo: raster images only, recognised by their bytes, never by what a browser says."""

import struct
from datetime import datetime

from sqlmodel import Session

from clientportal.domain import png
from clientportal.domain.actors import Actor
from clientportal.domain.errors import Invalid
from clientportal.domain.permissions import Permission, require
from clientportal.services import companies
from clientportal.services.companies import CompanySettings
from clientportal.storage import files

MAX_BYTES = 512_000
MAX_SIDE = 2_000
MIN_SIDE = 16

_JPEG_SIZE = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Markers of a JPEG frame, whose header holds the size (ITU-T T.81, table B.1)."""


def put(
    session: Session,
    actor: Actor,
    *,
    company_id: int,
    content: bytes,
    now: datetime,
    version: int | None = None,
) -> CompanySettings:
    """Set the logo: PNG, JPEG or WebP, up to 500 KB and 2000 × 2000 pixels.

    SVG is refused because it can carry scripts. Raises Invalid: "logo_too_large" (most_kb),
    "logo_type", "logo_side" (least, most); Conflict; NotFound. Of a PNG the picture alone is kept.
    """
    require(actor, Permission.COMPANY_EDIT)
    media_type = check(content)
    if media_type == "image/png":
        content = bare_png(content)
    row = companies.locked(session, actor, company_id, version)
    sha256 = files.store().put(content)
    if sha256 != row.logo_sha256:
        row.logo_sha256, row.logo_media_type = sha256, media_type
        companies.touch(session, actor, row, ["logo_sha256"], now)
    return companies.read(session, actor, company_id=company_id)


def remove(
    session: Session, actor: Actor, *, company_id: int, now: datetime, version: int | None = None
) -> CompanySettings:
    """Take the logo away; the file is swept later."""
    require(actor, Permission.COMPANY_EDIT)
    row = companies.locked(session, actor, company_id, version)
    if row.logo_sha256 is not None:
        row.logo_sha256, row.logo_media_type = None, ""
        companies.touch(session, actor, row, ["logo_sha256"], now)
    return companies.read(session, actor, company_id=company_id)


def check(content: bytes) -> str:
    """The media type of an acceptable logo; raises Invalid as `put` does."""
    if len(content) > MAX_BYTES:
        raise Invalid(code="logo_too_large", field="logo", most_kb=MAX_BYTES // 1000)
    found = sniff(content)
    if found is None:
        raise Invalid(code="logo_type", field="logo")
    media_type, width, height = found
    if not (MIN_SIDE <= width <= MAX_SIDE and MIN_SIDE <= height <= MAX_SIDE):
        raise Invalid(code="logo_side", field="logo", least=MIN_SIDE, most=MAX_SIDE)
    return media_type


def sniff(content: bytes) -> tuple[str, int, int] | None:
    """(media type, width, height in pixels) by the file's own header; None for anything else."""
    try:
        if content.startswith(png.SIGNATURE) and content[12:16] == b"IHDR":
            return "image/png", *struct.unpack(">II", content[16:24])
        if content.startswith(b"\xff\xd8\xff"):
            return _jpeg(content)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
    except struct.error:
        return None
    return None


def bare_png(content: bytes) -> bytes:
    """The picture of a PNG alone (`domain.png.bare`). Raises Invalid("logo_type")."""
    try:
        return png.bare(content, most_pixels=MAX_SIDE * MAX_SIDE)
    except ValueError as error:
        raise Invalid(code="logo_type", field="logo") from error


def _jpeg(content: bytes) -> tuple[str, int, int] | None:
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in _JPEG_SIZE:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return "image/jpeg", width, height
        at += 2 + int(struct.unpack(">H", content[at + 2 : at + 4])[0])
    return None


def _webp(content: bytes) -> tuple[str, int, int] | None:
    chunk = content[12:16]
    if chunk == b"VP8X":
        width = int.from_bytes(content[24:27], "little") + 1
        return "image/webp", width, int.from_bytes(content[27:30], "little") + 1
    if chunk == b"VP8L" and content[20] == 0x2F:
        bits = int.from_bytes(content[21:25], "little")
        return "image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if chunk == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", content[26:30])
        return "image/webp", width & 0x3FFF, height & 0x3FFF
    return None
