"""The start page: set-up without data, one's doors when signed in, else the way to sign in."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import reflex as rx
from reflex.event import EventSpec
from sqlmodel import Session

from clientportal.domain.actors import Role
from clientportal.services import companies, demo, demo_cast, identity, spaces
from clientportal.services.identity import Doors, Principal
from clientportal.settings import settings
from clientportal.ui import kit
from clientportal.ui.base import Visitor
from clientportal.ui.gate import public
from clientportal.ui.i18n import page_title, t, t_enum
from clientportal.ui.pages import Page
from clientportal.ui.public.shell import public_shell
from clientportal.ui.public.sign_in_form import SignInState, read_try, sign_in_form
from clientportal.ui.session import principal, read
from clientportal.ui.shell_parts import sign_out

CAST = tuple(person.key for person in demo_cast.people())
ROLES = (*(role.value for role in Role), "customer")


@dataclass(frozen=True, slots=True)
class Door:
    """A company or a customer space that the person may enter; `detail` names its companies."""

    name: str
    detail: str
    href: str


@dataclass(frozen=True, slots=True)
class CastLine:
    """One of the demo's people."""

    key: str
    name: str
    role: str
    company: str


@dataclass(frozen=True, slots=True)
class Start:
    """What the start page needs to know about this installation and this person."""

    empty: bool
    demo: bool
    doors: tuple[Door, ...]
    cast: tuple[CastLine, ...]


class StartState(rx.State):
    """The doors of the person, or the cast of the demo."""

    loaded: bool = False
    doors: list[Door] = []
    staff: list[CastLine] = []
    customers: list[CastLine] = []

    @rx.event
    @public
    async def load(self) -> EventSpec | None:
        """Decide what the page is for this visitor; one door alone is entered at once."""
        start = await read(_look, await principal(self), settings().shows_demo_tools)
        if start.empty:
            return rx.redirect("/set-up", replace=True)
        if len(start.doors) == 1:
            return rx.redirect(start.doors[0].href, replace=True)
        read_try(await self.get_state(SignInState), parse_qs(self.router.url.query))
        self.doors = list(start.doors)
        self.staff = [line for line in start.cast if line.role != "customer"]
        self.customers = [line for line in start.cast if line.role == "customer"]
        self.loaded = True
        return None


def _look(session: Session, who: Principal, demo_tools: bool) -> Start:
    """Only what this visitor may know: whether there is data, their doors, the demo's cast."""
    if companies.is_empty(session):
        return Start(True, False, (), ())
    if who.user_id is not None:
        return Start(False, False, _doors(session, who, identity.doors_of(session, who)), ())
    if not (demo_tools and demo.is_there(session)):
        return Start(False, False, (), ())
    names = {company.slug: company.name for company in demo_cast.companies()}
    cast = tuple(
        CastLine(person.key, person.name, str(person.role), names.get(person.company, ""))
        for person in demo_cast.people()
    )
    return Start(False, True, (), cast)


def _doors(session: Session, who: Principal, doors: Doors) -> tuple[Door, ...]:
    found = [Door(name, "", f"/staff/{slug}/today") for slug, name in doors.companies]
    if doors.portal and who.user_id is not None:
        found += [
            Door(
                view.title,
                ", ".join(company.name for company in view.companies),
                f"/portal/{view.key}",
            )
            for view in spaces.spaces_of(session, who.user_id)
        ]
    return tuple(found)


# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = StartState


def _door(door: Door) -> rx.Component:
    staff = door.detail == ""
    words = rx.el.span(
        rx.el.b(door.name, class_name="block two"),
        rx.el.span(
            rx.cond(
                staff,
                t("public.start.as_staff"),
                t("public.start.as_customer", companies=door.detail),
            ),
            class_name="block text-sm text-ink-2",
        ),
        class_name="grow",
    )
    return kit.link(
        kit.company_mark(door.name, "l"),
        words,
        kit.icon("chevron-right"),
        href=door.href,
        class_name="pick-a",
        test_id="door",
    )


def _doors_part() -> rx.Component:
    listed = kit.card(rx.foreach(State.doors, _door), pad=False)
    none = kit.empty("denied", t("public.start.no_door_title"), t("public.start.no_door_text"))
    return rx.el.div(
        rx.el.h1(t("public.start.where"), class_name="h1 mt-8"),
        rx.cond(State.doors.length() > 0, listed, kit.card(none)),
        sign_out(),
        class_name="grid gap-4",
    )


def _person(line: CastLine) -> rx.Component:
    words = rx.el.span(
        rx.el.b(line.name, class_name="block"),
        rx.el.span(t_enum("public.cast", line.key, CAST), class_name="block text-sm text-ink-2"),
        class_name="grow text-left",
    )
    role = rx.cond(
        line.role == "customer",
        rx.fragment(),
        rx.el.span(t_enum("public.role", line.role, ROLES), class_name="text-sm text-ink-3"),
    )
    button = rx.el.button(
        kit.avatar(line.name),
        words,
        role,
        kit.icon("chevron-right"),
        type="submit",
        class_name="pick-a w-full",
        data_testid=f"cast-{line.key}",
    )
    return kit.plain_form(button, action=f"/auth/cast/{line.key}")


def _cast_part() -> rx.Component:
    def group(title: str, lines: list[CastLine]) -> rx.Component:
        return kit.card(rx.foreach(lines, _person), title=t(title), pad=False)

    return rx.el.div(
        rx.el.h1(t("public.start.demo_title"), class_name="h1 mt-8"),
        rx.el.p(t("public.start.demo_text"), class_name="text-ink-2"),
        group("public.start.customers", State.customers),
        group("public.start.staff", State.staff),
        rx.el.p(
            kit.text_link(t("public.start.outbox"), href="/outbox", external=True),
            " · ",
            kit.text_link(t("public.start.real_sign_in"), href="/sign-in"),
            class_name="text-sm",
        ),
        class_name="grid gap-4",
    )


def _calm_part() -> rx.Component:
    return rx.el.div(
        rx.el.h1(t("public.start.title"), class_name="h1 mt-8"),
        rx.el.p(t("public.start.text"), class_name="text-ink-2 mb-2"),
        rx.el.div(sign_in_form(), class_name="max-w-[420px]"),
        class_name="grid gap-4",
    )


def view() -> rx.Component:
    """One of three parts, after the first answer of the server."""
    shown = rx.cond(
        Visitor.signed_in,
        _doors_part(),
        rx.cond(State.customers.length() > 0, _cast_part(), _calm_part()),
    )
    waiting = rx.el.div(kit.skeleton_block(), class_name="mt-8")
    return rx.fragment(
        page_title("public.start.title"),
        public_shell(kit.loading(~State.loaded, waiting, shown)),
    )


PAGE = Page(
    route="/",
    view=view,
    title_key="public.start.title",
    face="public",
    on_load=(State.load,),
)
