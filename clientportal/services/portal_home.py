"""The portal's home: what a customer has to do now, over all companies of one space."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clientportal.domain import dates
from clientportal.domain import documents as rules
from clientportal.domain.actors import Customer
from clientportal.domain.documents import Badge, DocumentFacts, Kind, Lifecycle
from clientportal.domain.permissions import Permission
from clientportal.services.guards import require_customer
from clientportal.storage import companies as company_storage
from clientportal.storage import portal_home as storage
from clientportal.storage.models import Company
from clientportal.storage.portal_home import OpenDocument, OwedOn, ReceiptRow

TODO_ROWS = 6
LAST_RECEIPTS = 3


@dataclass(frozen=True, slots=True)
class Due:
    """What is owed in one currency, minor units. `next_*`: the earliest coming due date.

    What a payment in progress holds is part of the balance, but of nothing else: it is `paying_*`.
    """

    currency: str
    balance_minor: int
    count: int
    paying_minor: int
    paying_count: int
    overdue_minor: int
    overdue_count: int
    oldest_days: int
    next_on: date | None
    next_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class Payable:
    """What one press can pay: the overdue, or else everything, of one company and currency.

    Without what is being paid already and what the customer contests.
    """

    company_slug: str
    company_name: str
    currency: str
    amount_minor: int
    count: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class Todo:
    """A document that needs the customer soon, with the badge that it has everywhere.

    `overdue_days` is 0 unless it is late.
    """

    id: int
    kind: Kind
    number: str
    company: str
    currency: str
    balance_minor: int
    due_on: date
    overdue_days: int
    badge: Badge
    being_paid: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money received: `settles` are the numbers that it paid."""

    id: int
    kind: Kind
    number: str
    issued_on: date
    currency: str
    total_minor: int
    method: str
    company: str
    settles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Issuer:
    """A company of the space and the address that answers for it; empty when it has none."""

    slug: str
    name: str
    reply_email: str


@dataclass(frozen=True, slots=True)
class Home:
    """All that the home shows."""

    dues: tuple[Due, ...]
    payables: tuple[Payable, ...]
    todos: tuple[Todo, ...]
    todo_count: int
    receipts: tuple[Receipt, ...]
    issuers: tuple[Issuer, ...]

    @property
    def next_on(self) -> date | None:
        """The earliest coming due date of any currency."""
        return min((due.next_on for due in self.dues if due.next_on), default=None)


def read(session: Session, actor: Customer, *, now: datetime) -> Home:
    """The home of the actor's space at `now`; each company's own day decides what is late."""
    require_customer(actor, Permission.DOCUMENTS_READ)
    companies = {
        row.id: row for row in company_storage.all_visible(session, actor) if row.id is not None
    }
    todays = {key: dates.local_date(now, ZoneInfo(row.time_zone)) for key, row in companies.items()}
    owed = storage.owed(session, actor)
    until = max(todays.values(), default=now.date()) + timedelta(days=dates.DUE_SOON_DAYS)
    nearest = storage.nearest(session, actor, until, TODO_ROWS)
    return Home(
        dues=_dues(owed, todays, storage.credit(session, actor)),
        payables=_payables(owed, todays, companies),
        todos=tuple(_todo(row, todays[row.company_id], companies) for row in nearest),
        todo_count=sum(row.count for row in owed if row.due_on <= until or row.being_paid),
        receipts=_receipts(session, actor, companies),
        issuers=_issuers(companies.values()),
    )


def _dues(
    owed: Iterable[OwedOn], todays: Mapping[int, date], credit: Mapping[str, int]
) -> tuple[Due, ...]:
    """Per currency, the most overdue first; a currency with credit alone is not due."""
    groups: defaultdict[str, list[OwedOn]] = defaultdict(list)
    for row in owed:
        groups[row.currency].append(row)
    found = [_due(key, rows, todays, credit.get(key, 0)) for key, rows in groups.items()]
    return tuple(sorted(found, key=lambda due: (-due.oldest_days, due.currency)))


