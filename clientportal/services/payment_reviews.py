"""Payments that do not match their attempt: what waits, and the decision of a member.

Accepted, the money that came is a cash receipt whose whole balance is credit of the account;
dismissed, the payment stays on record with the reason. Both give the documents free
(contracts/payments.md §6 invariant 10, §9 rule 3).
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clientportal import live
from clientportal.domain import payment_reviews as rules
from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.documents import Kind
from clientportal.domain.errors import Conflict, NotFound
from clientportal.domain.payment_reviews import Outcome
from clientportal.domain.payments import AttemptState, PaymentState, advance_attempt
from clientportal.domain.permissions import Permission, require
from clientportal.services import audit, payment_checks, payment_messages, receipts
from clientportal.services import document_support as support
from clientportal.services.guards import require_staff
from clientportal.storage import payment_reviews as storage
from clientportal.storage import payments as store
from clientportal.storage import series
from clientportal.storage.models import Document, Payment, PaymentAttempt


class ReviewDecided(Conflict):
    """Somebody has decided about this payment already, or it never waited."""

    code = "review_decided"


class NotCreditable(Conflict):
    """No money of this payment lies on the company's account: it can only be dismissed."""

    code = "review_no_money"


@dataclass(frozen=True, slots=True)
class ReviewView:
    """A payment that waits; amounts in minor units. `expected_*` is what the attempt was for.

    `documents` are (id, number) of the attempt; `creditable` says whether it may be accepted.
    """

    id: int
    attempt_id: int
    reason: str
    amount_minor: int
    currency: str
    expected_minor: int
    expected_currency: str
    received_at: datetime
    account_id: int
    account: str
    payer: str
    documents: tuple[tuple[int, str], ...]
    receipt_id: int | None
    creditable: bool


def waiting(
    session: Session, actor: Actor, *, document_id: int | None = None
) -> tuple[ReviewView, ...]:
    """Payments in review of the actor's company, newest first; of one document when named."""
    staff = require_staff(actor, Permission.PAYMENTS_READ)
    return tuple(_view(session, staff, row) for row in storage.waiting(session, staff, document_id))


def accept(session: Session, actor: Actor, *, payment_id: int, now: datetime) -> Document:
    """Book the money that came as credit of the account; the cash receipt.

    Raises NotFound, ReviewDecided, NotCreditable.
    """
    require(actor, Permission.PAYMENTS_RELEASE)
    payment, attempt = _locked(session, actor, payment_id)
    booked = payment.receipt_id is not None
    if not rules.may_credit(payment.review_reason, payment.amount_minor, booked=booked):
        raise NotCreditable()
    company = store.company(session, payment.company_id)
    receipt = receipts.book_receipt(
        session,
        actor,
        company_id=payment.company_id,
        account_id=payment.account_id,
        currency=payment.currency,
        amount_minor=payment.amount_minor,
        lines=[],
        method=payment.method,
        received_on=payment.received_at.astimezone(ZoneInfo(company.time_zone)).date(),
        now=now,
    )
    payment.receipt_id = receipt.id
    _decide(session, actor, payment, attempt, Outcome.ACCEPTED, "", now)
    payment_messages.tell_credited(session, company, attempt, payment, receipt, now=now)
    return receipt


def dismiss(session: Session, actor: Actor, *, payment_id: int, reason: str, now: datetime) -> None:
    """Write down that nothing of this payment is ours to book, and why.

    Raises NotFound, ReviewDecided, Invalid ("required", "too_long") for `reason`.
    """
    require(actor, Permission.PAYMENTS_RELEASE)
    payment, attempt = _locked(session, actor, payment_id)
    note = support.check_text(reason, "reason", required=True)
    _decide(session, actor, payment, attempt, Outcome.DISMISSED, note, now)


def _locked(session: Session, actor: Actor, payment_id: int) -> tuple[Payment, PaymentAttempt]:
    """The payment and its attempt, in the lock order of the house; it must wait."""
    seen = storage.visible(session, actor, payment_id) if support.is_id(payment_id) else None
    if seen is None or seen.attempt_id is None:
        raise NotFound()
    series.lock(session, seen.company_id, Kind.CASH_RECEIPT)
    attempt = store.lock_attempt(session, seen.attempt_id)
    payment = storage.lock(session, actor, payment_id)
    if payment is None or attempt is None:
        raise NotFound()
    if not rules.waits(
        payment.state,
        payment.review_reason,
        booked=payment.receipt_id is not None,
        decided=payment.reviewed_at is not None,
    ):
        raise ReviewDecided()
    return payment, attempt


def _decide(
    session: Session,
    actor: Actor,
    payment: Payment,
    attempt: PaymentAttempt,
    outcome: Outcome,
    note: str,
    now: datetime,
) -> None:
    payment.reviewed_at, payment.review_outcome, payment.review_note = now, outcome.value, note
    session.add(payment)
    session.flush()
    lines = [line.document_id for line in store.lines_of(session, _id(attempt))]
    audit.record(
        session,
        actor,
        f"payment.review_{outcome.value}",
        now=now,
        company_id=payment.company_id,
        account_id=payment.account_id,
        subject=("attempt", _id(attempt)),
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        review=payment.review_reason,
        reason=note,
        documents=lines,
    )
    if attempt.state is AttemptState.PENDING and not _others_open(session, attempt, payment):
        end = AttemptState.SUCCEEDED if outcome is Outcome.ACCEPTED else AttemptState.CANCELLED
        attempt.state = advance_attempt(attempt.state, end)
        payment_checks.close_attempt(session, attempt, now)
    else:
        payment_checks.tell(session, attempt, lines)
    if payment.receipt_id is not None:
        live.changed(session, f"document:{payment.receipt_id}", payment.receipt_id)


def _others_open(session: Session, attempt: PaymentAttempt, decided: Payment) -> bool:
    """Whether the bank, or the staff, still has another payment of this attempt to confirm."""
    return any(
        other.state is PaymentState.PENDING
        or rules.waits(
            other.state,
            other.review_reason,
            booked=other.receipt_id is not None,
            decided=other.reviewed_at is not None,
        )
        for other in store.payments_of(session, _id(attempt))
        if other.id != decided.id
    )


def _view(session: Session, actor: Member | System, row: storage.Waiting) -> ReviewView:
    payment, attempt = row.payment, row.attempt
    assert payment.id is not None
    numbered = store.numbered_lines(session, actor, _id(attempt))
    booked = payment.receipt_id is not None
    return ReviewView(
        id=payment.id,
        attempt_id=_id(attempt),
        reason=payment.review_reason,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        expected_minor=attempt.amount_minor,
        expected_currency=attempt.currency,
        received_at=payment.received_at,
        account_id=payment.account_id,
        account=row.account,
        payer=row.payer or "",
        documents=tuple((key, number) for key, number, _ in numbered),
        receipt_id=payment.receipt_id,
        creditable=rules.may_credit(payment.review_reason, payment.amount_minor, booked=booked),
    )


def _id(row: PaymentAttempt) -> int:
    assert row.id is not None
    return row.id
