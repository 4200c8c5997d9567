"""State of the portal's list of documents: the URL says what is shown, the cookie who sees it."""

from dataclasses import replace
from urllib.parse import parse_qs

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.permissions import Permission
from clientportal.services import document_lists
from clientportal.services.document_lists import DocumentPage
from clientportal.ui.gate import portal
from clientportal.ui.kit.fields import Option
from clientportal.ui.live_pages import watch
from clientportal.ui.portal.common import Place, enter
from clientportal.ui.portal.rows import (
    Row,
    Sum,
    list_url,
    row_of,
    sort_links,
    sum_of,
    with_left,
)
from clientportal.ui.portal.ticking import Ticking, document_ids
from clientportal.ui.session import read, utc_now

PAGE_SIZE = 25
FILTERS = frozenset(
    {"company", "currency", "kind", "state", "issued_from", "issued_to", "q", "sort"}
)


class PortalDocuments(Ticking, rx.State):
    """Everything is rebuilt from the URL; only what is ticked lives here (mixin)."""

    loaded: bool = False
    count: int = 0
    capped: bool = False
    sums: list[Sum] = []
    next_href: str = ""
    previous_href: str = ""

    companies: list[Option] = []
    currencies: list[Option] = []
    many_companies: bool = False
    company: list[str] = []
    currency: list[str] = []
    kind: list[str] = []
    states: list[str] = []
    issued_from: str = ""
    issued_to: str = ""
    q: str = ""
    search_key: int = 0
    _typed: str = ""
    filtered: bool = False
    sort_field: str = "issued_on"
    sort_down: bool = True
    sort_href: dict[str, str] = {}
    waiting: int = 0

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def load(self) -> None:
        """Read the page of the URL; `choose` ticks documents, `error` is what a plain form got."""
        place = await enter(self)
        query = parse_qs(self.router.url.query)
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
            await self._tick(place.actor, self._ticked_ids())
        self.loaded = True

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def refresh(self) -> None:
        """Something changed: the rows in place, and what is ticked with its live balances.

        A row that leaves the filter stays, dimmed; while something is ticked, new rows wait behind
        a bar (looks.md §5).
        """
        place = await enter(self)
        before = {row.id: row for row in self.rows}
        await self._read(place, parse_qs(self.router.url.query))
        now = {row.id for row in self.rows}
        gone = await self._left(place, [key for key in before if key not in now])
        if self.chosen and before and not now <= set(before):
            fresh = {row.id: row for row in self.rows} | {row.id: row for row in gone}
            self.waiting = len(now - set(before))
            self.rows = [fresh[key] for key in before if key in fresh]
        else:
            self.rows = with_left(self.rows, gone, list(before))
        ticked = len(self.chosen)
        await self._tick(place.actor, self._ticked_ids())
        self.gone = ticked - len(self.chosen)

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def show_new(self) -> None:
        """Show the rows that waited."""
        place = await enter(self)
        await self._read(place, parse_qs(self.router.url.query))

    async def _left(self, place: Place, ids: list[int]) -> list[Row]:
        """What became of rows that the list no longer holds, unless another page holds them now."""
        if not ids:
            return []
        ask, now = document_lists.rows_of, utc_now()
        filters = DocumentFilters.parse(parse_qs(self.router.url.query))
        paged = await read(ask, place.actor, document_ids=ids, filters=filters, now=now)
        left = [key for key in ids if key not in {row.id for row in paged}]
        rows = await read(ask, place.actor, document_ids=left, filters=DocumentFilters(), now=now)
        return [replace(row_of(row, place.base), left=True) for row in rows]

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
        self.currencies = [Option(value=code, label=code) for code in choices.currencies]
        self.many_companies = len(choices.companies) > 1
        self.waiting = 0
        self._show_filters(filters, sort)
        self._show_page(place, filters, sort, page)
        shown = {f"document:{row.id}" for row in page.rows}
        watch(self, place.topics | shown, PortalDocuments.refresh)

    def _show_filters(self, filters: DocumentFilters, sort: Sort) -> None:
        self.company, self.currency = list(filters.companies), list(filters.currencies)
        self.kind = [kind.value for kind in filters.kinds]
        self.states = [filters.state.value] if filters.state else []
        self.issued_from = filters.issued_from.isoformat() if filters.issued_from else ""
        self.issued_to = filters.issued_to.isoformat() if filters.issued_to else ""
        if filters.text != self._typed:  # the address came from elsewhere: the field starts anew
            self._typed = filters.text
            self.search_key += 1
        self.q, self.filtered = filters.text, not filters.is_empty
        self.sort_field, self.sort_down = sort.field.value, sort.descending

    def _show_page(
        self, place: Place, filters: DocumentFilters, sort: Sort, page: DocumentPage
    ) -> None:
        path = f"{place.base}/documents"
        self.rows = [row_of(row, place.base) for row in page.rows]
        self.count, self.capped = page.count, page.capped
        self.sums = [sum_of(row) for row in page.sums]
        self.sort_href = sort_links(path, filters, sort)
        at = {"next": page.next_cursor, "back": page.previous_cursor}
        links = {
            key: list_url(path, filters, sort, {"at": [value]})
            for key, value in at.items()
            if value
        }
        self.next_href, self.previous_href = links.get("next", ""), links.get("back", "")

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def narrow(self, name: str, values: list[str]) -> EventSpec | None:
        """Set one filter: the address changes, and the page loads from it."""
        if not isinstance(name, str) or name not in FILTERS or not isinstance(values, list):
            return None
        return self._go(
            name, [value for value in values if isinstance(value, str)][:50], replace=False
        )

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def search(self, text: str) -> EventSpec:
        """Search while typing: the address is replaced, so that Back leaves the list."""
        wanted = text[:200] if isinstance(text, str) else ""
        self._typed = DocumentFilters.parse({"q": [wanted]}).text
        return self._go("q", [wanted], replace=True)

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def set_days(self, days: dict[str, str]) -> EventSpec | None:
        """Set the range of creation dates from the two fields; empty ones drop it."""
        if not isinstance(days, dict):
            return None
        wanted = {name: days.get(name) for name in ("issued_from", "issued_to")}
        texts = {name: [value] if isinstance(value, str) else [] for name, value in wanted.items()}
        return rx.redirect(self._address(texts))

    def _go(self, name: str, values: list[str], *, replace: bool) -> EventSpec:
        return rx.redirect(self._address({name: values}), replace=replace)

    def _address(self, changes: dict[str, list[str]]) -> str:
        """The list's address with some filters changed and everything else kept."""
        query = parse_qs(self.router.url.query) | changes
        filters, sort = DocumentFilters.parse(query), Sort.parse((query.get("sort") or [""])[0])
        return list_url(self.router.url.path.rstrip("/"), filters, sort)


def _code(query: dict[str, list[str]]) -> str:
    code = query.get("error", [""])[0]
    return code if code.isascii() and code.replace("_", "").isalnum() and len(code) < 60 else ""
