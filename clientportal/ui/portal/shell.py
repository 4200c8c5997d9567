"""The frame of every portal page: account switcher, menu (a bottom bar on the phone), brand."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from clientportal.ui import kit, shell_parts
from clientportal.ui.base import Visitor
from clientportal.ui.i18n import Text, t
from clientportal.ui.kit.parts import Child, given, maybe, when
from clientportal.ui.shell_parts import NavItem

PREFIX = "/portal/[space]"
NAV = (
    NavItem("home", ("",), "home", "nav.home"),
    NavItem("billing", ("/documents", "/billing"), "receipt", "nav.bills"),
    NavItem("messages", ("/messages",), "chat", "nav.messages"),
    NavItem("documents", ("/files",), "doc", "nav.documents"),
    NavItem("more", ("/more",), "more", "nav.more"),
)


def _nav(base: Any, here: str, counts: Mapping[str, Any]) -> rx.Component:
    """One menu: in the header on a desk, at the bottom of a phone."""
    base = shell_parts.located(base, "portal")
    links = [
        kit.link(
            *shell_parts.labelled(item.icon, t(item.key), counts.get(item.page)),
            href=f"{base}{path}",
            aria_current=when(item.page == here, "page", "false"),
            test_id=f"nav-{item.page}",
        )
        for item, path in shell_parts.existing(NAV, PREFIX)
    ]
    return rx.el.nav(*links, class_name="pnav", aria_label=t("shell.main_menu"))


def _switcher(account: Any, portal_of: Any, accounts: Any) -> rx.Component:
    names = rx.el.span(
        when(account == "", rx.el.span(t("shell.choose_account"), class_name="vh")),
        rx.el.span(account, class_name="nm cut"),
        rx.el.span(portal_of, class_name="sub cut"),
        class_name="grow",
    )
    mark = kit.company_mark(account, "l")
    if accounts is None:
        return rx.el.div(mark, names, class_name="acct")
    trigger = rx.el.button(
        mark, names, kit.icon("chevrons"), type="button", class_name="acct",
        data_testid="account-switch",
    )  # fmt: skip
    return kit.dialog(t("shell.choose_account"), shell_parts.choice_rows(accounts), trigger=trigger)


def _palette(base: Any, on_search: Any, results: Any) -> list[rx.Component]:
    """Pages and documents of the space by name; nothing to find before a space is chosen."""
    pages = [
        (t(item.key), f"{base}{path}", item.icon)
        for item, path in shell_parts.existing(NAV, PREFIX)
    ]
    find = kit.palette(
        pages,
        on_search=on_search,
        results=results,
        compact=True,
        sole=True,
        class_name="btn btn-ghost btn-i",
    )
    return [when(base != "", find)]


def _profile() -> rx.Component:
    trigger = kit.button(
        kit.avatar(Visitor.name), kind="ghost", class_name="btn-i only-l",
        aria_label=t("shell.profile"), test_id="profile",
    )  # fmt: skip
    return shell_parts.profile(trigger)


def portal_shell(
    page: str,
    *children: Child,
    base: Any,
    account: Any,
    portal_of: Any,
    accounts: Any = None,
    counts: Mapping[str, Any] | None = None,
    brand: Any = None,
    notice: Child = None,
    on_search: Any = None,
    results: Any = (),
    on_undo: Any = None,
    keys: Mapping[str, Any] | None = None,
    key_labels: Mapping[str, Text] | None = None,
) -> rx.Component:
    """A portal page in its frame.

    `base` is `/portal/{space}` (Var); `account` the customer's own name, `portal_of` the line
    below; `accounts` a Var of `AccountChoice` when there is a choice; `brand` the accent tokens
    per theme ({} for the house); `notice` a note under the header; `on_search` and
    `results` feed the palette.
    """
    header = rx.el.header(
        rx.el.div(
            _switcher(account, portal_of, accounts),
            _nav(base, page, counts or {}),
            rx.el.div(
                *_palette(base, on_search, results),
                kit.language_switch(),
                _profile(),
                class_name="ml-auto md:ml-0 flex items-center gap-1",
            ),
            class_name="in-w",
        ),
        class_name="ptop",
    )
    undo = [kit.undo_target(on_undo)] if on_undo is not None else []
    return rx.el.div(
        shell_parts.skip_link(),
        *([kit.brand(brand)] if given(brand) else []),
        header,
        *maybe(notice, lambda part: rx.el.div(part, class_name="in-w pt-3")),
        shell_parts.content(base, *children, class_name="in-w pt-3 md:pt-6 pb-12"),
        kit.key_map(keys, key_labels),
        *undo,
        class_name="portal has-bbar min-h-screen",
    )
