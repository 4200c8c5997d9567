"""State of the staff page Today: figures of one currency, what waits, the newest events."""

from dataclasses import fields
from functools import partial

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.permissions import Permission
from clientportal.services import attempts
from clientportal.storage.session import run, unit_of_work
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.live_pages import watch
from clientportal.ui.session import change, read_together, utc_now
from clientportal.ui.staff import today_rows
from clientportal.ui.staff.common import enter, first, query_of
from clientportal.ui.staff.document_rows import Row, row_id
from clientportal.ui.staff.pauses import pause_topics, show_pauses
from clientportal.ui.staff.review_rows import ReviewRow
from clientportal.ui.staff.timeline import EventLine
from clientportal.ui.staff.today_rows import Attempt, Figures
from clientportal.ui.values import url


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
        wanted = first(query_of(self), "currency", 3)
        found = await read_together(today_rows.found, place.actor, (wanted,), place, wanted)
        self.events = list(found.events)  # an answer always says what happened last
        change(self, **{f.name: _own(getattr(found, f.name)) for f in fields(found)})
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


def _own(value: object) -> object:
    """Pages that ask at once get one answer; each holds lists of its own."""
    return list(value) if isinstance(value, list) else value
