"""The team in the settings: who belongs to it, with which role; other roles, who leaves."""

from typing import Any

import reflex as rx

from clientportal.domain.actors import Role
from clientportal.domain.permissions import Permission
from clientportal.ui import kit
from clientportal.ui.i18n import t, t_enum
from clientportal.ui.staff.common import StaffFrame, needs
from clientportal.ui.staff.settings_state import SettingsState

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = SettingsState
DIALOG = "whitespace-normal text-left"


def team_tab() -> rx.Component:
    """Everybody with their role; who may changes it."""
    return rx.el.div(
        kit.table(
            t("staff.settings.tab_team"),
            head=[
                kit.th(t("staff.contacts.person")),
                kit.th(t("staff.settings.role")),
                kit.th(t("staff.settings.may")),
                kit.th(t("staff.settings.member_actions"), hidden_label=True),
            ],
            body=rx.foreach(State.team, _member),
        ),
        rx.el.p(t("staff.settings.team_text"), class_name="text-sm text-ink-2"),
        class_name="grid gap-3 max-w-[1000px]",
    )


def _member(line: Any) -> rx.Component:
    me = rx.cond(line.me, rx.fragment(" ", kit.state(t("staff.settings.you_mark"), "accent")), "")
    actions = rx.el.div(_change(line), _remove(line), class_name="on-card flex justify-end gap-1")
    return kit.tr(
        kit.td(kit.row_name(rx.fragment(line.name, me), line.email), area="name"),
        kit.td(t_enum("staff.role", line.role, Role), area="figure"),
        kit.td(t_enum("staff.role_text", line.role, Role), area="extra"),
        kit.td(needs(Permission.COMPANY_EDIT, rx.cond(line.open, actions)), area="actions"),
        key=line.user_id.to_string(),
        test_id="member-row",
    )


def _change(line: Any) -> rx.Component:
    """All roles with what each may; that of an owner is for owners to give."""

    def card(role: Role) -> rx.Component:
        shown = kit.radio_card(
            "role",
            role.value,
            t(f"staff.role.{role.value}"),
            text=t(f"staff.role_text.{role.value}"),
            default_checked=line.role == role.value,
            test_id=f"role-{role.value}",
        )
        return rx.cond(StaffFrame.role == Role.OWNER.value, shown) if role is Role.OWNER else shown

    form = kit.form(
        rx.el.input(type="hidden", name="user_id", value=line.user_id.to_string()),
        rx.el.input(type="hidden", name="seen", value=line.role),
        kit.radio_group(t("staff.settings.role"), *[card(role) for role in Role]),
        rx.el.div(
            kit.close_button(type="reset"),  # chosen and not sent is forgotten
            kit.submit(t("staff.settings.role_save"), data_close="", test_id="role-save"),
            class_name="flex flex-wrap justify-end gap-2",
        ),
        on_submit=State.change_role,
        key=line.role,  # somebody else gave another one: what was chosen beside the old is void
        class_name="grid gap-4 mt-3",
    )
    return kit.dialog(
        t("staff.settings.role_title", name=line.name),
        form,
        trigger=kit.icon_button(
            "pen",
            t("staff.settings.role_of", name=line.name),
            size="s",
            test_id="member-role",
        ),
        class_name=DIALOG,
    )


def _remove(line: Any) -> rx.Component:
    return kit.confirm(
        rx.cond(
            line.me,
            t("staff.settings.leave_title", company=StaffFrame.company),
            t("staff.settings.remove_title", name=line.name),
        ),
        rx.cond(
            line.me,
            t("staff.settings.leave_text", company=StaffFrame.company),
            t("staff.settings.remove_text", company=StaffFrame.company),
        ),
        rx.cond(line.me, t("staff.settings.leave"), t("staff.settings.remove")),
        State.remove_member(line.user_id, line.role),
        trigger=kit.icon_button(
            "trash",
            rx.cond(
                line.me,
                t("staff.settings.leave_title", company=StaffFrame.company),
                t("staff.settings.remove_of", name=line.name),
            ),
            size="s",
            test_id="member-remove",
        ),
        danger=True,
        class_name=DIALOG,
    )
