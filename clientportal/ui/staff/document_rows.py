"""Documents as the staff's lists get them."""

from collections.abc import Iterable
from dataclasses import dataclass

from clientportal.domain.document_filters import MAX_ID
from clientportal.domain.errors import NotFound
from clientportal.services.document_lists import DocumentRow
from clientportal.ui.documents.rows import ListedDocument, listed
from clientportal.ui.staff.document_words import mail_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(ListedDocument):
    """One document with its account; `mail`: how far its mails have come (`mail_of`)."""

    account: str
    account_id: int
    mail: str


def rows_of(rows: Iterable[DocumentRow], left: bool = False) -> list[Row]:
    """Rows of a list, in its order; `left`: they left the filtered set."""
    return [
        Row(
            account=row.account_name,
            account_id=row.account_id,
            mail=mail_of(row),
            left=left,
            **listed(row),
        )
        for row in rows
    ]


def row_id(value: object) -> int:
    """An id that a browser sent as a handler's argument. Raises NotFound when it is none."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= MAX_ID:
        raise NotFound()
    return value
