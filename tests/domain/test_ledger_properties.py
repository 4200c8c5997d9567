"""Whatever is done in whatever order, the ledger keeps its invariants (contracts/payments §6)."""

import random
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from clientportal.domain import documents, ledger
from clientportal.domain.ageing import open_items
from clientportal.domain.audit import PaymentFacts, audit
from clientportal.domain.documents import CREDIT, PAYABLE, Kind, Lifecycle, Settlement
from clientportal.domain.errors import PortalError
from clientportal.domain.ledger import Allocation, Dated, Document, Return, Side

START = date(2026, 1, 1)
DAYS = st.integers(0, 30).map(lambda number: START + timedelta(days=number))
AMOUNTS = st.integers(1, 120)
CURRENCIES = st.sampled_from(["COP", "USD"])
PICK = st.integers(0, 1_000)


class Books(RuleBasedStateMachine):
    """A small ledger that does what services do: check, write a row, store derived columns."""

    def __init__(self) -> None:
        super().__init__()
        self.documents: dict[int, Document] = {}
        self.rows: list[Allocation] = []
        self.returns: list[Return] = []
        self.payments: list[PaymentFacts] = []
        self.ids = 0

    def next_id(self) -> int:
        self.ids += 1
        return self.ids

    def moves(self, document_id: int) -> list[Dated]:
        applied = [r for r in self.rows if document_id in (r.document_id, r.credit_id)]
        return [*applied, *(r for r in self.returns if r.credit_id == document_id)]

    def store(self, document_id: int) -> None:
        found = self.documents[document_id]
        left = ledger.balance(found.total_minor, self.moves(document_id))
        settled = documents.settle(found.lifecycle, found.total_minor, left)
        self.documents[document_id] = replace(found, balance_minor=left, settlement=settled)

    def pick(self, kinds: frozenset[Kind], pick: int) -> Document:
        found = [d for d in self.documents.values() if d.kind in kinds]
        return found[pick % len(found)]

    def side(self, document: Document, on: date) -> Side:
        room = ledger.room(document.total_minor, self.moves(document.id), on)
        return Side(document.kind, document.lifecycle, document.currency, room)

    def has(self, kinds: frozenset[Kind]) -> bool:
        return any(d.kind in kinds for d in self.documents.values())

    @rule(kind=st.sampled_from(Kind), currency=CURRENCIES, total=AMOUNTS, on=DAYS)
    def issue(self, kind: Kind, currency: str, total: int, on: date) -> None:
        new = self.next_id()
        self.documents[new] = Document(
            new, kind, Lifecycle.ISSUED, currency, total, on, on, total, Settlement.OPEN, str(new)
        )
        if kind is Kind.CASH_RECEIPT:
            self.payments.append(PaymentFacts(new, currency, total, new))

    @precondition(lambda self: self.has(PAYABLE) and self.has(CREDIT))
    @rule(credit=PICK, payable=PICK, amount=AMOUNTS, on=DAYS)
    def allocate(self, credit: int, payable: int, amount: int, on: date) -> None:
        source, target = self.pick(CREDIT, credit), self.pick(PAYABLE, payable)
        day = ledger.allocation_date(on, source.issued_on, target.issued_on)
        try:
            ledger.check_allocation(amount, self.side(source, day), self.side(target, day))
        except PortalError:
            return
        new = Allocation(self.next_id(), source.id, target.id, target.currency, amount, day)
        self.rows.append(new)
        self.store(source.id)
        self.store(target.id)

    @precondition(lambda self: self.has(PAYABLE) and self.has(CREDIT))
    @rule(credit=PICK, on=DAYS)
    def allocate_oldest_first(self, credit: int, on: date) -> None:
        source = self.pick(CREDIT, credit)
        targets = [
            ledger.Open(d.id, d.due_on, d.issued_on or START, self.side(d, START).room_minor)
            for d in self.documents.values()
            if documents.owed_minor(d.kind, d.lifecycle, d.balance_minor)
            and d.currency == source.currency
        ]
        room = self.side(source, START).room_minor
        if source.lifecycle is not Lifecycle.ISSUED or room <= 0:
            return
        spread, left = ledger.oldest_first(room, targets)
        assert left + sum(part for _, part in spread) == room
        for document_id, part in spread:
            day = ledger.allocation_date(
                on, source.issued_on, self.documents[document_id].issued_on
            )
            new = Allocation(self.next_id(), source.id, document_id, source.currency, part, day)
            self.rows.append(new)
            self.store(document_id)
        self.store(source.id)

    @precondition(lambda self: self.rows)
    @rule(pick=PICK, on=DAYS)
    def reverse(self, pick: int, on: date) -> None:
        row = self.rows[pick % len(self.rows)]
        try:
            back = ledger.reversal(row, on, self.rows, self.next_id())
        except ledger.AlreadyReversed:
            return
        self.rows.append(back)
        for document_id in (row.document_id, row.credit_id):
            if document_id is not None:
                self.store(document_id)

    @precondition(lambda self: self.has(CREDIT))
    @rule(credit=PICK, amount=AMOUNTS, on=DAYS)
    def give_back(self, credit: int, amount: int, on: date) -> None:
        source = self.pick(CREDIT, credit)
        day = ledger.allocation_date(on, source.issued_on)
        try:
            ledger.check_return(amount, self.side(source, day))
        except PortalError:
            return
        self.returns.append(Return(self.next_id(), source.id, source.currency, amount, day))
        self.store(source.id)

    @precondition(lambda self: self.documents)
    @rule(pick=PICK, on=DAYS)
    def void(self, pick: int, on: date) -> None:
        found = self.pick(frozenset(Kind), pick)
        try:
            documents.check_void(found.lifecycle, ledger.applied(self.moves(found.id)))
        except PortalError:
            return
        self.documents[found.id] = replace(found, lifecycle=Lifecycle.VOID, void_on=on)
        self.store(found.id)

    @invariant()
    def is_sound(self) -> None:
        found = audit(self.documents.values(), self.rows, self.payments, self.returns)
        assert found == []

    @invariant()
    def paid_and_outstanding_make_the_total(self) -> None:
        for document in self.documents.values():
            paid = ledger.applied(self.moves(document.id))
            assert paid + document.balance_minor == document.total_minor
            assert 0 <= document.balance_minor <= document.total_minor

    @invariant()
    def order_of_rows_does_not_matter(self) -> None:
        rows, returns = self.rows[:], self.returns[:]
        random.Random(7).shuffle(rows)
        returns.reverse()
        on = START + timedelta(days=15)
        given_order = open_items(on, self.documents.values(), self.rows, self.returns)
        assert open_items(on, self.documents.values(), rows, returns) == given_order
        assert audit(self.documents.values(), rows, self.payments, returns) == []


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@given(
    parts=st.lists(st.tuples(AMOUNTS, DAYS), max_size=8),
    seed=st.randoms(use_true_random=False),
)
def test_independent_allocations_commute(
    parts: list[tuple[int, date]], seed: random.Random
) -> None:
    """Allocations that fit together are all accepted, in any order, and end alike."""
    total = sum(amount for amount, _ in parts) + 1
    accepted: list[list[int]] = []
    for _ in range(2):
        seed.shuffle(parts)
        rows: list[Allocation] = []
        for number, (amount, on) in enumerate(parts):
            side = Side(Kind.INVOICE, Lifecycle.ISSUED, "COP", ledger.room(total, rows, on))
            credit = Side(Kind.ADVANCE, Lifecycle.ISSUED, "COP", ledger.room(total, rows, on))
            ledger.check_allocation(amount, credit, side)
            rows.append(Allocation(number, 1, 2, "COP", amount, on))
        days = [START + timedelta(days=number) for number in range(31)]
        accepted.append([ledger.balance(total, rows, on) for on in days])
    assert accepted[0] == accepted[1]
    assert accepted[0][-1] == 1


@given(amount=st.integers(1, 500), balances=st.lists(st.integers(0, 100), max_size=6))
def test_oldest_first_loses_nothing(amount: int, balances: list[int]) -> None:
    targets = [ledger.Open(n, None, START, left) for n, left in enumerate(balances)]
    spread, left = ledger.oldest_first(amount, targets)
    assert sum(part for _, part in spread) + left == amount
    assert left == max(0, amount - sum(balances))
    assert all(0 < part <= balances[document_id] for document_id, part in spread)
    assert all(part == balances[document_id] for document_id, part in spread[:-1])
