"""What an address shows that no page belongs to."""

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.i18n import page_title, t
from clientportal.ui.pages import Page
from clientportal.ui.public.shell import public_shell


def view() -> rx.Component:
    """The words of the plain page of the same kind, and the way home."""
    return rx.fragment(
        page_title("public.problem.not_found.title"),
        public_shell(
            rx.el.h1(t("public.problem.not_found.title"), class_name="h1 mt-8"),
            rx.el.p(t("public.problem.not_found.text"), class_name="text-ink-2 mt-1 mb-6"),
            kit.link_button(t("public.problem.home"), href="/", kind="main"),
        ),
    )


# The framework's own name for it, in place of its English default.
PAGE = Page(route="404", view=view, title_key="public.problem.not_found.title", face="public")
