"""PNG files from strangers: the bare picture, and nothing that costs more than its pixels do."""

import struct
import zlib
from itertools import starmap

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_PICTURE = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"sRGB", b"tEXt"})

# Colour type → (channels, allowed bits of each): W3C PNG, table 12.
_COLOURS = {
    0: (1, {1, 2, 4, 8, 16}),
    2: (3, {8, 16}),
    3: (1, {1, 2, 4, 8}),
    4: (2, {8, 16}),
    6: (4, {8, 16}),
}
_PALETTE = 3
# Passes of an interlaced picture: first column and row, then steps (W3C PNG, §8.2).
_WHOLE = ((0, 0, 1, 1),)
_ADAM7 = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_STEP = 1 << 20


def bare(content: bytes, *, most_pixels: int) -> bytes:
    """The file with nothing compressed besides its picture, and nothing after its end.

    Profiles and long texts are compressed: 400 KB of them became a gigabyte in the PDF renderer,
    and so could a picture that holds more than its size says. What follows the end could be read
    as something else than a picture. Raises ValueError for a file that is no whole PNG, has more
    pixels, or whose picture is not exactly as large as its header says.
    """
    chunks = [chunk for chunk in _chunks(content) if chunk[0] in _PICTURE]
    names = [name for name, _ in chunks]
    if names[0] != b"IHDR" or names.count(b"IHDR") != 1:
        raise ValueError("no header")
    size = _picture_size(chunks[0][1], most_pixels, palette=b"PLTE" in names)
    if not _inflates_to(b"".join(data for name, data in chunks if name == b"IDAT"), size):
        raise ValueError("not the picture of its header")
    return SIGNATURE + b"".join(starmap(_written, chunks))


def _chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    """(name, data) of each chunk up to the end; their check sums must be right."""
    found: list[tuple[bytes, bytes]] = []
    at, name = len(SIGNATURE), b""
    while name != b"IEND":
        end = at + 12 + int.from_bytes(content[at : at + 4])
        if end > len(content) or at + 12 > len(content):
            raise ValueError("cut off")
        name, data = content[at + 4 : at + 8], content[at + 8 : end - 4]
        if _written(name, data) != content[at:end]:
            raise ValueError("damaged")
        found.append((name, data))
        at = end
    return found


def _written(name: bytes, data: bytes) -> bytes:
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def _picture_size(header: bytes, most_pixels: int, *, palette: bool) -> int:
    """Bytes of the picture once inflated: each row of each pass with its filter byte."""
    if len(header) != 13:
        raise ValueError("no header")
    width, height, bits, colour, method, filters, interlaced = struct.unpack(">IIBBBBB", header)
    channels, allowed = _COLOURS.get(colour, (0, set()))
    if bits not in allowed or method or filters or interlaced > 1:
        raise ValueError("unknown kind of picture")
    if not 0 < width * height <= most_pixels:
        raise ValueError("too many pixels")
    if colour == _PALETTE and not palette:
        raise ValueError("no palette")
    size = 0
    for left, top, across, down in _ADAM7 if interlaced else _WHOLE:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            size += rows * (1 + -(-columns * channels * bits // 8))
    return size


def _inflates_to(stream: bytes, size: int) -> bool:
    """Whether a stream inflates to exactly so many bytes; looks at no more than one beyond."""
    inflater, left, seen = zlib.decompressobj(), stream, 0
    try:
        while not inflater.eof and seen <= size:
            piece = inflater.decompress(left, min(_STEP, size + 1 - seen))
            left = inflater.unconsumed_tail
            seen += len(piece)
            if not piece and not left:
                break
    except zlib.error:
        return False
    return inflater.eof and seen == size
