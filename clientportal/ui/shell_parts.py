"""What the shells share: navigation entries, refusal, profile panel, account and company choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypedDict, cast

import reflex as rx

from clientportal.settings import settings
from clientportal.ui import kit
from clientportal.ui.base import Visitor
from clientportal.ui.i18n import error_text, page_title, t
from clientportal.ui.kit.parts import Child, maybe


class Choice(TypedDict):
    """A company that a member may switch to."""

    name: str
    href: str
    current: bool


class AccountChoice(TypedDict):
    """A customer space that a portal user may switch to, with what it owes in words' place."""

    name: str
    detail: str
    tone: str
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class NavItem:
    """An entry of a menu: test id `nav-{page}`, paths below the base (first one that exists)."""

    page: str
    paths: tuple[str, ...]
    icon: str
    key: str


@cache
def _routes() -> frozenset[str]:
    from clientportal.ui.pages import all_pages

    pages = all_pages(development=not settings().is_production)
    return frozenset(page.route.strip("/") for page in pages)


def existing(items: Sequence[NavItem], prefix: str) -> list[tuple[NavItem, str]]:
    """The entries whose page is part of this build, with the path that exists."""
    found = []
    for item in items:
        path = next((p for p in item.paths if f"{prefix}{p}".strip("/") in _routes()), None)
        if path is not None:
            found.append((item, path))
    return found


def located(base: rx.Var[str], face: str) -> rx.Var[str]:
    """The base of a face's links: as the page knows it, until then as the address bar has it.

    A menu can be pressed before the page has been told where it is.
    """
    here = f'(globalThis.location?.pathname.match(/^\\/{face}\\/[^/]+/) ?? [""])[0]'
    return rx.Var(f"({base!s} || {here})", _var_type=str, _var_data=base._get_all_var_data())


def skip_link() -> rx.Component:
    """First stop of the keyboard: to the content."""
    return rx.el.a(t("shell.skip"), href="#main", class_name="btn skip")


def refusal(home: Any) -> rx.Component:
    """In place of a page that may not be shown: why, and the way out."""
    code = Visitor.refused
    out = kit.link_button(t("shell.go_home"), href=home)
    text = error_text(code, {"code": code})
    said = (
        ("not_allowed", t("shell.denied_title")),
        ("not_found", t("shell.not_found_title")),
        t("shell.failed_title"),
    )
    return rx.el.div(
        page_title(cast("rx.Var[str]", rx.match(code, *said))),
        rx.match(
            code,
            ("not_allowed", kit.empty("denied", t("shell.denied_title"), text, out)),
            ("not_found", kit.empty("filter", t("shell.not_found_title"), text, out)),
            kit.empty("error", t("shell.failed_title"), text, out),
        ),
        data_testid="refused",
    )


def content(home: Any, *children: Child, class_name: str = "") -> rx.Component:
    """The main part: the page, or why it is refused."""
    return rx.el.main(
        rx.cond(Visitor.refused != "", refusal(home), rx.fragment(*children)),
        id="main",
        tab_index=-1,
        class_name=class_name,
    )


def sign_out(class_name: str = "btn w-full") -> rx.Component:
    """Ends the session by a native POST; test id `sign-out`."""
    return kit.plain_form(
        rx.el.button(
            kit.icon("out"), t("shell.sign_out"), type="submit", class_name=class_name,
            data_testid="sign-out",
        ),
        action="/auth/sign-out",
    )  # fmt: skip


def profile(trigger: Child, *links: Child) -> rx.Component:
    """The panel behind one's name: who, appearance, sign out (a sheet on the phone)."""
    who = rx.el.div(
        rx.el.b(Visitor.name, class_name="block cut"),
        kit.email_address(Visitor.email, class_name="block text-ink-3 text-sm"),
    )
    panel = rx.el.div(who, *links, kit.theme_switch(), sign_out(), class_name="more")
    return kit.popover(trigger, panel, label=t("shell.profile"), class_name="sheet")


def choice_rows(choices: Any) -> rx.Component:
    """Rows of a Var of `AccountChoice`: mark, name, what is owed."""

    def row(entry: Any) -> rx.Component:
        return kit.link(
            kit.company_mark(entry["name"], "l"),
            rx.el.span(
                rx.el.b(entry["name"], class_name="block"),
                rx.el.span(entry["detail"], class_name=f"text-sm c-{entry['tone']}"),
                class_name="grow",
            ),
            kit.icon("chevron-right"),
            href=entry["href"],
            aria_current=rx.cond(entry["current"], "true", "false"),
            class_name=rx.cond(entry["current"], "pick-a mark", "pick-a"),
            data_close="",
        )

    return rx.el.div(rx.foreach(choices, row), class_name="picks")


def labelled(icon: str, label: Child, count: Any = None) -> list[Child]:
    """Icon, word and counter of a menu entry."""
    return [
        kit.icon(icon), rx.el.span(label, class_name="tx"),
        *maybe(count, lambda n: rx.cond(n, kit.counter(n, "accent"), rx.fragment())),
    ]  # fmt: skip
