"""What the staff's command palette finds: documents, accounts and contacts as codes and links."""

from collections.abc import Sequence

from clientportal.services.search import Found
from clientportal.ui.hits import CodedHit

GROUPS = ("document", "account", "contact")
_ICONS = {"document": "receipt", "account": "users", "contact": "id"}
_FOLDERS = {"document": "billing", "account": "accounts", "contact": "contacts"}


def href_of(base: str, kind: str, row_id: int) -> str:
    """The staff page of a document, account or contact below `base` (/staff/{slug})."""
    return f"{base}/{_FOLDERS[kind]}/{row_id}"


def hits_of(found: Sequence[Found], base: str) -> list[CodedHit]:
    """Hits of the general search as the browser gets them."""
    return [
        CodedHit(
            group=hit.kind,
            code=hit.code,
            title=hit.title,
            detail=hit.subtitle,
            href=href_of(base, hit.kind, hit.id),
            icon=_ICONS[hit.kind],
        )
        for hit in found
        if hit.kind in _FOLDERS
    ]
