"""State of one's own profile in the settings: name, language of the messages, password."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.actors import Member
from clientportal.domain.errors import Invalid
from clientportal.domain.permissions import Permission
from clientportal.services import profile
from clientportal.ui.base import Visitor, notice
from clientportal.ui.gate import staff
from clientportal.ui.own_password import OwnPassword, typed
from clientportal.ui.session import page_actor, read, utc_now, write


class OwnProfile(OwnPassword, rx.State, mixin=True):
    """Part of the settings' state. Nothing typed is kept."""

    mail_language: str = ""

    async def _own_profile(self, actor: Member) -> None:
        self._no_errors()
        self.mail_language = (await read(profile.read, actor)).language
        await self._read_password(actor)

    @rx.event
    @staff(Permission.PROFILE_EDIT)
    async def choose_language(self, language: str) -> EventSpec:
        """Write to this person in another language from now on."""
        actor = await page_actor(self)
        wanted = language[:20] if isinstance(language, str) else ""
        await write(profile.choose_language, actor, language=wanted, now=utc_now())
        self.mail_language = wanted
        return notice("saved")

    @rx.event
    @staff(Permission.PROFILE_EDIT)
    async def rename(self, data: dict[str, Any]) -> EventSpec | None:
        """Store the name; the frame shows it at once."""
        actor = await page_actor(self)
        self._no_errors()
        try:
            name = await write(profile.rename, actor, name=typed(data, "name"), now=utc_now())
        except Invalid as error:
            return self._show_own(error)
        visitor = await self.get_state(Visitor)
        visitor.name = name
        return notice("saved")

    @rx.event
    @staff(Permission.PROFILE_EDIT)
    async def change_password(self, data: dict[str, Any]) -> EventSpec | None:
        """Store a new password for who knows the present one, or proved the address just now."""
        return await self._save_password(await page_actor(self), data)
