"""Starting to pay: choose documents, freeze an attempt, open it, start again, release.

Every function is one step of DESIGN rule 1: the network call happens between two units of work,
made by `pay`, `check` and `replace` below with the units that the edge hands over.
"""

import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal import live, queue
from clientportal.domain.actors import Actor, Customer, Member
from clientportal.domain.documents import (
    PAYABLE,
    DocumentBeingPaid,
    Lifecycle,
    NotPayable,
)
from clientportal.domain.errors import Conflict, Invalid, NotFound
from clientportal.domain.payments import (
    OPEN_STATES,
    AttemptState,
    advance_attempt,
    check_open,
    expires_at,
)
from clientportal.domain.permissions import Permission, require
from clientportal.gateways import registry
from clientportal.gateways.base import (
    AttemptRequest,
    AutoForm,
    Gateway,
    GatewayError,
    Redirect,
)
from clientportal.services import audit, payments
from clientportal.settings import settings
from clientportal.storage import payments as store
from clientportal.storage.models import AttemptLine, Company, Document, PaymentAttempt

Units = Callable[[], AbstractContextManager[Session]]
MOST_DOCUMENTS = 200


class GatewayUnavailable(Conflict):
    """The provider could not be reached; nothing was charged."""

    code = "gateway_unavailable"
    status = 503


class PaymentPending(Conflict):
    """The provider is still confirming: nobody may pay the same again now."""

    code = "payment_pending"


@dataclass(frozen=True, slots=True)
class Choice:
    """A document to pay; `amount_minor` None means its whole balance."""

    document_id: int
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """Where the browser goes now."""

    attempt_id: int
    reference: str
    target: Redirect | AutoForm


def methods_of(company: Company) -> tuple[str, ...]:
    """Gateways by which this company takes money, in order (mission 58)."""
    shown = not settings().is_production or company.is_test
    return ("sandbox",) if shown else ()


def open_gateway(company: Company, code: str) -> Gateway:
    """The company's account at a gateway that it uses. Raises Invalid `method_unknown`."""
    if code not in methods_of(company):
        raise Invalid(code="method_unknown", field="method")
    return registry.gateway(code, account=company.slug, credentials={})


def pay(
    units: Units,
    actor: Customer,
    *,
    choices: Sequence[Choice],
    method: str,
    base_url: str,
    space: str,
    language: str,
    now: datetime,
) -> Opened:
    """Freeze an attempt for these documents and open it at the gateway.

    The same person choosing the same documents again while that attempt is open gets the same
    attempt. Raises Invalid, NotFound, NotPayable, DocumentBeingPaid, GatewayUnavailable.
    """
    with units() as session:
        attempt_id = begin(session, actor, choices=choices, method=method, now=now)
    return open_attempt(
        units,
        actor,
        attempt_id,
        base_url=base_url,
        space=space,
        language=language,
        now=now,
    )


def begin(
    session: Session,
    actor: Customer,
    *,
    choices: Sequence[Choice],
    method: str,
    now: datetime,
) -> int:
    """Check and freeze: documents of one company and currency, none being paid elsewhere.

    Returns the attempt's id. Raises as `pay`, without the gateway's errors.
    """
    require(actor, Permission.PAYMENTS_PAY)
    shares = _shares(choices)
    documents = store.lock_documents(session, actor, sorted(shares))
    if len(documents) != len(shares):
        raise NotFound()
    company = _one_company(session, documents)
    if method not in methods_of(company):
        raise Invalid(code="method_unknown", field="method")
    amounts = {_id(d): _amount(d, shares[_id(d)], company) for d in documents}
    held = store.open_attempts(session, list(amounts))
    if held:
        return _same_attempt(session, actor, held, amounts, method)
    return _freeze(session, actor, documents, amounts, method, now)


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
        gateway = open_gateway(company, attempt.gateway)
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


def start_again(units: Units, actor: Customer, reference: str, *, now: datetime) -> None:
    """Give up an open attempt: ask the gateway for the truth first, then supersede.

    Raises PaymentPending while the provider is confirming, AttemptClosed when it has ended
    meanwhile (perhaps paid), GatewayUnavailable when the truth is not known.
    """
    with units() as session:
        require(actor, Permission.PAYMENTS_PAY)
        attempt = store.attempt_by_reference(session, actor, reference)
        if attempt is None:
            raise NotFound()
        attempt_id = _id(attempt)
    _replace(units, actor, attempt_id, AttemptState.SUPERSEDED, now)


