"""The staff page Today: money in, overdue and open per currency, who owes most, newest events."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

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
    "alert.removed",
    "alert.set",
    "allocation.reversed",
    "credit.applied",
    "credit.returned",
    "document.commented",
    "document.dispute_closed",
    "document.disputed",
    "document.imported",
    "document.issued",
    "document.seen",
    "document.sent",
    "document.voided",
    "documents.imported",
    "accounts.imported",
    "contacts.imported",
    "payment.attempt_released",
    "payment.failed",
    "payment.review",
    "payment.review_accepted",
    "payment.review_dismissed",
    "receipt.issued",
)
"""Actions of the audit trail that the page shows."""
SHOWN = 12
MONTHS = 12
DEBTORS = 8
"""Events, months of collection, and accounts that owe most, as the page shows them."""
CURRENT = BUCKETS[0]


@dataclass(frozen=True, slots=True)
class Month:
    """Money that came in from `first` to `last`, both included; minor units."""

    first: date
    last: date
    amount_minor: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Debtor:
    """What an account owes; `overdue_minor` is part of it. Minor units."""

    account_id: int
    name: str
    owed_minor: int
    overdue_minor: int
    count: int


@dataclass(slots=True)
class _Figures:
    months: list[Month]
    received_minor: int = 0
    received_count: int = 0
    credit_minor: int = 0
    debtors: list[Debtor] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BUCKETS, 0))
    ageing: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BUCKETS, 0))


@dataclass(frozen=True, slots=True)
class CurrencyFigures:
    """One currency, minor units. `ageing` and `ageing_counts` have every bucket; overdue is all but
    "current". `months` are twelve, newest first, this one until today; `debtors` the largest.

    Each figure is what the list of documents sums up with the same filters: money received is the
    total of receipts and advances that stand, by their date.
    """

    currency: str
    received_minor: int
    received_count: int
    overdue_minor: int
    overdue_count: int
    open_minor: int
    open_count: int
    credit_minor: int
    ageing: dict[str, int]
    ageing_counts: dict[str, int]
    months: tuple[Month, ...]
    debtors: tuple[Debtor, ...]


@dataclass(frozen=True, slots=True)
class Today:
    """`on` is the company's calendar day. Currencies that have nothing to show are left out, except
    the company's own. `account_names` has the accounts of the events by id, of those alone that the
    actor may read; without that right nobody is named as a debtor either."""

    on: date
    currencies: tuple[CurrencyFigures, ...]
    events: tuple[audit.Event, ...]
    account_names: Mapping[int, str]


def figures(session: Session, actor: Actor, *, now: datetime) -> Today:
    """The figures of the actor's company at `now`; the day begins at midnight of its zone."""
    staff = require_staff(actor, Permission.DOCUMENTS_READ)
    company = support.company_of(session, staff, staff.company_id)
    today = support.today_of(company, now)
    spans = dates.months_back(today, MONTHS)
    found = _Found(spans, company.currencies)
    found.collect(storage.collected(session, staff, spans[-1][0], today), today)
    for currency, bucket, amount, count in storage.open_by_age(session, staff, today):
        row = found.of(currency)
        row.ageing[bucket], row.counts[bucket] = amount, count
    for currency, amount in storage.credit(session, staff):
        found.of(currency).credit_minor = amount
    owing = storage.debtors(session, staff, today, DEBTORS)
    events = tuple(audit.timeline(session, staff, actions=EVENTS, limit=SHOWN))
    happened = {event.account_id for event in events if event.account_id}
    names = _names(session, staff, happened | {row.account_id for row in owing})
    found.name(owing, names)
    rows = tuple(_currency(code, row) for code, row in found.rows.items())
    return Today(today, rows, events, {key: names[key] for key in happened if key in names})


class _Found:
    """The figures by currency while they are gathered."""

    def __init__(self, spans: Sequence[tuple[date, date]], currencies: Iterable[str]) -> None:
        self._spans = spans
        self.rows: dict[str, _Figures] = {}
        for code in currencies:
            self.of(code)

    def of(self, currency: str) -> _Figures:
        if currency not in self.rows:
            self.rows[currency] = _Figures([Month(*span) for span in self._spans])
        return self.rows[currency]

    def collect(self, days: Collection[storage.Collected], today: date) -> None:
        for day in days:
            row = self.of(day.currency)
            newest = self._spans[0][0]
            place = (newest.year - day.on.year) * 12 + newest.month - day.on.month
            month = row.months[place]
            amount, count = month.amount_minor + day.amount_minor, month.count + day.count
            row.months[place] = Month(month.first, month.last, amount, count)
            if day.on == today:
                row.received_minor, row.received_count = day.amount_minor, day.count

    def name(self, owing: Iterable[storage.Owing], names: Mapping[int, str]) -> None:
        for row in owing:
            if row.account_id in names:
                figures = (row.owed_minor, row.overdue_minor, row.count)
                debtor = Debtor(row.account_id, names[row.account_id], *figures)
                self.of(row.currency).debtors.append(debtor)


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
        ageing_counts=row.counts,
        months=tuple(row.months),
        debtors=tuple(row.debtors),
    )
