"""State of the list of accounts: filters from the address, rows as codes and minor units."""

from dataclasses import dataclass, replace
from datetime import date

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.account_filters import AccountFilters, AccountSort
from clientportal.domain.permissions import Permission
from clientportal.services import account_views
from clientportal.services.account_views import AccountPage, AccountRow
from clientportal.ui.gate import staff
from clientportal.ui.live_pages import watch
from clientportal.ui.session import read
from clientportal.ui.staff.common import Place, enter, first, query_of
from clientportal.ui.staff.searched import SearchedList
from clientportal.ui.values import url

CHOSEN = ("kind", "country", "tag", "login", "overdue", "sort")
"""Filters of one value that are chosen from a list."""


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """What one account owes and may still use, in one currency."""

    currency: str
    owed_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One row of the list. `late`: days since the oldest overdue date; `owes`: anything open."""

    id: int
    name: str
    code: str
    kind: str
    tax_kind: str
    tax_id: str
    tags: list[str]
    login: str
    contacts: int
    balances: list[BalanceLine]
    late: int
    owes: bool


class AccountsState(SearchedList, rx.State):
    """A page of the list, rebuilt from the address."""

    rows: list[AccountLine] = []
    filters: dict[str, list[str]] = {}
    narrowed: bool = False
    chosen: bool = False
    sort: str = "name"
    sort_href: dict[str, str] = {}
    countries: list[str] = []
    tags: list[str] = []

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def load(self) -> None:
        """Read the page of the address and follow its changes."""
        place = await enter(self)
        await self._fill(place)
        self.countries, self.tags = await read(account_views.choices, place.actor)
        self.loaded = True
        watch(self, place.topics, AccountsState.refresh)

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
        filters = replace(AccountFilters.parse(query_of(self)), text=self._typed)
        return rx.redirect(self._href(filters), replace=True)

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def choose(self, name: str, values: list[str]) -> EventSpec | None:
        """Set one filter from its list; no value drops it."""
        if name not in CHOSEN or not isinstance(values, list):
            return None
        query = AccountFilters.parse(query_of(self)).to_query()
        query[name] = [value for value in values[:1] if isinstance(value, str)]
        return rx.redirect(self._href(AccountFilters.parse(query)))

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def clear(self) -> EventSpec:
        """Drop every filter and the search."""
        return rx.redirect(self.router.url.path)

    def _href(self, filters: AccountFilters, **more: str) -> str:
        query = filters.to_query() | {name: [value] for name, value in more.items()}
        return url(self.router.url.path, query)

    async def _fill(self, place: Place) -> None:
        query = query_of(self)
        filters = AccountFilters.parse(query)
        page = await read(
            account_views.listing,
            place.actor,
            filters=filters,
            today=place.today,
            cursor=first(query, "cursor", 400) or None,
        )
        self.rows = [line_of(row, place.today) for row in page.rows]
        self.total, self.capped = page.total, page.capped
        self.others = 0
        if not page.rows and filters.is_narrowed:
            everything = await read(
                account_views.listing,
                place.actor,
                filters=AccountFilters(),
                today=place.today,
                limit=1,
            )
            self.others = everything.total
        self._show(filters, page)

    def _show(self, filters: AccountFilters, page: AccountPage) -> None:
        self._show_search(filters.text)
        given = filters.to_query()
        self.export_query = url("", given)
        self.filters = {name: given.get(name, []) for name in CHOSEN}
        self.narrowed = filters.is_narrowed
        self.chosen = filters.is_narrowed and bool(set(given) - {"q", "sort", "currency"})
        self.sort = filters.sort.value
        self.next_href = self._href(filters, cursor=page.next) if page.next else ""
        self.previous_href = self._href(filters, cursor=page.previous) if page.previous else ""
        self.sort_href = {
            sort.value: self._href(replace(filters, sort=sort)) for sort in AccountSort
        }


def line_of(row: AccountRow, today: date) -> AccountLine:
    """A row as codes and minor units."""
    late = [b.oldest_due for b in row.balances if b.overdue_count and b.oldest_due]
    return AccountLine(
        id=row.id,
        name=row.name,
        code=row.code,
        kind=row.kind.value,
        tax_kind=row.tax_id_kind,
        tax_id=row.tax_id,
        tags=list(row.tags),
        login=row.login.value,
        contacts=row.contacts,
        balances=[BalanceLine(b.currency, b.owed_minor, b.credit_minor) for b in row.balances],
        late=max(0, (today - min(late)).days) if late else 0,
        owes=any(b.owed_minor for b in row.balances),
    )
