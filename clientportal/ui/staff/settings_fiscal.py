"""Settings: the keys by which the codes of electronic invoices are computed again."""

from typing import Any

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.ui import kit
from clientportal.ui.i18n import t
from clientportal.ui.staff.common import allowed, needs
from clientportal.ui.staff.settings_state import SettingsState

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = SettingsState


def fiscal_card() -> rx.Component:
    """Technical key and PIN, with what is kept of each in dots."""
    save = rx.el.div(
        kit.submit(t("staff.settings.keys_save"), kind="plain", test_id="keys-save"),
        class_name="flex justify-end",
    )
    return kit.card(
        rx.el.p(t("staff.settings.keys_text"), class_name="text-sm text-ink-2 mb-4"),
        kit.form(
            rx.el.div(
                _key("technical_key", State.kept_key),
                _key("pin", State.kept_pin),
                class_name="grid gap-4 min-[480px]:grid-cols-2 items-start",
            ),
            needs(Permission.COMPANY_EDIT, save),
            on_submit=State.save_keys,
            key=State.keys_form.to_string(),
            class_name="grid gap-3",
        ),
        title=t("staff.settings.keys"),
        test_id="fiscal-keys",
    )


def _key(name: str, kept: Any) -> rx.Component:
    forget = kit.text_button(
        t("staff.settings.keys_forget"), on_click=State.forget_key(name), test_id=f"forget-{name}"
    )
    shown = rx.el.div(
        rx.el.span(t("staff.settings.keys_kept", masked=kept), data_testid=f"kept-{name}"),
        needs(Permission.COMPANY_EDIT, forget),
        class_name="flex flex-wrap items-center gap-3 text-sm text-ink-2 mt-1",
    )
    return rx.el.div(
        kit.password_field(
            name,
            t(f"staff.settings.{name}"),
            auto_complete="off",
            max_length=100,
            read_only=~allowed(Permission.COMPANY_EDIT),
            help=t(f"staff.settings.{name}_help"),
            error=State.key_errors[name],
            error_params={"longest": 100},
            test_id=f"settings-{name}",
        ),
        rx.cond(kept != "", shown),
    )
