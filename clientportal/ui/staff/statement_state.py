"""State of an account's statement for staff: the address says account, period and currency."""

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.permissions import Permission
from clientportal.services import statements
from clientportal.ui.documents.statement_state import StatementState
from clientportal.ui.gate import staff
from clientportal.ui.live_pages import watch
from clientportal.ui.session import read, route_id
from clientportal.ui.staff.common import enter
from clientportal.ui.staff.palette import href_of


class StaffStatement(StatementState, rx.State):
    """The statement of one account of the company."""

    account_href: str = ""

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def load(self) -> None:
        """Read the statement of the address and follow the account's changes."""
        await self._read()
        self.loaded = True

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def refresh(self) -> None:
        """Something of the account changed: the same page anew."""
        await self._read()

    async def _read(self) -> None:
        place = await enter(self)
        account_id = route_id(self, "account_id")
        found = await read(
            statements.read,
            place.actor,
            account_id=account_id,
            query=self._query(),
            now=place.now,
            most=statements.MOST_SHOWN,
        )
        self.account_href = href_of(place.base, "account", account_id)
        files = f"/files/statements{place.base}/{account_id}"
        self._show(found, f"{self.account_href}/statement", files, {})
        topics = {f"account:{account_id}", f"user:{place.actor.user_id}"}
        watch(self, topics, StaffStatement.refresh)

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    async def set_days(self, days: dict[str, str]) -> EventSpec | None:
        """Show the period of the two fields."""
        address = self._on_days(f"{self.account_href}/statement", days, {})
        return rx.redirect(address) if address else None
