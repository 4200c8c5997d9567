"""The sign-in form: one address, then a code by e-mail or a password; never tells who exists."""

from typing import Any

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.i18n import error_text, t
from clientportal.ui.public.kept import kept_form
from clientportal.ui.public.sign_in_state import SignInState

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
