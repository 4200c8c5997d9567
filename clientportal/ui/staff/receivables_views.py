"""Views of a list that a member keeps: choose, save, rename, delete."""

from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.errors import Conflict, Invalid
from clientportal.domain.permissions import Permission
from clientportal.services import saved_views
from clientportal.ui import kit
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.i18n import t
from clientportal.ui.session import read, write
from clientportal.ui.staff.common import Place, enter, text_of

PAGE = "receivables"


@dataclass(frozen=True, slots=True)
class ViewLine:
    """A view: its name and where it stands."""

    id: int
    name: str
    href: str


class SavedViews(rx.State, mixin=True):
    """The member's views of this list; `view_id` is the one that the address is, 0 for none."""

    views: list[ViewLine] = []
    view_id: int = 0
    view_name: str = ""
    view_panel: str = ""
    view_error: str = ""
    view_params: dict[str, str] = {}
    savable: bool = False

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def ask_view(self, panel: str) -> None:
        """Ask for the name of a new view, or another name for this one."""
        self.view_panel = panel if panel in ("save", "rename") else ""
        self._clear_view_error()

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def leave_view(self) -> None:
        """Close the question."""
        self.view_panel = ""

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def keep_view(self, data: dict[str, Any]) -> list[Any] | None:
        """Save the filters and the order of the address under a name, or rename this view."""
        place = await enter(self)
        self._clear_view_error()
        name = text_of(data, "name", 200)
        try:
            if self.view_panel == "rename":
                await write(saved_views.rename, place.actor, view_id=self.view_id, name=name)
            else:
                query = self.router.url.query
                await write(
                    saved_views.save, place.actor, page=PAGE, name=name, query=query, now=place.now
                )
        except (Invalid, Conflict) as error:
            self.view_error = error.error_code
            self.view_params = {key: str(value) for key, value in error.params.items()}
            return None
        self.view_panel = ""
        await self._fill_views(place, f"?{self.router.url.query}")
        return [notice("view_saved", name=name)]

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def delete_view(self) -> list[EventSpec]:
        """Delete the view that is shown; its filters stay on."""
        place = await enter(self)
        name = await write(saved_views.remove, place.actor, view_id=self.view_id)
        await self._fill_views(place, f"?{self.router.url.query}")
        return [notice("view_deleted", name=name)]

    async def _fill_views(self, place: Place, query: str) -> None:
        here = saved_views.canonical(PAGE, query)
        path = self.router.url.path
        found = await read(saved_views.listing, place.actor, page=PAGE)
        self.views = [ViewLine(one.id, one.name, f"{path}?{one.query}") for one in found]
        shown = next((one for one in found if one.query == here), None)
        self.view_id, self.view_name = (shown.id, shown.name) if shown else (0, "")
        self.savable = bool(here) and shown is None

    def _clear_view_error(self) -> None:
        self.view_error = ""
        self.view_params = {}


def view_line(state: Any, everything: Any) -> rx.Component:
    """The views as chips, `everything` being the list without filters, and what to do with one."""

    def chip(view: Any) -> rx.Component:
        active = state.view_id == view.id
        return kit.chip_link(view.name, href=view.href, active=active, test_id="view")

    delete = kit.confirm(
        t("staff.views.delete_title", name=state.view_name),
        t("staff.views.delete_text"),
        t("staff.views.delete"),
        state.delete_view,
        trigger=kit.icon_button(
            "trash",
            t("staff.views.delete_of", name=state.view_name),
            size="s",
            test_id="view-delete",
        ),
        danger=True,
    )
    rename = kit.icon_button(
        "pen",
        t("staff.views.rename_of", name=state.view_name),
        size="s",
        on_click=state.ask_view("rename"),
        test_id="view-rename",
    )
    save = kit.button(
        t("staff.views.save"),
        icon="plus",
        size="s",
        kind="ghost",
        on_click=state.ask_view("save"),
        test_id="view-save",
    )
    line = rx.el.nav(
        kit.chip_link(
            t("staff.views.all"),
            href=everything,
            active=~state.savable & (state.view_id == 0),
            test_id="view-all",
        ),
        rx.foreach(state.views, chip),
        rx.cond(state.view_id > 0, rx.fragment(rename, delete), rx.fragment()),
        rx.cond(state.savable, save, rx.fragment()),
        aria_label=t("staff.views.title"),
        class_name="chips line",
    )
    shown = (state.views.length() > 0) | state.savable
    return rx.fragment(rx.cond(shown, line, rx.fragment()), _question(state))


def _question(state: Any) -> rx.Component:
    renames = state.view_panel == "rename"
    form = kit.form(
        kit.text_field(
            "name",
            t("staff.views.name"),
            default_value=rx.cond(renames, state.view_name, ""),
            error=state.view_error,
            error_params=state.view_params,
            help=t("staff.views.name_help"),
            auto_focus=True,
            max_length=60,
            test_id="view-name",
        ),
        rx.el.div(
            kit.close_button(),
            kit.submit(
                rx.cond(renames, t("staff.views.rename"), t("staff.views.save")),
                test_id="view-keep",
            ),
            class_name="flex flex-wrap justify-end gap-2",
        ),
        on_submit=state.keep_view,
        key=state.view_panel,
        class_name="grid gap-4 mt-3",
    )
    return kit.dialog(
        rx.cond(renames, t("staff.views.rename_title"), t("staff.views.save_title")),
        rx.cond(state.view_panel != "", form, rx.fragment()),
        open=state.view_panel != "",
        on_close=state.leave_view,
        test_id="view-dialog",
    )
