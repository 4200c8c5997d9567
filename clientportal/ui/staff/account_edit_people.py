"""The contacts section of an account's editor: every address, and the alert on it (mission 101)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.services import account_views, contact_views
from clientportal.services.contact_views import ContactRow
from clientportal.ui import kit
from clientportal.ui.gate import staff
from clientportal.ui.i18n import t
from clientportal.ui.session import read, route_id
from clientportal.ui.staff import account_words, alerts
from clientportal.ui.staff.account_state import PointLine, point_line
from clientportal.ui.staff.common import Place, enter
from clientportal.ui.staff.palette import href_of


@dataclass(frozen=True, slots=True)
class PersonPoints:
    """A person of the account with all of their addresses."""

    id: int
    name: str
    position: str
    href: str
    points: list[PointLine]


class EditedPeople(rx.State, mixin=True):
    """The people of the account that is edited; they change by themselves while one writes."""

    people: list[PersonPoints] = []

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def refresh_people(self) -> None:
        """A contact or an alert changed; what is being written in the form stays."""
        await self._fill_people(await enter(self), route_id(self, "account_id"))

    async def _fill_people(self, place: Place, account_id: int) -> None:
        # An account that is not there has no people either; it is told apart here.
        await read(account_views.read, place.actor, account_id=account_id, today=place.today)
        found = await read(contact_views.of_account, place.actor, account_id=account_id)
        self.people = _people(found, place.base)


def _people(rows: Sequence[ContactRow], base: str) -> list[PersonPoints]:
    return [
        PersonPoints(
            row.id,
            row.name,
            row.position,
            href_of(base, "contact", row.id),
            [point_line(point) for point in row.points],
        )
        for row in rows
    ]


LINE = "flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2 border-t border-line"


def _point(line: Any, state: Any) -> rx.Component:
    label = rx.cond(line.label != "", rx.fragment(" · ", line.label), "")
    return rx.el.div(
        kit.icon(account_words.channel_icon(line.channel), 14),
        rx.el.span(
            rx.cond(line.channel == "email", kit.email_address(line.address), line.address),
            class_name="grow min-w-0",
        ),
        alerts.symbol(line, state),
        rx.el.span(
            account_words.channel_word(line.channel), label, class_name="text-sm text-ink-3"
        ),
        class_name=LINE,
        data_testid="edit-address",
        key=line.id,
    )


def _person(person: Any, state: Any) -> rx.Component:
    none = rx.el.div(t("staff.edit.no_address"), class_name=f"{LINE} text-sm text-ink-2")
    return rx.el.section(
        rx.el.div(
            kit.avatar(person.name),
            rx.el.div(
                kit.text_link(person.name, href=person.href),
                rx.el.span(" ", person.position, class_name="text-sm text-ink-3"),
                class_name="flex-1 min-w-0",
            ),
            class_name="flex items-center gap-3 px-4 pt-3 pb-2",
        ),
        rx.foreach(person.points, lambda line: _point(line, state)),
        rx.cond(person.points.length() == 0, none, rx.fragment()),
        key=person.id,
    )


def people_section(state: Any) -> rx.Component:
    """Everybody of the account with all addresses; selecting an alert asks to take it off.

    `state` has the mixins `EditedPeople` and `AlertRemoval`.
    """
    none = kit.empty("first", t("staff.people.empty_title"), t("staff.edit.no_people"))
    return rx.fragment(
        kit.card(
            rx.foreach(state.people, lambda person: _person(person, state)),
            rx.cond(state.people.length() == 0, none, rx.fragment()),
            title=t("staff.people.title"),
            pad=False,
            test_id="edit-people",
            class_name="max-w-[720px] mt-4",
        ),
        alerts.removal_dialog(state),
    )
