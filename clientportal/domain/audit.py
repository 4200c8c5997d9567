"""Consistency audit of the ledger: the invariants (1) to (5) of contracts/payments.md §6.

Also that the stored columns balance and settlement say what the rows say. The command `check` and
the property tests run the same function.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from clientportal.domain.documents import CREDIT, MONEY_IN, PAYABLE, Kind, Lifecycle, settle
from clientportal.domain.ledger import Allocation, Dated, Document, Return, applied, balance


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not agree. `entity` is document, allocation, return, payment or
    account."""

    code: str
    entity: str
    id: int
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A payment as booked. `receipt_id` is its cash receipt or advance, None while unbooked.

    `refunded_minor` is what succeeded refunds gave back, `reserved_minor` what pending ones hold.
    """

    id: int
    currency: str
    amount_minor: int
    receipt_id: int | None
    refunded_minor: int = 0
    reserved_minor: int = 0


def audit(
    documents: Iterable[Document],
    allocations: Iterable[Allocation],
    payments: Iterable[PaymentFacts] = (),
    returns: Iterable[Return] = (),
) -> list[Difference]:
    """Every difference between rows, rules and stored columns; an empty list is a sound ledger."""
    by_id = {document.id: document for document in documents}
    rows = list(allocations)
    given_back = list(returns)
    moves: defaultdict[int, list[Dated]] = defaultdict(list)
    for row in rows:
        moves[row.document_id].append(row)
        if row.credit_id is not None:
            moves[row.credit_id].append(row)
    for handed in given_back:
        moves[handed.credit_id].append(handed)
    found = [*_allocations(by_id, rows), *_reversals(rows), *_returns(by_id, given_back)]
    for document in by_id.values():
        found += _document(document, moves[document.id])
    found += _payments(by_id, list(payments), moves, given_back)
    return found


def _allocations(by_id: Mapping[int, Document], rows: list[Allocation]) -> Iterator[Difference]:
    for row in rows:
        sides = [(row.document_id, PAYABLE, "payable")]
        if row.credit_id is not None:
            sides.append((row.credit_id, CREDIT, "credit"))
        for document_id, kinds, word in sides:
            document = by_id.get(document_id)
            if document is None:
                yield Difference("missing_document", "allocation", row.id, str(document_id), "")
                continue
            yield from _side(row, document, kinds, word)
        if (row.amount_minor > 0) == (row.reverses_id is not None):
            yield Difference(
                "sign", "allocation", row.id, "+ or reversing -", str(row.amount_minor)
            )


def _side(
    row: Allocation, document: Document, kinds: frozenset[Kind], word: str
) -> Iterator[Difference]:
    if document.currency != row.currency:
        yield Difference("currency", "allocation", row.id, document.currency, row.currency)
    if document.kind not in kinds:
        yield Difference("kind", "allocation", row.id, word, document.kind)
    if document.issued_on is None or row.on < document.issued_on:
        yield Difference("early", "allocation", row.id, str(document.issued_on), str(row.on))


def _reversals(rows: list[Allocation]) -> Iterator[Difference]:
    by_id = {row.id: row for row in rows}
    taken: set[int] = set()
    for row in rows:
        if row.reverses_id is None:
            continue
        original = by_id.get(row.reverses_id)
        if original is None or _pair(row) != _pair(original) or row.on < original.on:
            yield Difference("reversal", "allocation", row.id, str(original), str(row))
        elif row.amount_minor != -original.amount_minor or original.reverses_id is not None:
            expected = str(-original.amount_minor)
            yield Difference("reversal", "allocation", row.id, expected, str(row.amount_minor))
        if row.reverses_id in taken:
            yield Difference("reversed_twice", "allocation", row.id, "1", "2")
        taken.add(row.reverses_id)


def _pair(row: Allocation) -> tuple[int | None, int, str]:
    return row.credit_id, row.document_id, row.currency


def _returns(by_id: Mapping[int, Document], returns: list[Return]) -> Iterator[Difference]:
    for row in returns:
        document = by_id.get(row.credit_id)
        if document is None:
            yield Difference("missing_document", "return", row.id, str(row.credit_id), "")
            continue
        if document.currency != row.currency:
            yield Difference("currency", "return", row.id, document.currency, row.currency)
        if document.kind not in CREDIT:
            yield Difference("kind", "return", row.id, "credit", document.kind)
        if row.amount_minor <= 0:
            yield Difference("sign", "return", row.id, "+", str(row.amount_minor))
        if document.issued_on is None or row.on < document.issued_on:
            yield Difference("early", "return", row.id, str(document.issued_on), str(row.on))


def _document(document: Document, rows: list[Dated]) -> Iterator[Difference]:
    left = balance(document.total_minor, rows)
    if document.balance_minor != left:
        yield Difference("balance", "document", document.id, str(left), str(document.balance_minor))
    settlement = settle(document.lifecycle, document.total_minor, left)
    if document.settlement != settlement:
        yield Difference("settlement", "document", document.id, settlement, document.settlement)
    if document.lifecycle is not Lifecycle.ISSUED and applied(rows):
        yield Difference("not_issued", "document", document.id, "0", str(applied(rows)))
    day = _first_bad_day(document.total_minor, rows)
    if day is not None:
        sum_then = applied(rows, day)
        found = f"{sum_then} on {day}"
        yield Difference("range", "document", document.id, f"0..{document.total_minor}", found)


def _first_bad_day(total_minor: int, rows: list[Dated]) -> date | None:
    """The first day at whose end the sum of rows leaves 0..total (invariant 3)."""
    running = 0
    per_day: defaultdict[date, int] = defaultdict(int)
    for row in rows:
        per_day[row.on] += row.amount_minor
    for day in sorted(per_day):
        running += per_day[day]
        if not 0 <= running <= total_minor:
            return day
    return None


def _payments(
    by_id: Mapping[int, Document],
    payments: list[PaymentFacts],
    moves: Mapping[int, list[Dated]],
    returns: list[Return],
) -> Iterator[Difference]:
    seen: set[int] = set()
    back: defaultdict[int, int] = defaultdict(int)
    for row in returns:
        back[row.credit_id] += row.amount_minor
    for payment in payments:
        if payment.receipt_id is None:
            continue
        receipt = by_id.get(payment.receipt_id)
        if receipt is None or receipt.kind not in MONEY_IN:
            yield Difference(
                "receipt", "payment", payment.id, str(payment.receipt_id), str(receipt)
            )
            continue
        if receipt.id in seen:
            yield Difference("receipt_twice", "payment", payment.id, "1", "2")
        seen.add(receipt.id)
        used = applied(moves.get(receipt.id, []))
        yield from _payment(payment, receipt, used, back[receipt.id])


def _payment(
    payment: PaymentFacts, receipt: Document, used: int, back: int
) -> Iterator[Difference]:
    if receipt.currency != payment.currency:
        yield Difference("currency", "payment", payment.id, payment.currency, receipt.currency)
    # invariant 2: allocated + still available = captured - given back
    captured = payment.amount_minor - back
    held = used - back + receipt.balance_minor
    if held != captured or receipt.total_minor != payment.amount_minor:
        yield Difference("captured", "payment", payment.id, str(captured), str(held))
    if payment.refunded_minor > back:
        refunded = str(payment.refunded_minor)
        yield Difference("refund_without_return", "payment", payment.id, refunded, str(back))
    if payment.refunded_minor + payment.reserved_minor > payment.amount_minor:
        most = str(payment.amount_minor)
        total = str(payment.refunded_minor + payment.reserved_minor)
        yield Difference("refunded", "payment", payment.id, most, total)
