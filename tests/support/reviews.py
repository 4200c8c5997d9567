"""A payment in review, made as a gateway's answer makes it."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from clientportal.domain.actors import Customer
from clientportal.domain.payments import ProviderStatus
from clientportal.gateways.base import ProviderPayment
from clientportal.services import checkout, payment_checks
from clientportal.services.checkout import Choice
from clientportal.storage.models import PaymentAttempt


def in_review(
    session: Session, payer: Customer, document_id: int, *, now: datetime, **changes: Any
) -> int:
    """The payer pays a document and the gateway reports another amount; the attempt's id.

    `changes` are facts of the reported payment that differ from that.
    """
    attempt_id = checkout.begin(
        session, payer, choices=[Choice(document_id)], method="sandbox", now=now
    )
    attempt = session.get(PaymentAttempt, attempt_id)
    assert attempt is not None
    facts: dict[str, Any] = {
        "id": f"pay-{attempt.reference}",
        "reference": attempt.reference,
        "status": ProviderStatus.SUCCEEDED,
        "amount_minor": attempt.amount_minor - 100,
        "currency": attempt.currency,
        "livemode": False,
        "refunded_minor": 0,
        "occurred_at": now,
        "method": "card",
    }
    reported = ProviderPayment(**(facts | changes))
    payment_checks.apply(session, attempt_id, [reported], now=now)
    return attempt_id
