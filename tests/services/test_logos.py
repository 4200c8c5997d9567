"""What of a PNG is kept as a logo."""

import struct
import zlib
from typing import Any

import pytest

from clientportal.domain import png
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


def header(
    width: int = 64, height: int = 64, bits: int = 8, colour: int = 2, interlaced: int = 0
) -> bytes:
    data = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", data)


def idat(size: int) -> bytes:
    return chunk(b"IDAT", zlib.compress(bytes(size)))


@pytest.mark.parametrize(
    "broken",
    [
        HEAD,
        HEAD + PICTURE,
        (HEAD + PICTURE + END)[:-3],
        HEAD + b"\xff\xff\xff\xffIDATx" + END,
        HEAD + END,
        HEAD + idat(64 * 193 - 1) + END,
        HEAD + idat(64 * 193 + 1) + END,
        HEAD + chunk(b"IDAT", zlib.compress(bytes(64 * 193))[:-1]) + END,
        HEAD + chunk(b"IDAT", b"no zlib stream") + END,
        HEAD + PICTURE[:-1] + b"\0" + END,
        HEAD + HEAD[8:] + PICTURE + END,
        HEAD[:8] + PICTURE + HEAD[8:] + END,
        header(colour=5) + PICTURE + END,
        header(bits=4) + PICTURE + END,
        header(interlaced=2) + PICTURE + END,
        header(colour=3) + idat(64 * 65) + END,
        header(width=0) + idat(64) + END,
        header(2_000, 2_001, 1, 0) + idat(2_001 * 251) + END,
    ],
)
def test_a_png_that_is_no_whole_picture_is_refused(broken: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        logos.bare_png(broken)
    assert refused.value.error_code == "logo_type"


@pytest.mark.parametrize(
    ("head", "size"),
    [
        (header(bits=1, colour=0), 64 * 9),
        (header(63, 3, bits=1, colour=0), 3 * 9),
        (header(bits=16, colour=6), 64 * 513),
        (header(colour=3) + chunk(b"PLTE", bytes(3)), 64 * 65),
        (header(bits=8, colour=4), 64 * 129),
        # 8 x 8 in seven passes: 1, 1, 1, 2, 2, 4 and 4 rows of 1, 1, 2, 2, 4, 4 and 8 pixels.
        (header(8, 8, colour=0, interlaced=1), 15 + 1 + 1 + 2 + 4 + 8 + 16 + 32),
        (header(2_000, 2_000), 2_000 * 6_001),
    ],
)
def test_each_kind_of_picture_has_its_size(head: bytes, size: int) -> None:
    whole = head + idat(size) + END
    assert logos.bare_png(whole) == whole


class Inflaters:
    """Stands for `zlib` and counts what is inflated."""

    error = zlib.error
    crc32 = staticmethod(zlib.crc32)

    def __init__(self) -> None:
        self.inflated = 0

    def decompressobj(self) -> "Inflaters":
        self.real = zlib.decompressobj()
        return self

    def decompress(self, data: bytes, most: int) -> bytes:
        piece = self.real.decompress(data, most)
        self.inflated += len(piece)
        return piece

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


@pytest.mark.parametrize("parts", [1, 7])
def test_a_bombed_picture_is_inflated_no_further_than_its_size(
    parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20 MB in 20 KB, in one piece and in several; only the 12,352 bytes that it may have."""
    bomb = zlib.compress(bytes(20_000_000))
    step = -(-len(bomb) // parts)
    pieces = [bomb[at : at + step] for at in range(0, len(bomb), step)]
    hostile = HEAD + b"".join(chunk(b"IDAT", piece) for piece in pieces) + END
    assert logos.check(hostile) == "image/png"
    counting = Inflaters()
    monkeypatch.setattr(png, "zlib", counting)
    with pytest.raises(Invalid) as refused:
        logos.bare_png(hostile)
    assert refused.value.error_code == "logo_type"
    assert counting.inflated == 64 * 193 + 1
