"""A statement of account: what was open before a period, what moved in it, what is open at its end.

The balances of both ends are those of `domain.ageing.open_items`, payable documents less the credit
that is available; the lines are the dated rows between them. What a receipt settles of the same
account moves nothing: the receipt did. Amounts are minor units; what the customer owes is positive.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from clientportal.domain.ageing import BUCKETS, OpenItem, ageing, open_items
from clientportal.domain.documents import CREDIT, PAYABLE, Kind, Lifecycle
from clientportal.domain.ledger import Allocation, Dated, Document, Return, balance
from clientportal.domain.periods import Period

EVERY_KIND = frozenset(Kind)


class Movement(StrEnum):
    """What a line of a statement tells, in the order of one day."""

    ISSUED = "issued"
    PREPAID = "prepaid"
    APPLIED = "applied"
    TAKEN_BACK = "taken_back"
    RETURNED = "returned"
    VOIDED = "voided"
    DISPUTED = "disputed"
    DISPUTE_CLOSED = "dispute_closed"


_ORDER = {movement: place for place, movement in enumerate(Movement)}


@dataclass(frozen=True, slots=True)
class Dispute:
    """A contested document, from a day on; `closed_on` None while it lasts. It moves no money."""

    document_id: int
    opened_on: date
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class Line:
    """One movement of a document; `balance_minor` is what the account owed after it.

    `APPLIED` and `TAKEN_BACK` are between a document of this account and one of another.
    """

    on: date
    movement: Movement
    document_id: int
    kind: Kind
    number: str
    due_on: date | None
    change_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class CurrencyStatement:
    """The statement in one currency: opening + charges - credits = closing = owed - available.

    `ageing` has every bucket and sums to `owed_minor`, of which `disputed_minor` is contested.
    """

    currency: str
    opening_minor: int
    charges_minor: int
    credits_minor: int
    closing_minor: int
    owed_minor: int
    available_minor: int
    disputed_minor: int
    ageing: Mapping[str, int]
    lines: tuple[Line, ...]


class Books(NamedTuple):
    """The rows of one account. `elsewhere`: ids of documents of other accounts that rows name."""

    documents: Collection[Document]
    allocations: Sequence[Allocation]
    returns: Sequence[Return] = ()
    disputes: Sequence[Dispute] = ()
    elsewhere: frozenset[int] = frozenset()


class _Move(NamedTuple):
    on: date
    movement: Movement
    document: Document
    change_minor: int


def statement(books: Books, period: Period) -> list[CurrencyStatement]:
    """The statement of a period per currency, by its code; those without anything are left out.

    `books` hold every document of the account that was open at the eve of the period or moved in
    it, with all allocations and returns of those documents.
    """
    opening: Mapping[str, int] = {}
    if period.opens_on is not None:
        opening = _position(_open(books, period.opens_on))
    items = _open(books, period.until)
    closing = _position(items)
    moves: defaultdict[str, list[_Move]] = defaultdict(list)
    for move in _moves(books):
        if period.holds(move.on):
            moves[move.document.currency].append(move)
    aged, disputed = ageing(items), _disputed(books, items, period.until)
    return [
        _of_currency(
            currency,
            opening.get(currency, 0),
            moves[currency],
            [item for item in items if item.currency == currency],
            aged.get(currency, dict.fromkeys(BUCKETS, 0)),
            disputed.get(currency, 0),
        )
        for currency in sorted({*opening, *closing, *moves})
    ]


def _open(books: Books, as_of: date) -> list[OpenItem]:
    return open_items(as_of, books.documents, books.allocations, books.returns, EVERY_KIND)


def _position(items: Iterable[OpenItem]) -> dict[str, int]:
    """Per currency what is owed less the credit that is available."""
    sums: defaultdict[str, int] = defaultdict(int)
    for item in items:
        sums[item.currency] += item.balance_minor * _sign(item.kind)
    return {currency: sum_minor for currency, sum_minor in sums.items() if sum_minor}


def _sign(kind: Kind) -> int:
    return 1 if kind in PAYABLE else -1


def _of_currency(
    currency: str,
    opening_minor: int,
    moves: list[_Move],
    items: Sequence[OpenItem],
    aged: Mapping[str, int],
    disputed_minor: int,
) -> CurrencyStatement:
    owed = sum(item.balance_minor for item in items if item.kind in PAYABLE)
    available = sum(item.balance_minor for item in items if item.kind in CREDIT)
    moves.sort(key=lambda move: (move.on, _ORDER[move.movement], move.document.id))
    return CurrencyStatement(
        currency=currency,
        opening_minor=opening_minor,
        charges_minor=sum(move.change_minor for move in moves if move.change_minor > 0),
        credits_minor=-sum(move.change_minor for move in moves if move.change_minor < 0),
        closing_minor=owed - available,
        owed_minor=owed,
        available_minor=available,
        disputed_minor=disputed_minor,
        ageing=aged,
        lines=tuple(_lines(opening_minor, moves)),
    )


def _lines(running: int, moves: Iterable[_Move]) -> Iterator[Line]:
    for on, movement, document, change in moves:
        running += change
        due_on = document.due_on if document.kind in PAYABLE else None
        yield Line(
            on, movement, document.id, document.kind, document.number, due_on, change, running
        )


def _moves(books: Books) -> Iterator[_Move]:
    """Every dated change of the account's position, and disputes, which change nothing."""
    by_id = {document.id: document for document in books.documents}
    ends = {document.id: _end(document) for document in by_id.values() if _is_void(document)}

    def counts(document_id: int | None, on: date) -> bool:
        """Whether a row of that day moves this account through the document."""
        if document_id is None or document_id in books.elsewhere:
            return False
        return document_id not in ends or on <= ends[document_id]

    yield from _lives(books)
    for row in books.allocations:
        paid, spent = counts(row.document_id, row.on), counts(row.credit_id, row.on)
        document = by_id.get(row.document_id if paid else row.credit_id or 0)
        if paid is not spent and document is not None:
            yield _Move(row.on, _movement(row), document, row.amount_minor * (spent - paid))
    for given in books.returns:
        if given.credit_id in by_id and counts(given.credit_id, given.on):
            document = by_id[given.credit_id]
            yield _Move(given.on, Movement.RETURNED, document, given.amount_minor)
    for dispute in books.disputes:
        if dispute.document_id in by_id:
            document = by_id[dispute.document_id]
            yield _Move(dispute.opened_on, Movement.DISPUTED, document, 0)
            if dispute.closed_on is not None:
                yield _Move(dispute.closed_on, Movement.DISPUTE_CLOSED, document, 0)


