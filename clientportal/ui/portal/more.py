"""Portal: the person and their settings – language, looks, businesses, password, signing out."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.permissions import Permission
from clientportal.services import spaces
from clientportal.ui import kit
from clientportal.ui.base import Visitor
from clientportal.ui.gate import portal
from clientportal.ui.i18n import page_title, t
from clientportal.ui.live_pages import watch
from clientportal.ui.own_password import OwnPassword, password_card
from clientportal.ui.pages import Page
from clientportal.ui.portal.common import Portal, base_of, enter, frame
from clientportal.ui.session import utc_now, write


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account of this space: how one company names this customer."""

    id: int
    name: str
    code: str
    company: str


class PortalMore(OwnPassword, rx.State):
    """The accounts of the space in the path, so that they can be split; one's password (mixin)."""

    loaded: bool = False
    accounts: list[AccountRow] = []

    @rx.event
    @portal(Permission.DOCUMENTS_READ)
    async def load(self) -> None:
        """Read the space of the path."""
        place = await enter(self)
        self.accounts = [
            AccountRow(row.id, row.name, row.code, row.company_name) for row in place.space.accounts
        ]
        self._no_errors()
        await self._read_password(place.actor)
        self.loaded = True
        watch(self, place.topics, PortalMore.load)

    @rx.event
    @portal(Permission.SPACES_EDIT)
    async def split(self, account_id: int) -> EventSpec:
        """Give one account of this space a space of its own, and go there."""
        place = await enter(self)
        wanted = [account_id] if isinstance(account_id, int) else []
        key = await write(
            spaces.split, place.actor, key=place.space.key, account_ids=wanted, now=utc_now()
        )
        return rx.redirect(base_of(key))

    @rx.event
    @portal(Permission.PROFILE_EDIT)
    async def change_password(self, data: dict[str, Any]) -> EventSpec | None:
        """Store a new password for who knows the present one, or proved the address just now."""
        place = await enter(self)
        return await self._save_password(place.actor, data)


State: Any = PortalMore


def view() -> rx.Component:
    """Who is here, how it looks, which businesses, and the way out."""
    return frame(
        "more",
        page_title("portal.more.title"),
        rx.el.div(
            rx.el.h1(t("portal.more.title"), class_name="h1"),
            _person(),
            _looks(),
            kit.loading(~State.loaded, kit.skeleton_rows(2), _businesses()),
            password_card(State, save=State.change_password, back=f"{Portal.base}/more"),
            _out(),
            class_name="max-w-[560px] mx-auto grid gap-5",
        ),
    )


def _person() -> rx.Component:
    return kit.card(
        rx.el.div(
            kit.avatar(Visitor.name, "l"),
            rx.el.div(
                rx.el.b(Visitor.name, class_name="block"),
                kit.email_address(Visitor.email, class_name="text-md text-ink-2 block"),
                class_name="grow",
            ),
            class_name="flex items-center gap-3",
        )
    )


def _looks() -> rx.Component:
    return kit.card(kit.theme_switch(), title=t("portal.more.looks"))


def _businesses() -> rx.Component:
    """The accounts that are shown together; one can be split off (DESIGN §1, customer space)."""

    def one(row: Any) -> rx.Component:
        asked = kit.confirm(
            t("portal.more.split_title", company=row.company),
            t("portal.more.split_text"),
            t("portal.more.split"),
            State.split(row.id),
            trigger=kit.button(t("portal.more.split"), size="s", test_id="split"),
        )
        return rx.el.li(
            rx.el.div(
                rx.el.b(row.company, class_name="block"),
                rx.el.span(
                    t("portal.more.known_as", name=row.name, code=row.code),
                    class_name="text-md text-ink-2",
                ),
                class_name="grow basis-[220px] min-w-0",
            ),
            kit.link_button(
                t("statement.link"),
                href=f"{Portal.base}/statement?account={row.id}",
                size="s",
                icon="receipt",
                test_id="more-statement",
            ),
            rx.cond(State.accounts.length() > 1, asked),
            class_name=(
                "flex flex-wrap items-center gap-3 px-4 py-3 border-b border-line last:border-b-0"
            ),
            key=row.id.to_string(),
        )

    others = kit.text_link(
        t("portal.more.others"), href="/portal", class_name="text-md", test_id="more-accounts"
    )
    return kit.section(
        t("portal.more.accounts"),
        rx.el.ul(rx.foreach(State.accounts, one), class_name="card"),
        action=others,
    )


def _out() -> rx.Component:
    here = kit.plain_form(
        kit.submit(
            t("portal.more.sign_out"), icon="out", kind="plain", block=True, test_id="more-sign-out"
        ),
        action="/auth/sign-out",
    )
    everywhere = kit.plain_form(
        kit.submit(
            t("portal.more.sign_out_everywhere"),
            kind="danger",
            block=True,
            test_id="sign-out-everywhere",
        ),
        action="/auth/sign-out-everywhere",
    )
    return rx.el.div(here, everywhere, class_name="grid gap-2")


PAGE = Page(
    route="/portal/[space]/more",
    view=view,
    title_key="portal.more.title",
    face="portal",
    on_load=(PortalMore.load,),
)