def release(units: Units, actor: Member, attempt_id: int, *, now: datetime) -> None:
    """Staff give the documents of an open attempt free; same questions first as `start_again`."""
    with units() as session:
        require(actor, Permission.PAYMENTS_RELEASE)
        if store.attempt(session, actor, attempt_id) is None:
            raise NotFound()
    _replace(units, actor, attempt_id, AttemptState.SUPERSEDED, now)


def _replace(units: Units, actor: Actor, attempt_id: int, to: AttemptState, now: datetime) -> None:
    if not payments.check(units, attempt_id, now=now):
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
        payments.finish_attempt(session, actor, attempt, "payment.attempt_released", now)


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


def _shares(choices: Sequence[Choice]) -> dict[int, int | None]:
    if not choices:
        raise Invalid(code="nothing_chosen", field="documents")
    if len(choices) > MOST_DOCUMENTS:
        raise Invalid(code="too_many_chosen", field="documents", most=MOST_DOCUMENTS)
    shares = {choice.document_id: choice.amount_minor for choice in choices}
    if len(shares) != len(choices):
        raise Invalid(code="chosen_twice", field="documents")
    return shares


def _one_company(session: Session, documents: Sequence[Document]) -> Company:
    if len({d.company_id for d in documents}) != 1:
        raise Invalid(code="one_company", field="documents")
    if len({d.currency for d in documents}) != 1:
        raise Invalid(code="one_currency", field="documents")
    return store.company(session, documents[0].company_id)


def _amount(document: Document, asked: int | None, company: Company) -> int:
    """The share to pay now. The live balance decides, not what the page showed (mission 50, 75)."""
    payable = document.kind in PAYABLE and document.lifecycle is Lifecycle.ISSUED
    if not payable or document.balance_minor <= 0:
        raise NotPayable(number=document.number or "")
    if asked is None or asked == document.balance_minor:
        return document.balance_minor
    if asked <= 0:
        raise Invalid(code="amount_not_positive", field="amount")
    if asked > document.balance_minor:
        raise Invalid(code="amount_above_balance", field="amount", number=document.number or "")
    if not company.allow_partial_payment:
        raise Invalid(code="partial_not_allowed", field="amount")
    return asked


def _same_attempt(
    session: Session,
    actor: Customer,
    held: Sequence[PaymentAttempt],
    amounts: dict[int, int],
    method: str,
) -> int:
    """The open attempt, when it is this person's own for exactly the same; else refuse."""
    if len(held) == 1 and held[0].user_id == actor.user_id and held[0].gateway == method:
        lines = {
            line.document_id: line.amount_minor for line in store.lines_of(session, _id(held[0]))
        }
        if lines == amounts and held[0].state is not AttemptState.PENDING:
            return _id(held[0])
    mine = next((a for a in held if a.user_id == actor.user_id), None)
    raise DocumentBeingPaid(reference=mine.reference if mine else "")


def _freeze(
    session: Session,
    actor: Customer,
    documents: Sequence[Document],
    amounts: dict[int, int],
    method: str,
    now: datetime,
) -> int:
    first = max(documents, key=lambda d: amounts[_id(d)])
    attempt = PaymentAttempt(
        company_id=first.company_id,
        account_id=first.account_id,
        user_id=actor.user_id,
        reference=new_reference(),
        gateway=method,
        currency=first.currency,
        amount_minor=sum(amounts.values()),
        created_at=now,
        expires_at=expires_at(now),
        check_at=expires_at(now),
    )
    session.add(attempt)
    session.flush()
    for document_id, amount in sorted(amounts.items()):
        session.add(
            AttemptLine(
                company_id=first.company_id,
                attempt_id=_id(attempt),
                document_id=document_id,
                amount_minor=amount,
            )
        )
    audit.record(
        session,
        actor,
        "payment.started",
        now=now,
        company_id=first.company_id,
        account_id=first.account_id,
        subject=("attempt", _id(attempt)),
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        documents=sorted(amounts),
    )
    payments.tell(session, attempt, sorted(amounts))
    return _id(attempt)


def new_reference() -> str:
    """Unique for ever, unguessable, ends in a letter (contracts/payments.md §9 rule 1)."""
    return f"CP-{secrets.token_hex(10).upper()}-P"


def _request(
    session: Session,
    actor: Customer,
    attempt: PaymentAttempt,
    company: Company,
    base_url: str,
    space: str,
    language: str,
) -> AttemptRequest:
    numbers = [number for _, number, _ in store.numbered_lines(session, _id(attempt))]
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
    payments.finish_attempt(session, actor, attempt, "payment.failed", now)


def _id(row: Document | PaymentAttempt) -> int:
    assert row.id is not None
    return row.id
