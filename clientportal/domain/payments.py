"""States of attempts and payments, and the decision what a fetched provider payment books.

Pure: the gateway's truth and today's balances come in, a decision comes out (contracts/payments.md
§6 invariants 4, 6, 7, 10 and §9 rules 2, 3, 5).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from clientportal.domain.errors import Conflict

ATTEMPT_LIFE = timedelta(minutes=30)


class AttemptState(StrEnum):
    """One try to pay, from the click to the answer."""

    CREATED = "created"
    REDIRECTED = "redirected"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


class PaymentState(StrEnum):
    """One charge of a provider. Succeeded is final; only refund rows take money back."""

    PENDING = "pending"
    FAILED = "failed"
    SUCCEEDED = "succeeded"


class ProviderStatus(StrEnum):
    """What an adapter reports, in our words."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REVERSED = "reversed"


OPEN_STATES = frozenset({AttemptState.CREATED, AttemptState.REDIRECTED, AttemptState.PENDING})
"""States in which an attempt holds its documents: shown as being paid, not payable again."""

_ENDS = frozenset(
    {
        AttemptState.SUCCEEDED,
        AttemptState.FAILED,
        AttemptState.EXPIRED,
        AttemptState.CANCELLED,
        AttemptState.SUPERSEDED,
    }
)
_LATE = frozenset({AttemptState.SUCCEEDED})
ATTEMPT_TRANSITIONS: Mapping[AttemptState, frozenset[AttemptState]] = {
    AttemptState.CREATED: _ENDS | {AttemptState.REDIRECTED, AttemptState.PENDING},
    AttemptState.REDIRECTED: _ENDS | {AttemptState.PENDING},
    AttemptState.PENDING: _ENDS,
    AttemptState.FAILED: _LATE,
    AttemptState.EXPIRED: _LATE,
    AttemptState.CANCELLED: _LATE,
    AttemptState.SUPERSEDED: _LATE,
    AttemptState.SUCCEEDED: frozenset(),
}
PAYMENT_TRANSITIONS: Mapping[PaymentState, frozenset[PaymentState]] = {
    PaymentState.PENDING: frozenset({PaymentState.FAILED, PaymentState.SUCCEEDED}),
    PaymentState.FAILED: frozenset({PaymentState.SUCCEEDED}),
    PaymentState.SUCCEEDED: frozenset(),
}


class AttemptClosed(Conflict):
    """The attempt has ended; `state` says how."""

    code = "attempt_closed"


class Review(StrEnum):
    """Why the staff must look at a payment. The first four book nothing."""

    REFERENCE = "reference"
    ENVIRONMENT = "environment"
    CURRENCY = "currency"
    AMOUNT = "amount"
    REVERSED = "reversed"
    SUPERSEDED = "superseded"
    OVERPAID = "overpaid"


def advance_attempt(current: AttemptState, reported: AttemptState) -> AttemptState:
    """The state after a report: an illegal move changes nothing (late, doubled, out of order)."""
    return reported if reported in ATTEMPT_TRANSITIONS[current] else current


def advance_payment(current: PaymentState, reported: PaymentState) -> PaymentState:
    """The state after a report: pending < failed < succeeded, never back."""
    return reported if reported in PAYMENT_TRANSITIONS[current] else current


def check_open(state: AttemptState) -> None:
    """Raises AttemptClosed unless the attempt may still be redirected, cancelled or superseded."""
    if state not in OPEN_STATES:
        raise AttemptClosed(state=state.value)


def expires_at(created_at: datetime) -> datetime:
    """When an attempt gives its documents free."""
    return created_at + ATTEMPT_LIFE


