"""One's own password in the settings of both faces: what stands between, and the new one."""

from functools import partial
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.actors import Actor
from clientportal.domain.errors import Conflict, Invalid, PortalError
from clientportal.services import passwords, profile
from clientportal.services.passwords import MAX_LENGTH, MIN_LENGTH
from clientportal.storage.session import run_in
from clientportal.ui import kit
from clientportal.ui.base import Visitor, failure, notice
from clientportal.ui.i18n import t
from clientportal.ui.session import client_address, principal, read, utc_now, write


class OwnPassword(rx.State, mixin=True):
    """Part of a page's state. Nothing typed is kept.

    `own_field` and `own_code` are the error of the form that was sent last; `password_way` is that
    of `profile.password_way`, empty until the page has read it.
    """

    own_field: str = ""
    own_code: str = ""
    own_params: dict[str, str | int] = {}
    password_seq: int = 0
    password_way: str = ""

    async def _read_password(self, actor: Actor) -> None:
        who = await principal(self)
        self.password_way = await read(
            profile.password_way, actor, session_id=who.session_id, now=utc_now()
        )

    async def _save_password(self, actor: Actor, data: dict[str, Any]) -> EventSpec | None:
        """Store the password that was typed, in the way that is open to this person now."""
        self._no_errors()
        await self._read_password(actor)
        new = typed(data, "password")
        try:
            if self.password_way == "change":
                ended = await self._change(actor, typed(data, "current"), new)
                done = "password_changed"
            else:
                ended = await self._set_first(actor, new)
                done = "password_set"
        except PortalError as error:
            # Another tab was faster, or the code is old by now: the card shows what is left to do.
            await self._read_password(actor)
            return self._show_own(error)
        self.password_seq += 1
        self.password_way = "change"
        if done == "password_changed" and ended:
            return notice("password_changed_ended", n=ended)
        return notice(done)

    async def _change(self, actor: Actor, current: str, new: str) -> int:
        if not current:
            raise Invalid(code="required", field="current")
        who = await principal(self)
        check = await write(
            profile.begin_password, actor, new=new, address=client_address(self), now=utc_now()
        )
        ok = await run_in("password", passwords.verify_password, current, check.stored)
        fresh = await run_in("password", passwords.hash_password, new) if ok else ""
        finish = partial(
            profile.finish_password, ok=ok, password_hash=fresh, keep=who.session_id, now=utc_now()
        )
        return await write(finish, actor, check)

    async def _set_first(self, actor: Actor, new: str) -> int:
        who = await principal(self)
        begin = partial(profile.begin_first_password, session_id=who.session_id, now=utc_now())
        await read(begin, actor, new=new)
        fresh = await run_in("password", passwords.hash_password, new)
        finish = partial(profile.finish_first_password, session_id=who.session_id, now=utc_now())
        return await write(finish, actor, password_hash=fresh)

    def _show_own(self, error: PortalError) -> EventSpec | None:
        if isinstance(error, Conflict):
            return failure(error.error_code)
        if not error.field:
            raise error
        self.own_field, self.own_code = error.field, error.error_code
        self.own_params = {
            k: v if isinstance(v, int) else str(v)[:60] for k, v in error.params.items()
        }
        return None

    def _no_errors(self) -> None:
        self.own_field = self.own_code = ""
        self.own_params = {}


def typed(data: object, name: str) -> str:
    """A field of a form as it was typed: the spaces of a password are part of it."""
    found = data.get(name, "") if isinstance(data, dict) else ""
    return found[:1000] if isinstance(found, str) else ""


def wrong(state: Any, name: str) -> dict[str, Any]:
    """The props of a field that shows the error of the form that was sent last."""
    return {
        "error": rx.cond(state.own_field == name, state.own_code, ""),
        "error_params": state.own_params,
    }


def password_card(state: Any, *, save: Any, back: Any) -> rx.Component:
    """`state` has the mixin; `save` is its handler; a fresh code leads back to the path `back`."""
    shown = rx.match(
        state.password_way,
        ("change", _form(state, save, t("password.change"), first=False)),
        ("set", _form(state, save, t("password.set"), first=True)),
        ("prove", _prove(back)),
        kit.skeleton_rows(1),
    )
    return kit.card(shown, title=t("password.title"), test_id="password-card")


def _form(state: Any, save: Any, label: Any, *, first: bool) -> rx.Component:
    """The new form after a change is empty: what was typed stands nowhere."""
    current = kit.password_field(
        "current",
        t("password.current"),
        required=True,
        max_length=1000,
        test_id="password-current",
        **wrong(state, "current"),
    )
    return kit.form(
        # Password managers need to know whose password it is.
        rx.el.input(
            type="text", name="username", value=Visitor.email, read_only=True, hidden=True,
            auto_complete="username",
        ),
        rx.el.p(t("password.why"), class_name="text-ink-2") if first else current,
        kit.password_field(
            "password",
            t("password.new"),
            auto_complete="new-password",
            required=True,
            min_length=MIN_LENGTH,
            max_length=MAX_LENGTH,
            help=t("password.help", least=MIN_LENGTH),
            test_id="password-new",
            **wrong(state, "password"),
        ),
        rx.el.div(kit.submit(label, kind="plain", test_id="password-save")),
        on_submit=save,
        class_name="grid gap-3",
        key=state.password_seq,
    )  # fmt: skip


def _prove(back: Any) -> rx.Component:
    """Leads to the page of the code, and from there back here, with a session that it opened."""
    return kit.plain_form(
        rx.el.p(t("password.prove", email=Visitor.email), class_name="text-ink-2"),
        rx.el.input(type="hidden", name="email", value=Visitor.email),
        rx.el.input(type="hidden", name="next", value=back),
        rx.el.div(kit.submit(t("password.ask"), kind="plain", test_id="password-prove")),
        action="/auth/code",
        class_name="grid gap-3",
    )
