"""What a fetched provider payment books, in any order and however often it is told."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import permutations, product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientportal.domain import payments as p
from clientportal.domain.payments import (
    AttemptFacts,
    AttemptLine,
    AttemptState,
    Decision,
    PaymentState,
    ProviderPayment,
    ProviderStatus,
    Review,
)

ATTEMPT = AttemptFacts(
    "a1x", AttemptState.REDIRECTED, 100, "COP", True, (AttemptLine(1, 60), AttemptLine(2, 40))
)
FETCHED = ProviderPayment("p1", "a1x", ProviderStatus.SUCCEEDED, 100, "COP", True)
OPEN: Mapping[int, int] = {1: 60, 2: 40}


def test_a_matching_success_pays_its_documents() -> None:
    assert p.decide(ATTEMPT, FETCHED, OPEN) == Decision(
        PaymentState.SUCCEEDED, AttemptState.SUCCEEDED, True, ATTEMPT.lines
    )


@pytest.mark.parametrize(
    ("change", "review"),
    [
        ({"reference": "other"}, Review.REFERENCE),
        ({"livemode": False}, Review.ENVIRONMENT),
        ({"currency": "USD"}, Review.CURRENCY),
        ({"amount_minor": 99}, Review.AMOUNT),
        ({"amount_minor": 101}, Review.AMOUNT),
    ],
)
def test_a_mismatch_is_recorded_and_books_nothing(change: dict[str, Any], review: Review) -> None:
    found = p.decide(ATTEMPT, replace(FETCHED, **change), OPEN)
    assert (found.book, found.lines, found.credit_minor) == (False, (), 0)
    assert (found.review, found.payment_state) == (review, PaymentState.SUCCEEDED)
    waits = review in {Review.AMOUNT, Review.CURRENCY}
    expected = AttemptState.PENDING if waits else AttemptState.REDIRECTED
    assert found.attempt_state is expected


@pytest.mark.parametrize(
    ("balances", "lines", "credit"),
    [
        ({1: 0, 2: 40}, (AttemptLine(2, 40),), 60),
        ({2: 40}, (AttemptLine(2, 40),), 60),
        ({1: 25, 2: 40}, (AttemptLine(1, 25), AttemptLine(2, 40)), 35),
        ({}, (), 100),
        ({1: 900, 2: 900}, ATTEMPT.lines, 0),
    ],
)
def test_what_no_document_takes_is_credit(
    balances: dict[int, int], lines: tuple[AttemptLine, ...], credit: int
) -> None:
    found = p.decide(ATTEMPT, FETCHED, balances)
    assert (found.book, found.lines, found.credit_minor) == (True, lines, credit)
    assert found.review is (Review.OVERPAID if credit else None)


def test_late_success_of_a_superseded_attempt_is_credit() -> None:
    late = replace(ATTEMPT, state=AttemptState.SUPERSEDED, superseded=True)
    found = p.decide(late, FETCHED, OPEN)
    assert (found.book, found.lines, found.credit_minor) == (True, (), 100)
    assert (found.review, found.attempt_state) == (Review.SUPERSEDED, AttemptState.SUCCEEDED)
    again = replace(late, state=found.attempt_state)
    other = replace(FETCHED, provider_payment_id="p2")
    assert p.decide(again, other, OPEN).lines == ()


@pytest.mark.parametrize(
    "state", [AttemptState.FAILED, AttemptState.EXPIRED, AttemptState.CANCELLED]
)
def test_late_success_of_an_ended_attempt_still_pays(state: AttemptState) -> None:
    found = p.decide(replace(ATTEMPT, state=state), FETCHED, OPEN)
    assert (found.lines, found.attempt_state) == (ATTEMPT.lines, AttemptState.SUCCEEDED)


def test_a_booked_payment_is_never_booked_again() -> None:
    for status in ProviderStatus:
        fetched = replace(FETCHED, status=status)
        found = p.decide(ATTEMPT, fetched, OPEN, PaymentState.SUCCEEDED)
        assert (found.book, found.payment_state) == (False, PaymentState.SUCCEEDED)
        assert found.attempt_state is ATTEMPT.state
        assert found.review is (Review.REVERSED if status is ProviderStatus.REVERSED else None)


def test_a_reversal_before_booking_waits_for_the_staff() -> None:
    found = p.decide(ATTEMPT, replace(FETCHED, status=ProviderStatus.REVERSED), OPEN)
    assert (found.book, found.review) == (False, Review.REVERSED)
    assert found.payment_state is PaymentState.FAILED


@pytest.mark.parametrize(
    ("status", "payment", "attempt"),
    [
        (ProviderStatus.PENDING, PaymentState.PENDING, AttemptState.PENDING),
        (ProviderStatus.FAILED, PaymentState.FAILED, AttemptState.FAILED),
        (ProviderStatus.EXPIRED, PaymentState.FAILED, AttemptState.EXPIRED),
        (ProviderStatus.CANCELLED, PaymentState.FAILED, AttemptState.CANCELLED),
    ],
)
def test_what_brings_no_money(
    status: ProviderStatus, payment: PaymentState, attempt: AttemptState
) -> None:
    found = p.decide(ATTEMPT, replace(FETCHED, status=status), OPEN)
    assert found == Decision(payment, attempt)


def test_states_never_go_back() -> None:
    for current, reported in product(AttemptState, repeat=2):
        after = p.advance_attempt(current, reported)
        assert after in {current, reported}
        if current is AttemptState.SUCCEEDED:
            assert after is AttemptState.SUCCEEDED
        elif current not in p.OPEN_STATES:
            assert after is (reported if reported is AttemptState.SUCCEEDED else current)
    for order in permutations(PaymentState):
        state = PaymentState.PENDING
        for reported in order:
            state = p.advance_payment(state, reported)
        assert state is PaymentState.SUCCEEDED
    assert p.advance_payment(PaymentState.FAILED, PaymentState.PENDING) is PaymentState.FAILED


def test_only_an_open_attempt_can_be_acted_on() -> None:
    for state in AttemptState:
        if state in p.OPEN_STATES:
            p.check_open(state)
        else:
            with pytest.raises(p.AttemptClosed) as refused:
                p.check_open(state)
            assert refused.value.params == {"state": state.value}


def test_an_attempt_lives_half_an_hour() -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert p.expires_at(now) - now == timedelta(minutes=30)


def test_refunds_come_out_of_unused_credit_and_reserve_it() -> None:
    assert p.refundable_minor(100, 0, 0, 30) == 30
    assert p.refundable_minor(100, 80, 0, 30) == 20
    assert p.refundable_minor(100, 0, 20, 30) == 10
    assert p.refundable_minor(100, 0, 40, 30) == 0


End = tuple[AttemptState, dict[int, int], dict[str, PaymentState], dict[str, int], int]


@dataclass
class World:
    """What the storage would hold: balances, payment rows, receipts, the attempt."""

    attempt: AttemptFacts
    balances: dict[int, int] = field(default_factory=lambda: dict(OPEN))
    rows: dict[str, PaymentState] = field(default_factory=dict)
    receipts: dict[str, int] = field(default_factory=dict)
    credit: int = 0

    def take(self, fetched: ProviderPayment) -> None:
        key = fetched.provider_payment_id
        found = p.decide(self.attempt, fetched, self.balances, self.rows.get(key))
        self.rows[key] = found.payment_state
        self.attempt = replace(self.attempt, state=found.attempt_state)
        if not found.book:
            return
        self.receipts[key] = self.receipts.get(key, 0) + 1
        self.credit += found.credit_minor
        for line in found.lines:
            self.balances[line.document_id] -= line.amount_minor

    @property
    def end(self) -> End:
        return (self.attempt.state, self.balances, self.rows, self.receipts, self.credit)


@given(
    told=st.lists(
        st.tuples(
            st.sampled_from(["p1", "p2", "p3"]),
            st.sampled_from(
                [ProviderStatus.PENDING, ProviderStatus.FAILED, ProviderStatus.SUCCEEDED]
            ),
        ),
        max_size=8,
    ),
    state=st.sampled_from(AttemptState),
    seed=st.randoms(use_true_random=False),
)
def test_any_order_and_repetition_ends_in_the_same_state(
    told: list[tuple[str, ProviderStatus]], state: AttemptState, seed: random.Random
) -> None:
    start = replace(ATTEMPT, state=state, superseded=state is AttemptState.SUPERSEDED)
    events = [replace(FETCHED, provider_payment_id=key, status=status) for key, status in told]
    ends = []
    for _ in range(3):
        world = World(start)
        for event in events:
            world.take(event)
        ends.append(world.end)
        events = [*events, *seed.sample(events, k=len(events) // 2)]
        seed.shuffle(events)
    assert ends[0] == ends[1] == ends[2]
    paid = {key for key, status in told if status is ProviderStatus.SUCCEEDED}
    _, balances, rows, receipts, credit = ends[0]
    assert receipts == dict.fromkeys(paid, 1)
    applied = sum(OPEN.values()) - sum(balances.values())
    assert applied + credit == 100 * len(paid)
    assert all(rows[key] is PaymentState.SUCCEEDED for key in paid)
    assert all(left >= 0 for left in balances.values())
