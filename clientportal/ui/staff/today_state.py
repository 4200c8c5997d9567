"""State of the staff page Today: figures of one currency, what waits, the newest events."""

from dataclasses import dataclass, field
from datetime import date
from functools import partial

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.ageing import BUCKETS, due_days
from clientportal.domain.document_filters import DocumentFilters, DocumentState, Sort, SortField
from clientportal.domain.permissions import Permission, may
from clientportal.domain.receivables import ReceivableFilters
from clientportal.services import (
    attempts,
    document_lists,
    payment_reviews,
    payments,
    receivables,
    today,
)
from clientportal.services.document_lists import DocumentRow
from clientportal.services.payments import AttemptView
from clientportal.services.today import CurrencyFigures
from clientportal.storage.session import run, unit_of_work
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.live_pages import watch
from clientportal.ui.session import change, read_together, utc_now
from clientportal.ui.staff.common import Place, enter, first, query_of
from clientportal.ui.staff.document_rows import Row, row_id, rows_of
from clientportal.ui.staff.pauses import pause_topics, show_pauses
from clientportal.ui.staff.review_rows import ReviewRow, review_row
from clientportal.ui.staff.timeline import EventLine, lines_of
from clientportal.ui.values import iso, url

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


class StaffToday(rx.State):
    """Everything is read again for the currency of the URL; only what is being released is kept."""

    loaded: bool = False
    on: str = ""
    shown: Figures = Figures()
    others: list[str] = []
    attempts: list[Attempt] = []
    reviews: list[ReviewRow] = []
    disputed: int = 0
    drafts: int = 0
    unreachable: int = 0
    alerted: int = 0
    latest: list[Row] = []
    events: list[EventLine] = []
    is_new: bool = False
    releasing: int = 0

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def load(self) -> None:
        """Read the figures of the company of the path."""
        await self._read()

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def refresh(self) -> None:
        """Something changed in this company."""
        await self._read()

    async def _read(self) -> None:
        place = await enter(self)
        topics = place.topics | await pause_topics(place)
        watch(self, topics, StaffToday.refresh)  # first: what commits from here on counts
        await show_pauses(self, place)
        found = await read_together(today.figures, place.actor, (), now=place.now)
        wanted = first(query_of(self), "currency", 3)
        known = {row.currency: row for row in found.currencies}
        row = known.get(wanted) or found.currencies[0]
        events = lines_of(found.events, place.base, found.account_names)
        held = await read_together(payments.open_views, place.actor, ())
        waiting = await read_together(payment_reviews.waiting, place.actor, ())
        may_edit = may(place.actor, Permission.DOCUMENTS_EDIT)
        quiet = not events and not any(known[code].open_count for code in known)
        self.events = events  # an answer always says what happened last
        change(
            self,
            on=iso(found.on),
            shown=figures_of(row, found.on),
            others=list(known) if len(known) > 1 else [],
            latest=rows_of(await _latest(place, row.currency)),
            attempts=[attempt_of(view, place.base) for view in held if not view.review],
            reviews=[review_row(view, place.base) for view in waiting],
            disputed=await _count(place, DocumentState.DISPUTED),
            drafts=await _count(place, DocumentState.DRAFT) if may_edit else 0,
            unreachable=await _accounts(place, receivables.OUT_OF_REACH),
            alerted=await _accounts(place, receivables.WITH_ALERTS),
            is_new=quiet and await _count(place, None) == 0,
        )
        self.loaded = True

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def show_currency(self, code: str) -> EventSpec:
        """Look at another currency: it becomes part of the address."""
        path = self.router.url.path.rstrip("/")
        return rx.redirect(url(path, {"currency": [code[:3] if isinstance(code, str) else ""]}))

    @rx.event(background=True)
    @staff(Permission.PAYMENTS_RELEASE)
    async def release(self, attempt_id: int) -> EventSpec:
        """Give the documents of an open payment free, after asking the gateway for the truth."""
        async with self:
            place = await enter(self)
            wanted = row_id(attempt_id)
            self.releasing = wanted
        try:
            act = partial(attempts.release, unit_of_work, place.actor, wanted, now=utc_now())
            await run(act)
        finally:
            async with self:
                self.releasing = 0
        return notice("attempt_released")


async def _latest(place: Place, currency: str) -> tuple[DocumentRow, ...]:
    """The documents that have been overdue longest."""
    return await read_together(
        document_lists.first_rows,
        place.actor,
        (currency,),
        filters=DocumentFilters(state=DocumentState.OVERDUE, currencies=(currency,)),
        sort=Sort(SortField.DUE_ON, descending=False),
        now=place.now,
        limit=SHOWN_LATE,
    )


async def _count(place: Place, state: DocumentState | None) -> int:
    filters = DocumentFilters(state=state)
    return await read_together(
        document_lists.count, place.actor, (state,), filters=filters, now=place.now
    )


async def _accounts(place: Place, filters: ReceivableFilters) -> int:
    if not may(place.actor, Permission.ACCOUNTS_READ):
        return 0
    return await read_together(
        receivables.count, place.actor, (filters,), filters=filters, today=place.today
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
