"""How money and credit are written against documents, for the use cases that move them."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session

from clientportal.domain import ledger
from clientportal.domain.actors import Actor
from clientportal.services import document_support as support
from clientportal.storage import documents as storage
from clientportal.storage import ledger as ledger_storage
from clientportal.storage.models import Document


def apply_locked(
    session: Session,
    credit: Document,
    payables: dict[int, Document],
    lines: Sequence[tuple[int, int]],
    *,
    on: date,
    now: datetime,
) -> None:
    """Write the allocations and settle both sides. All documents are locked by the caller."""
    key = storage.identity(credit)
    moves = storage.moves(session, credit.company_id, [key, *payables])
    for document_id, amount in lines:
        payable = payables[document_id]
        day = ledger.allocation_date(on, credit.issued_on, payable.issued_on)
        sides = [
            ledger.Side(
                document.kind,
                document.lifecycle,
                document.currency,
                ledger.room(document.total_minor, moves.get(storage.identity(document), []), day),
            )
            for document in (credit, payable)
        ]
        ledger.check_allocation(amount, sides[0], sides[1])
        ledger_storage.add(session, credit, payable, amount, day, now)
        for changed in (key, document_id):
            moves.setdefault(changed, []).append(storage.Move(amount, day))
        payable.payment_method = credit.payment_method or payable.payment_method
    storage.settle_all(session, [credit, *payables.values()])
    support.tell(session, credit, *payables.values())


def record(
    session: Session, actor: Actor, action: str, document: Document, now: datetime, **more: object
) -> None:
    """Audit what happened to a receipt or credit: its kind, number and amount."""
    data = {"currency": document.currency, "amount_minor": document.total_minor}
    support.audited(session, actor, action, document, now, **(data | more))
