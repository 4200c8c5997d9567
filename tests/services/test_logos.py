"""What of a PNG is kept as a logo."""

import struct
import zlib

import pytest

from clientportal.domain.errors import Invalid
from clientportal.services import logos


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


HEAD = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0))
PICTURE = chunk(b"IDAT", zlib.compress(bytes(64 * 193)))
END = chunk(b"IEND", b"")


def test_a_png_is_kept_without_profile_text_and_tail() -> None:
    """400 KB of a compressed profile would be a gigabyte when a PDF is set."""
    bomb = chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(1_000_000)))
    text = chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(1_000_000)))
    hostile = HEAD + bomb + text + PICTURE + END + b"<script>alert(1)</script>"
    assert logos.check(hostile) == "image/png"
    assert logos.bare_png(hostile) == HEAD + PICTURE + END


def test_what_belongs_to_the_picture_stays() -> None:
    whole = HEAD + chunk(b"gAMA", b"1234") + chunk(b"tRNS", b"123456") + PICTURE + END
    assert logos.bare_png(whole) == whole


@pytest.mark.parametrize(
    "broken",
    [HEAD, HEAD + PICTURE, (HEAD + PICTURE + END)[:-3], HEAD + b"\xff\xff\xff\xffIDATx" + END],
)
def test_a_png_without_an_end_is_refused(broken: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        logos.bare_png(broken)
    assert refused.value.error_code == "logo_type"