def _due(currency: str, rows: list[OwedOn], todays: Mapping[int, date], credit_minor: int) -> Due:
    paying = [row for row in rows if row.being_paid]
    late = [row for row in rows if not row.being_paid and row.due_on < todays[row.company_id]]
    coming = [row for row in rows if not row.being_paid and row.due_on >= todays[row.company_id]]
    next_on = min((row.due_on for row in coming), default=None)
    return Due(
        currency=currency,
        balance_minor=sum(row.balance_minor for row in rows),
        count=sum(row.count for row in rows),
        paying_minor=sum(row.balance_minor for row in paying),
        paying_count=sum(row.count for row in paying),
        overdue_minor=sum(row.balance_minor for row in late),
        overdue_count=sum(row.count for row in late),
        oldest_days=max(((todays[row.company_id] - row.due_on).days for row in late), default=0),
        next_on=next_on,
        next_minor=sum(row.balance_minor for row in coming if row.due_on == next_on),
        credit_minor=credit_minor,
    )


def _payables(
    owed: Iterable[OwedOn], todays: Mapping[int, date], companies: Mapping[int, Company]
) -> tuple[Payable, ...]:
    """One entry per company and currency that is owed, the overdue first."""
    groups: defaultdict[tuple[int, str], list[OwedOn]] = defaultdict(list)
    for row in owed:
        if not (row.being_paid or row.disputed):
            groups[row.company_id, row.currency].append(row)
    found = []
    for (company_id, currency), rows in groups.items():
        late = [row for row in rows if row.due_on < todays[company_id]]
        chosen = late or rows
        found.append(
            Payable(
                company_slug=companies[company_id].slug,
                company_name=companies[company_id].name,
                currency=currency,
                amount_minor=sum(row.balance_minor for row in chosen),
                count=sum(row.count for row in chosen),
                overdue=bool(late),
            )
        )
    return tuple(
        sorted(found, key=lambda pay: (not pay.overdue, -pay.count, pay.company_slug, pay.currency))
    )


def _todo(row: OpenDocument, today: date, companies: Mapping[int, Company]) -> Todo:
    facts = DocumentFacts(
        kind=row.kind,
        lifecycle=Lifecycle.ISSUED,
        total_minor=row.total_minor,
        balance_minor=row.balance_minor,
        due_on=row.due_on,
        disputed=row.disputed,
        being_paid=row.being_paid,
    )
    status = rules.status(facts, today)
    return Todo(
        id=row.id,
        kind=row.kind,
        number=row.number,
        company=companies[row.company_id].name,
        currency=row.currency,
        balance_minor=row.balance_minor,
        due_on=row.due_on,
        overdue_days=status.overdue_days,
        badge=rules.badge(row.kind, status, row.total_minor, row.balance_minor, row.due_on, today),
        being_paid=status.being_paid,
    )


def _receipts(
    session: Session, actor: Customer, companies: Mapping[int, Company]
) -> tuple[Receipt, ...]:
    rows = storage.receipts(session, actor, LAST_RECEIPTS)
    numbers: defaultdict[int, list[str]] = defaultdict(list)
    for credit_id, number in storage.settled_by(session, actor, [row.id for row in rows]):
        numbers[credit_id].append(number)
    return tuple(_receipt(row, tuple(numbers[row.id]), companies) for row in rows)


def _receipt(
    row: ReceiptRow, settles: tuple[str, ...], companies: Mapping[int, Company]
) -> Receipt:
    return Receipt(
        id=row.id,
        kind=row.kind,
        number=row.number,
        issued_on=row.issued_on,
        currency=row.currency,
        total_minor=row.total_minor,
        method=row.payment_method,
        company=companies[row.company_id].name,
        settles=settles,
    )


def _issuers(companies: Iterable[Company]) -> tuple[Issuer, ...]:
    rows = sorted(companies, key=lambda row: row.name.casefold())
    return tuple(Issuer(row.slug, row.name, row.reply_email) for row in rows)
