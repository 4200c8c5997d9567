"""What stands in a file, as text: canaries in a compressed stream are none for a plain search."""

import gzip
import io
import zipfile
import zlib

from pypdf import PdfReader

MOST_NESTED = 4  # a ZIP of XLSX files is two


def readable(content: bytes, nested: int = 0) -> str:
    """The bytes as they are, and whatever text a reader of that kind of file would show.

    PDF with its properties, links and attachments; ZIP, XLSX and DOCX with every part; gzip; the
    compressed words of a PNG. Raises the error of the library for a file that is broken.
    """
    assert nested <= MOST_NESTED, "files in files without end"
    found = [content.decode("utf-8", "replace"), content.decode("latin-1")]
    if content.startswith(b"%PDF"):
        found += _of_pdf(content, nested)
    elif content.startswith(b"PK\x03\x04"):
        found += _of_zip(content, nested)
    elif content.startswith(b"\x1f\x8b"):
        found.append(readable(gzip.decompress(content), nested + 1))
    elif content.startswith(b"\x89PNG"):
        found += _of_png(content)
    return "\n".join(found)


def _of_pdf(content: bytes, nested: int) -> list[str]:
    reader = PdfReader(io.BytesIO(content))
    found = [f"{key} {value}" for key, value in (reader.metadata or {}).items()]
    if reader.xmp_metadata is not None:
        found.append(reader.xmp_metadata.stream.get_data().decode("utf-8", "replace"))
    for page in reader.pages:
        found.append(page.extract_text())
        found += [str(note.get_object()) for note in page.annotations or ()]
    for name, files in reader.attachments.items():
        found.append(name)
        found += [readable(file, nested + 1) for file in files]
    return found


def _of_zip(content: bytes, nested: int) -> list[str]:
    found: list[str] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            found += [name, readable(archive.read(name), nested + 1)]
    return found


def _of_png(content: bytes) -> list[str]:
    """Words of zTXt and iTXt (PNG specification §11.3.4); those of tEXt stand there plainly."""
    found: list[str] = []
    place = 8
    while place < len(content):
        size = int.from_bytes(content[place : place + 4], "big")
        kind, body = content[place + 4 : place + 8], content[place + 8 : place + 8 + size]
        if kind == b"zTXt":
            found.append(zlib.decompress(body.partition(b"\0")[2][1:]).decode("latin-1"))
        elif kind == b"iTXt" and body.partition(b"\0")[2][:1] == b"\1":
            packed = body.partition(b"\0")[2][2:].split(b"\0", 2)[2]
            found.append(zlib.decompress(packed).decode("utf-8"))
        place += size + 12
    return found
