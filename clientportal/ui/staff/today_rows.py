"""What the staff page Today shows: figures, what waits, the newest events, out of the ledger."""

from dataclasses import dataclass, field
from datetime import date

from sqlmodel import Session

from clientportal.domain.actors import Member
from clientportal.domain.ageing import BUCKETS, due_days
from clientportal.domain.document_filters import DocumentFilters, DocumentState, Sort, SortField
from clientportal.domain.permissions import Permission, may
from clientportal.domain.receivables import ReceivableFilters
from clientportal.services import (
    document_lists,
    payment_reviews,
    payments,
    receivables,
    today,
)
from clientportal.services.payments import AttemptView
from clientportal.services.today import CurrencyFigures
from clientportal.ui.staff.common import Place
from clientportal.ui.staff.document_rows import Row, rows_of
from clientportal.ui.staff.review_rows import ReviewRow, review_row
from clientportal.ui.staff.timeline import EventLine, lines_of
from clientportal.ui.values import iso

SHOWN_LATE = 6


@dataclass(frozen=True, slots=True)
class Age:
    """One bucket of what is open, due from `first` to `last`; "" where it has no such end."""

    currency: str = ""
    amount_minor: int = 0
    count: int = 0
    share: float = 0.0
    first: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class MonthBar:
    """Money of one month; `share` is its part of the largest month, 0 to 1."""

    currency: str
    first: str
    last: str
    amount_minor: int
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class DebtorBar:
    """What an account owes; the shares are parts of what the largest owes, 0 to 1."""

    id: int
    name: str
    currency: str
    owed_minor: int
    overdue_minor: int
    count: int
    overdue_share: float
    current_share: float


@dataclass(frozen=True, slots=True)
class Figures:
    """One currency; `overdue_share` is the part of what is open, 0 to 1, `since` the first day of
    the oldest month."""

    currency: str = ""
    received_minor: int = 0
    received_count: int = 0
    overdue_minor: int = 0
    overdue_count: int = 0
    overdue_share: float = 0.0
    open_minor: int = 0
    open_count: int = 0
    credit_minor: int = 0
    ageing: list[Age] = field(default_factory=lambda: [Age()] * len(BUCKETS))
    months: list[MonthBar] = field(default_factory=list)
    since: str = ""
    collected_minor: int = 0
    collected_count: int = 0
    debtors: list[DebtorBar] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A payment that is open at a gateway and holds its documents until it ends."""

    id: int
    payer: str
    numbers: str
    href: str
    amount_minor: int
    currency: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class Found:
    """What the page shows, by the names of its vars."""

    on: str
    shown: Figures
    others: list[str]
    attempts: list[Attempt]
    reviews: list[ReviewRow]
    disputed: int
    drafts: int
    unreachable: int
    alerted: int
    latest: list[Row]
    events: list[EventLine]
    is_new: bool


def found(session: Session, actor: Member, place: Place, wanted: str) -> Found:
    """The page in the currency `wanted`, or in the first that has something to show: one snapshot,
    and worked out once for all pages of the company that a change wakes."""
    read = today.figures(session, actor, now=place.now)
    known = {row.currency: row for row in read.currencies}
    row = known.get(wanted) or read.currencies[0]
    events = lines_of(read.events, place.base, read.account_names)
    held = payments.open_views(session, actor)
    late = document_lists.first_rows(
        session,
        actor,
        filters=DocumentFilters(state=DocumentState.OVERDUE, currencies=(row.currency,)),
        sort=Sort(SortField.DUE_ON, descending=False),
        now=place.now,
        limit=SHOWN_LATE,
    )

    def count(state: DocumentState | None) -> int:
        filters = DocumentFilters(state=state)
        return document_lists.count(session, actor, filters=filters, now=place.now)

    def accounts(filters: ReceivableFilters) -> int:
        if not may(actor, Permission.ACCOUNTS_READ):
            return 0
        return receivables.count(session, actor, filters=filters, today=place.today)

    quiet = not events and not any(figures.open_count for figures in read.currencies)
    waiting = payment_reviews.waiting(session, actor)
    return Found(
        on=iso(read.on),
        shown=figures_of(row, read.on),
        others=list(known) if len(known) > 1 else [],
        attempts=[attempt_of(view, place.base) for view in held if not view.review],
        reviews=[review_row(view, place.base) for view in waiting],
        disputed=count(DocumentState.DISPUTED),
        drafts=count(DocumentState.DRAFT) if may(actor, Permission.DOCUMENTS_EDIT) else 0,
        unreachable=accounts(receivables.OUT_OF_REACH),
        alerted=accounts(receivables.WITH_ALERTS),
        latest=rows_of(late),
        events=events,
        is_new=quiet and count(None) == 0,
    )


def figures_of(row: CurrencyFigures, today: date) -> Figures:
    return Figures(
        currency=row.currency,
        received_minor=row.received_minor,
        received_count=row.received_count,
        overdue_minor=row.overdue_minor,
        overdue_count=row.overdue_count,
        overdue_share=_share(row.overdue_minor, row.open_minor),
        open_minor=row.open_minor,
        open_count=row.open_count,
        credit_minor=row.credit_minor,
        ageing=_ages(row, today),
        months=_months(row),
        since=iso(row.months[-1].first),
        collected_minor=sum(month.amount_minor for month in row.months),
        collected_count=sum(month.count for month in row.months),
        debtors=_debtors(row),
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _ages(row: CurrencyFigures, today: date) -> list[Age]:
    return [
        Age(
            row.currency,
            row.ageing[bucket],
            row.ageing_counts[bucket],
            _share(row.ageing[bucket], row.open_minor),
            iso(first),
            iso(last),
        )
        for bucket, (first, last) in due_days(today).items()
    ]


def _months(row: CurrencyFigures) -> list[MonthBar]:
    largest = max(month.amount_minor for month in row.months)
    return [
        MonthBar(
            row.currency,
            iso(month.first),
            iso(month.last),
            month.amount_minor,
            month.count,
            _share(month.amount_minor, largest),
        )
        for month in row.months
    ]


def _debtors(row: CurrencyFigures) -> list[DebtorBar]:
    largest = max((debtor.owed_minor for debtor in row.debtors), default=0)
    return [
        DebtorBar(
            id=debtor.account_id,
            name=debtor.name,
            currency=row.currency,
            owed_minor=debtor.owed_minor,
            overdue_minor=debtor.overdue_minor,
            count=debtor.count,
            overdue_share=_share(debtor.overdue_minor, largest),
            current_share=_share(debtor.owed_minor - debtor.overdue_minor, largest),
        )
        for debtor in row.debtors
    ]


def attempt_of(view: AttemptView, base: str) -> Attempt:
    first_id = view.documents[0][0] if view.documents else 0
    return Attempt(
        id=view.id,
        payer=view.payer,
        numbers=", ".join(number for _, number, _ in view.documents),
        href=f"{base}/billing/{first_id}",
        amount_minor=view.amount_minor,
        currency=view.currency,
        expires_at=view.expires_at.isoformat(),
    )
