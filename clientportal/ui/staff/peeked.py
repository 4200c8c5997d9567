"""What the popup behind the eye of a document's row shows (mission 119)."""

from dataclasses import dataclass, field
from typing import Any

from clientportal.services.documents import DocumentDetail
from clientportal.ui.documents.rows import badge_of
from clientportal.ui.values import iso

LINES = 6
"""Lines of the document that the popup shows; its page has them all."""


@dataclass(frozen=True, slots=True)
class PeekLine:
    """A line; the amount in minor units."""

    description: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Peeked:
    """A document as the popup shows it; `more`: lines that it leaves out."""

    id: int = 0
    kind: str = ""
    number: str = ""
    account: str = ""
    account_id: int = 0
    currency: str = ""
    issued_on: str = ""
    due_on: str = ""
    tax_minor: int = 0
    total_minor: int = 0
    balance_minor: int = 0
    concept: str = ""
    pdf: str = ""
    xml: str = ""
    can_send: bool = False
    is_draft: bool = False
    more: int = 0
    badge: dict[str, Any] = field(default_factory=dict)
    lines: list[PeekLine] = field(default_factory=list)


def peeked(found: DocumentDetail) -> Peeked:
    """A document for the popup."""
    issued = found.number != ""
    return Peeked(
        id=found.id,
        kind=found.kind.value,
        number=found.number,
        account=found.account.name,
        account_id=found.account.id,
        currency=found.currency,
        issued_on=iso(found.issued_on),
        due_on=iso(found.due_on),
        tax_minor=found.total_minor - found.net_minor if found.lines else 0,
        total_minor=found.total_minor,
        balance_minor=0 if found.voided_at else found.balance_minor,
        concept=found.concept,
        pdf=f"/files/documents/{found.id}.pdf" if issued else "",
        xml=f"/files/documents/{found.id}.xml" if issued and found.original.has_xml else "",
        can_send=found.actions.send,
        is_draft=not issued,
        more=max(0, len(found.lines) - LINES),
        badge=badge_of(found.badge),
        lines=[PeekLine(line.description, line.amount_minor) for line in found.lines[:LINES]],
    )
