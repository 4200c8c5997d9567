"""State of the log of interactions: the company's own page, and a tab of an account."""

from dataclasses import dataclass, replace

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.interactions import InteractionFilters
from clientportal.domain.permissions import Permission
from clientportal.services import account_views, interactions
from clientportal.services.interactions import Interaction
from clientportal.ui.gate import staff
from clientportal.ui.live_pages import watch
from clientportal.ui.session import read, route_args, route_id
from clientportal.ui.staff.common import Place, enter, first, query_of
from clientportal.ui.staff.palette import href_of
from clientportal.ui.staff.searched import SearchedList
from clientportal.ui.values import iso, url

CHOSEN = ("channel", "outcome", "purpose", "account")
"""Filters of one value."""


@dataclass(frozen=True, slots=True)
class InteractionLine:
    """One message as codes and ISO times; `document` is a number, `detail` the provider's words."""

    id: int
    at: str
    purpose: str
    subject: str
    template: str
    channel: str
    address: str
    name: str
    state: str
    state_at: str
    cause: str
    detail: str
    account: str
    account_href: str
    document: str
    document_href: str


class InteractionsState(SearchedList, rx.State):
    """A page of the log, rebuilt from the address."""

    rows: list[InteractionLine] = []
    filters: dict[str, list[str]] = {}
    days: dict[str, str] = {}
    narrowed: bool = False
    account_name: str = ""

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def load(self) -> None:
        """Read the page of the address and follow what becomes of the company's messages."""
        place = await enter(self)
        await self._fill(place)
        watch(self, {f"messages:{place.company.id}", *place.topics}, InteractionsState.refresh)

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def refresh(self) -> None:
        """Something became of a message: the same page anew."""
        await self._fill(await enter(self))

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def find(self, text: str) -> EventSpec:
        """Search as one types; the address is replaced, not added to the history."""
        self._typed = text.strip()[:100] if isinstance(text, str) else ""
        return rx.redirect(self._href({"q": [self._typed]}), replace=True)

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def choose(self, name: str, values: list[str]) -> EventSpec | None:
        """Set one filter from its list; no value drops it."""
        if name not in CHOSEN or not isinstance(values, list):
            return None
        return rx.redirect(self._href({name: [v for v in values[:1] if isinstance(v, str)]}))

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def set_days(self, days: dict[str, str]) -> EventSpec | None:
        """Set the period from its fields; empty ones drop it."""
        if not isinstance(days, dict):
            return None
        given = {"since": days.get("sent_from"), "until": days.get("sent_to")}
        texts = {name: [text] for name, text in given.items() if isinstance(text, str)}
        return rx.redirect(self._href(texts))

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def clear(self) -> EventSpec:
        """Drop every filter and the search."""
        return rx.redirect(url(self.router.url.path, self._kept()))

    async def _fill(self, place: Place) -> None:
        """Show the page of the address; below an account's page, that account's."""
        inside = "account_id" in route_args(self)
        query = query_of(self)
        filters = InteractionFilters.parse(query)
        if inside:
            filters = replace(filters, account_id=route_id(self, "account_id"))
        page = await read(
            interactions.listing,
            place.actor,
            filters=filters,
            cursor=first(query, "cursor", 400) or None,
        )
        self.account_name = ""
        if filters.account_id is not None and not inside:
            found = await read(
                account_views.read,
                place.actor,
                account_id=filters.account_id,
                today=place.today,
            )
            self.account_name = found.row.name
        self.rows = [line_of(row, place.base) for row in page.rows]
        self.total, self.capped, self.others = page.total, page.capped, 0
        if not page.rows and filters.is_narrowed:
            everything = InteractionFilters(account_id=filters.account_id)
            behind = await read(interactions.listing, place.actor, filters=everything, limit=1)
            self.others = behind.total
        self._show_search(filters.text)
        given = filters.to_query()
        self.filters = {name: given.get(name, []) for name in CHOSEN}
        self.days = {"sent_from": iso(filters.since), "sent_to": iso(filters.until)}
        self.narrowed = filters.is_narrowed
        self.export_query = url("", given)
        self.next_href = self._href({"cursor": [page.next]}) if page.next else ""
        self.previous_href = self._href({"cursor": [page.previous]}) if page.previous else ""
        self.loaded = True

    def _kept(self) -> dict[str, list[str]]:
        """What stays in the address whatever is filtered: the tab of an account's page."""
        return {"tab": ["messages"]} if "account_id" in route_args(self) else {}

    def _href(self, changes: dict[str, list[str]]) -> str:
        """The address with some filters changed and everything else kept, from the first page."""
        query = query_of(self) | changes
        cursor = {"cursor": changes["cursor"]} if "cursor" in changes else {}
        given = InteractionFilters.parse(query).to_query()
        return url(self.router.url.path, self._kept() | given | cursor)


def line_of(row: Interaction, base: str) -> InteractionLine:
    """A message as the browser gets it."""
    return InteractionLine(
        id=row.id,
        at=row.at.isoformat(),
        purpose=row.purpose,
        subject=row.subject,
        template=row.template,
        channel=row.channel,
        address=row.address,
        name=row.name,
        state=row.state.value,
        state_at=row.state_at.isoformat(),
        cause=row.cause,
        detail=row.detail,
        account=row.account,
        account_href=href_of(base, "account", row.account_id) if row.account_id else "",
        document=row.document_number,
        document_href=href_of(base, "document", row.document_id) if row.document_id else "",
    )
