"""Credit that an account has: applying, returning, taking back what was applied."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from clientportal.domain import ledger
from clientportal.domain.actors import Actor
from clientportal.domain.documents import CREDIT, NotCredit
from clientportal.domain.errors import NotFound
from clientportal.domain.permissions import Permission, require
from clientportal.services import allocations
from clientportal.services import document_support as support
from clientportal.storage import documents as storage
from clientportal.storage import ledger as ledger_storage
from clientportal.storage.models import CreditReturn, Document


@dataclass(frozen=True, slots=True)
class CreditBalance:
    """What an account has available in a currency: no table, a sum (DESIGN §1)."""

    account_id: int
    currency: str
    available_minor: int


def apply_credit(
    session: Session,
    actor: Actor,
    *,
    credit_id: int,
    lines: Sequence[tuple[int, int]] | None,
    now: datetime,
) -> Document:
    """Apply unused credit to payable documents of the same account; None: oldest first.

    Raises NotFound, NotCredit, OtherAccount, DocumentBeingPaid, and what
    domain.ledger.check_allocation raises.
    """
    require(actor, Permission.CREDIT_APPLY)
    seen = support.found(session, actor, credit_id)
    if seen.kind not in CREDIT:
        raise NotCredit()
    wanted = _oldest(session, actor, seen) if lines is None else lines
    documents = support.locked(session, actor, [credit_id, *(key for key, _ in wanted)])
    credit = documents.pop(credit_id)
    support.same_account(documents.values(), credit.account_id)
    support.check_not_being_paid(session, credit.company_id, documents)
    company = support.company_of(session, actor, credit.company_id)
    on = support.today_of(company, now)
    allocations.apply_locked(session, credit, documents, wanted, on=on, now=now)
    applied = {"amount_minor": sum(amount for _, amount in wanted)}
    allocations.record(
        session, actor, "credit.applied", credit, now, documents=list(documents), **applied
    )
    return credit


def _oldest(session: Session, actor: Actor, credit: Document) -> list[tuple[int, int]]:
    """The account's open documents, oldest first; those being paid right now are left out."""
    lines, _ = spread(session, actor, credit.account_id, credit.currency, credit.balance_minor)
    return lines


def spread(
    session: Session, actor: Actor, account_id: int, currency: str, amount_minor: int
) -> tuple[list[tuple[int, int]], int]:
    """Spread an amount over what the account owes, oldest first: (lines, rest in minor units).

    Also what a form shows before it is confirmed. Raises NotPositive, NotFound.
    """
    require(actor, Permission.DOCUMENTS_READ)
    account = support.account_of(session, actor, account_id)
    owed = ledger_storage.open_payables(session, actor, account_id, currency)
    held = storage.being_paid(session, account.company_id, [row.document_id for row in owed])
    free = [row for row in owed if row.document_id not in held]
    return ledger.oldest_first(amount_minor, free)


def return_credit(
    session: Session,
    actor: Actor,
    *,
    credit_id: int,
    amount_minor: int,
    returned_on: date,
    method: str,
    note: str,
    now: datetime,
) -> Document:
    """Write that unused credit was given back outside the portal.

    Raises NotFound, NotCredit, NotPositive, MoreThanBalance, DateInFuture, DocumentVoid.
    """
    require(actor, Permission.CREDIT_RETURN)
    credit = support.locked(session, actor, [credit_id])[credit_id]
    company = support.company_of(session, actor, credit.company_id)
    support.check_not_future(returned_on, support.today_of(company, now), "returned_on")
    moves = storage.moves(session, credit.company_id, [credit_id]).get(credit_id, [])
    day = ledger.allocation_date(returned_on, credit.issued_on)
    room = ledger.room(credit.total_minor, moves, day)
    side = ledger.Side(credit.kind, credit.lifecycle, credit.currency, room)
    ledger.check_return(amount_minor, side)
    session.add(
        CreditReturn(
            company_id=credit.company_id,
            document_id=credit_id,
            currency=credit.currency,
            amount_minor=amount_minor,
            returned_on=day,
            method=method[:40],
            note=note.strip()[:500],
            created_at=now,
        )
    )
    storage.settle(session, credit)
    support.tell(session, credit)
    allocations.record(session, actor, "credit.returned", credit, now, amount_minor=amount_minor)
    return credit


def reverse_allocation(
    session: Session, actor: Actor, *, allocation_id: int, now: datetime
) -> None:
    """Take an allocation back: a row with the opposite amount, dated today, never before it.

    Raises NotFound, AlreadyReversed, DocumentBeingPaid.
    """
    require(actor, Permission.CREDIT_APPLY)
    known = support.is_id(allocation_id)
    row = ledger_storage.allocation(session, actor, allocation_id) if known else None
    if row is None:
        raise NotFound()
    ids = [key for key in (row.document_id, row.credit_id) if key is not None]
    documents = support.locked(session, actor, ids)
    payable = documents[row.document_id]
    support.check_not_being_paid(session, payable.company_id, [row.document_id])
    company = support.company_of(session, actor, payable.company_id)
    rows = ledger_storage.allocations(session, actor, [row.document_id])
    back = ledger.reversal(row, support.today_of(company, now), rows)
    ledger_storage.add_reversal(session, payable.company_id, back, now)
    storage.settle_all(session, documents.values())
    support.tell(session, *documents.values())
    allocations.record(
        session, actor, "allocation.reversed", payable, now, amount_minor=row.amount_minor
    )


def balances(
    session: Session, actor: Actor, *, account_id: int | None = None
) -> list[CreditBalance]:
    """Available credit per account and currency of what the actor may see."""
    require(actor, Permission.DOCUMENTS_READ)
    ids = None if account_id is None else [account_id]
    return [CreditBalance(*row) for row in ledger_storage.available_credit(session, actor, ids)]