def refundable_minor(amount: int, refunded: int, reserved: int, available: int) -> int:
    """The most that may be refunded: unused credit, not more than captured less refunds already
    given or reserved (invariant 5). All in minor units of the payment's currency."""
    return max(0, min(available - reserved, amount - refunded - reserved))


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """A document of an attempt, or of a booking, with its share in minor units."""

    document_id: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """An attempt as frozen before the redirect; `superseded` stays true after a late success."""

    reference: str
    state: AttemptState
    amount_minor: int
    currency: str
    livemode: bool
    lines: tuple[AttemptLine, ...]
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """What the provider says when asked, in our words and minor units."""

    provider_payment_id: str
    reference: str
    status: ProviderStatus
    amount_minor: int
    currency: str
    livemode: bool
    refunded_minor: int = 0
    occurred_at: datetime | None = None
    method: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to store. `book` issues one cash receipt of the whole amount in this transaction.

    `lines` are allocated from it, `credit_minor` stays available on it. `review` with `book` is an
    alert to both sides; without, the payment row is kept and waits for the staff.
    """

    payment_state: PaymentState
    attempt_state: AttemptState
    book: bool = False
    lines: tuple[AttemptLine, ...] = ()
    credit_minor: int = 0
    review: Review | None = None


_PAYMENT_STATE = {
    ProviderStatus.PENDING: PaymentState.PENDING,
    ProviderStatus.SUCCEEDED: PaymentState.SUCCEEDED,
    ProviderStatus.FAILED: PaymentState.FAILED,
    ProviderStatus.EXPIRED: PaymentState.FAILED,
    ProviderStatus.CANCELLED: PaymentState.FAILED,
    ProviderStatus.REVERSED: PaymentState.FAILED,
}
_ATTEMPT_STATE = {
    ProviderStatus.PENDING: AttemptState.PENDING,
    ProviderStatus.SUCCEEDED: AttemptState.SUCCEEDED,
    ProviderStatus.FAILED: AttemptState.FAILED,
    ProviderStatus.EXPIRED: AttemptState.EXPIRED,
    ProviderStatus.CANCELLED: AttemptState.CANCELLED,
    ProviderStatus.REVERSED: AttemptState.FAILED,
}


def mismatch(attempt: AttemptFacts, fetched: ProviderPayment) -> Review | None:
    """The first thing in which the provider's payment is not the attempt's (invariant 10)."""
    if fetched.reference != attempt.reference:
        return Review.REFERENCE
    if fetched.livemode != attempt.livemode:
        return Review.ENVIRONMENT
    if fetched.currency != attempt.currency:
        return Review.CURRENCY
    return Review.AMOUNT if fetched.amount_minor != attempt.amount_minor else None


def decide(
    attempt: AttemptFacts,
    fetched: ProviderPayment,
    open_balances: Mapping[int, int],
    stored: PaymentState | None = None,
) -> Decision:
    """What a fetched provider payment changes; deciding twice changes nothing the second time.

    `open_balances`: document id -> what can still be paid, read under lock; 0 or absent for paid
    and void documents. `stored`: the state of this provider payment's row, None if there is none.
    Once the row says succeeded nothing is booked again, whatever arrives.
    """
    if stored is PaymentState.SUCCEEDED:
        reversed_now = fetched.status is ProviderStatus.REVERSED
        review = Review.REVERSED if reversed_now else None
        return Decision(stored, attempt.state, review=review)
    payment = advance_payment(stored or PaymentState.PENDING, _PAYMENT_STATE[fetched.status])
    problem = mismatch(attempt, fetched)
    if problem is not None:
        return Decision(payment, _held(attempt, fetched, problem), review=problem)
    state = advance_attempt(attempt.state, _ATTEMPT_STATE[fetched.status])
    if fetched.status is ProviderStatus.REVERSED:
        return Decision(payment, state, review=Review.REVERSED)
    if fetched.status is not ProviderStatus.SUCCEEDED:
        return Decision(payment, state)
    return _book(attempt, fetched, open_balances, state)


def _held(attempt: AttemptFacts, fetched: ProviderPayment, problem: Review) -> AttemptState:
    """A wrong amount or currency was still paid by this customer: the attempt waits, so that
    nobody pays again. Another reference or environment is not this attempt's business."""
    ours = problem in {Review.AMOUNT, Review.CURRENCY}
    if ours and fetched.status is ProviderStatus.SUCCEEDED:
        return advance_attempt(attempt.state, AttemptState.PENDING)
    return attempt.state


def _book(
    attempt: AttemptFacts,
    fetched: ProviderPayment,
    open_balances: Mapping[int, int],
    state: AttemptState,
) -> Decision:
    late = attempt.superseded or attempt.state is AttemptState.SUPERSEDED
    taken = () if late else attempt.lines
    lines = tuple(
        AttemptLine(line.document_id, part)
        for line in taken
        if (part := min(line.amount_minor, open_balances.get(line.document_id, 0))) > 0
    )
    credit = fetched.amount_minor - sum(line.amount_minor for line in lines)
    review = (Review.SUPERSEDED if late else Review.OVERPAID) if credit else None
    return Decision(PaymentState.SUCCEEDED, state, True, lines, credit, review)
