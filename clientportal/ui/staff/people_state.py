"""Changing the people of an account: who may enter the portal, new people, links, addresses."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from clientportal.domain.document_filters import MAX_ID
from clientportal.domain.errors import Invalid, NotFound, PortalError
from clientportal.domain.permissions import Permission
from clientportal.services import access, contact_views, contacts
from clientportal.services.contact_views import ContactRow
from clientportal.services.contacts import ContactFields, NewPoint
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.session import read, route_id, write
from clientportal.ui.staff.account_state import AccountState
from clientportal.ui.staff.alert_state import AlertRemoval
from clientportal.ui.staff.common import enter, text_of

MOST_EMAILS = 5
LINKABLE = 8


@dataclass(frozen=True, slots=True)
class Linkable:
    """A person who could be linked to this account."""

    id: int
    name: str
    detail: str


class PeopleState(AlertRemoval, rx.State):
    """Which panel is open, what was refused in it, and the question about a login."""

    panel: str = ""
    emails: int = 1
    field: str = ""
    code: str = ""
    params: dict[str, str] = {}
    linkable: list[Linkable] = []
    searched: str = ""
    person_id: int = 0
    person: str = ""

    asked: bool = False
    ask_on: bool = False
    ask_email: str = ""
    ask_person: str = ""

    _ask_contact: int = 0

    @rx.event
    @staff(Permission.ACCESS_EDIT)
    async def ask_login(self, contact_id: int, person: str, email: str, on: bool) -> None:
        """Ask before a switch is turned, saying what it does."""
        self._ask_contact = _row_id(contact_id)
        self.ask_person, self.ask_email = _short(person), _short(email)
        self.ask_on, self.asked = on is True, True

    @rx.event
    @staff(Permission.ACCESS_EDIT)
    async def turn_login(self) -> list[Any]:
        """Turn the switch that was asked about (mission 203, 211)."""
        place = await enter(self)
        row = await write(
            access.set_login,
            place.actor,
            account_id=route_id(self, "account_id"),
            contact_id=self._ask_contact,
            email=self.ask_email,
            on=self.ask_on,
            now=place.now,
        )
        self.asked = False
        code = "login_on" if self.ask_on else "login_off"
        return [AccountState.refresh, notice(code, email=row.email)]

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def keep_login(self) -> None:
        """Leave the switch as it is."""
        self.asked = False

    @rx.event
    @staff(Permission.ACCOUNTS_EDIT)
    async def show(self, panel: str, person_id: int, person: str) -> None:
        """Open a panel: `new` person, `link` a known one, or another `point` of a person."""
        self._close()
        self.panel = panel if panel in ("new", "link", "point") else ""
        self.person_id, self.person = _row_id(person_id), _short(person)
        if self.panel == "link":
            await self._search("")

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def hide(self) -> None:
        """Close the panel."""
        self._close()

    @rx.event
    @staff(Permission.ACCOUNTS_EDIT)
    async def more_emails(self) -> None:
        """One more e-mail field (mission 256-257)."""
        self.emails = min(self.emails + 1, MOST_EMAILS)

    @rx.event
    @staff(Permission.ACCOUNTS_EDIT)
    async def create(self, data: dict[str, Any]) -> list[Any] | None:
        """Create a person with their addresses, linked to this account."""
        place = await enter(self)
        fields = ContactFields(
            name=text_of(data, "name"),
            position=text_of(data, "position"),
            language=text_of(data, "language"),
        )
        given = [("email", text_of(data, f"email{n}")) for n in range(MOST_EMAILS)]
        given += [(channel, text_of(data, channel)) for channel in ("whatsapp", "phone")]
        points = [NewPoint(channel, address) for channel, address in given if address]
        try:
            await write(
                contacts.create,
                place.actor,
                fields=fields,
                points=points,
                account_ids=[route_id(self, "account_id")],
                now=place.now,
            )
        except PortalError as error:
            return self._refused(error)
        self._close()
        return [AccountState.refresh, notice("contact_added", name=fields.name)]

    @rx.event
    @staff(Permission.ACCOUNTS_EDIT)
    async def add_point(self, data: dict[str, Any]) -> list[Any] | None:
        """Give a person one more address (mission 260)."""
        place = await enter(self)
        await self._linked(place.actor)
        point = NewPoint(text_of(data, "channel"), text_of(data, "address"), text_of(data, "label"))
        try:
            await write(
                contacts.add_point,
                place.actor,
                contact_id=self.person_id,
                point=point,
                now=place.now,
            )
        except PortalError as error:
            return self._refused(error)
        self._close()
        return [AccountState.refresh, notice("point_added", address=point.address)]

    @rx.event(supersedes=True)
    @staff(Permission.ACCOUNTS_EDIT)
    async def find(self, text: str) -> None:
        """People of the company who could be linked."""
        await self._search(text[:100] if isinstance(text, str) else "")

    @rx.event
    @staff(Permission.ACCOUNTS_EDIT)
    async def link(self, contact_id: int) -> list[Any]:
        """Link a known person to this account (mission 180-181)."""
        place = await enter(self)
        account_id = route_id(self, "account_id")
        known = await read(contact_views.read, place.actor, contact_id=_row_id(contact_id))
        await write(
            contacts.link,
            place.actor,
            contact_id=known.id,
            account_id=account_id,
            now=place.now,
        )
        self._close()
        return [AccountState.refresh, notice("contact_linked", name=known.name)]

    @rx.event
    @staff(Permission.ACCOUNTS_EDIT)
    async def unlink(self, contact_id: int) -> list[Any]:
        """Take a person off this account; their way into it ends too."""
        place = await enter(self)
        known = await read(contact_views.read, place.actor, contact_id=_row_id(contact_id))
        await write(
            contacts.unlink,
            place.actor,
            contact_id=known.id,
            account_id=route_id(self, "account_id"),
            now=place.now,
        )
        return [AccountState.refresh, notice("contact_unlinked", name=known.name)]

    async def _linked(self, actor: Any) -> ContactRow:
        """The panel's person, who must be one of this account's."""
        known = await read(contact_views.read, actor, contact_id=self.person_id)
        if route_id(self, "account_id") not in {account.id for account in known.accounts}:
            raise NotFound()
        return known

    async def _search(self, text: str) -> None:
        place = await enter(self)
        account_id = route_id(self, "account_id")
        page = await read(contact_views.listing, place.actor, text=text, limit=LINKABLE * 3)
        self.searched = text
        self.linkable = [
            Linkable(row.id, row.name, ", ".join(account.name for account in row.accounts[:2]))
            for row in page.rows
            if account_id not in {account.id for account in row.accounts}
        ][:LINKABLE]

    def _refused(self, error: PortalError) -> None:
        """Show an error beside its field; an error without one is told as a notice."""
        if not error.field:
            raise error
        self.field, self.code = error.field, error.error_code
        self.params = {name: str(value) for name, value in error.params.items()}

    def _close(self) -> None:
        self.panel, self.emails = "", 1
        self.field = self.code = self.searched = ""
        self.params = {}
        self.linkable = []


def _row_id(value: object) -> int:
    """An id that a browser sent. Raises NotFound for anything that cannot be one."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_ID:
        raise NotFound()
    return value


def _short(value: object) -> str:
    if not isinstance(value, str):
        raise Invalid()
    return value[:254]
