"""The life of a frozen attempt: opened at its gateway, started again, released.

The network call happens between two units of work that the edge hands over (DESIGN rule 1).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal import live, queue
from clientportal.domain.actors import Actor, Customer, Member
from clientportal.domain.errors import Conflict, NotFound
from clientportal.domain.payments import (
    OPEN_STATES,
    AttemptState,
    advance_attempt,
    check_open,
)
from clientportal.domain.permissions import Permission, require
from clientportal.gateways.base import (
    AttemptRequest,
    AutoForm,
    GatewayError,
    Redirect,
)
from clientportal.services import payment_checks, payment_methods
from clientportal.storage import payments as store
from clientportal.storage.models import Company, PaymentAttempt

Units = Callable[[], AbstractContextManager[Session]]


class GatewayUnavailable(Conflict):
    """The provider could not be reached; nothing was charged."""

    code = "gateway_unavailable"
    status = 503


class PaymentPending(Conflict):
    """The provider is still confirming: nobody may pay the same again now."""

    code = "payment_pending"


@dataclass(frozen=True, slots=True)
class Opened:
    """Where the browser goes now."""

    attempt_id: int
    reference: str
    target: Redirect | AutoForm


def open_attempt(
    units: Units,
    actor: Customer,
    attempt_id: int,
    *,
    base_url: str,
    space: str,
    language: str,
    now: datetime,
) -> Opened:
    """Ask the gateway for its page; idempotent by reference, a failed call charges nothing."""
    require(actor, Permission.PAYMENTS_PAY)
    with units() as session:
        attempt = store.attempt(session, actor, attempt_id)
        if attempt is None:
            raise NotFound()
        check_open(attempt.state)
        company = store.company(session, attempt.company_id)
        gateway = payment_methods.open_gateway(company, attempt.gateway)
        wanted = _request(session, actor, attempt, company, base_url, space, language)
        reference = attempt.reference
    try:
        target = gateway.create(wanted)
    except GatewayError as error:
        if error.permanent:
            with units() as session:
                _fail(session, actor, attempt_id, error.code, now)
        raise GatewayUnavailable(reason=error.code) from error
    with units() as session:
        _redirected(session, attempt_id, target)
    return Opened(attempt_id=attempt_id, reference=reference, target=target)


def start_again(units: Units, actor: Customer, reference: str, *, now: datetime) -> list[int]:
    """Give up an open attempt: ask the gateway for the truth first, then supersede.

    Returns the ids of the documents that it held and the actor may see, to choose them again.
    Raises PaymentPending while the provider is confirming, AttemptClosed when it has ended
    meanwhile (perhaps paid), GatewayUnavailable when the truth is not known.
    """
    with units() as session:
        require(actor, Permission.PAYMENTS_PAY)
        attempt = store.attempt_by_reference(session, actor, reference)
        if attempt is None:
            raise NotFound()
        attempt_id = _id(attempt)
        held = [row[0] for row in store.numbered_lines(session, actor, attempt_id)]
    _replace(units, actor, attempt_id, AttemptState.SUPERSEDED, now)
    return held


def release(units: Units, actor: Member, attempt_id: int, *, now: datetime) -> None:
    """Staff give the documents of an open attempt free; same questions first as `start_again`."""
    with units() as session:
        require(actor, Permission.PAYMENTS_RELEASE)
        if store.attempt(session, actor, attempt_id) is None:
            raise NotFound()
    _replace(units, actor, attempt_id, AttemptState.SUPERSEDED, now)


def _replace(units: Units, actor: Actor, attempt_id: int, to: AttemptState, now: datetime) -> None:
    if not payment_checks.check(units, attempt_id, now=now):
        raise GatewayUnavailable(reason="unknown")
    with units() as session:
        attempt = store.lock_attempt(session, attempt_id)
        if attempt is None:
            raise NotFound()
        check_open(attempt.state)
        if attempt.state is AttemptState.PENDING:
            raise PaymentPending()
        attempt.state = advance_attempt(attempt.state, to)
        attempt.superseded_at = now
        payment_checks.finish_attempt(session, actor, attempt, "payment.attempt_released", now)


def hint_return(session: Session, actor: Customer, reference: str) -> None:
    """The browser came back: look now instead of waiting for the notification. Once per attempt."""
    require(actor, Permission.PAYMENTS_PAY)
    attempt = store.attempt_by_reference(session, actor, reference)
    if attempt is None:
        raise NotFound()
    if attempt.state in OPEN_STATES:
        queue.enqueue(
            session,
            "check_attempt",
            f"check_attempt:{attempt.id}:return{attempt.checks}",
            _id(attempt),
        )


def _request(
    session: Session,
    actor: Customer,
    attempt: PaymentAttempt,
    company: Company,
    base_url: str,
    space: str,
    language: str,
) -> AttemptRequest:
    numbers = [number for _, number, _ in store.numbered_lines(session, actor, _id(attempt))]
    return AttemptRequest(
        reference=attempt.reference,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        description=", ".join(numbers)[:200],
        return_url=f"{base_url}/portal/{space}/pay/{attempt.reference}",
        notify_url=f"{base_url}/webhooks/{attempt.gateway}/{company.slug}",
        expires_at=attempt.expires_at,
        language=language,
        company_name=company.name,
        payer_name=actor.name,
        payer_email=actor.email,
    )


def _redirected(session: Session, attempt_id: int, target: Redirect | AutoForm) -> None:
    attempt = store.lock_attempt(session, attempt_id)
    if attempt is None or attempt.state is not AttemptState.CREATED:
        return
    attempt.state = advance_attempt(attempt.state, AttemptState.REDIRECTED)
    attempt.provider_id = target.provider_id or None
    attempt.redirect_url = target.url[:1000] if isinstance(target, Redirect) else ""
    session.add(attempt)
    live.changed(session, f"company:{attempt.company_id}", attempt_id)


def _fail(session: Session, actor: Actor, attempt_id: int, reason: str, now: datetime) -> None:
    attempt = store.lock_attempt(session, attempt_id)
    if attempt is None:
        return
    attempt.state = advance_attempt(attempt.state, AttemptState.FAILED)
    attempt.failure = reason[:100]
    payment_checks.finish_attempt(session, actor, attempt, "payment.failed", now)


def _id(attempt: PaymentAttempt) -> int:
    assert attempt.id is not None
    return attempt.id
