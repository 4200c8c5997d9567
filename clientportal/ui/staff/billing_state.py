"""State of the staff's list of documents: the URL says what is shown, the cookie who sees it."""

from typing import NamedTuple

import reflex as rx
from reflex.event import EventSpec
from sqlmodel import Session

from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.errors import NotFound
from clientportal.domain.permissions import Permission
from clientportal.services import account_views, document_lists
from clientportal.services.document_lists import DocumentPage, FilterChoices
from clientportal.ui.documents.held import gone_from, held, with_left
from clientportal.ui.documents.list_state import DocumentListState, values_of
from clientportal.ui.documents.picking import Picking
from clientportal.ui.gate import staff
from clientportal.ui.live_pages import watch
from clientportal.ui.session import read
from clientportal.ui.staff.common import Place, enter, first
from clientportal.ui.staff.document_rows import Row, rows_of
from clientportal.ui.staff.send_state import StaffSend
from clientportal.ui.values import plain

PAGE_SIZE = 50
CHOICES = frozenset({"currency", "kind", "state", "sort", "account"})


class StaffBilling(Picking, DocumentListState, rx.State):
    """One page of documents; everything is rebuilt from the URL."""

    rows: list[Row] = []
    waiting: int = 0
    behind: int = 0
    clear_href: str = ""
    account_name: str = ""
    ignored: bool = False

    @rx.var
    def all_picked(self) -> bool:
        rows = plain(self.rows)
        return bool(rows) and {row.id for row in rows} <= set(self.picked)

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def load(self) -> None:
        """Read the page of the URL."""
        await self._read()
        (await self.get_state(StaffSend))._arrive()
        self.loaded = True

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def refresh(self) -> None:
        """Something changed in this company: the rows in place, and what is still picked.

        A row that leaves the filter stays, dimmed; new rows wait behind a bar, which knows whether
        anybody is reading (looks.md §5).
        """
        shown = plain(self.rows)
        place = await self._read()
        filters = DocumentFilters.parse(self._query())
        now_here = plain(self.rows)
        gone = await gone_from(place.actor, shown, now_here, filters, rows_of)
        self.rows, self.waiting = held(shown, now_here, gone)
        if self.picked:
            rows = await read(
                document_lists.rows_of,
                place.actor,
                document_ids=self.picked,
                filters=DocumentFilters(),
                now=place.now,
            )
            known = {row.id for row in rows}
            self.picked = [key for key in self.picked if key in known]

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def show_new(self) -> None:
        """Show the rows that waited; those that left the filter stay where they stand."""
        rows = plain(self.rows)
        before, left = [row.id for row in rows], [row for row in rows if row.left]
        await self._read()
        self.rows = with_left(plain(self.rows), left, before)

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def pick(self, document_id: int, on: bool) -> None:
        """Tick or untick one document of this page."""
        self._pick([row.id for row in self.rows if row.id == document_id], on)

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def pick_all(self, on: bool) -> None:
        """Tick or untick every document of this page."""
        self._pick([row.id for row in self.rows], on)

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def pick_none(self) -> None:
        """Untick everything, on other pages too."""
        self.picked = list[int]()

    async def _read(self) -> Place:
        place = await enter(self)
        query = self._query()
        filters, sort = DocumentFilters.parse(query), Sort.parse(first(query, "sort"))
        found = await read(_found, place, filters, sort, first(query, "at", 400))
        page, self.behind = found.page, found.behind
        self.account_name = await _name(place, filters.account_id)
        self.ignored = bool(filters.ignored)
        self._show_filters(filters, sort, found.choices)
        self.clear_href = f"{place.base}/billing"
        self.rows, self.waiting = rows_of(page.rows), 0
        self._show_page(self.clear_href, filters, sort, page)
        watch(self, place.topics, StaffBilling.refresh)
        return place

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def narrow(self, name: str, values: list[str]) -> EventSpec | None:
        """Set one filter: the address changes, and the page loads from it."""
        wanted = values_of(values)
        if not isinstance(name, str) or name not in CHOICES or wanted is None:
            return None
        return rx.redirect(self._address({name: wanted}))

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def search(self, text: str) -> EventSpec:
        """Search while typing: the address is replaced, so that Back leaves the list."""
        return rx.redirect(self._searched(text), replace=True)

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def set_days(self, days: dict[str, str]) -> EventSpec | None:
        """Set a range of days from its fields; empty ones drop it."""
        address = self._on_days(days)
        return rx.redirect(address) if address else None


class _Found(NamedTuple):
    page: DocumentPage
    choices: FilterChoices
    behind: int


def _found(
    session: Session, place: Place, filters: DocumentFilters, sort: Sort, cursor: str
) -> _Found:
    """One page of the list, what its filters offer, and how many documents stand behind them."""
    page = document_lists.list_documents(
        session,
        place.actor,
        filters=filters,
        sort=sort,
        cursor=cursor,
        now=place.now,
        limit=PAGE_SIZE,
    )
    behind = page.count
    if not page.rows and not filters.is_empty:
        everything = DocumentFilters()
        behind = document_lists.count(session, place.actor, filters=everything, now=place.now)
    return _Found(page, document_lists.choices(session, place.actor), behind)


async def _name(place: Place, account_id: int | None) -> str:
    """The name of the account that the list is narrowed to; its number when it is unknown."""
    if account_id is None:
        return ""
    try:
        found = await read(
            account_views.read, place.actor, account_id=account_id, today=place.today
        )
    except NotFound:
        return str(account_id)
    return found.row.name
