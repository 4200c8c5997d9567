"""State of the company's keys of fiscal codes: shown masked, never sent to the browser."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.errors import Invalid
from clientportal.domain.permissions import Permission
from clientportal.services import fiscal_keys
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.session import read, write
from clientportal.ui.staff.common import Place, enter, text_of


class FiscalKeyState(rx.State, mixin=True):
    """`kept_key`, `kept_pin`: dots and last characters of what is kept; "" for nothing."""

    kept_key: str = ""
    kept_pin: str = ""
    key_errors: dict[str, str] = {}
    keys_form: int = 0

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def save_keys(self, form: dict[str, Any]) -> EventSpec | None:
        """Keep what was typed; an empty field changes nothing."""
        typed = {name: text_of(form, name, 200) for name in fiscal_keys.NAMES}
        return await self._keep({name: text for name, text in typed.items() if text})

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def forget_key(self, name: str) -> EventSpec | None:
        """Forget one of them."""
        return await self._keep({name: ""} if name in fiscal_keys.NAMES else {})

    async def _keep(self, keys: dict[str, str]) -> EventSpec | None:
        place = await enter(self)
        self.key_errors = {}
        if not keys:
            return None
        try:
            await write(fiscal_keys.change, place.actor, keys=keys, now=place.now)
        except Invalid as error:
            self.key_errors = {error.field or "technical_key": error.error_code}
            return None
        await self._show_keys(place)
        self.keys_form += 1
        return notice("saved")

    async def _show_keys(self, place: Place) -> None:
        found = await read(fiscal_keys.shown, place.actor)
        self.kept_key, self.kept_pin = found.technical_key, found.pin