def _movement(row: Allocation) -> Movement:
    if row.reverses_id is not None:
        return Movement.TAKEN_BACK
    return Movement.PREPAID if row.credit_id is None else Movement.APPLIED


def _is_void(document: Document) -> bool:
    return document.lifecycle is Lifecycle.VOID and document.issued_on is not None


def _end(document: Document) -> date:
    """The day on which an annulled document ended: never before it was issued."""
    began = document.issued_on or date.min
    return max(began, document.void_on or began)


def _lives(books: Books) -> Iterator[_Move]:
    """Documents as they were issued, and annulled: then goes what was left of them that day."""
    rows: defaultdict[int, list[Dated]] = defaultdict(list)
    annulled = {document.id for document in books.documents if _is_void(document)}
    for row in books.allocations:
        for key in {row.document_id, row.credit_id or 0} & annulled:
            rows[key].append(row)
    for given in books.returns:
        if given.credit_id in annulled:
            rows[given.credit_id].append(given)
    for document in books.documents:
        if document.lifecycle is Lifecycle.DRAFT or document.issued_on is None:
            continue
        total = _sign(document.kind) * document.total_minor
        yield _Move(document.issued_on, Movement.ISSUED, document, total)
        if document.id in annulled:
            on = _end(document)
            left = balance(document.total_minor, rows[document.id], on)
            yield _Move(on, Movement.VOIDED, document, -_sign(document.kind) * left)


def _disputed(books: Books, items: Iterable[OpenItem], as_of: date) -> dict[str, int]:
    """Per currency what of the open payable documents was contested at the end of a day."""
    contested = {
        dispute.document_id
        for dispute in books.disputes
        if dispute.opened_on <= as_of and (dispute.closed_on is None or dispute.closed_on > as_of)
    }
    names = {(d.kind, d.number) for d in books.documents if d.id in contested}
    sums: defaultdict[str, int] = defaultdict(int)
    for item in items:
        if item.kind in PAYABLE and (item.kind, item.number) in names:
            sums[item.currency] += item.balance_minor
    return sums
