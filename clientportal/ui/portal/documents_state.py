"""State of the portal's list of documents: the URL says what is shown, the cookie who sees it."""

from collections.abc import Iterable
from typing import NamedTuple

import reflex as rx
from reflex.event import EventSpec
from sqlmodel import Session

from clientportal.domain.actors import Customer
from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.permissions import Permission
from clientportal.services import checkout, document_lists, document_originals, portal_paying
from clientportal.services.document_lists import DocumentPage, DocumentRow
from clientportal.ui.documents.held import gone_from, held, with_left
from clientportal.ui.documents.list_state import DocumentListState, values_of
from clientportal.ui.documents.picking import Picking
from clientportal.ui.gate import portal
from clientportal.ui.kit.fields import Option
from clientportal.ui.live_pages import watch
from clientportal.ui.portal.common import Place, enter
from clientportal.ui.portal.rows import Row, row_of
from clientportal.ui.portal.ticking import Ticking, document_ids
from clientportal.ui.portal.underway import PaymentUnderway, holders, payments_of
from clientportal.ui.session import change, read, read_kept, utc_now
from clientportal.ui.values import plain

PAGE_SIZE = 25
FILTERS = frozenset({"company", "currency", "kind", "state", "sort"})


class PortalDocuments(Ticking, Picking, DocumentListState, rx.State):
    """Everything is rebuilt from the URL; only what is ticked lives here (mixins).

    `chosen` are the documents to pay, `picked` others that are ticked to be downloaded with them.
    """

    companies: list[Option] = []
    many_companies: bool = False
    company: list[str] = []
    underway: list[PaymentUnderway] = []
    with_xml: list[int] = []
    waiting: int = 0

    @rx.var
    def all_picked(self) -> bool:
        ticked = {row.id for row in self.chosen} | set(self.picked)
        group = self.group
        rows = [row for row in plain(self.rows) if not row.payable or group in {"", row.group}]
        mine = {row.id for row in rows}
        return bool(mine) and mine <= ticked

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def load(self) -> None:
        """Read the page of the URL; `choose` ticks documents (`all`: what the filter holds and
        nobody contests), `error` is what a plain form got."""
        place = await enter(self)
        query = self._query()
        change(
            self,
            pay_url="",
            pay_action="",
            pay_held="",
            paying=False,
            gone=0,
            pay_error=_code(query),
            pay_params={},
        )
        await self._read(place, query)
        wanted = query.get("choose", [""])[0]
        if wanted:
            ids = await _all_due(place, query) if wanted == "all" else document_ids(wanted)
            self._tick_none()
            await self._tick(place.actor, ids)
            self.sheet = bool(self.chosen)
        else:
            change(self, sheet=False)  # what was asked for is to be seen
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
        shown = plain(self.rows)
        await self._read(place, self._query())
        filters = DocumentFilters.parse(self._query())
        now_here = plain(self.rows)
        gone = await gone_from(place.actor, shown, now_here, filters, self._rows)
        self.rows, self.waiting = held(shown, now_here, gone)
        ticked = len(self.chosen)
        await self._tick(place.actor, self._ticked_ids())
        self.gone = ticked - len(self.chosen)
        await self._keep_picked(place)

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def show_new(self) -> None:
        """Show the rows that waited; those that left the filter stay where they stand."""
        place = await enter(self)
        rows = plain(self.rows)
        before, left = [row.id for row in rows], [row for row in rows if row.left]
        await self._read(place, self._query())
        self.rows = with_left(plain(self.rows), left, before)

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def pick(self, document_id: int, on: bool) -> None:
        """Tick or untick a document of this page that is only to be downloaded."""
        here = [row.id for row in self.rows if row.id == document_id and not row.payable]
        self._pick(here, on)

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def pick_all(self, on: bool) -> None:
        """Tick everything on this page that goes together, or untick it."""
        self._pick([row.id for row in self.rows if not row.payable], on)
        here = [row.id for row in self._tickable()]
        ticked = self._ticked_ids()
        kept = [key for key in ticked if key not in here]
        await self._retick([*ticked, *(k for k in here if k not in ticked)] if on else kept)

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def pick_none(self) -> None:
        """Untick everything, on other pages too."""
        self.picked = list[int]()
        self._tick_none()

    async def _keep_picked(self, place: Place) -> None:
        """What was picked and can be paid now is no longer only picked; what is gone goes."""
        if self.picked:
            ask = document_lists.rows_of
            rows = await read(
                ask,
                place.actor,
                document_ids=self.picked,
                filters=DocumentFilters(),
                now=utc_now(),
            )
            known = {row.id for row in rows if not row.payable}
            self.picked = [key for key in self.picked if key in known]

    def _rows(self, rows: Iterable[DocumentRow], left: bool = False) -> list[Row]:
        holding = holders(plain(self.underway))
        return [
            row_of(row, holding.get(row.id), companies=self.many_companies, left=left)
            for row in rows
        ]

    async def _read(self, place: Place, query: dict[str, list[str]]) -> None:
        filters, sort = DocumentFilters.parse(query), Sort.parse(query.get("sort", [""])[0])
        found = await read(_found, place.actor, filters, sort, query.get("at", [""])[0][:400])
        page = found.page
        choices = await read_kept(document_lists.choices, place.actor, ())
        underway = await read_kept(portal_paying.underway, place.actor, ())
        names = [Option(value=facts.slug, label=facts.name) for facts in choices.companies]
        change(
            self,
            companies=names,
            many_companies=len(names) > 1,
            company=list(filters.companies),
            waiting=0,
            underway=payments_of(underway, place.base),
            with_xml=found.with_xml,
        )
        self.rows = self._rows(page.rows)
        self._show_filters(filters, sort, choices)
        self._show_page(f"{place.base}/documents", filters, sort, page)
        watch(self, place.topics, PortalDocuments.refresh)

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


async def _all_due(place: Place, query: dict[str, list[str]]) -> list[int]:
    """What the list holds to be paid, as far as one payment goes and beyond the page shown.

    A contested document is ticked by hand alone.
    """
    rows = await read(
        document_lists.first_rows,
        place.actor,
        filters=DocumentFilters.parse(query),
        sort=Sort.parse(query.get("sort", [""])[0]),
        now=utc_now(),
        limit=checkout.MOST_DOCUMENTS,
    )
    return [row.id for row in rows if row.payable and not row.status.disputed]


class _Found(NamedTuple):
    page: DocumentPage
    with_xml: list[int]


def _found(
    session: Session, actor: Customer, filters: DocumentFilters, sort: Sort, cursor: str
) -> _Found:
    """One page of the list, and which of its rows have an XML: in one snapshot."""
    page = document_lists.list_documents(
        session,
        actor,
        filters=filters,
        sort=sort,
        cursor=cursor,
        now=utc_now(),
        limit=PAGE_SIZE,
    )
    ids = [row.id for row in page.rows]
    return _Found(
        page,
        document_originals.having_xml(session, actor, document_ids=ids),
    )


def _code(query: dict[str, list[str]]) -> str:
    code = query.get("error", [""])[0]
    return code if code.isascii() and code.replace("_", "").isalnum() and len(code) < 60 else ""
