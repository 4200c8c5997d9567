"""State of the portal's statement: one account of the space, as the address says."""

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.errors import NotFound
from clientportal.domain.permissions import Permission
from clientportal.services import statements
from clientportal.services.spaces import SpaceView
from clientportal.ui.documents.statement_state import StatementState
from clientportal.ui.gate import portal
from clientportal.ui.kit.fields import Option
from clientportal.ui.live_pages import watch
from clientportal.ui.portal.common import Place, enter
from clientportal.ui.session import read, utc_now
from clientportal.ui.values import url


class PortalStatement(StatementState, rx.State):
    """The statement of one account, the space's first unless another is asked for."""

    accounts: list[Option] = []
    account: str = ""
    company: str = ""

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def load(self) -> None:
        """Read the statement of the address and follow the account's changes."""
        await self._read(await enter(self))
        self.loaded = True

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def refresh(self) -> None:
        """Something of the account changed: the same page anew."""
        await self._read(await enter(self))

    async def _read(self, place: Place) -> None:
        account_id = _account(place.space, self._query().get("account", [""])[0])
        found = await read(
            statements.read,
            place.actor,
            account_id=account_id,
            query=self._query(),
            now=utc_now(),
            most=statements.MOST_SHOWN,
        )
        here = {str(row.id): row.company_name for row in place.space.accounts}
        names = list(here.values())
        self.accounts = [
            Option(
                value=str(row.id),
                label=row.company_name
                if names.count(row.company_name) == 1
                else f"{row.company_name} · {row.name} ({row.code})",
            )
            for row in place.space.accounts
        ]
        self.account, self.company = str(account_id), found.company.name
        files = f"/files/statements{place.base}/{account_id}"
        self._show(found, f"{place.base}/statement", files, self._kept())
        watch(self, place.topics, PortalStatement.refresh)

    def _kept(self) -> dict[str, list[str]]:
        return {"account": [self.account]} if len(self.accounts) > 1 else {}

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def set_days(self, days: dict[str, str]) -> EventSpec | None:
        """Show the period of the two fields."""
        place = await enter(self)
        address = self._on_days(f"{place.base}/statement", days, self._kept())
        return rx.redirect(address) if address else None

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def choose_account(self, account: str) -> EventSpec | None:
        """Show another account of the space over the same period."""
        place = await enter(self)
        wanted = str(_account(place.space, account if isinstance(account, str) else ""))
        period = {
            name: values
            for name, values in self._query().items()
            if name in {"period", "from", "to"}
        }
        return rx.redirect(url(f"{place.base}/statement", {"account": [wanted]} | period))


def _account(space: SpaceView, wanted: str) -> int:
    """The id of the account that is asked for; the first of the space without one.

    Raises NotFound for one that is not of the space.
    """
    ids = {str(row.id): row.id for row in space.accounts}
    if not wanted and ids:
        return next(iter(ids.values()))
    if wanted not in ids:
        raise NotFound()
    return ids[wanted]
