"""The settings' tab about oneself: name, languages, password, sessions."""

from typing import Any

import reflex as rx

from clientportal.domain.actors import Role
from clientportal.ui import kit
from clientportal.ui.base import Visitor
from clientportal.ui.i18n import t, t_enum
from clientportal.ui.own_password import password_card, wrong
from clientportal.ui.shell_parts import sign_out
from clientportal.ui.staff.common import StaffFrame
from clientportal.ui.staff.settings_state import SettingsState

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = SettingsState
LANGUAGES = (("es", "Español"), ("en", "English"))


def you_tab() -> rx.Component:
    return rx.el.div(
        _who(),
        _appearance(),
        password_card(
            State, save=State.change_password, back=f"{StaffFrame.base}/settings?tab=you"
        ),
        _sessions(),
        class_name="grid gap-5 max-w-[560px]",
    )


def _who() -> rx.Component:
    form = kit.form(
        kit.text_field(
            "name",
            t("staff.people.name"),
            default_value=Visitor.name,
            key=Visitor.name,
            required=True,
            max_length=200,
            auto_complete="name",
            help=t("staff.settings.your_name_effect"),
            test_id="profile-name",
            **wrong(State, "name"),
        ),
        rx.el.div(kit.submit(t("common.save"), kind="plain", test_id="profile-save")),
        on_submit=State.rename,
        class_name="grid gap-3",
    )
    facts = kit.pairs(
        kit.pair(t("staff.people.email"), kit.email_address(Visitor.email)),
        kit.pair(t("staff.settings.role"), t_enum("staff.role", StaffFrame.role, Role)),
    )
    return kit.card(
        rx.el.div(facts, form, class_name="grid gap-4"), title=t("staff.settings.tab_you")
    )


def _appearance() -> rx.Component:
    here = rx.el.div(
        rx.el.span(t("shell.language"), class_name="font-medium text-sm"),
        kit.language_switch(),
        class_name="flex items-center justify-between gap-3",
    )
    return kit.card(
        rx.el.div(
            here,
            kit.theme_switch(),
            rx.el.p(t("staff.settings.this_browser"), class_name="text-sm text-ink-3"),
            kit.select_field(
                "language",
                t("staff.settings.mail_language"),
                LANGUAGES,
                value=State.mail_language,
                on_change=State.choose_language,
                test_id="profile-language",
            ),
            class_name="grid gap-4",
        ),
        title=t("staff.settings.appearance"),
    )


def _sessions() -> rx.Component:
    everywhere = kit.dialog(
        t("staff.settings.everywhere_title"),
        rx.el.p(t("staff.settings.everywhere_text"), class_name="mt-1 text-ink-2"),
        trigger=kit.button(t("staff.settings.everywhere"), icon="out", test_id="everywhere"),
        actions=[
            kit.close_button(),
            kit.plain_form(
                kit.submit(t("staff.settings.everywhere"), test_id="sign-out-everywhere"),
                action="/auth/sign-out-everywhere",
            ),
        ],
    )
    return kit.card(
        rx.el.div(
            rx.el.p(t("staff.settings.sessions_text"), class_name="text-ink-2"),
            rx.el.div(sign_out("btn"), everywhere, class_name="flex flex-wrap gap-2"),
            class_name="grid gap-3",
        ),
        title=t("staff.settings.sessions"),
    )
