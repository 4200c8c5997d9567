"""State of the staff's list of documents: the URL says what is shown, the cookie who sees it."""

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.errors import NotFound
from clientportal.domain.permissions import Permission
from clientportal.services import account_views, document_lists
from clientportal.services.document_lists import DocumentPage
from clientportal.ui.gate import staff
from clientportal.ui.kit.fields import Option
from clientportal.ui.live_pages import watch
from clientportal.ui.session import read
from clientportal.ui.staff.common import Place, enter, first, iso, query_of
from clientportal.ui.staff.document_rows import Row, Sum, list_url, row_of, sort_links, sum_of

PAGE_SIZE = 50
CHOICES = frozenset({"currency", "kind", "state", "sort", "account"})
DAYS = ("issued_from", "issued_to", "due_from", "due_to")


class StaffBilling(rx.State):
    """One page of documents; everything is rebuilt from the URL."""

    loaded: bool = False
    rows: list[Row] = []
    count: int = 0
    capped: bool = False
    behind: int = 0
    sums: list[Sum] = []
    next_href: str = ""
    previous_href: str = ""
    clear_href: str = ""

    currencies: list[Option] = []
    currency: list[str] = []
    kind: list[str] = []
    states: list[str] = []
    account_name: str = ""
    days: dict[str, str] = {}
    q: str = ""
    field_key: int = 0
    filtered: bool = False
    ignored: bool = False
    sort_field: str = "issued_on"
    sort_down: bool = True
    sort_href: dict[str, str] = {}

    # What the search field of this tab holds; the field is drawn anew when the URL says otherwise.
    _typed: str = ""

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def load(self) -> None:
        """Read the page of the URL."""
        await self._read()
        self.loaded = True

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def refresh(self) -> None:
        """Something changed in this company: the same page again."""
        await self._read()

    async def _read(self) -> None:
        place = await enter(self)
        query = query_of(self)
        filters, sort = DocumentFilters.parse(query), Sort.parse(first(query, "sort"))
        page = await _page(place, filters, sort, first(query, "at", 400), PAGE_SIZE)
        self.behind = page.count
        if not page.rows and not filters.is_empty:
            everything = await _page(place, DocumentFilters(), Sort(), "", 1)
            self.behind = everything.count
        choices = await read(document_lists.choices, place.actor)
        self.currencies = [Option(value=code, label=code) for code in choices.currencies]
        self.account_name = await _name(place, filters.account_id)
        self._show_filters(filters, sort)
        self._show_page(place, filters, sort, page)
        watch(self, place.topics, StaffBilling.refresh)

    def _show_filters(self, filters: DocumentFilters, sort: Sort) -> None:
        self.currency = list(filters.currencies)
        self.kind = [kind.value for kind in filters.kinds]
        self.states = [filters.state.value] if filters.state else []
        self.days = {name: iso(getattr(filters, name)) for name in DAYS}
        self.q, self.filtered = filters.text, not filters.is_empty
        self.ignored = bool(filters.ignored)
        if filters.text != self._typed:
            self._typed, self.field_key = filters.text, self.field_key + 1
        self.sort_field, self.sort_down = sort.field.value, sort.descending

    def _show_page(
        self, place: Place, filters: DocumentFilters, sort: Sort, page: DocumentPage
    ) -> None:
        path = f"{place.base}/billing"
        self.rows = [row_of(row, place.base) for row in page.rows]
        self.count, self.capped = page.count, page.capped
        self.sums = [sum_of(row) for row in page.sums]
        self.sort_href = sort_links(path, filters, sort)
        self.clear_href = path
        at = {"next": page.next_cursor, "back": page.previous_cursor}
        links = {
            name: list_url(path, filters, sort, {"at": [cursor]}) if cursor else ""
            for name, cursor in at.items()
        }
        self.next_href, self.previous_href = links["next"], links["back"]

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def narrow(self, name: str, values: list[str]) -> EventSpec | None:
        """Set one filter: the address changes, and the page loads from it."""
        if not isinstance(name, str) or name not in CHOICES or not isinstance(values, list):
            return None
        wanted = [value for value in values if isinstance(value, str)][:50]
        return rx.redirect(self._address({name: wanted}))

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def search(self, text: str) -> EventSpec:
        """Search while typing: the address is replaced, so that Back leaves the list."""
        wanted = [text[:200]] if isinstance(text, str) else []
        address = self._address({"q": wanted})
        self._typed = DocumentFilters.parse({"q": wanted}).text
        return rx.redirect(address, replace=True)

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def set_days(self, days: dict[str, str]) -> EventSpec | None:
        """Set a range of days from its fields; empty ones drop it."""
        if not isinstance(days, dict):
            return None
        texts = {name: days[name] for name in DAYS if isinstance(days.get(name), str)}
        return rx.redirect(self._address({name: [text] for name, text in texts.items()}))

    def _address(self, changes: dict[str, list[str]]) -> str:
        """The list's address with some filters changed and everything else kept."""
        query = query_of(self) | changes
        filters, sort = DocumentFilters.parse(query), Sort.parse(first(query, "sort"))
        return list_url(self.router.url.path.rstrip("/"), filters, sort)


async def _page(
    place: Place, filters: DocumentFilters, sort: Sort, cursor: str, limit: int
) -> DocumentPage:
    return await read(
        document_lists.list_documents,
        place.actor,
        filters=filters,
        sort=sort,
        cursor=cursor,
        now=place.now,
        limit=limit,
    )


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
