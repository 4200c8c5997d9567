"""State of a contact's page: the person, their addresses, their accounts and logins."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from sqlmodel import Session

from clientportal.domain.actors import Member
from clientportal.domain.errors import Conflict, NotFound, PortalError
from clientportal.domain.permissions import Permission
from clientportal.services import access, contact_views, contacts
from clientportal.services.access import AccessRow
from clientportal.services.contact_views import ContactRow
from clientportal.services.contacts import ContactFields, NewPoint
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.live_pages import watch
from clientportal.ui.session import read, route_id, write
from clientportal.ui.staff.account_state import PointLine, point_line
from clientportal.ui.staff.alert_state import AlertRemoval
from clientportal.ui.staff.common import Place, enter, text_of
from clientportal.ui.staff.palette import href_of

SHOWN_ACCOUNTS = 50


@dataclass(frozen=True, slots=True)
class LoginLine:
    """One e-mail of the person on one account."""

    email: str
    login: str


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account of the person, with their logins there."""

    name: str
    code: str
    href: str
    logins: list[LoginLine]


class ContactState(AlertRemoval, rx.State):
    """One person; the form's first values change only when somebody else saved."""

    loaded: bool = False
    form_seq: int = 0
    name: str = ""
    position: str = ""
    language: str = ""
    points: list[PointLine] = []
    accounts: list[AccountLine] = []
    adding: bool = False
    field: str = ""
    code: str = ""
    params: dict[str, str] = {}
    conflict: str = ""

    _version: int = 0

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def load(self) -> None:
        """Read the person of the path and follow their changes."""
        place = await enter(self)
        self._clear_errors()
        self.adding = False
        row, rows = await self._read(place)
        self._version = row.version
        self.name, self.position, self.language = row.name, row.position, row.language
        self.form_seq += 1
        self._show(row, rows, place.base)
        self.loaded = True
        topics = {f"account:{account.id}" for account in row.accounts}
        watch(self, topics | place.topics, ContactState.refresh)

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def refresh(self) -> None:
        """Addresses and accounts anew; the form keeps what is being typed."""
        place = await enter(self)
        row, rows = await self._read(place)
        self._show(row, rows, place.base)

    @rx.event
    @staff(Permission.ACCOUNTS_EDIT)
    async def save(self, data: dict[str, Any]) -> list[Any] | None:
        """Store name, position and language; an older version is refused."""
        place = await enter(self)
        self._clear_errors()
        names = ("name", "position", "language")
        fields = ContactFields(*(text_of(data, name) for name in names))
        try:
            await write(
                contacts.edit,
                place.actor,
                contact_id=route_id(self, "contact_id"),
                fields=fields,
                now=place.now,
                version=self._version,
            )
        except PortalError as error:
            return self._refused(error)
        return [ContactState.load, notice("saved")]

    @rx.event
    @staff(Permission.ACCOUNTS_EDIT)
    async def show_adding(self) -> None:
        """Open the panel for another address."""
        self._clear_errors()
        self.adding = True

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def hide_adding(self) -> None:
        """Close the panel."""
        self._clear_errors()
        self.adding = False

    @rx.event
    @staff(Permission.ACCOUNTS_EDIT)
    async def add_point(self, data: dict[str, Any]) -> list[Any] | None:
        """One more address (mission 182, 260), normalised."""
        place = await enter(self)
        self._clear_errors()
        point = NewPoint(text_of(data, "channel"), text_of(data, "address"), text_of(data, "label"))
        try:
            await write(
                contacts.add_point,
                place.actor,
                contact_id=route_id(self, "contact_id"),
                point=point,
                now=place.now,
            )
        except PortalError as error:
            return self._refused(error)
        return [ContactState.load, notice("point_added", address=point.address)]

    @rx.event
    @staff(Permission.ACCOUNTS_EDIT)
    async def remove_point(self, point_id: int) -> list[Any]:
        """Take one of this person's addresses away."""
        place = await enter(self)
        row = await read(contact_views.read, place.actor, contact_id=route_id(self, "contact_id"))
        point = next((point for point in row.points if point.id == point_id), None)
        if point is None:
            raise NotFound()
        await write(contacts.remove_point, place.actor, point_id=point.id, now=place.now)
        return [ContactState.load, notice("point_removed", address=point.address)]

    async def _read(self, place: Place) -> tuple[ContactRow, list[AccessRow]]:
        return await read(_with_logins, place.actor, contact_id=route_id(self, "contact_id"))

    def _show(self, row: ContactRow, rows: list[AccessRow], base: str) -> None:
        self.points = [point_line(point) for point in row.points]
        self.accounts = [
            AccountLine(
                account.name,
                account.code,
                f"{href_of(base, 'account', account.id)}?tab=contacts",
                [LoginLine(r.email, r.login.value) for r in rows if r.account_id == account.id],
            )
            for account in row.accounts
        ]

    def _refused(self, error: PortalError) -> None:
        if isinstance(error, Conflict) and not error.field:
            self.conflict = error.error_code
        elif error.field:
            self.field, self.code = error.field, error.error_code
            self.params = {name: str(value) for name, value in error.params.items()}
        else:
            raise error

    def _clear_errors(self) -> None:
        self.field = self.code = self.conflict = ""
        self.params = {}


def _with_logins(
    session: Session, actor: Member, *, contact_id: int
) -> tuple[ContactRow, list[AccessRow]]:
    """The person and their switches on every account of theirs."""
    row = contact_views.read(session, actor, contact_id=contact_id)
    found = [
        switch
        for account in row.accounts[:SHOWN_ACCOUNTS]
        for switch in access.of_account(session, actor, account_id=account.id)
        if switch.contact_id == contact_id
    ]
    return row, found
