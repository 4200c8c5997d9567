"""Portal: which of their own businesses somebody wants to look at, and which of them are one."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.actors import Customer
from clientportal.services import portal_paying, spaces
from clientportal.services.identity import Principal
from clientportal.services.spaces import SpaceView
from clientportal.ui import kit
from clientportal.ui.base import Visitor
from clientportal.ui.gate import signed_in
from clientportal.ui.i18n import money, page_title, t
from clientportal.ui.live_pages import watch
from clientportal.ui.pages import Page
from clientportal.ui.portal.common import base_of
from clientportal.ui.public.shell import public_shell
from clientportal.ui.session import principal, read, utc_now, write


@dataclass(frozen=True, slots=True)
class Owed:
    currency: str
    minor: int


@dataclass(frozen=True, slots=True)
class SpaceCard:
    """A space with its issuers and what it owes, per currency."""

    key: str
    title: str
    issuers: str
    href: str
    owed: list[Owed]


class PortalChoice(rx.State):
    """The person's own spaces."""

    loaded: bool = False
    spaces: list[SpaceCard] = []
    joining: bool = False
    picked: list[str] = []

    @rx.event
    @signed_in
    async def load(self) -> EventSpec | None:
        """Show the spaces; go straight on when there is only one."""
        who = await principal(self)
        if who.user_id is None:
            return None
        views = await write(spaces.spaces_of, who.user_id, utc_now())
        customer = Customer(user_id=who.user_id, email=who.email, name=who.name)
        owed = await read(portal_paying.owed_by_account, customer)
        self.spaces = [_card(view, owed) for view in views]
        self.picked = [key for key in self.picked if any(view.key == key for view in views)]
        watch(self, {f"user:{who.user_id}"}, PortalChoice.refresh)
        only = len(views) == 1
        self.loaded = not only
        return rx.redirect(base_of(views[0].key), replace=True) if only else None

    @rx.event
    @signed_in
    async def refresh(self) -> None:
        """Accounts were added, joined or split."""
        await self._read(await principal(self))

    async def _read(self, who: Principal) -> None:
        if who.user_id is None:
            return
        customer = Customer(user_id=who.user_id, email=who.email, name=who.name)
        views = await read(spaces.spaces_of, who.user_id)
        owed = await read(portal_paying.owed_by_account, customer)
        self.spaces = [_card(view, owed) for view in views]

    @rx.event
    @signed_in
    async def begin_join(self, on: bool) -> None:
        """Show or hide the boxes with which spaces are joined."""
        self.joining = bool(on)
        self.picked = list[str]()

    @rx.event
    @signed_in
    async def pick(self, key: str, on: bool) -> None:
        """Tick a space to be joined."""
        if any(card.key == key for card in self.spaces):
            rest = [other for other in self.picked if other != key]
            self.picked = [*rest, key] if on else rest

    @rx.event
    @signed_in
    async def join(self) -> None:
        """Make one space of the ticked ones."""
        who = await principal(self)
        if who.user_id is None:
            return
        customer = Customer(user_id=who.user_id, email=who.email, name=who.name)
        await write(spaces.join, customer, keys=list(self.picked), now=utc_now())
        self.joining = False
        self.picked = list[str]()
        await self._read(who)


def _card(view: SpaceView, owed: dict[int, dict[str, int]]) -> SpaceCard:
    sums: dict[str, int] = {}
    for account in view.accounts:
        for currency, minor in owed.get(account.id, {}).items():
            sums[currency] = sums.get(currency, 0) + minor
    return SpaceCard(
        key=view.key,
        title=view.title,
        issuers=", ".join(company.name for company in view.companies),
        href=base_of(view.key),
        owed=[Owed(currency, minor) for currency, minor in sorted(sums.items())],
    )


State: Any = PortalChoice


def view() -> rx.Component:
    """Cards of the person's businesses; joining two of them is a quiet action below."""
    none = kit.empty("denied", t("portal.choice.none"), t("portal.choice.none_text"))
    return public_shell(
        page_title("portal.choice.title"),
        rx.el.h1(t("portal.choice.heading"), class_name="h1 mb-1"),
        rx.el.p(
            t("portal.choice.text"),
            " ",
            kit.email_address(Visitor.email),
            class_name="text-ink-2 mb-4",
        ),
        kit.loading(
            ~State.loaded,
            kit.skeleton_rows(3),
            rx.cond(
                State.spaces.length() > 0,
                rx.fragment(
                    rx.el.div(rx.foreach(State.spaces, _space), class_name="card"),
                    rx.cond(State.spaces.length() > 1, _join()),
                ),
                none,
            ),
        ),
    )


def _owed(sum: Any) -> rx.Component:
    return rx.el.span(money(sum.minor, sum.currency), class_name="block text-right")


def _space(card: Any) -> rx.Component:
    owed = rx.cond(
        card.owed.length() > 0,
        rx.foreach(
            card.owed,
            _owed,
        ),
        rx.el.span(t("portal.choice.nothing_owed"), class_name="text-good text-md"),
    )
    inside = [
        kit.company_mark(card.title, "l"),
        rx.el.span(
            rx.el.b(card.title, class_name="block"),
            rx.el.span(card.issuers, class_name="text-md text-ink-2 block"),
            class_name="grow",
        ),
        rx.el.span(owed, class_name="font-medium"),
    ]

    def picked(on: Any) -> Any:
        return State.pick(card.key, on)

    tick = kit.row_check(
        t("lists.pick", name=card.title),
        checked=State.picked.contains(card.key),
        on_change=picked,
        test_id="space-check",
    )
    return rx.cond(
        State.joining,
        rx.el.div(tick, *inside, class_name="pick-a", key=card.key),
        kit.link(*inside, href=card.href, class_name="pick-a", test_id="space", key=card.key),
    )


def _join() -> rx.Component:
    begin = rx.el.p(
        t("portal.choice.same"),
        " ",
        kit.text_button(
            t("portal.choice.join_begin"), on_click=State.begin_join(True), data_testid="join-begin"
        ),
        class_name="text-md text-ink-2 mt-4",
    )
    finish = rx.el.div(
        rx.el.p(t("portal.choice.join_text"), class_name="text-md text-ink-2"),
        rx.el.div(
            kit.button(t("common.cancel"), on_click=State.begin_join(False)),
            kit.button(
                t("portal.choice.join"),
                kind="main",
                disabled=State.picked.length() < 2,
                reason=t("portal.choice.join_two"),
                on_click=State.join,
                test_id="join",
            ),
            class_name="flex gap-2 justify-end",
        ),
        class_name="grid gap-3 mt-4",
    )
    return rx.cond(State.joining, finish, begin)


PAGE = Page(
    route="/portal",
    view=view,
    title_key="portal.choice.title",
    face="portal",
    on_load=(PortalChoice.load,),
)
