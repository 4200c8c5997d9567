"""Money received: cash receipts applied to documents, and advances before any invoice."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session

from clientportal.domain import ledger
from clientportal.domain.actors import Actor
from clientportal.domain.documents import Kind, Lifecycle
from clientportal.domain.errors import Invalid, NotFound
from clientportal.domain.money import MAX_MINOR
from clientportal.domain.permissions import Permission, require
from clientportal.services import allocations
from clientportal.services import document_support as support
from clientportal.storage import documents as storage
from clientportal.storage import series, standings
from clientportal.storage.models import Document, DocumentSource


class MoreThanReceived(Invalid):
    """The shares of the documents are more than the money."""

    code = "more_than_received"


def book_receipt(
    session: Session,
    actor: Actor,
    *,
    company_id: int,
    account_id: int,
    currency: str,
    amount_minor: int,
    lines: Sequence[tuple[int, int]],
    method: str,
    received_on: date,
    now: datetime,
) -> Document:
    """Issue one cash receipt of the whole amount and apply it; the rest stays available on it.

    `lines` are (document id, minor units) of documents of this company, which may stand on other
    accounts of the same customer. The caller checks currency and time; whoever locks an attempt
    too must call `storage.series.lock(session, company_id, Kind.CASH_RECEIPT)` before it.
    Raises NotFound, MoreThanReceived, and what domain.ledger.check_allocation raises.
    """
    require(actor, Permission.PAYMENTS_RECORD)
    number = series.take(session, company_id, Kind.CASH_RECEIPT)[0]
    payables = support.locked(session, actor, [document_id for document_id, _ in lines])
    receipt = _issue(
        session,
        actor,
        kind=Kind.CASH_RECEIPT,
        number=number,
        account_id=account_id,
        currency=currency,
        amount_minor=amount_minor,
        method=method,
        on=received_on,
        now=now,
    )
    if receipt.company_id != company_id:
        raise NotFound()
    if sum(amount for _, amount in lines) > amount_minor:
        raise MoreThanReceived(field="amount")
    allocations.apply_locked(session, receipt, payables, lines, on=received_on, now=now)
    allocations.record(
        session, actor, "receipt.issued", receipt, now, documents=[key for key, _ in lines]
    )
    return receipt


def issue_advance(
    session: Session,
    actor: Actor,
    *,
    account_id: int,
    currency: str,
    amount_minor: int,
    method: str,
    received_on: date,
    concept: str,
    now: datetime,
) -> Document:
    """Issue an advance: money received before any invoice. Raises NotFound, NotPositive."""
    require(actor, Permission.PAYMENTS_RECORD)
    account = support.account_of(session, actor, account_id)
    number = series.take(session, account.company_id, Kind.ADVANCE)[0]
    advance = _issue(
        session,
        actor,
        kind=Kind.ADVANCE,
        number=number,
        account_id=account_id,
        currency=currency,
        amount_minor=amount_minor,
        method=method,
        on=received_on,
        now=now,
        concept=concept,
    )
    allocations.record(session, actor, "advance.issued", advance, now)
    return advance


def _issue(
    session: Session,
    actor: Actor,
    *,
    kind: Kind,
    number: str,
    account_id: int,
    currency: str,
    amount_minor: int,
    method: str,
    on: date,
    now: datetime,
    concept: str = "",
) -> Document:
    if amount_minor <= 0:
        raise ledger.NotPositive(field="amount")
    if amount_minor > MAX_MINOR:
        raise Invalid(code="amount_too_large", field="amount")
    account = support.account_of(session, actor, account_id)
    document = Document(
        company_id=account.company_id,
        account_id=account_id,
        kind=kind,
        lifecycle=Lifecycle.ISSUED,
        number=number,
        issued_on=on,
        due_on=on,
        currency=currency,
        net_minor=amount_minor,
        total_minor=amount_minor,
        balance_minor=amount_minor,
        payment_method=method[:40],
        concept=concept[:500],
        source=DocumentSource.PAYMENT,
        created_at=now,
        issued_at=now,
    )
    support.describe(document, account)
    session.add(document)
    session.flush()
    storage.put_search(session, document)
    standings.touch(session, account_id)
    return document
