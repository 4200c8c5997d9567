"""Payments that a person must look at: when one waits, and what may be decided about it.

Source: contracts/payments.md §6 invariant 10 and §9 rule 3.
"""

from enum import StrEnum

from clientportal.domain.payments import PaymentState, Review

WAITING = frozenset(
    {
        Review.REFERENCE,
        Review.ENVIRONMENT,
        Review.CURRENCY,
        Review.AMOUNT,
        Review.REVERSED,
    }
)
"""Reasons for which somebody decides; the others are alerts about money that is booked."""

CUSTOMERS = frozenset({Review.AMOUNT, Review.CURRENCY})
"""Reasons with which the customer's own money has arrived: they are told not to pay again."""

CREDITABLE = frozenset({Review.REFERENCE, Review.CURRENCY, Review.AMOUNT})
"""Reasons with which money lies on the company's account; play money or a reversed one does not."""


class Outcome(StrEnum):
    """What a member decided about a payment in review."""

    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


def waits(state: PaymentState, review: str, *, booked: bool, decided: bool) -> bool:
    """Whether a payment waits for a decision. `booked`: it has a receipt."""
    if decided or state is not PaymentState.SUCCEEDED or review not in WAITING:
        return False
    return not booked or review == Review.REVERSED


def may_credit(review: str, amount_minor: int, *, booked: bool) -> bool:
    """Whether a waiting payment may become credit of its account."""
    return not booked and review in CREDITABLE and amount_minor > 0
