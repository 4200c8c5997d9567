"""The start page: set-up without data, one's doors when signed in, else the way to sign in."""

from typing import Any

import reflex as rx

from clientportal.domain.actors import Role
from clientportal.services import demo_cast
from clientportal.ui import kit
from clientportal.ui.base import Visitor
from clientportal.ui.i18n import page_title, t, t_enum
from clientportal.ui.pages import Page
from clientportal.ui.public.doors import CastLine, Door
from clientportal.ui.public.shell import public_shell
from clientportal.ui.public.sign_in_form import sign_in_form
from clientportal.ui.public.sign_in_state import SignInState
from clientportal.ui.shell_parts import sign_out

CAST = tuple(person.key for person in demo_cast.people())
ROLES = (*(role.value for role in Role), "customer")


# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = SignInState


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
    on_load=(State.load_start,),
)
