"""The parts of a document's page: lines, taxes, what was applied, comments, related documents.

Read for `documents.detail`, which has checked that the actor may see the document.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session

from clientportal.domain.actors import Actor, Customer, Member
from clientportal.domain.documents import CREDIT, Kind
from clientportal.storage import documents as storage
from clientportal.storage import ledger as ledger_storage
from clientportal.storage.models import Document


@dataclass(frozen=True, slots=True)
class Line:
    """Quantities and unit prices in whole units of the currency, the amount in minor units."""

    position: int
    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Tax:
    """`rate` in percent."""

    rate: Decimal
    base_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class AppliedRow:
    """Money or credit between this document and another; negative when it takes a row back.

    `document_id` None: paid before the import. `reversible`: standing, not taken back.
    """

    id: int
    on: date
    amount_minor: int
    document_id: int | None
    kind: Kind | None
    number: str
    method: str
    is_reversal: bool
    reversible: bool


@dataclass(frozen=True, slots=True)
class ReturnRow:
    on: date
    amount_minor: int
    method: str
    note: str


@dataclass(frozen=True, slots=True)
class CommentRow:
    """`mine`: the reader wrote it."""

    id: int
    at: datetime
    author: str
    by_staff: bool
    body: str
    mine: bool


@dataclass(frozen=True, slots=True)
class RelatedRow:
    """A note that corrects this document, or the document that this note corrects."""

    id: int
    kind: Kind
    number: str
    total_minor: int
    corrects_this: bool


def lines(session: Session, actor: Actor, document_id: int) -> tuple[Line, ...]:
    return tuple(
        Line(
            row.position,
            row.description,
            row.quantity,
            row.unit_price,
            row.tax_rate,
            row.amount_minor,
        )
        for row in storage.lines(session, actor, document_id)
    )


def taxes(session: Session, actor: Actor, document_id: int) -> tuple[Tax, ...]:
    return tuple(
        Tax(row.rate, row.base_minor, row.tax_minor)
        for row in storage.taxes(session, actor, document_id)
    )


def applied(session: Session, actor: Actor, document: Document) -> tuple[AppliedRow, ...]:
    rows = ledger_storage.applied(
        session, actor, storage.identity(document), credit_side=document.kind in CREDIT
    )
    taken_back = {row.reverses_id for row in rows}
    return tuple(
        AppliedRow(
            id=row.id,
            on=row.allocated_on,
            amount_minor=row.amount_minor,
            document_id=row.other_id,
            kind=row.other_kind,
            number=row.other_number or "",
            method=row.other_method,
            is_reversal=row.reverses_id is not None,
            reversible=row.reverses_id is None and row.id not in taken_back,
        )
        for row in rows
    )


def returns(session: Session, actor: Actor, document_id: int) -> tuple[ReturnRow, ...]:
    return tuple(
        ReturnRow(row.returned_on, row.amount_minor, row.method, row.note)
        for row in ledger_storage.returns(session, actor, document_id)
    )


def comments(session: Session, actor: Actor, document_id: int) -> tuple[CommentRow, ...]:
    user_id = actor.user_id if isinstance(actor, Member | Customer) else None
    return tuple(
        CommentRow(
            storage.identity(row),
            row.created_at,
            row.author,
            row.by_staff,
            row.body,
            row.user_id == user_id,
        )
        for row in storage.comments(session, actor, document_id)
    )


def related(session: Session, actor: Actor, document: Document) -> tuple[RelatedRow, ...]:
    return tuple(
        RelatedRow(
            storage.identity(row),
            row.kind,
            row.number or "",
            row.total_minor,
            row.corrects_id == document.id,
        )
        for row in storage.related(session, actor, document)
    )
