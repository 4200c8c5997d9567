"""State of an account's page: what its open tab shows, rebuilt from the address."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import reflex as rx

from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.documents import Kind
from clientportal.domain.permissions import Permission
from clientportal.services import (
    access,
    account_views,
    audit,
    contact_views,
    document_lists,
    receivables,
)
from clientportal.services.access import AccessRow
from clientportal.services.account_views import AccountDetail, Balance
from clientportal.services.contact_views import ContactRow, PointRow
from clientportal.services.document_lists import DocumentRow
from clientportal.ui.gate import staff
from clientportal.ui.live_pages import watch
from clientportal.ui.session import read, route_id
from clientportal.ui.staff.common import Place, enter, first, query_of
from clientportal.ui.staff.contactability import reach_code
from clientportal.ui.staff.document_words import mail_of
from clientportal.ui.staff.interactions_state import InteractionsState
from clientportal.ui.staff.palette import href_of
from clientportal.ui.staff.pauses import pause_topics, show_pauses
from clientportal.ui.staff.send_state import StaffSend
from clientportal.ui.staff.timeline import EventLine, lines_of
from clientportal.ui.values import iso, url

TABS = ("summary", "billing", "contacts", "messages", "activity")
PAYMENTS = 5
DOCUMENTS = 25
EVENTS = 40


@dataclass(frozen=True, slots=True)
class BalanceCard:
    """The account in one currency; `late`: days since its oldest overdue date."""

    currency: str
    owed_minor: int
    overdue_minor: int
    credit_minor: int
    open_count: int
    overdue_count: int
    oldest_due: str
    late: int


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document of the account."""

    id: int
    href: str
    kind: str
    number: str
    concept: str
    issued_on: str
    due_on: str
    currency: str
    total_minor: int
    balance_minor: int
    mail: str = ""
    badge: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EmailLine:
    """One e-mail of a person on this account, with its login switch (mission 192-193)."""

    point_id: int
    contact_id: int
    person: str
    email: str
    label: str
    login: str
    since: str
    alert_id: int
    alert: str


