"""Parts of one document as the staff's page gets them: codes, dates, minor units, links."""

from dataclasses import dataclass

from clientportal.services.documents import AppliedRow, CommentRow, Line, RelatedRow, Tax
from clientportal.ui.staff.common import iso


@dataclass(frozen=True, slots=True)
class LineRow:
    """Quantity, unit price and rate as plain decimal text, the amount in minor units."""

    position: int
    description: str
    quantity: str
    unit_price: str
    tax_rate: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class TaxRow:
    """`rate` in percent, as plain decimal text."""

    rate: str
    base_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class AppliedItem:
    """Money or credit between this document and another; `href` empty: paid before the import."""

    id: int
    on: str
    amount_minor: int
    kind: str
    number: str
    method: str
    href: str
    is_reversal: bool
    reversible: bool


@dataclass(frozen=True, slots=True)
class CommentItem:
    id: int
    at: str
    author: str
    by_staff: bool
    body: str


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """`corrects_this`: the other one is a note on this document."""

    id: int
    kind: str
    number: str
    total_minor: int
    href: str
    corrects_this: bool


def line_of(row: Line) -> LineRow:
    return LineRow(
        position=row.position,
        description=row.description,
        quantity=f"{row.quantity.normalize():f}",
        unit_price=f"{row.unit_price.normalize():f}",
        tax_rate=f"{row.tax_rate.normalize():f}",
        amount_minor=row.amount_minor,
    )


def tax_of(row: Tax) -> TaxRow:
    return TaxRow(f"{row.rate.normalize():f}", row.base_minor, row.tax_minor)


def applied_of(row: AppliedRow, base: str) -> AppliedItem:
    return AppliedItem(
        id=row.id,
        on=iso(row.on),
        amount_minor=row.amount_minor,
        kind=row.kind.value if row.kind else "",
        number=row.number,
        method=row.method,
        href=f"{base}/billing/{row.document_id}" if row.document_id else "",
        is_reversal=row.is_reversal,
        reversible=row.reversible,
    )


def comment_of(row: CommentRow) -> CommentItem:
    return CommentItem(row.id, row.at.isoformat(), row.author, row.by_staff, row.body)


def related_of(row: RelatedRow, base: str) -> RelatedItem:
    return RelatedItem(
        id=row.id,
        kind=row.kind.value,
        number=row.number,
        total_minor=row.total_minor,
        href=f"{base}/billing/{row.id}",
        corrects_this=row.corrects_this,
    )
