"""State of the customers' tray of receivables: rows as codes and minor units, filters, views."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.permissions import Permission
from clientportal.domain.receivables import (
    Reach,
    ReceivableFilters,
    ReceivableSort,
    Situation,
)
from clientportal.services import receivables
from clientportal.services.receivables import ReceivablePage, ReceivableRow
from clientportal.ui.gate import staff
from clientportal.ui.live_pages import watch
from clientportal.ui.session import read
from clientportal.ui.staff.common import Place, enter, first, query_of
from clientportal.ui.staff.contactability import reach_code
from clientportal.ui.staff.receivables_views import SavedViews
from clientportal.ui.staff.searched import SearchedList
from clientportal.ui.values import iso, url

GROUPS: dict[str, tuple[str, ...]] = {
    "contact": tuple(choice.value for choice in Reach),
    "situation": tuple(choice.value for choice in Situation),
    "owing": ("1",),
}
"""Groups of the filter whose choices are known beforehand: their boxes are `{group}-{choice}`."""
FREE = ("currency", "tag")


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """What one account owes and may still use, in one currency."""

    currency: str
    owed_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class ReceivableLine:
    """One row. `reach` is a code of `kit.contact_state`; `alerted` of `addresses` have an alert."""

    id: int
    name: str
    code: str
    tax_kind: str
    tax_id: str
    tags: list[str]
    situation: str
    days_late: int
    disputed: int
    oldest_due: str
    balances: list[BalanceLine]
    contacted_at: str
    channel: str
    reach: str
    alerted: int
    addresses: int


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on: its group, its choice, and the address without it."""

    group: str
    value: str


class ReceivablesState(SearchedList, SavedViews, rx.State):
    """A page of the tray, rebuilt from the address."""

    rows: list[ReceivableLine] = []
    ticked: list[str] = []
    chips: list[Chip] = []
    currency: str = ""
    tag: str = ""
    narrowed: bool = False
    sort: str = "oldest"
    sort_href: dict[str, str] = {}
    edit_query: str = ""
    currencies: list[str] = []
    tags: list[str] = []

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def load(self) -> None:
        """Read the page of the address and follow its changes."""
        place = await enter(self)
        await self._fill(place)
        self.currencies, self.tags = await read(receivables.choices, place.actor)
        self.loaded = True
        watch(self, place.topics, ReceivablesState.refresh)

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def refresh(self) -> None:
        """Something of the company changed: the same page anew."""
        await self._fill(await enter(self))

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def find(self, text: str) -> EventSpec:
        """Search as one types; the address is replaced, not added to the history."""
        self._typed = text[:100] if isinstance(text, str) else ""
        return rx.redirect(self._href(replace(self._asked(), text=self._typed)), replace=True)

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def apply(self, data: dict[str, Any]) -> EventSpec:
        """The whole filter at once, as it was ticked (mission 99)."""
        given = data if isinstance(data, dict) else {}
        query = {
            group: [choice for choice in choices if f"{group}-{choice}" in given]
            for group, choices in GROUPS.items()
        }
        query |= {name: [str(given.get(name, ""))[:60]] for name in FREE}
        kept = self._asked()
        chosen = replace(ReceivableFilters.parse(query), text=kept.text, sort=kept.sort)
        return rx.redirect(self._href(chosen))

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def drop(self, group: str, value: str) -> EventSpec | None:
        """Take one choice off."""
        query = self._asked().to_query()
        if group not in (*GROUPS, *FREE) or value not in query.get(group, []):
            return None
        query[group] = [choice for choice in query[group] if choice != value]
        return rx.redirect(self._href(ReceivableFilters.parse(query)))

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def order(self, values: list[str]) -> EventSpec:
        """Another order, chosen where no column head can be pressed."""
        wanted = values[0] if isinstance(values, list) and values else ""
        parsed = ReceivableFilters.parse({"sort": [str(wanted)]})
        return rx.redirect(self._href(replace(self._asked(), sort=parsed.sort)))

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def clear(self) -> EventSpec:
        """Drop every filter and the search."""
        return rx.redirect(self.router.url.path)

    def _asked(self) -> ReceivableFilters:
        return ReceivableFilters.parse(query_of(self))

    def _href(self, filters: ReceivableFilters, **more: str) -> str:
        query = filters.to_query() | {name: [value] for name, value in more.items()}
        return url(self.router.url.path, query)

    async def _fill(self, place: Place) -> None:
        filters = self._asked()
        page = await read(
            receivables.listing,
            place.actor,
            filters=filters,
            today=place.today,
            cursor=first(query_of(self), "cursor", 400) or None,
        )
        self.rows = [line_of(row) for row in page.rows]
        self.total, self.capped = page.total, page.capped
        self.others = 0
        if not page.rows and filters.is_narrowed:
            self.others = await read(
                receivables.count, place.actor, filters=ReceivableFilters(), today=place.today
            )
        self._show(filters, page)
        await self._fill_views(place, url("", filters.to_query()))

    def _show(self, filters: ReceivableFilters, page: ReceivablePage) -> None:
        self._show_search(filters.text)
        given = filters.to_query()
        self.export_query = url("", given)
        self.edit_query = url("", {"from": [f"receivables{self.export_query}"]})
        self.chips = [
            Chip(group, value) for group in (*GROUPS, *FREE) for value in given.get(group, [])
        ]
        self.ticked = [f"{chip.group}-{chip.value}" for chip in self.chips]
        self.currency, self.tag = filters.currency, filters.tag
        self.narrowed = filters.is_narrowed
        self.sort = filters.sort.value
        self.next_href = self._href(filters, cursor=page.next) if page.next else ""
        self.previous_href = self._href(filters, cursor=page.previous) if page.previous else ""
        self.sort_href = {
            sort.value: self._href(replace(filters, sort=sort)) for sort in ReceivableSort
        }


def line_of(row: ReceivableRow) -> ReceivableLine:
    """A row as codes and minor units."""
    return ReceivableLine(
        id=row.id,
        name=row.name,
        code=row.code,
        tax_kind=row.tax_id_kind,
        tax_id=row.tax_id,
        tags=list(row.tags),
        situation=row.situation.value,
        days_late=row.days_late,
        disputed=row.disputed,
        oldest_due=iso(row.oldest_due),
        balances=_balances(row.balances),
        contacted_at=iso(row.contacted_at),
        channel=row.channel,
        reach=reach_code(row.reach),
        alerted=row.reach.alerted,
        addresses=row.reach.addresses,
    )


def _balances(balances: Sequence[receivables.Balance]) -> list[BalanceLine]:
    return [BalanceLine(one.currency, one.owed_minor, one.credit_minor) for one in balances]
