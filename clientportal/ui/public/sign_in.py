"""Sign in: a code by e-mail or a password, on one page."""

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.base import Visitor
from clientportal.ui.i18n import page_title, t
from clientportal.ui.pages import Page
from clientportal.ui.public.shell import public_shell
from clientportal.ui.public.sign_in_form import sign_in_form
from clientportal.ui.public.sign_in_state import SignInState


def view() -> rx.Component:
    """Title, a hint for those who are signed in already, the form."""
    already = kit.note(
        t("public.sign_in.already", name=Visitor.name),
        " ",
        kit.text_link(
            t("public.sign_in.go_on"),
            href=rx.cond(SignInState.next != "", SignInState.next, "/"),
        ),
    )
    return rx.fragment(
        page_title("public.sign_in.title"),
        public_shell(
            rx.el.h1(t("public.sign_in.title"), class_name="h1 mt-8"),
            rx.el.p(t("public.sign_in.text"), class_name="text-ink-2 mt-1 mb-6"),
            rx.el.div(
                rx.cond(Visitor.signed_in, already, rx.fragment()),
                sign_in_form(),
                class_name="grid gap-4 max-w-[420px]",
            ),
        ),
    )


PAGE = Page(
    route="/sign-in",
    view=view,
    title_key="public.sign_in.title",
    face="public",
    on_load=(SignInState.load,),
)
