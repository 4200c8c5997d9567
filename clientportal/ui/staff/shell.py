"""The frame of every staff page: menu, company, palette, page head."""

from collections.abc import Mapping, Sequence
from typing import Any

import reflex as rx

from clientportal.ui import kit, shell_parts
from clientportal.ui.base import Visitor
from clientportal.ui.i18n import Text, t
from clientportal.ui.kit.parts import Child, when
from clientportal.ui.shell_parts import NavItem

PREFIX = "/staff/[company_slug]"
NAV: tuple[tuple[NavItem, ...], ...] = (
    (
        NavItem("today", ("/today", ""), "home", "nav.today"),
        NavItem("inbox", ("/inbox",), "inbox", "nav.inbox"),
        NavItem("conversations", ("/conversations",), "chat", "nav.conversations"),
    ),
    (
        NavItem("receivables", ("/receivables",), "coins", "nav.receivables"),
        NavItem("billing", ("/billing", "/documents"), "receipt", "nav.billing"),
        NavItem("accounts", ("/accounts",), "users", "nav.accounts"),
        NavItem("contacts", ("/contacts",), "id", "nav.contacts"),
        NavItem("documents", ("/files", "/documents"), "doc", "nav.documents"),
    ),
)
# Pages that have no place in the menu: the palette finds them.
MORE = (
    NavItem("billing-new", ("/billing/new",), "plus", "staff.billing.new"),
    NavItem("accounts-new", ("/accounts/new",), "plus", "staff.accounts.new"),
    NavItem("templates", ("/billing/templates",), "doc", "staff.template.title"),
    NavItem("imports", ("/imports",), "upload", "staff.imports.title"),
    NavItem("interactions", ("/interactions",), "send", "staff.interactions.title"),
)
END = (NavItem("settings", ("/settings",), "gear", "nav.settings"),)


class _Shell(rx.Component):
    library = "$/kit/shell.js"


class _Side(_Shell):
    tag = "Side"


class _SideOpener(_Shell):
    tag = "SideOpener"


def _entries(items: Sequence[NavItem], taken: set[str]) -> list[tuple[NavItem, str]]:
    """Pages of this build; a path belongs to the first entry that claims it."""
    out = []
    for item, path in shell_parts.existing(items, PREFIX):
        if path not in taken:
            taken.add(path)
            out.append((item, path))
    return out


def _link(
    item: NavItem, path: str, base: Any, here: str, counts: Mapping[str, Any]
) -> rx.Component:
    return kit.link(
        *shell_parts.labelled(item.icon, t(item.key), counts.get(item.page)),
        href=f"{shell_parts.located(base, 'staff')}{path}",
        class_name="lnk",
        aria_current=when(item.page == here, "page", "false"),
        test_id=f"nav-{item.page}",
    )


def _company(name: Any, companies: Any) -> rx.Component:
    face = [kit.company_mark(name, accent=True), rx.el.span(name, class_name="tx grow cut")]
    if companies is None:
        return rx.el.div(*face, class_name="lnk who")
    unnamed = when(name == "", rx.el.span(t("shell.companies"), class_name="vh"))
    trigger = rx.el.button(
        unnamed, *face, kit.icon("chevrons"), type="button", class_name="lnk who",
        data_testid="account-switch",
    )  # fmt: skip

    def entry(choice: Any) -> rx.Component:
        return kit.menu_item(
            choice["name"],
            href=choice["href"],
            aria_current=rx.cond(choice["current"], "true", "false"),
        )

    return kit.menu(trigger, rx.foreach(companies, entry), label=t("shell.companies"))


def _profile() -> rx.Component:
    trigger = rx.el.button(
        kit.avatar(Visitor.name, "s"),
        rx.el.span(Visitor.name, class_name="tx grow cut"),
        rx.el.span(t("shell.profile"), class_name="vh"),
        type="button",
        class_name="lnk",
        data_testid="profile",
    )
    return shell_parts.profile(trigger)


def staff_shell(
    page: str,
    title: Child,
    *children: Child,
    base: Any,
    company: Any,
    companies: Any = None,
    actions: Sequence[Child] = (),
    counts: Mapping[str, Any] | None = None,
    on_search: Any = None,
    results: Any = (),
    on_undo: Any = None,
    keys: Mapping[str, Any] | None = None,
    key_labels: Mapping[str, Text] | None = None,
    bare: bool = False,
) -> rx.Component:
    """A staff page in its frame.

    `page` marks the menu entry; `base` is `/staff/{slug}` (Var); `companies` a Var of `Choice`
    when there is more than one; `counts` page → number; `on_search`/`results` feed the palette;
    `bare` leaves out the page head and its padding.
    """
    counts = counts or {}
    taken: set[str] = set()
    groups = [_entries(group, taken) for group in (*NAV, END, MORE)]
    drawn = [
        [_link(item, path, base, page, counts) for item, path in group] for group in groups[:-1]
    ]
    pages = [(t(item.key), f"{base}{path}", item.icon) for group in groups for item, path in group]
    search = {"on_search": on_search, "results": results}
    rule = [rx.el.hr()] if drawn[0] and drawn[1] else []
    menu = rx.el.nav(*drawn[0], *rule, *drawn[1], aria_label=t("shell.main_menu"))
    side = _Side.create(
        _company(company, companies),
        kit.palette(pages, **search),
        menu,
        rx.el.div(*drawn[2], kit.language_switch(class_name="lnk"), _profile(), class_name="end"),
    )
    bar = rx.el.header(
        _SideOpener.create(),
        rx.el.span(company, class_name="tt cut"),
        kit.palette(pages, **search, compact=True, class_name="btn btn-ghost btn-i"),
        class_name="topm",
    )
    head = rx.el.header(
        rx.el.h1(title), rx.el.div(*actions, class_name="acts"), class_name="phd"
    )  # fmt: skip
    body = children if bare else (head, rx.el.div(*children, class_name="bd"))
    home = when(base == "", "/", f"{base}/today")  # without a company there is only the start page
    undo = [kit.undo_target(on_undo)] if on_undo is not None else []
    return rx.el.div(
        shell_parts.skip_link(),
        side,
        rx.el.div(bar, shell_parts.content(home, *body), class_name="main"),
        kit.key_map(keys, key_labels),
        *undo,
        class_name="shell",
    )
