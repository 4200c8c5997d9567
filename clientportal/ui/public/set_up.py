"""The first company and its owner; guessed from the browser where it can be."""

from typing import Any

import reflex as rx

from clientportal.ui import kit, places
from clientportal.ui.i18n import error_text, page_title, t
from clientportal.ui.pages import Page
from clientportal.ui.public.kept import kept_form
from clientportal.ui.public.set_up_state import SetUpState
from clientportal.ui.public.shell import public_shell

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = SetUpState


def _wrong(name: str) -> rx.Var[str]:
    return rx.cond(State.field == name, State.error, "")


def _text(name: str, label: str, **props: object) -> rx.Component:
    return kit.text_field(
        name,
        t(label),
        **(
            {
                "required": True,
                "max_length": 200,
                "error": _wrong(name),
                "error_params": State.numbers,
            }
            | props
        ),
    )


def _company() -> rx.Component:
    tax_help = rx.cond(
        State.tax_shown != "",
        t("public.set_up.tax_shown", text=State.tax_shown),
        t("public.set_up.tax_help"),
    )
    return kit.card(
        rx.el.div(
            _text(
                "company_name",
                "public.set_up.company_name",
                auto_complete="organization",
                on_blur=State.name_left,
                auto_focus=True,
            ),
            _text(
                "slug",
                "public.set_up.slug",
                help=t("public.set_up.slug_help"),
                default_value=State.slug,
                key=State.slug_seq,
                on_change=State.slug_typed.debounce(300),
                max_length=60,
                auto_complete="off",
                spell_check=False,
            ),
            kit.select_field(
                "country",
                t("public.set_up.country"),
                places.country_options(),
                placeholder=t("public.set_up.choose_country"),
                required=True,
                default_value=State.country,
                on_change=State.choose_country,
                error=_wrong("country"),
            ),
            _text(
                "tax_id",
                "public.set_up.tax_id",
                optional=True,
                required=False,
                help=tax_help,
                error=State.tax_error,
                error_params=State.tax_params,
                on_blur=State.check_tax_id,
                max_length=40,
            ),
            kit.select_field(
                "currency",
                t("public.set_up.currency"),
                places.currency_options(),
                help=t("public.set_up.currency_help"),
                default_value=State.currency,
                error=_wrong("currencies"),
            ),
            kit.select_field(
                "time_zone",
                t("public.set_up.time_zone"),
                places.time_zone_options(State.zone),
                help=t("public.set_up.time_zone_help"),
                default_value=State.zone,
                error=_wrong("time_zone"),
            ),
            class_name="grid gap-4",
        ),
        title=t("public.set_up.company"),
    )


def _owner() -> rx.Component:
    code = _text(
        "set_up_code",
        "public.set_up.code",
        help=t("public.set_up.code_help"),
        auto_complete="off",
        max_length=20,
    )
    return kit.card(
        rx.el.div(
            _text("name", "public.set_up.name", auto_complete="name"),
            _text(
                "email",
                "public.set_up.email",
                type="email",
                auto_complete="username",
                max_length=254,
                help=t("public.set_up.email_help"),
            ),
            kit.password_field(
                "password",
                t("public.set_up.password"),
                auto_complete="new-password",
                required=True,
                min_length=12,
                max_length=1000,
                help=t("public.set_up.password_help"),
                error=_wrong("password"),
                error_params=State.numbers,
            ),
            rx.cond(State.needs_code, code, rx.fragment()),
            class_name="grid gap-4",
        ),
        title=t("public.set_up.owner"),
    )


def _form() -> rx.Component:
    failed = kit.note(
        error_text(State.error, State.numbers),
        tone="bad",
        role="alert",
        test_id="set-up-error",
    )
    return rx.el.div(
        rx.cond((State.error != "") & (State.field == ""), failed, rx.fragment()),
        kept_form(
            "set-up",
            _company(),
            _owner(),
            rx.el.input(type="hidden", name="language", value=places.page_language()),
            kit.submit(t("public.set_up.create"), size="l", block=True, test_id="set-up-submit"),
            action="/auth/set-up",
            class_name="grid gap-4",
            test_id="set-up",
        ),
        class_name="grid gap-4",
    )


def view() -> rx.Component:
    """The form, once the browser has told its time zone."""
    return rx.fragment(
        page_title("public.set_up.title"),
        public_shell(
            rx.el.div(
                rx.el.h1(t("public.set_up.title"), class_name="h1 mt-8"),
                rx.el.p(t("public.set_up.text"), class_name="text-ink-2 mt-1 mb-6"),
                on_mount=State.guess(places.browser_zone()),
            ),
            kit.loading(~State.ready, kit.skeleton_block(), _form()),
        ),
    )


PAGE = Page(
    route="/set-up",
    view=view,
    title_key="public.set_up.title",
    face="public",
    on_load=(State.load,),
)
