"""The truth about an attempt: asked of its gateway, decided, booked, told."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clientportal import live
from clientportal.domain import payment_reviews
from clientportal.domain import payments as rules
from clientportal.domain.actors import Actor, System
from clientportal.domain.documents import Kind
from clientportal.domain.payments import (
    OPEN_STATES,
    AttemptFacts,
    AttemptLine,
    AttemptState,
    Decision,
    PaymentState,
    ProviderStatus,
)
from clientportal.gateways.base import GatewayError, ProviderPayment
from clientportal.services import audit, payment_messages, payment_methods, receipts
from clientportal.storage import payments as store
from clientportal.storage import series
from clientportal.storage.models import Company, Payment, PaymentAttempt

Units = Callable[[], AbstractContextManager[Session]]

# Looks after the end of an attempt's life: late money is still found (contract §9 rule 5).
LATE_LOOKS = (
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)


def check(units: Units, attempt_id: int, *, now: datetime) -> bool:
    """Ask the gateway for the truth and apply it; False when it could not be asked."""
    with units() as session:
        attempt = store.lock_attempt(session, attempt_id)
        if attempt is None:
            return True
        company = store.company(session, attempt.company_id)
        if payment_methods.is_pretence(company, attempt.gateway):
            _end_pretence(session, attempt, now)
            return True
        gateway = payment_methods.gateway_of(company, attempt.gateway)
        reference, provider_id = attempt.reference, attempt.provider_id or ""
    try:
        found = (
            gateway.fetch(provider_id=provider_id)
            if provider_id
            else gateway.fetch(reference=reference)
        )
    except GatewayError:
        with units() as session:
            _look_again(session, attempt_id, now)
        return False
    with units() as session:
        apply(session, attempt_id, found, now=now)
    return True


def apply(
    session: Session,
    attempt_id: int,
    found: Sequence[ProviderPayment],
    *,
    now: datetime,
) -> None:
    """Store and book what the provider reports; again, in any order, it changes nothing more."""
    company_id = store.company_of_attempt(session, attempt_id)
    if company_id is None:
        return
    # Lock order of the house: number series, attempt, documents.
    series.lock(session, company_id, Kind.CASH_RECEIPT)
    attempt = store.lock_attempt(session, attempt_id)
    assert attempt is not None
    company = store.company(session, company_id)
    actor = System(company_id=company_id, name=attempt.gateway)
    for reported in sorted(found, key=lambda p: (p.occurred_at, p.id)):
        _apply_one(session, actor, company, attempt, reported, now)
    _expire(session, actor, attempt, now)


def _apply_one(
    session: Session,
    actor: System,
    company: Company,
    attempt: PaymentAttempt,
    reported: ProviderPayment,
    now: datetime,
) -> None:
    row = store.payment(session, attempt.gateway, reported.id)
    lines = store.lines_of(session, _id(attempt))
    ids = [line.document_id for line in lines]
    store.lock_documents(session, actor, ids)
    facts = AttemptFacts(
        reference=attempt.reference,
        state=attempt.state,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        livemode=payment_methods.gateway_of(company, attempt.gateway).capabilities.real_money,
        lines=tuple(AttemptLine(line.document_id, line.amount_minor) for line in lines),
        superseded=attempt.superseded_at is not None,
    )
    decision = rules.decide(
        facts,
        _in_our_words(reported),
        store.owing(session, ids),
        row.state if row else None,
    )
    payment = row or _new_payment(session, attempt, reported, now)
    before = (payment.state, attempt.state, payment.review_reason)
    waited = _waits(payment)
    if decision.review and decision.review.value != payment.review_reason:
        payment.review_reason = decision.review.value
        if payment.receipt_id is not None:  # credited after a review, and now taken back
            payment.reviewed_at = None
    payment.state = decision.payment_state
    session.add(payment)
    attempt.state = decision.attempt_state
    if decision.book:
        _book(session, actor, company, attempt, payment, decision, now)
    if before != (payment.state, attempt.state, payment.review_reason) or row is None:
        goes_to_review = _waits(payment) and not waited
        if goes_to_review:
            payment_messages.tell_review(session, company, attempt, payment, now=now)
        _note(session, actor, attempt, payment, now, in_review=goes_to_review)


def _waits(payment: Payment) -> bool:
    return payment_reviews.waits(
        payment.state,
        payment.review_reason,
        booked=payment.receipt_id is not None,
        decided=payment.reviewed_at is not None,
    )


def _book(
    session: Session,
    actor: System,
    company: Company,
    attempt: PaymentAttempt,
    payment: Payment,
    decision: Decision,
    now: datetime,
) -> None:
    receipt = receipts.book_receipt(
        session,
        actor,
        company_id=attempt.company_id,
        account_id=attempt.account_id,
        currency=payment.currency,
        amount_minor=payment.amount_minor,
        lines=[(line.document_id, line.amount_minor) for line in decision.lines],
        method=payment.method,
        received_on=payment.received_at.astimezone(ZoneInfo(company.time_zone)).date(),
        now=now,
    )
    payment.receipt_id = receipt.id
    session.add(payment)
    session.flush()
    payment_messages.plan(session, company, attempt, payment, decision, now=now)


def _note(
    session: Session,
    actor: System,
    attempt: PaymentAttempt,
    payment: Payment,
    now: datetime,
    *,
    in_review: bool,
) -> None:
    """Audit the change, free the documents of an ended attempt, tell open pages."""
    audit.record(
        session,
        actor,
        "payment.review" if in_review else f"payment.{payment.state.value}",
        now=now,
        company_id=attempt.company_id,
        account_id=attempt.account_id,
        subject=("attempt", _id(attempt)),
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        review=payment.review_reason,
        documents=[line.document_id for line in store.lines_of(session, _id(attempt))],
    )
    if attempt.state in OPEN_STATES:
        session.add(attempt)
        tell(
            session,
            attempt,
            [line.document_id for line in store.lines_of(session, _id(attempt))],
        )
    else:
        close_attempt(session, attempt, now)


def finish_attempt(
    session: Session, actor: Actor, attempt: PaymentAttempt, action: str, now: datetime
) -> None:
    """End an attempt that has reached an end state: free its documents, audit, tell."""
    audit.record(
        session,
        actor,
        action,
        now=now,
        company_id=attempt.company_id,
        account_id=attempt.account_id,
        subject=("attempt", _id(attempt)),
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
    )
    close_attempt(session, attempt, now)


def close_attempt(session: Session, attempt: PaymentAttempt, now: datetime) -> None:
    """Free the documents of an attempt that has reached an end state, and tell open pages."""
    attempt.finished_at = attempt.finished_at or now
    if attempt.state is AttemptState.SUCCEEDED:
        attempt.check_at = None
    session.add(attempt)
    session.flush()
    store.close_lines(session, _id(attempt))
    tell(
        session,
        attempt,
        [line.document_id for line in store.lines_of(session, _id(attempt))],
    )


def _expire(session: Session, actor: System, attempt: PaymentAttempt, now: datetime) -> None:
    """End an attempt whose time is over, and keep looking for late money for a day."""
    over = attempt.expires_at <= now
    if over and attempt.state in {AttemptState.CREATED, AttemptState.REDIRECTED}:
        attempt.state = AttemptState.EXPIRED
        finish_attempt(session, actor, attempt, "payment.expired", now)
    if attempt.state is not AttemptState.SUCCEEDED and over:
        late = next((look for look in LATE_LOOKS if attempt.expires_at + look > now), None)
        attempt.check_at = attempt.expires_at + late if late else None
        session.add(attempt)


def _end_pretence(session: Session, attempt: PaymentAttempt, now: datetime) -> None:
    """End what was begun while the company was a test: it takes no pretended money any more, so
    whatever the gateway would say, nothing may stay held for it."""
    if attempt.state in OPEN_STATES:
        actor = System(company_id=attempt.company_id, name=attempt.gateway)
        attempt.state = AttemptState.EXPIRED
        finish_attempt(session, actor, attempt, "payment.expired", now)
    attempt.check_at = None
    session.add(attempt)


def _look_again(session: Session, attempt_id: int, now: datetime) -> None:
    """The provider could not be asked: later, at growing intervals, never forgotten."""
    attempt = store.lock_attempt(session, attempt_id)
    if attempt is None:
        return
    attempt.checks += 1
    attempt.check_at = now + timedelta(seconds=min(15 * 2 ** min(attempt.checks, 7), 1800))
    session.add(attempt)


def tell(session: Session, attempt: PaymentAttempt, document_ids: Sequence[int]) -> None:
    """Live topics of everything that shows this attempt."""
    live.changed(session, f"company:{attempt.company_id}", _id(attempt))
    live.changed(session, f"account:{attempt.account_id}", _id(attempt))
    live.changed(session, f"attempt:{attempt.reference}", _id(attempt))
    for document_id in document_ids:
        live.changed(session, f"document:{document_id}", document_id)


def _new_payment(
    session: Session, attempt: PaymentAttempt, reported: ProviderPayment, now: datetime
) -> Payment:
    row = Payment(
        company_id=attempt.company_id,
        account_id=attempt.account_id,
        attempt_id=attempt.id,
        gateway=attempt.gateway,
        provider_payment_id=reported.id,
        method=reported.method[:40],
        currency=reported.currency,
        amount_minor=reported.amount_minor,
        state=PaymentState.PENDING,
        received_at=reported.occurred_at,
        created_at=now,
        raw={
            key: value for key, value in asdict(reported).items() if key in {"id", "status", "raw"}
        },
    )
    session.add(row)
    session.flush()
    return row


def _in_our_words(reported: ProviderPayment) -> rules.ProviderPayment:
    return rules.ProviderPayment(
        provider_payment_id=reported.id,
        reference=reported.reference,
        status=ProviderStatus(reported.status.value),
        amount_minor=reported.amount_minor,
        currency=reported.currency,
        livemode=reported.livemode,
        refunded_minor=reported.refunded_minor,
        occurred_at=reported.occurred_at,
        method=reported.method,
    )


def _id(row: PaymentAttempt) -> int:
    assert row.id is not None
    return row.id
