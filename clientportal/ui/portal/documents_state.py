"""State of the portal's list of documents: the URL says what is shown, the cookie who sees it."""

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.permissions import Permission
from clientportal.services import document_lists
from clientportal.ui.documents.list_state import DocumentListState, values_of
from clientportal.ui.gate import portal
from clientportal.ui.kit.fields import Option
from clientportal.ui.live_pages import watch
from clientportal.ui.portal.common import Place, enter
from clientportal.ui.portal.rows import Row, row_of, with_left
from clientportal.ui.portal.ticking import Ticking, document_ids
from clientportal.ui.portal.underway import PaymentUnderway, payments_underway
from clientportal.ui.session import read, utc_now

PAGE_SIZE = 25
FILTERS = frozenset({"company", "currency", "kind", "state", "sort"})


class PortalDocuments(Ticking, DocumentListState, rx.State):
    """Everything is rebuilt from the URL; only what is ticked lives here (mixin)."""

    companies: list[Option] = []
    many_companies: bool = False
    company: list[str] = []
    underway: list[PaymentUnderway] = []
    waiting: int = 0

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def load(self) -> None:
        """Read the page of the URL; `choose` ticks documents, `error` is what a plain form got."""
        place = await enter(self)
        query = self._query()
        self.pay_url = self.pay_action = self.pay_held = ""
        self.paying = False
        self.pay_error = _code(query)
        self.pay_params = {}
        await self._read(place, query)
        wanted = query.get("choose", [""])[0]
        if wanted:
            ids = (
                [row.id for row in self.rows if row.payable]
                if wanted == "all"
                else document_ids(wanted)
            )
            self._tick_none()
            await self._tick(place.actor, ids)
            self.sheet = bool(self.chosen)
        else:
            self.sheet = False  # what was asked for is to be seen
            await self._tick(place.actor, self._ticked_ids())
        self.loaded = True

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def refresh(self) -> None:
        """Something changed: the rows in place, and what is ticked with its live balances.

        A row that leaves the filter stays, dimmed; new rows wait behind a bar, which knows whether
        anybody is reading (looks.md §5).
        """
        place = await enter(self)
        before = {row.id: row for row in self.rows}
        await self._read(place, self._query())
        now = {row.id: row for row in self.rows}
        gone = await self._gone(place, [key for key in before if key not in now])
        fresh = [key for key in now if key not in before]
        if before and fresh:
            kept = now | {row.id: row for row in gone}
            self.waiting = len(fresh)
            self.rows = [kept[key] for key in before if key in kept]
        else:
            left = [row for row in gone if row.left]
            self.rows = with_left(self.rows, left, list(before))
        ticked = len(self.chosen)
        await self._tick(place.actor, self._ticked_ids())
        self.gone = ticked - len(self.chosen)

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def show_new(self) -> None:
        """Show the rows that waited; those that left the filter stay where they stand."""
        place = await enter(self)
        before, left = [row.id for row in self.rows], [row for row in self.rows if row.left]
        await self._read(place, self._query())
        now = {row.id for row in self.rows}
        self.rows = with_left(self.rows, [row for row in left if row.id not in now], before)

    async def _gone(self, place: Place, ids: list[int]) -> list[Row]:
        """Rows that the page no longer holds: on another page now, or `left` the filtered set."""
        if not ids:
            return []
        ask, now = document_lists.rows_of, utc_now()
        filters = DocumentFilters.parse(self._query())
        paged = await read(ask, place.actor, document_ids=ids, filters=filters, now=now)
        still = {row.id for row in paged}
        left = [key for key in ids if key not in still]
        rows = await read(ask, place.actor, document_ids=left, filters=DocumentFilters(), now=now)
        return [row_of(row, place.base, self.underway) for row in paged] + [
            row_of(row, place.base, self.underway, left=True) for row in rows
        ]

    async def _read(self, place: Place, query: dict[str, list[str]]) -> None:
        filters, sort = DocumentFilters.parse(query), Sort.parse(query.get("sort", [""])[0])
        page = await read(
            document_lists.list_documents,
            place.actor,
            filters=filters,
            sort=sort,
            cursor=query.get("at", [""])[0][:400],
            now=utc_now(),
            limit=PAGE_SIZE,
        )
        choices = await read(document_lists.choices, place.actor)
        self.companies = [Option(value=facts.slug, label=facts.name) for facts in choices.companies]
        self.many_companies = len(choices.companies) > 1
        self.company = list(filters.companies)
        self.waiting = 0
        self.underway = await payments_underway(place.actor, place.base)
        self.rows = [row_of(row, place.base, self.underway) for row in page.rows]
        self._show_filters(filters, sort, choices)
        self._show_page(f"{place.base}/documents", filters, sort, page)
        shown = {f"document:{row.id}" for row in page.rows}
        watch(self, place.topics | shown, PortalDocuments.refresh)

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def narrow(self, name: str, values: list[str]) -> EventSpec | None:
        """Set one filter: the address changes, and the page loads from it."""
        wanted = values_of(values)
        if not isinstance(name, str) or name not in FILTERS or wanted is None:
            return None
        return rx.redirect(self._address({name: wanted}))

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def search(self, text: str) -> EventSpec:
        """Search while typing: the address is replaced, so that Back leaves the list."""
        return rx.redirect(self._searched(text), replace=True)

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def set_days(self, days: dict[str, str]) -> EventSpec | None:
        """Set the range of creation dates from the two fields; empty ones drop it."""
        address = self._on_days(days)
        return rx.redirect(address) if address else None


def _code(query: dict[str, list[str]]) -> str:
    code = query.get("error", [""])[0]
    return code if code.isascii() and code.replace("_", "").isalnum() and len(code) < 60 else ""
