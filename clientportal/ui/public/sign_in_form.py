"""The sign-in form: one address, then a code by e-mail or a password; never tells who exists."""

import re
from typing import Any
from urllib.parse import parse_qs

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.gate import public
from clientportal.ui.i18n import error_text, t
from clientportal.ui.public.kept import kept_form

# What the routes may send back. Anything else in the address shows nothing.
PASSWORD_ERRORS = frozenset({"sign_in_failed", "sign_in_incomplete"})
ERRORS = PASSWORD_ERRORS | {
    "code_expired",
    "code_pause",
    "code_wrong",
    "email_invalid",
    "foreign_origin",
    "not_found",
    "too_large",
    "too_many_tries",
}
FIELDS = frozenset({"email", "code"})


class SignInState(rx.State):
    """What the address says about the last try, and which way of signing in is shown."""

    way: str = "code"
    next: str = ""
    error: str = ""
    field: str = ""
    minutes: int = 0

    @rx.event
    @public
    async def load(self) -> None:
        """Read the last try's error and where to go afterwards."""
        read_try(self, parse_qs(self.router.url.query))

    @rx.event
    @public
    async def choose(self, way: str) -> None:
        """Show the other way; the typed address stays."""
        self.way = "password" if way == "password" else "code"


def read_try(state: SignInState, query: dict[str, list[str]]) -> None:
    """Fill the state from a query: codes by the allow list, numbers as numbers, local paths."""
    error = query.get("error", [""])[0]
    state.error = error if error in ERRORS else ""
    field = query.get("field", [""])[0]
    state.field = field if field in FIELDS else ""
    seconds = query.get("seconds", [""])[0]
    known = int(seconds) if re.fullmatch(r"[0-9]{1,5}", seconds) else 0
    state.minutes = max(1, round(known / 60))
    wanted = query.get("next", [""])[0][:500]
    local = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and "\\" not in wanted
    state.next = wanted if local else ""
    asked = query.get("way", [""])[0]
    by_password = state.error in PASSWORD_ERRORS or asked == "password"
    state.way = "password" if by_password else "code"


# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = SignInState


def failed_note() -> rx.Component:
    """Why the last try was refused, above the form."""
    text = error_text(State.error, {"minutes": State.minutes})
    return rx.cond(
        (State.error != "") & (State.field == ""),
        kit.note(text, tone="bad", role="alert", test_id="sign-in-error"),
        rx.fragment(),
    )


def sign_in_form() -> rx.Component:
    """One form for both ways, so the address is typed once and Enter does what is shown."""
    by_code = State.way == "code"
    wrong = rx.cond(State.field == "email", State.error, "")
    password = kit.password_field(
        "password",
        t("public.sign_in.password"),
        help=t("public.sign_in.forgotten"),
        required=True,
        max_length=1000,
    )
    return rx.el.div(
        failed_note(),
        kept_form(
            "sign-in",
            kit.text_field(
                "email",
                t("public.sign_in.email"),
                type="email",
                auto_complete="username",
                input_mode="email",
                required=True,
                max_length=254,
                auto_focus=True,
                error=wrong,
                test_id="sign-in-email",
            ),
            rx.cond(by_code, rx.fragment(), password),
            rx.el.input(type="hidden", name="next", value=State.next),
            kit.submit(
                rx.cond(by_code, t("public.sign_in.send_code"), t("public.sign_in.enter")),
                size="l",
                block=True,
                test_id="sign-in-submit",
            ),
            action=rx.cond(by_code, "/auth/code", "/auth/password"),
            class_name="grid gap-4",
            test_id="sign-in",
        ),
        rx.cond(
            by_code,
            kit.button(
                t("public.sign_in.use_password"),
                kind="ghost",
                block=True,
                on_click=State.choose("password"),
                test_id="use-password",
            ),
            kit.button(
                t("public.sign_in.use_code"),
                kind="ghost",
                block=True,
                on_click=State.choose("code"),
                test_id="use-code",
            ),
        ),
        class_name="grid gap-4",
    )
