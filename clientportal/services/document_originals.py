"""What a document's electronic original adds to its page, and whether an XML can be offered."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from clientportal.domain.actors import Actor, Customer
from clientportal.domain.documents import PAYABLE, Kind, Lifecycle
from clientportal.domain.permissions import Permission, require
from clientportal.services import document_support as support
from clientportal.storage import originals as storage
from clientportal.storage.models import Document, DocumentOriginal, DocumentSource

_ISSUED_HERE = frozenset({DocumentSource.MANUAL, DocumentSource.DEMO})
_WRITTEN = PAYABLE | {Kind.CREDIT_NOTE}


@dataclass(frozen=True, slots=True)
class OriginalFacts:
    """`has_xml`: there is a file to download. `fiscal_url`: where the tax authority shows it.

    `warnings` are for staff: rows with a code and its parameters, amounts in minor units.
    """

    has_xml: bool
    fiscal_url: str = ""
    warnings: tuple[dict[str, Any], ...] = ()


def facts(session: Session, actor: Actor, *, document_id: int) -> OriginalFacts:
    """The facts of a document that the actor may see. Raises NotFound."""
    require(actor, Permission.DOCUMENTS_READ)
    document = support.found(session, actor, document_id)
    original = storage.of_document(session, actor, document_id)
    if original is None:
        return OriginalFacts(has_xml=is_written_here(document))
    warnings = () if isinstance(actor, Customer) else tuple(original.warnings)
    return OriginalFacts(True, original.fiscal_url, warnings)


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
