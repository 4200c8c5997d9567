"""XML from strangers: no document type, no entities, no network, bounded in size and depth."""

import re
from typing import Any

from lxml import etree

from clientportal.domain.errors import Invalid

MEGABYTE = 1_000_000
MOST_BYTES = 10 * MEGABYTE
MOST_DEPTH = 60
"""UBL with signatures stays below 30."""

_PROLOG = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)


def parse_xml(content: bytes, *, encoding: str | None = None) -> Any:
    """The root element of an XML file; `encoding` overrides what the file declares.

    Raises Invalid: "xml_empty", "file_too_large" (most, megabytes), "xml_document_type" for a
    DOCTYPE, "xml_too_deep", "xml_broken" (line) for anything that is not well-formed.
    """
    if not content.strip():
        raise Invalid(code="xml_empty", field="file")
    if len(content) > MOST_BYTES:
        raise Invalid(code="file_too_large", field="file", most=MOST_BYTES // MEGABYTE)
    _refuse_document_type(content)
    parser = etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line = error.position[0] if error.position else 0
        raise Invalid(code="xml_broken", field="file", line=line) from error
    except (LookupError, ValueError) as error:  # an encoding that nobody knows
        raise Invalid(code="xml_broken", field="file", line=1) from error
    if root.getroottree().docinfo.doctype:  # in an encoding that the look at the bytes missed
        raise Invalid(code="xml_document_type", field="file")
    _refuse_depth(root)
    return root


def _refuse_document_type(content: bytes) -> None:
    """Refuse a DOCTYPE before the parser sees it: with one, a small file can grow without end."""
    head = content.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe")
    at = 0
    while found := _PROLOG.match(head, at):
        at = found.end()
    if head[at : at + 9].upper() == b"<!DOCTYPE":
        raise Invalid(code="xml_document_type", field="file")


def _refuse_depth(root: Any) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MOST_DEPTH:
            raise Invalid(code="xml_too_deep", field="file", most=MOST_DEPTH)
