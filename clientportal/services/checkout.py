"""Starting to pay: choose documents and freeze an attempt for them."""

import secrets
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal.domain.actors import Customer
from clientportal.domain.documents import (
    PAYABLE,
    DocumentBeingPaid,
    DocumentInReview,
    Lifecycle,
    NotPayable,
)
from clientportal.domain.errors import Invalid, NotFound
from clientportal.domain.payments import AttemptState, expires_at
from clientportal.domain.permissions import Permission, require
from clientportal.services import attempts, audit, payment_checks, payment_methods
from clientportal.services.attempts import Opened
from clientportal.storage import payment_reviews as reviews
from clientportal.storage import payments as store
from clientportal.storage.models import AttemptLine, Company, Document, PaymentAttempt

Units = Callable[[], AbstractContextManager[Session]]
MOST_DOCUMENTS = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """A document to pay; `amount_minor` None means its whole balance."""

    document_id: int
    amount_minor: int | None = None


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
    attempt. Raises Invalid, NotFound, NotPayable, DocumentBeingPaid,
    DocumentInReview, GatewayUnavailable.
    """
    with units() as session:
        attempt_id = begin(session, actor, choices=choices, method=method, now=now)
    return attempts.open_attempt(
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
    if method not in payment_methods.methods_of(company):
        raise Invalid(code="method_unknown", field="method")
    amounts = {_id(d): _amount(d, shares[_id(d)], company) for d in documents}
    held = store.open_attempts(session, list(amounts))
    if held:
        return _same_attempt(session, actor, held, amounts, method)
    for document in documents:  # an attempt that expired holds nothing, its late money may
        if reviews.holds_customer(session, actor, _id(document)):
            raise DocumentInReview(number=document.number or "")
    return _freeze(session, actor, documents, amounts, method, now)


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
    accounts = {_id(document): document.account_id for document in documents}
    for document_id, amount in sorted(amounts.items()):
        session.add(
            AttemptLine(
                company_id=first.company_id,
                attempt_id=_id(attempt),
                document_id=document_id,
                account_id=accounts[document_id],
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
    payment_checks.tell(session, attempt, sorted(amounts))
    return _id(attempt)


def new_reference() -> str:
    """Unique for ever, unguessable, ends in a letter (contracts/payments.md §9 rule 1)."""
    return f"CP-{secrets.token_hex(10).upper()}-P"


def _id(row: Document | PaymentAttempt) -> int:
    assert row.id is not None
    return row.id
