"""A contact's page: who they are, every address, the accounts they belong to."""

from typing import Any

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.ui import kit
from clientportal.ui.address import is_read
from clientportal.ui.i18n import t
from clientportal.ui.pages import Page
from clientportal.ui.staff import account_words, alerts
from clientportal.ui.staff.common import ROOT, allowed, needs, role_note, staff_page
from clientportal.ui.staff.contact_state import ContactState

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = ContactState

LINE = "flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 border-t border-line"


def _wrong(*fields: str) -> Any:
    mine = State.field == fields[0]
    for name in fields[1:]:
        mine = mine | (State.field == name)
    return rx.cond(mine, State.code, "")


def _person() -> rx.Component:
    languages = [("es", t("staff.language.es")), ("en", t("staff.language.en"))]
    fixed = ~allowed(Permission.ACCOUNTS_EDIT)
    conflict = kit.note(
        t("staff.edit.conflict"),
        " ",
        kit.text_button(t("staff.edit.reload"), on_click=State.load),
        tone="warn",
        role="alert",
        test_id="conflict",
    )
    return kit.card(
        kit.form(
            rx.cond(State.conflict != "", conflict, rx.fragment()),
            kit.text_field("name", t("staff.people.name"), default_value=State.name,
                           error=_wrong("name"), error_params=State.params,
                           max_length=200, read_only=fixed, test_id="contact-name"),
            kit.text_field("position", t("staff.people.position"), optional=True,
                           default_value=State.position, max_length=100,
                           error=_wrong("position"), error_params=State.params,
                           read_only=fixed),
            kit.select_field("language", t("staff.people.language"), languages,
                             placeholder=t("staff.language.company"), disabled=fixed,
                             default_value=State.language,
                             help=t("staff.people.language_help"), test_id="contact-language"),
            needs(Permission.ACCOUNTS_EDIT,
                  rx.el.div(kit.submit(t("staff.edit.save"), test_id="contact-save"))),
            on_submit=State.save,
            key=State.form_seq,
            class_name="grid gap-4",
        ),
        title=t("staff.contacts.who"),
    )  # fmt: skip


def _point(line: Any) -> rx.Component:
    remove = kit.confirm(
        t("staff.contacts.remove_title", address=line.address),
        t("staff.contacts.remove_text"),
        t("staff.contacts.remove"),
        State.remove_point(line.id),
        trigger=kit.icon_button(
            "trash", t("staff.contacts.remove_of", address=line.address), size="s",
            test_id="point-remove",
        ),
        danger=True,
    )  # fmt: skip
    label = rx.cond(line.label != "", line.label, account_words.channel_word(line.channel))
    return rx.el.div(
        kit.icon(account_words.channel_icon(line.channel), 14),
        kit.email_address(line.address, class_name="grow tabular-nums"),
        alerts.symbol(line, State),
        rx.el.span(label, class_name="text-sm text-ink-3"),
        needs(Permission.ACCOUNTS_EDIT, remove),
        class_name=LINE,
        key=line.id,
        data_testid="point",
    )


def _points() -> rx.Component:
    channels = [(code, account_words.channel_word(code)) for code in account_words.CHANNEL_ICONS]
    form = kit.form(
        kit.select_field("channel", t("staff.people.channel"), channels),
        kit.text_field("address", t("staff.people.address"), auto_focus=True, max_length=254,
                       error=_wrong("email", "whatsapp", "phone", "channel"),
                       error_params=State.params, help=t("staff.people.phone_help"),
                       test_id="point-address"),
        kit.text_field("label", t("staff.people.label"), optional=True, max_length=60,
                       help=t("staff.people.label_help")),
        rx.el.div(kit.submit(t("staff.people.add_address"), test_id="point-save"),
                  kit.close_button(), class_name="flex gap-2"),
        on_submit=State.add_point,
        class_name="grid gap-4",
    )  # fmt: skip
    add = kit.button(
        t("staff.people.add_address"), icon="plus", size="s", on_click=State.show_adding,
        test_id="add-point",
    )  # fmt: skip
    none = rx.el.p(t("staff.contacts.no_points"), class_name="px-4 py-3 text-ink-2")
    panel = kit.drawer(
        t("staff.people.point_title", name=State.name),
        rx.cond(State.adding, form, rx.fragment()),
        open=State.adding,
        on_close=State.hide_adding,
    )
    return rx.fragment(
        kit.card(
            rx.foreach(State.points, _point),
            rx.cond(State.points.length() == 0, none, rx.fragment()),
            title=t("staff.contacts.points"),
            action=needs(Permission.ACCOUNTS_EDIT, add),
            pad=False,
        ),
        panel,
    )


def _login(line: Any) -> rx.Component:
    return rx.el.span(
        kit.email_address(line.email, class_name="text-sm mr-2"),
        kit.access_state(line.login),
        class_name="flex flex-wrap items-center",
    )


def _account(line: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            kit.text_link(line.name, href=line.href),
            rx.el.span(" ", line.code, class_name="text-sm text-ink-3"),
            class_name="basis-full",
        ),
        rx.foreach(line.logins, _login),
        class_name=LINE,
        data_testid="contact-account",
    )


def _accounts() -> rx.Component:
    none = rx.el.p(t("staff.contacts.no_accounts"), class_name="px-4 py-3 text-ink-2")
    return kit.card(
        rx.foreach(State.accounts, _account),
        rx.cond(State.accounts.length() == 0, none, rx.fragment()),
        title=t("staff.accounts.title"),
        pad=False,
    )


def view() -> rx.Component:
    """The person at the left, accounts at the right."""
    return staff_page(
        "contacts",
        State.name,
        role_note(Permission.ACCOUNTS_EDIT),
        rx.el.div(
            rx.el.div(_person(), _points(), class_name="grid gap-5 min-w-0"),
            rx.el.div(_accounts(), class_name="grid gap-5 min-w-0"),
            class_name="grid gap-5 items-start min-w-0 min-[1080px]:grid-cols-2 max-w-[1100px]",
        ),
        alerts.removal_dialog(State),
        tab_title=rx.cond(State.name != "", State.name, t("staff.contacts.title")),
        loaded=State.loaded & is_read(),
        placeholder=kit.skeleton_block(),
    )


PAGE = Page(
    route=f"{ROOT}/contacts/[contact_id]",
    view=view,
    title_key="staff.contacts.title",
    face="staff",
    on_load=(State.load,),
)
