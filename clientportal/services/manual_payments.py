"""Money that staff record by hand: for documents or as an advance, booked once per key."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clientportal.domain.actors import Actor
from clientportal.domain.documents import Kind
from clientportal.domain.errors import Conflict, Invalid, NotFound
from clientportal.domain.payments import PaymentState
from clientportal.domain.permissions import Permission, require
from clientportal.services import credit, receipts
from clientportal.services import document_support as support
from clientportal.storage import documents as storage
from clientportal.storage import ledger as ledger_storage
from clientportal.storage import series
from clientportal.storage.models import Account, Company, Document, Payment

METHODS = ("transfer", "cash", "card", "check", "other")
"""How money arrives outside the portal; codes, the words are `payment_methods.<code>`."""


def record(
    session: Session,
    actor: Actor,
    *,
    account_id: int,
    currency: str,
    amount_minor: int,
    lines: Sequence[tuple[int, int]] | None,
    method: str,
    received_on: date,
    client_key: str,
    now: datetime,
) -> Document:
    """Book money received: one cash receipt, applied to `lines`, or oldest first when None.

    `client_key` is made once per form: the same key again gives the same receipt and books nothing.
    Raises NotFound, Invalid (client_key, payment_method_invalid, currency_not_used,
    date_in_future, other_account, more_than_received, amount_*), Conflict ("key_used") for the same
    key with another amount, DocumentBeingPaid, and what domain.ledger.check_allocation raises.
    """
    require(actor, Permission.PAYMENTS_RECORD)
    account, company = _checked(session, actor, account_id, currency, method, received_on, now)
    series.lock(session, account.company_id, Kind.CASH_RECEIPT)
    key = _key(account.company_id, client_key)
    booked = _booked(session, actor, key, account_id, currency, amount_minor)
    if booked is not None:
        return booked
    if lines is None:
        lines, _ = credit.spread(session, actor, account_id, currency, amount_minor)
    documents = support.locked(session, actor, [document_id for document_id, _ in lines])
    support.same_account(documents.values(), account_id)
    support.check_not_being_paid(session, account.company_id, documents)
    receipt = receipts.book_receipt(
        session,
        actor,
        company_id=account.company_id,
        account_id=account_id,
        currency=currency,
        amount_minor=amount_minor,
        lines=lines,
        method=method,
        received_on=received_on,
        now=now,
    )
    _keep(session, company, receipt, key, received_on, now)
    return receipt


def record_advance(
    session: Session,
    actor: Actor,
    *,
    account_id: int,
    currency: str,
    amount_minor: int,
    method: str,
    received_on: date,
    client_key: str,
    now: datetime,
    concept: str = "",
) -> Document:
    """Book money received before any invoice as an advance. Errors and key as `record`."""
    require(actor, Permission.PAYMENTS_RECORD)
    account, company = _checked(session, actor, account_id, currency, method, received_on, now)
    series.lock(session, account.company_id, Kind.ADVANCE)
    key = _key(account.company_id, client_key)
    booked = _booked(session, actor, key, account_id, currency, amount_minor)
    if booked is not None:
        return booked
    advance = receipts.issue_advance(
        session,
        actor,
        account_id=account_id,
        currency=currency,
        amount_minor=amount_minor,
        method=method,
        received_on=received_on,
        concept=concept.strip(),
        now=now,
    )
    support.tell(session, advance)
    _keep(session, company, advance, key, received_on, now)
    return advance


def _checked(
    session: Session,
    actor: Actor,
    account_id: int,
    currency: str,
    method: str,
    received_on: date,
    now: datetime,
) -> tuple[Account, Company]:
    account = support.account_of(session, actor, account_id)
    company = support.company_of(session, actor, account.company_id)
    support.check_currency(company, currency)
    support.check_not_future(received_on, support.today_of(company, now), "received_on")
    if method not in METHODS:
        raise Invalid(code="payment_method_invalid", field="method")
    return account, company


def _key(company_id: int, client_key: str) -> str:
    """The stored key; the company in it keeps tenants from meeting in the unique index."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{8,64}", client_key):
        raise Invalid(code="client_key_invalid", field="client_key")
    return f"{company_id}:{client_key}"


def _booked(
    session: Session, actor: Actor, key: str, account_id: int, currency: str, amount_minor: int
) -> Document | None:
    payment = ledger_storage.payment_by_key(session, actor, key)
    if payment is None:
        return None
    same = (account_id, currency, amount_minor)
    if (payment.account_id, payment.currency, payment.amount_minor) != same:
        raise Conflict(code="key_used")
    if payment.receipt_id is None:
        raise NotFound()
    return support.found(session, actor, payment.receipt_id)


def _keep(
    session: Session, company: Company, receipt: Document, key: str, on: date, now: datetime
) -> None:
    """The payment's row. A day without an hour is noon in the company's zone."""
    zone = ZoneInfo(company.time_zone)
    noon = datetime.combine(on, time(12), zone)
    session.add(
        Payment(
            company_id=receipt.company_id,
            account_id=receipt.account_id,
            gateway=ledger_storage.MANUAL,
            provider_payment_id=key,
            method=receipt.payment_method,
            currency=receipt.currency,
            amount_minor=receipt.total_minor,
            state=PaymentState.SUCCEEDED,
            receipt_id=storage.identity(receipt),
            received_at=now if on == support.today_of(company, now) else noon,
            created_at=now,
        )
    )
    session.flush()
