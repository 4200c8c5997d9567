"""Receivables: every account that owes or has history, how late it is and how it can be reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from clientportal.domain import receivables as rules
from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.contactability import Segment
from clientportal.domain.document_filters import Cursor, SortField
from clientportal.domain.permissions import Permission
from clientportal.domain.receivables import (
    NEVER,
    Reach,
    ReceivableFilters,
    ReceivableSort,
    Situation,
)
from clientportal.services.guards import require_staff
from clientportal.storage import accounts as account_storage
from clientportal.storage import alerts as alert_storage
from clientportal.storage import companies as companies_storage
from clientportal.storage import receivables as storage
from clientportal.storage.models import Channel

PAGE = 50
OUT_OF_REACH = ReceivableFilters(reach=(Reach.UNREACHABLE, Reach.NO_DATA), owing=True)
WITH_ALERTS = ReceivableFilters(reach=(Reach.PROBLEMS,), owing=True)
"""What the page Today counts: who owes and cannot be reached, and who has an alert."""


@dataclass(frozen=True, slots=True)
class Contactability:
    """How an account can be reached: `alerted` of its `addresses` have an alert.

    `mail_alerted`: an e-mail is among them.
    """

    segment: Segment
    addresses: int
    alerted: int
    mail_alerted: bool


@dataclass(frozen=True, slots=True)
class Balance:
    """What is open in one currency, minor units."""

    currency: str
    owed_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class ReceivableRow:
    """One account. `days_late`: since its oldest due date; `oldest_due` None: it owes nothing.

    `disputed`: how many of its open documents are in dispute. `contacted_at`: when the last message
    left to it, by `channel` ("" when none ever did).
    """

    id: int
    code: str
    name: str
    tax_id_kind: str
    tax_id: str
    tags: tuple[str, ...]
    situation: Situation
    days_late: int
    disputed: int
    oldest_due: date | None
    balances: tuple[Balance, ...]
    contacted_at: datetime | None
    channel: str
    reach: Contactability


@dataclass(frozen=True, slots=True)
class ReceivablePage:
    """A page of the list; `total` stops at 10,000 and `capped` says so. Cursors go into the URL."""

    rows: tuple[ReceivableRow, ...]
    total: int
    capped: bool
    previous: str | None
    next: str | None


def listing(
    session: Session,
    actor: Actor,
    *,
    filters: ReceivableFilters,
    today: date,
    cursor: str | None = None,
    limit: int = PAGE,
) -> ReceivablePage:
    """A page of the tray in the filters' order (mission 98, 99). A forged cursor gives the first
    page. `today` is the company's."""
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    start = Cursor.parse(cursor, _CURSOR_TYPE[filters.sort])
    currency = filters.currency or _first_currency(session, staff)
    found = storage.page(
        session, staff, filters, currency=currency, cursor=start, limit=limit + 1, today=today
    )
    backwards = start is not None and start.back
    more = len(found) > limit
    found = found[-limit:] if backwards else found[:limit]
    total = storage.count(session, staff, filters, today)
    has_previous = more if backwards else start is not None
    return ReceivablePage(
        rows=tuple(_rows(session, staff, found, today)),
        total=min(total, storage.COUNT_CAP),
        capped=total > storage.COUNT_CAP,
        previous=_cursor(found[0], back=True) if found and has_previous else None,
        next=_cursor(found[-1], back=False) if found and (more or backwards) else None,
    )


def count(session: Session, actor: Actor, *, filters: ReceivableFilters, today: date) -> int:
    """How many accounts the filters leave, at most 10,001."""
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    return storage.count(session, staff, filters, today)


def choices(session: Session, actor: Actor) -> tuple[list[str], list[str]]:
    """(currencies in which something is open, tags in use), for the list's filters."""
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    _, tags = account_storage.values_in_use(session, staff)
    return list(storage.currencies(session, staff)), tags


def contactability(session: Session, actor: Actor, *, account_id: int) -> Contactability:
    """How one account can be reached; another company's has no data."""
    staff = require_staff(actor, Permission.ACCOUNTS_READ)
    row = account_storage.visible(session, staff, account_id)
    segment = row.segment if row else Segment.NO_DATA
    addresses = alert_storage.reach(session, staff, [account_id])[account_id]
    return _reach(segment, addresses)


_CURSOR_TYPE = {
    ReceivableSort.OLDEST: SortField.DUE_ON,
    ReceivableSort.BALANCE: SortField.TOTAL,
    ReceivableSort.NAME: SortField.NUMBER,
}


def _cursor(row: storage.Found, *, back: bool) -> str:
    return Cursor(row.place, row.id, back).encode()


def _first_currency(session: Session, staff: Member | System) -> str:
    company = companies_storage.visible(session, staff, staff.company_id)
    return company.currencies[0] if company and company.currencies else "COP"


def _reach(segment: Segment, addresses: Sequence[tuple[Channel, bool]]) -> Contactability:
    alerted = [channel for channel, is_alerted in addresses if is_alerted]
    return Contactability(segment, len(addresses), len(alerted), Channel.EMAIL in alerted)


def _rows(
    session: Session, staff: Member | System, found: Sequence[storage.Found], today: date
) -> list[ReceivableRow]:
    ids = [row.id for row in found]
    balances: dict[int, list[Balance]] = {}
    for owed in storage.owed(session, staff, ids):
        balances.setdefault(owed.account_id, []).append(
            Balance(owed.currency, owed.owed_minor, owed.credit_minor)
        )
    last = storage.last_messages(session, staff, ids)
    reach = alert_storage.reach(session, staff, ids)
    return [
        ReceivableRow(
            id=row.id,
            code=row.code,
            name=row.name,
            tax_id_kind=row.tax_id_kind,
            tax_id=row.tax_id,
            tags=tuple(row.tags),
            situation=rules.situation(row.oldest_due, today),
            days_late=max(0, (today - row.oldest_due).days),
            disputed=row.disputed_count,
            oldest_due=None if row.oldest_due == NEVER else row.oldest_due,
            balances=tuple(balances.get(row.id, ())),
            contacted_at=last[row.id].sent_at if row.id in last else None,
            channel=last[row.id].channel if row.id in last else "",
            reach=_reach(row.segment, reach[row.id]),
        )
        for row in found
    ]
