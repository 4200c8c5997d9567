"""What was open at the end of any day, and its ageing (DESIGN §5, `open-items`)."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clientportal.domain import ageing
from clientportal.domain.actors import Actor
from clientportal.domain.permissions import Permission
from clientportal.services import document_support as support
from clientportal.services.guards import require_staff
from clientportal.storage import ledger as storage


def open_items(session: Session, actor: Actor, *, as_of: date) -> dict[str, Any]:
    """The JSON of DESIGN §5: {"as_of", "items", "ageing"}; dates as ISO texts, amounts minor units.

    Payable documents of the actor's company that were issued on or before the day and not settled
    on or before it, by due date and number. An annulled document is open until its annulment.
    """
    staff = require_staff(actor, Permission.DOCUMENTS_READ)
    company = support.company_of(session, staff, staff.company_id)
    documents = storage.documents_for_audit(
        session, staff, ZoneInfo(company.time_zone), storage.issued_by(as_of)
    )
    items = ageing.open_items(as_of, documents, storage.applied_by(session, staff, as_of))
    return {
        "as_of": as_of.isoformat(),
        "items": [_item(item) for item in items],
        "ageing": {currency: dict(sums) for currency, sums in ageing.ageing(items).items()},
    }


def _item(item: ageing.OpenItem) -> dict[str, Any]:
    return {
        "kind": item.kind.value,
        "number": item.number,
        "account": item.account,
        "currency": item.currency,
        "issued_on": item.issued_on.isoformat(),
        "due_on": item.due_on.isoformat() if item.due_on else None,
        "total_minor": item.total_minor,
        "balance_minor": item.balance_minor,
        "days_overdue": item.days_overdue,
    }
