"""State of one's own profile in the settings: name, language of the messages, password."""

from functools import partial
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.actors import Member
from clientportal.domain.errors import Invalid, PortalError
from clientportal.domain.permissions import Permission
from clientportal.services import passwords, profile
from clientportal.storage.session import run_in
from clientportal.ui.base import Visitor, notice
from clientportal.ui.gate import staff
from clientportal.ui.session import client_address, page_actor, principal, read, utc_now, write


class OwnProfile(rx.State, mixin=True):
    """Part of the settings' state. Nothing typed is kept.

    `own_field` and `own_code` are the error of the form that was sent last.
    """

    mail_language: str = ""
    own_field: str = ""
    own_code: str = ""
    own_params: dict[str, str | int] = {}
    password_seq: int = 0

    async def _own_profile(self, actor: Member) -> None:
        self._no_errors()
        self.mail_language = (await read(profile.read, actor)).language

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
            name = await write(profile.rename, actor, name=_text(data, "name"), now=utc_now())
        except Invalid as error:
            return self._show_own(error)
        visitor = await self.get_state(Visitor)
        visitor.name = name
        return notice("saved")

    @rx.event
    @staff(Permission.PROFILE_EDIT)
    async def change_password(self, data: dict[str, Any]) -> EventSpec | None:
        """Store a new password for who knows the present one; other sessions end."""
        actor, who = await page_actor(self), await principal(self)
        self._no_errors()
        current, new = _text(data, "current"), _text(data, "password")
        try:
            if not current:
                raise Invalid(code="required", field="current")
            check = await write(
                profile.begin_password,
                actor,
                new=new,
                address=client_address(self),
                now=utc_now(),
            )
            ok = await run_in("password", passwords.verify_password, current, check.stored)
            fresh = await run_in("password", passwords.hash_password, new) if ok else ""
            finish = partial(
                profile.finish_password, ok=ok, password_hash=fresh, keep=who.session_id
            )
            ended = await write(finish, actor, check, now=utc_now())
        except PortalError as error:
            return self._show_own(error)
        self.password_seq += 1
        return notice("password_changed_ended", n=ended) if ended else notice("password_changed")

    def _show_own(self, error: PortalError) -> None:
        if not error.field:
            raise error
        self.own_field, self.own_code = error.field, error.error_code
        self.own_params = {
            k: v if isinstance(v, int) else str(v)[:60] for k, v in error.params.items()
        }

    def _no_errors(self) -> None:
        self.own_field = self.own_code = ""
        self.own_params = {}


def _text(data: dict[str, Any], name: str) -> str:
    """A field as it was typed: spaces belong to a password."""
    value = data.get(name, "") if isinstance(data, dict) else ""
    return value[:1000] if isinstance(value, str) else ""
