"""The row of tabs above every page of the settings."""

from typing import Any

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.ui import kit
from clientportal.ui.i18n import t
from clientportal.ui.staff.common import StaffFrame, allowed
from clientportal.ui.staff.settings_state import TABS


def settings_tabs(active: Any) -> rx.Component:
    """Company, numbers, team, one's own profile; channels for those who may set them up."""

    def one(name: str, href: Any) -> rx.Component:
        return kit.tab(
            t(f"staff.settings.tab_{name}"),
            href=href,
            active=active == name,
            test_id=f"tab-{name}",
        )

    tabs = {name: one(name, f"{StaffFrame.base}/settings?tab={name}") for name in TABS}
    you = tabs.pop("you")
    is_open = rx.Var.create(active == "channels")
    channels = one("channels", f"{StaffFrame.base}/settings/channels")
    return rx.el.div(
        kit.tabs(
            t("staff.settings.title"),
            *tabs.values(),
            # The open tab is always there: without it the row has no place for the keyboard.
            rx.cond(allowed(Permission.COMPANY_EDIT) | is_open, channels),
            you,
        ),
        class_name="px-4 min-[901px]:px-6 border-b border-line [&_.tabs]:border-b-0",
    )
