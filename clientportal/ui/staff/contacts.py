"""The list of contacts: people of the company's accounts, found by name, address or position."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.permissions import Permission
from clientportal.services import contact_views
from clientportal.services.contact_views import ContactRow
from clientportal.ui import kit
from clientportal.ui.documents.list_parts import export_menu
from clientportal.ui.gate import staff
from clientportal.ui.i18n import count, t
from clientportal.ui.live_pages import watch
from clientportal.ui.pages import Page
from clientportal.ui.session import read
from clientportal.ui.staff import alerts
from clientportal.ui.staff.common import (
    ROOT,
    Place,
    StaffFrame,
    enter,
    first,
    needs,
    query_of,
    staff_page,
)
from clientportal.ui.staff.palette import href_of
from clientportal.ui.staff.searched import SearchedList
from clientportal.ui.values import url


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One person: first e-mail and number, their accounts, the alert on one of their addresses."""

    id: int
    name: str
    position: str
    href: str
    email: str
    emails: int
    phone: str
    account: str
    accounts: int
    alert: str


class ContactsState(SearchedList, rx.State):
    """A page of the list, rebuilt from the address."""

    rows: list[ContactLine] = []

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def load(self) -> None:
        """Read the page of the address and follow its changes."""
        place = await enter(self)
        await self._fill(place)
        self.loaded = True
        watch(self, place.topics, ContactsState.refresh)

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def refresh(self) -> None:
        """Something of the company changed: the same page anew."""
        await self._fill(await enter(self))

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def find(self, text: str) -> EventSpec:
        """Search as one types; the address is replaced, not added to the history."""
        self._typed = text.strip()[:100] if isinstance(text, str) else ""
        return rx.redirect(url(self.router.url.path, {"q": [self._typed]}), replace=True)

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def clear(self) -> EventSpec:
        """Drop the search."""
        return rx.redirect(self.router.url.path)

    async def _fill(self, place: Place) -> None:
        query = query_of(self)
        text = first(query, "q", 100)
        cursor = first(query, "cursor", 400) or None
        page = await read(contact_views.listing, place.actor, text=text, cursor=cursor)
        self._show_search(text)
        self.export_query = url("", {"q": [text]})
        self.rows = [line_of(row, place.base) for row in page.rows]
        self.total, self.capped, self.others = page.total, page.capped, 0
        if text and not page.rows:
            self.others = (await read(contact_views.listing, place.actor, limit=1)).total
        path = self.router.url.path
        self.next_href = url(path, {"q": [text], "cursor": [page.next]}) if page.next else ""
        self.previous_href = (
            url(path, {"q": [text], "cursor": [page.previous]}) if page.previous else ""
        )


def line_of(row: ContactRow, base: str) -> ContactLine:
    emails = [point.address for point in row.points if point.channel.value == "email"]
    phones = [point.address for point in row.points if point.channel.value != "email"]
    return ContactLine(
        id=row.id,
        name=row.name,
        position=row.position,
        href=href_of(base, "contact", row.id),
        email=emails[0] if emails else "",
        emails=len(emails),
        phone=phones[0] if phones else "",
        account=row.accounts[0].name if row.accounts else "",
        accounts=len(row.accounts),
        alert=next((point.alert for point in row.points if point.alert), ""),
    )


# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = ContactsState


def _row(line: Any) -> rx.Component:
    more = rx.cond(
        line.emails > 1,
        rx.el.span(t("staff.contacts.more", n=line.emails - 1), class_name="sub"),
        "",
    )
    linked = rx.cond(
        line.accounts > 1,
        t("staff.contacts.and_more", name=line.account, n=line.accounts - 1),
        rx.cond(line.account != "", line.account, "—"),
    )
    return kit.tr(
        kit.td(kit.row_name(line.name, line.position, href=line.href), area="name"),
        kit.td(
            rx.cond(line.email != "", kit.email_address(line.email), "—"),
            more,
            alerts.mark(line.alert),
            area="state",
        ),
        kit.td(
            rx.cond(line.phone != "", rx.el.span(line.phone, class_name="whitespace-nowrap"), "—"),
            drop=2,
        ),
        kit.td(linked, area="extra"),
        key=line.id,
        test_id="contacts-row",
    )


def _total() -> Any:
    return rx.cond(
        State.capped,
        t("staff.contacts.many", shown=count(State.total, State.capped)),
        t("staff.contacts.count", n=State.total),
    )


def _table() -> rx.Component:
    return kit.table(
        t("staff.contacts.caption"),
        head=[
            kit.th(t("staff.contacts.person")),
            kit.th(t("staff.channel.email")),
            kit.th(t("staff.contacts.number"), drop=2),
            kit.th(t("staff.accounts.title")),
        ],
        body=rx.foreach(State.rows, _row),
        foot=kit.pager(
            _total(),
            previous=State.previous_href,
            next=State.next_href,
            has_previous=State.previous_href != "",
            has_next=State.next_href != "",
        ),
        test_id="contacts",
    )


def _empty() -> rx.Component:
    none = kit.empty(
        "filter",
        t("staff.accounts.none_title"),
        t("staff.contacts.none_text", text=State.q, n=State.others),
        kit.button(t("lists.clear_filters"), on_click=State.clear),
    )
    fresh = kit.empty(
        "first",
        t("staff.contacts.empty_title"),
        t("staff.contacts.empty_text"),
        needs(
            Permission.DOCUMENTS_IMPORT,
            kit.link_button(
                t("staff.contacts.import"),
                href=f"{StaffFrame.base}/imports?kind=contacts",
                icon="upload",
            ),
        ),
        kit.link_button(
            t("staff.accounts.title"), href=f"{StaffFrame.base}/accounts", icon="users"
        ),
    )
    return kit.card(rx.cond(State.q != "", none, fresh), pad=False)


def view() -> rx.Component:
    """Search, then the table or why it is empty."""
    return staff_page(
        "contacts",
        t("staff.contacts.title"),
        rx.el.div(
            kit.filter_row(
                search=kit.search_field(
                    t("staff.people.find"),
                    default_value=State.q,
                    key=State.q_seq,
                    on_change=State.find.debounce(300),
                    max_length=100,
                ),
                result=kit.result_line(_total()),
            ),
            rx.cond(State.rows.length() > 0, _table(), _empty()),
            class_name="grid gap-4 min-w-0",
        ),
        tab_title=t("staff.contacts.title"),
        loaded=State.loaded,
        actions=[
            export_menu(
                State.export_query,
                StaffFrame.base,
                kit.menu_item(
                    t("staff.interactions.every"),
                    icon="send",
                    href=f"{StaffFrame.base}/interactions",
                    test_id="to-interactions",
                ),
                needs(
                    Permission.DOCUMENTS_IMPORT,
                    kit.menu_item(
                        t("staff.contacts.import"),
                        icon="upload",
                        href=f"{StaffFrame.base}/imports?kind=contacts",
                        test_id="contacts-import",
                    ),
                ),
                what="contacts",
            )
        ],
    )


PAGE = Page(
    route=f"{ROOT}/contacts",
    view=view,
    title_key="staff.contacts.title",
    face="staff",
    on_load=(State.load,),
)
