"""Attempts to pay as their payer, or staff, may see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal.domain import payment_reviews as reviews
from clientportal.domain.actors import Actor
from clientportal.domain.errors import NotFound
from clientportal.domain.permissions import Permission, require
from clientportal.storage import payments as store
from clientportal.storage.models import Payment, PaymentAttempt


@dataclass(frozen=True, slots=True)
class AttemptView:
    """An attempt as its payer, or staff, may see it; amounts in minor units.

    `review`: the money has come, does not match, and waits for the company; `reviewed`: what the
    company decided about it, "" | accepted | dismissed.
    """

    id: int
    reference: str
    state: str
    company_id: int
    account_id: int
    method: str
    currency: str
    amount_minor: int
    expires_at: datetime
    redirect_url: str
    documents: tuple[tuple[int, str, int], ...]
    receipt_id: int | None
    credit: bool
    failure: str
    payer: str = ""
    review: bool = False
    reviewed: str = ""


def view(session: Session, actor: Actor, reference: str) -> AttemptView:
    """An attempt by its reference, with those of its documents that the actor may see.

    Raises NotFound when it is not the actor's to see.
    """
    require(actor, Permission.PAYMENTS_READ)
    attempt = store.attempt_by_reference(session, actor, reference[:40])
    if attempt is None:
        raise NotFound()
    return _views(session, actor, [attempt])[0]


def open_views(session: Session, actor: Actor) -> list[AttemptView]:
    """Attempts that hold documents of the actor's company now (staff: today, release)."""
    require(actor, Permission.PAYMENTS_READ)
    return _views(session, actor, store.open_attempts_of_company(session, actor))


def _views(session: Session, actor: Actor, attempts: Sequence[PaymentAttempt]) -> list[AttemptView]:
    ids = [_id(attempt) for attempt in attempts]
    payments = store.payments_of_each(session, ids)
    lines = store.lines_of_each(session, actor, ids)
    names = store.payers(session, attempts)
    return [
        _view(row, payments[_id(row)], lines[_id(row)], names.get(row.user_id, ""))
        for row in attempts
    ]


def _view(
    attempt: PaymentAttempt,
    found: Sequence[Payment],
    lines: Sequence[store.NumberedLine],
    payer: str,
) -> AttemptView:
    booked = [p for p in found if p.receipt_id is not None]
    return AttemptView(
        id=_id(attempt),
        reference=attempt.reference,
        state=attempt.state.value,
        company_id=attempt.company_id,
        account_id=attempt.account_id,
        method=attempt.gateway,
        currency=attempt.currency,
        amount_minor=attempt.amount_minor,
        expires_at=attempt.expires_at,
        redirect_url=attempt.redirect_url,
        documents=tuple(lines),
        receipt_id=booked[0].receipt_id if booked else None,
        credit=any(p.review_reason for p in booked),
        failure=attempt.failure,
        payer=payer,
        review=any(_in_review(p) for p in found),
        reviewed=next((p.review_outcome for p in found if p.review_outcome), ""),
    )


def _in_review(payment: Payment) -> bool:
    return payment.review_reason in reviews.CUSTOMERS and reviews.waits(
        payment.state,
        payment.review_reason,
        booked=payment.receipt_id is not None,
        decided=payment.reviewed_at is not None,
    )


def _id(row: PaymentAttempt) -> int:
    assert row.id is not None
    return row.id