@dataclass(frozen=True, slots=True)
class PointLine:
    """Another address of a person; `alert`: why nothing is sent there."""

    id: int
    channel: str
    address: str
    label: str
    alert_id: int
    alert: str


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person linked to the account."""

    id: int
    name: str
    position: str
    href: str
    elsewhere: int
    emails: list[EmailLine]
    others: list[PointLine]


@dataclass(frozen=True, slots=True)
class OtherAccount:
    """An account with the same identification."""

    name: str
    code: str
    href: str


class AccountState(rx.State):
    """Head, summary and the open tab; the other tabs are empty until they are opened."""

    loaded: bool = False
    tab: str = "summary"
    name: str = ""
    code: str = ""
    kind: str = ""
    country: str = ""
    tax_kind: str = ""
    tax_id: str = ""
    address: list[str] = []
    tags: list[str] = []
    login: str = "none"
    pending: int = 0
    reach: str = ""
    alerted: int = 0
    addresses: int = 0
    contacts: int = 0
    documents: int = 0
    path: str = ""
    balances: list[BalanceCard] = []
    payments: list[DocumentLine] = []
    same: list[OtherAccount] = []
    rows: list[DocumentLine] = []
    next_href: str = ""
    previous_href: str = ""
    people: list[PersonLine] = []
    events: list[EventLine] = []
    older_href: str = ""

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def load(self) -> None:
        """Read the account of the path and follow its changes."""
        place = await enter(self)
        account_id = route_id(self, "account_id")
        await self._fill(place, account_id)
        (await self.get_state(StaffSend))._arrive()
        self.loaded = True
        topics = {f"account:{account_id}", *place.topics, *await pause_topics(place)}
        watch(self, topics, AccountState.refresh)

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def refresh(self) -> None:
        """Something of the account changed: the same tab anew."""
        await self._fill(await enter(self), route_id(self, "account_id"))

    async def _fill(self, place: Place, account_id: int) -> None:
        found = await read(
            account_views.read, place.actor, account_id=account_id, today=place.today
        )
        await show_pauses(self, place)
        reach = await read(receivables.contactability, place.actor, account_id=account_id)
        self.reach = reach_code(reach)
        self.alerted, self.addresses = reach.alerted, reach.addresses
        query = query_of(self)
        asked = first(query, "tab")
        self.tab = asked if asked in TABS else "summary"
        self.path = href_of(place.base, "account", account_id)
        self._head(found, place)
        self.rows = []
        self.people = []
        self.events = []
        self.payments = []
        self.next_href = self.previous_href = self.older_href = ""
        if self.tab == "summary":
            await self._summary(place, account_id)
        elif self.tab == "billing":
            await self._billing(place, account_id, first(query, "cursor", 400))
        elif self.tab == "contacts":
            people = await read(contact_views.of_account, place.actor, account_id=account_id)
            switches = await read(access.of_account, place.actor, account_id=account_id)
            self.people = people_of(people, switches, place.base)
        elif self.tab == "messages":
            log = await self.get_state(InteractionsState)
            await log._fill(place)
        else:
            await self._activity(place, account_id, first(query, "before", 18))

    def _head(self, found: AccountDetail, place: Place) -> None:
        row, fields = found.row, found.fields
        self.name, self.code, self.kind = row.name, row.code, row.kind.value
        self.country, self.tax_kind, self.tax_id = row.country, row.tax_id_kind, row.tax_id
        town = " ".join(part for part in (fields.postal_code, fields.city) if part)
        lines = (fields.street, ", ".join(part for part in (town, fields.region) if part))
        self.address = [line for line in lines if line]
        self.tags, self.login = list(row.tags), row.login.value
        self.pending = found.logins_pending
        self.contacts, self.documents = row.contacts, found.documents
        self.balances = [card_of(balance, place.today) for balance in row.balances]
        self.same = [
            OtherAccount(other.name, other.code, href_of(place.base, "account", other.id))
            for other in found.same_customer
        ]

    async def _summary(self, place: Place, account_id: int) -> None:
        filters = DocumentFilters(account_id=account_id, kinds=(Kind.CASH_RECEIPT, Kind.ADVANCE))
        page = await read(
            document_lists.list_documents,
            place.actor,
            filters=filters,
            sort=Sort(),
            cursor="",
            now=place.now,
            limit=PAYMENTS,
        )
        self.payments = [document_line(row, place.base) for row in page.rows]

    async def _billing(self, place: Place, account_id: int, cursor: str) -> None:
        page = await read(
            document_lists.list_documents,
            place.actor,
            filters=DocumentFilters(account_id=account_id),
            sort=Sort(),
            cursor=cursor,
            now=place.now,
            limit=DOCUMENTS,
        )
        self.rows = [document_line(row, place.base) for row in page.rows]
        self.next_href = self._tab_href("billing", cursor=page.next_cursor)
        self.previous_href = self._tab_href("billing", cursor=page.previous_cursor)

    async def _activity(self, place: Place, account_id: int, before: str) -> None:
        known = int(before) if before.isascii() and before.isdigit() else None
        events = await read(
            audit.timeline, place.actor, account_id=account_id, before_id=known, limit=EVENTS + 1
        )
        self.events = lines_of(events[:EVENTS], place.base)
        more = len(events) > EVENTS
        self.older_href = (
            self._tab_href("activity", before=str(events[EVENTS - 1].id)) if more else ""
        )

    def _tab_href(self, tab: str, **more: str) -> str:
        """A place in a tab; "" when there is nothing to go to."""
        if not all(more.values()):
            return ""
        return url(self.path, {"tab": [tab]} | {name: [value] for name, value in more.items()})


def card_of(balance: Balance, today: date) -> BalanceCard:
    oldest = balance.oldest_due
    return BalanceCard(
        balance.currency,
        balance.owed_minor,
        balance.overdue_minor,
        balance.credit_minor,
        balance.open_count,
        balance.overdue_count,
        iso(oldest),
        max(0, (today - oldest).days) if oldest else 0,
    )


def document_line(row: DocumentRow, base: str) -> DocumentLine:
    badge = row.badge
    return DocumentLine(
        id=row.id,
        href=href_of(base, "document", row.id),
        kind=row.kind.value,
        number=row.number,
        concept=row.concept,
        issued_on=iso(row.issued_on),
        due_on=iso(row.due_on),
        currency=row.currency,
        total_minor=row.total_minor,
        balance_minor=row.balance_minor,
        mail=mail_of(row),
        badge={
            "code": badge.code,
            "tone": badge.tone,
            "icon": badge.icon,
            "params": dict(badge.params),
        },
    )


def people_of(
    people: Sequence[ContactRow], switches: Sequence[AccessRow], base: str
) -> list[PersonLine]:
    """Every e-mail of every person with its switch (mission 259), then their other addresses."""
    by_key = {(row.contact_id, row.email): row for row in switches}
    found = []
    for person in people:
        emails: list[EmailLine] = []
        others: list[PointLine] = []
        for point in person.points:
            row = by_key.get((person.id, point.address_norm))
            if point.channel.value == "email" and row is not None:
                emails.append(
                    EmailLine(
                        point.id,
                        person.id,
                        person.name,
                        point.address_norm,
                        point.label,
                        row.login.value,
                        iso(row.accepted_at or row.login_since),
                        point.alert_id,
                        point.alert,
                    )
                )
            else:
                others.append(point_line(point))
        found.append(
            PersonLine(
                id=person.id,
                name=person.name,
                position=person.position,
                href=href_of(base, "contact", person.id),
                elsewhere=len(person.accounts) - 1,
                emails=emails,
                others=others,
            )
        )
    return found


def point_line(point: PointRow) -> PointLine:
    """An address as the browser gets it."""
    return PointLine(
        point.id,
        point.channel.value,
        point.address,
        point.label,
        point.alert_id,
        point.alert,
    )
