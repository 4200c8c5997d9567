"""Settings: the company with the effect of each field, numbers, team, one's own profile."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.domain.permissions import Permission
from clientportal.ui import kit
from clientportal.ui.i18n import t, t_enum
from clientportal.ui.pages import Page
from clientportal.ui.staff.common import ROOT, needs, role_note, staff_page
from clientportal.ui.staff.settings_company import company_tab
from clientportal.ui.staff.settings_fiscal import fiscal_card
from clientportal.ui.staff.settings_state import SettingsState
from clientportal.ui.staff.settings_tabs import settings_tabs
from clientportal.ui.staff.settings_team import team_tab
from clientportal.ui.staff.settings_you import you_tab

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = SettingsState


def _series_line(line: Any) -> rx.Component:
    wrong = (State.series_kind == line.kind) & (State.field != "")

    def box(name: str, value: Any, **props: Any) -> rx.Component:
        return kit.text_field(
            name,
            t(f"staff.settings.series_{name}"),
            id=f"{line.kind}-{name}",
            default_value=value.to(str),
            error=rx.cond(wrong & (State.field == name), State.code, ""),
            error_params=State.params,
            on_change=State.try_series(line.kind, name).debounce(200),
            test_id=f"series-{name}",
            **props,
        )

    changed = line.typed != line.example
    return kit.form(
        rx.el.h3(t_enum("kind", line.kind, Kind), class_name="h3"),
        rx.el.input(type="hidden", name="kind", value=line.kind),
        rx.el.div(
            box("prefix", line.prefix, max_length=10),
            box("next_number", line.next_number, input_mode="numeric", max_length=12),
            box("padding", line.padding, input_mode="numeric", max_length=2),
            rx.el.div(
                rx.el.span(
                    t("staff.settings.series_example"), class_name="block text-sm text-ink-2"
                ),
                rx.el.b(
                    line.typed,
                    class_name=rx.cond(changed, "block n text-base lv", "block n text-base"),
                    data_testid="series-example",
                ),
            ),
            needs(
                Permission.COMPANY_EDIT,
                kit.submit(t("common.save"), kind="plain", test_id="series-save"),
            ),
            class_name="grid gap-3 items-end min-[700px]:grid-cols-[1fr_1fr_1fr_1.4fr_auto]",
        ),
        on_submit=State.save_series,
        class_name="grid gap-2 p-4 border-t border-line",
        data_testid=f"series-{line.kind}",
    )


def _series() -> rx.Component:
    return kit.card(
        rx.el.p(t("staff.settings.series_text"), class_name="px-4 py-3 text-ink-2"),
        rx.el.div(rx.foreach(State.series, _series_line), key=State.form_seq),
        title=t("staff.settings.tab_series"),
        pad=False,
        class_name="max-w-[1000px]",
    )


def view() -> rx.Component:
    """Tabs and the open one."""
    tab = rx.match(
        State.tab,
        ("series", _series()),
        ("team", team_tab()),
        ("you", you_tab()),
        rx.el.div(
            company_tab(),
            rx.cond(State.values["country"] == "CO", fiscal_card()),
            class_name="grid gap-5 max-w-[1000px]",
        ),
    )
    note = rx.cond(
        (State.tab == "company") | (State.tab == "series"),
        rx.el.div(role_note(Permission.COMPANY_EDIT), class_name="mb-4 max-w-[1000px]"),
        rx.fragment(),
    )
    head = rx.el.header(rx.el.h1(t("staff.settings.title")), class_name="phd border-b-0")
    return staff_page(
        "settings",
        t("staff.settings.title"),
        rx.fragment(head, settings_tabs(State.tab), kit.tab_panel(note, tab, class_name="bd")),
        tab_title=t("staff.settings.title"),
        loaded=State.loaded,
        placeholder=rx.el.div(kit.skeleton_block(), class_name="bd"),
        bare=True,
    )


PAGE = Page(
    route=f"{ROOT}/settings",
    view=view,
    title_key="staff.settings.title",
    face="staff",
    on_load=(State.load,),
)
