"""Documents as the staff's lists get them."""

from dataclasses import dataclass

from clientportal.domain.document_filters import MAX_ID
from clientportal.domain.errors import NotFound
from clientportal.services.document_lists import DocumentRow
from clientportal.ui.documents.rows import ListedDocument, listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(ListedDocument):
    """One document with its account."""

    account: str
    account_href: str


def row_of(row: DocumentRow, base: str) -> Row:
    """A row with its links below `base` (/staff/{slug})."""
    return Row(
        account=row.account_name,
        account_href=f"{base}/accounts/{row.account_id}",
        **listed(row, f"{base}/billing"),
    )


def row_id(value: object) -> int:
    """An id that a browser sent as a handler's argument. Raises NotFound when it is none."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= MAX_ID:
        raise NotFound()
    return value
