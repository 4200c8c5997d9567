"""The staff page Today: received, overdue and open per currency, ageing, and the newest events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clientportal.domain import dates
from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.ageing import BUCKETS
from clientportal.domain.permissions import Permission, may
from clientportal.services import audit
from clientportal.services import document_support as support
from clientportal.services.guards import require_staff
from clientportal.storage import accounts as account_storage
from clientportal.storage import today as storage

EVENTS = (
    "advance.issued",
    "allocation.reversed",
    "credit.applied",
    "credit.returned",
    "document.commented",
    "document.dispute_closed",
    "document.disputed",
    "document.issued",
    "document.voided",
    "documents.imported",
    "accounts.imported",
    "payment.failed",
    "payment.review",
    "receipt.issued",
)
"""Actions of the audit trail that the page shows."""
SHOWN = 12
CURRENT = BUCKETS[0]


@dataclass(slots=True)
class _Figures:
    received_minor: int = 0
    received_count: int = 0
    credit_minor: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BUCKETS, 0))
    ageing: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BUCKETS, 0))


@dataclass(frozen=True, slots=True)
class CurrencyFigures:
    """One currency, minor units. `ageing` has every bucket; overdue is all but "current"."""

    currency: str
    received_minor: int
    received_count: int
    overdue_minor: int
    overdue_count: int
    open_minor: int
    open_count: int
    credit_minor: int
    ageing: dict[str, int]


@dataclass(frozen=True, slots=True)
class Today:
    """`on` is the company's calendar day. Currencies that have nothing to show are left out, except
    the company's own. `account_names` has the accounts of the events by id, of those alone that the
    actor may read."""

    on: date
    currencies: tuple[CurrencyFigures, ...]
    events: tuple[audit.Event, ...]
    account_names: Mapping[int, str]


def figures(session: Session, actor: Actor, *, now: datetime) -> Today:
    """The figures of the actor's company at `now`; the day begins at midnight of its zone."""
    staff = require_staff(actor, Permission.DOCUMENTS_READ)
    company = support.company_of(session, staff, staff.company_id)
    today = support.today_of(company, now)
    start, end = dates.day_bounds(today, ZoneInfo(company.time_zone))
    found: dict[str, _Figures] = {code: _Figures() for code in company.currencies}
    for currency, amount, count in storage.received(session, staff, start, end):
        row = found.setdefault(currency, _Figures())
        row.received_minor, row.received_count = amount, count
    for currency, bucket, amount, count in storage.open_by_age(session, staff, today):
        row = found.setdefault(currency, _Figures())
        row.ageing[bucket], row.counts[bucket] = amount, count
    for currency, amount in storage.credit(session, staff):
        found.setdefault(currency, _Figures()).credit_minor = amount
    events = tuple(audit.timeline(session, staff, actions=EVENTS, limit=SHOWN))
    names = _names(session, staff, {event.account_id for event in events if event.account_id})
    rows = tuple(_currency(code, row) for code, row in found.items())
    return Today(today, rows, events, names)


def _names(session: Session, staff: Member | System, ids: set[int]) -> dict[int, str]:
    if not may(staff, Permission.ACCOUNTS_READ):
        return {}
    found = account_storage.by_ids(session, staff, sorted(ids))
    return {account.id: account.name for account in found if account.id is not None}


def _currency(code: str, row: _Figures) -> CurrencyFigures:
    owed, count = sum(row.ageing.values()), sum(row.counts.values())
    return CurrencyFigures(
        currency=code,
        received_minor=row.received_minor,
        received_count=row.received_count,
        overdue_minor=owed - row.ageing[CURRENT],
        overdue_count=count - row.counts[CURRENT],
        open_minor=owed,
        open_count=count,
        credit_minor=row.credit_minor,
        ageing=row.ageing,
    )
