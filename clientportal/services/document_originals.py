"""What a document's electronic original adds to its page, and whether an XML can be offered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.documents import PAYABLE, Kind, Lifecycle
from clientportal.domain.fiscal_code import FiscalCheck
from clientportal.domain.permissions import Permission, require
from clientportal.services import document_support as support
from clientportal.storage import originals as storage
from clientportal.storage.models import Document, DocumentOriginal, DocumentSource

_ISSUED_HERE = frozenset({DocumentSource.MANUAL, DocumentSource.DEMO})
MOST_ASKED = 200
_WRITTEN = PAYABLE | {Kind.CREDIT_NOTE}


@dataclass(frozen=True, slots=True)
class OriginalFacts:
    """`has_xml`: there is a file to download; `received`: it is the original, not one of ours.

    `fiscal_url`: where the tax authority shows it. For staff alone: `warnings`, rows with a code
    and its parameters (amounts in minor units), and `fiscal_check`, whether the code of the file
    was computed again and is the same.
    """

    has_xml: bool
    fiscal_url: str = ""
    warnings: tuple[dict[str, Any], ...] = ()
    fiscal_check: FiscalCheck = FiscalCheck.UNCHECKED
    received: bool = False


def facts(session: Session, actor: Actor, *, document_id: int) -> OriginalFacts:
    """The facts of a document that the actor may see. Raises NotFound."""
    require(actor, Permission.DOCUMENTS_READ)
    document = support.found(session, actor, document_id)
    original = storage.of_document(session, actor, document_id)
    if original is None:
        return OriginalFacts(has_xml=is_written_here(document))
    if not isinstance(actor, Member | System):
        return OriginalFacts(True, original.fiscal_url, received=True)
    warnings = tuple(original.warnings)
    return OriginalFacts(True, original.fiscal_url, warnings, original.fiscal_check, True)


def having_xml(session: Session, actor: Actor, *, document_ids: Sequence[int]) -> list[int]:
    """Those of some documents that have an XML to download; what the actor may not see has none."""
    require(actor, Permission.DOCUMENTS_READ)
    return list(
        storage.having_xml(
            session, actor, document_ids[:MOST_ASKED], sources=_ISSUED_HERE, kinds=_WRITTEN
        )
    )


def is_written_here(document: Document) -> bool:
    """Whether the XML can be written from our own rows: what was issued here and stands.

    What was issued elsewhere has its own XML or none: one of ours would be a forgery.
    """
    return (
        document.source in _ISSUED_HERE
        and document.kind in _WRITTEN
        and document.lifecycle is Lifecycle.ISSUED
    )


def original_of(session: Session, actor: Actor, document_id: int) -> DocumentOriginal | None:
    """The original of a document, if the actor may see it and it has one."""
    require(actor, Permission.DOCUMENTS_READ)
    return storage.of_document(session, actor, document_id)
