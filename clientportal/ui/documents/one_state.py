"""What the state of a document's page holds in both faces: facts, money, lines, comments."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from clientportal.domain.documents import CREDIT, Lifecycle
from clientportal.services import document_pdf
from clientportal.services.documents import (
    AppliedRow,
    CommentRow,
    DocumentDetail,
    Line,
    RelatedRow,
    Tax,
)
from clientportal.ui.documents.rows import badge_of
from clientportal.ui.values import iso


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
    mine: bool
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


class OneDocumentState(rx.State, mixin=True):
    """One document as its page shows it."""

    loaded: bool = False
    doc_id: int = 0
    kind: str = ""
    number: str = ""
    currency: str = ""
    account: str = ""
    account_detail: str = ""
    issued_on: str = ""
    due_on: str = ""
    net_minor: int = 0
    total_minor: int = 0
    paid_minor: int = 0
    balance_minor: int = 0
    badge: dict[str, Any] = {}
    is_credit: bool = False
    being_paid: bool = False
    pdf: str = ""
    xml: str = ""
    concept: str = ""
    fiscal_code: str = ""
    has_qr: bool = False
    reference: str = ""
    void_reason: str = ""
    dispute_reason: str = ""
    lines: list[LineRow] = []
    taxes: list[TaxRow] = []
    applied: list[AppliedItem] = []
    related: list[RelatedItem] = []
    comments: list[CommentItem] = []

    def _show_document(self, detail: DocumentDetail, path: str) -> None:
        """Fill everything; `path` is the face's list, below which each document stands."""
        self.doc_id, self.kind, self.number = detail.id, detail.kind.value, detail.number
        self.account = detail.account.name
        self.account_detail = identification(detail.account.tax_id_kind, detail.account.tax_id)
        self.issued_on, self.due_on = iso(detail.issued_on), iso(detail.due_on)
        self.badge = badge_of(detail.badge)
        self.is_credit = detail.kind in CREDIT
        self.being_paid = detail.status.being_paid
        is_draft = detail.lifecycle is Lifecycle.DRAFT
        self.pdf = "" if is_draft else f"/files/documents/{detail.id}.pdf"
        self.xml = f"/files/documents/{detail.id}.xml" if detail.original.has_xml else ""
        self.concept, self.reference = detail.concept, detail.reference
        self.fiscal_code = detail.fiscal_code
        self.has_qr = bool(document_pdf.fiscal_url(detail))
        self.void_reason, self.dispute_reason = detail.void_reason, detail.dispute_reason
        self._show_sums(detail)
        self.lines = [_line(row) for row in detail.lines]
        self.taxes = [_tax(row) for row in detail.taxes]
        self.applied = [_applied(row, path) for row in detail.applied]
        self.related = [_related(row, path) for row in detail.related]
        self.comments = [_comment(row) for row in detail.comments]

    def _show_sums(self, detail: DocumentDetail) -> None:
        self.currency = detail.currency
        self.net_minor, self.total_minor = detail.net_minor, detail.total_minor
        self.paid_minor = detail.paid_minor
        void = detail.lifecycle is Lifecycle.VOID
        self.balance_minor = 0 if void else detail.balance_minor


def identification(kind: str, text: str) -> str:
    """A tax id with its kind, as far as there is one."""
    return f"{kind.upper()} {text}".strip() if text else ""


def _line(row: Line) -> LineRow:
    return LineRow(
        position=row.position,
        description=row.description,
        quantity=f"{row.quantity.normalize():f}",
        unit_price=f"{row.unit_price.normalize():f}",
        tax_rate=f"{row.tax_rate.normalize():f}",
        amount_minor=row.amount_minor,
    )


def _tax(row: Tax) -> TaxRow:
    return TaxRow(f"{row.rate.normalize():f}", row.base_minor, row.tax_minor)


def _applied(row: AppliedRow, path: str) -> AppliedItem:
    return AppliedItem(
        id=row.id,
        on=iso(row.on),
        amount_minor=row.amount_minor,
        kind=row.kind.value if row.kind else "",
        number=row.number,
        method=row.method,
        href=f"{path}/{row.document_id}" if row.document_id else "",
        is_reversal=row.is_reversal,
        reversible=row.reversible,
    )


def _comment(row: CommentRow) -> CommentItem:
    return CommentItem(row.id, row.at.isoformat(), row.author, row.by_staff, row.mine, row.body)


def _related(row: RelatedRow, path: str) -> RelatedItem:
    return RelatedItem(
        id=row.id,
        kind=row.kind.value,
        number=row.number,
        total_minor=row.total_minor,
        href=f"{path}/{row.id}",
        corrects_this=row.corrects_this,
    )


def is_written(form: object, written: int) -> bool:
    """Whether a comment's form was sent before: it holds how many were `written` when it was drawn.

    More than that is a page that outlived its state, which begins to count anew.
    """
    drawn = form.get("written") if isinstance(form, dict) else None
    counts = isinstance(drawn, str) and drawn.isascii() and drawn.isdigit() and len(drawn) < 9
    return counts and int(drawn) < written
