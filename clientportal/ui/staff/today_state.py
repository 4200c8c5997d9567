"""State of the staff page Today: figures of one currency, what waits, the newest events."""

from dataclasses import dataclass, field
from functools import partial

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.ageing import BUCKETS
from clientportal.domain.document_filters import DocumentFilters, DocumentState, Sort, SortField
from clientportal.domain.permissions import Permission, may
from clientportal.services import attempts, document_lists, payments, today
from clientportal.services.document_lists import DocumentPage
from clientportal.services.payments import AttemptView
from clientportal.services.today import CurrencyFigures
from clientportal.storage.session import run, unit_of_work
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.live_pages import watch
from clientportal.ui.session import read, utc_now
from clientportal.ui.staff.common import Place, enter, first, query_of
from clientportal.ui.staff.document_rows import Row, row_id, row_of
from clientportal.ui.staff.timeline import EventLine, lines_of
from clientportal.ui.values import iso, url

SHOWN_LATE = 6


@dataclass(frozen=True, slots=True)
class Figures:
    """One currency; `overdue_share` is the part of what is open, 0 to 1."""

    currency: str = ""
    received_minor: int = 0
    received_count: int = 0
    overdue_minor: int = 0
    overdue_count: int = 0
    overdue_share: float = 0.0
    open_minor: int = 0
    open_count: int = 0
    credit_minor: int = 0
    ageing: list[int] = field(default_factory=lambda: [0] * len(BUCKETS))


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
    disputed: int = 0
    drafts: int = 0
    latest: list[Row] = []
    events: list[EventLine] = []
    is_new: bool = False
    releasing: int = 0

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def load(self) -> None:
        """Read the figures of the company of the path."""
        await self._read()
        self.loaded = True

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def refresh(self) -> None:
        """Something changed in this company."""
        await self._read()

    async def _read(self) -> None:
        place = await enter(self)
        found = await read(today.figures, place.actor, now=place.now)
        wanted = first(query_of(self), "currency", 3)
        known = {row.currency: row for row in found.currencies}
        row = known.get(wanted) or found.currencies[0]
        self.on = iso(found.on)
        self.shown = figures_of(row)
        self.others = list(known) if len(known) > 1 else []
        self.events = lines_of(found.events, place.base, found.account_names)
        late = await _documents(place, DocumentState.OVERDUE, row.currency, SHOWN_LATE)
        self.latest = [row_of(found, place.base) for found in late.rows]
        held = await read(payments.open_views, place.actor)
        self.attempts = [attempt_of(view, place.base) for view in held]
        self.disputed = await _count(place, DocumentState.DISPUTED)
        may_edit = may(place.actor, Permission.DOCUMENTS_EDIT)
        self.drafts = await _count(place, DocumentState.DRAFT) if may_edit else 0
        quiet = not self.events and not any(known[code].open_count for code in known)
        self.is_new = quiet and await _count(place, None) == 0
        watch(self, place.topics, StaffToday.refresh)

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


async def _documents(
    place: Place, state: DocumentState | None, currency: str = "", limit: int = 1
) -> DocumentPage:
    """The documents of a state, due first; their count stops at the cap of lists."""
    return await read(
        document_lists.list_documents,
        place.actor,
        filters=DocumentFilters(state=state, currencies=(currency,) if currency else ()),
        sort=Sort(SortField.DUE_ON, descending=False),
        cursor="",
        now=place.now,
        limit=limit,
    )


async def _count(place: Place, state: DocumentState | None) -> int:
    return (await _documents(place, state)).count


def figures_of(row: CurrencyFigures) -> Figures:
    return Figures(
        currency=row.currency,
        received_minor=row.received_minor,
        received_count=row.received_count,
        overdue_minor=row.overdue_minor,
        overdue_count=row.overdue_count,
        overdue_share=row.overdue_minor / row.open_minor if row.open_minor else 0.0,
        open_minor=row.open_minor,
        open_count=row.open_count,
        credit_minor=row.credit_minor,
        ageing=[row.ageing[bucket] for bucket in BUCKETS],
    )


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
