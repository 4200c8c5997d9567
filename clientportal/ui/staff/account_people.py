"""The contacts tab of an account: every e-mail with its login switch, panels to add people."""

from typing import Any

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.ui import kit
from clientportal.ui.i18n import moment, t
from clientportal.ui.staff import account_words, alerts
from clientportal.ui.staff.account_state import AccountState
from clientportal.ui.staff.common import StaffFrame, needs, role_note
from clientportal.ui.staff.people_state import MOST_EMAILS, Linkable, PeopleState

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
Account: Any = AccountState
State: Any = PeopleState

LINE = "flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2 border-t border-line"


def _switch(line: Any) -> rx.Component:
    def turn(on: Any) -> Any:
        return State.ask_login(line.contact_id, line.person, line.email, on)

    on = line.login != "none"
    asked = kit.switch(
        t("staff.people.login"),
        on,
        turn,
        test_id="access-switch",
    )
    return needs(Permission.ACCESS_EDIT, asked)


def _email(line: Any) -> rx.Component:
    since = rx.cond(
        (line.login == "on") & (line.since != ""),
        t("staff.people.since", date=moment(line.since, StaffFrame.zone, "day")),
        rx.cond(
            (line.login == "pending") & (line.since != ""),
            t("staff.people.invited", date=moment(line.since, StaffFrame.zone, "day")),
            "",
        ),
    )
    return rx.el.div(
        kit.icon("mail", 14),
        rx.el.div(
            kit.email_address(line.email, class_name="mr-3 block min-[640px]:inline"),
            kit.access_state(line.login),
            rx.el.span(" ", since, class_name="text-sm text-ink-3"),
            class_name="grow",
        ),
        alerts.symbol(line, State),
        _switch(line),
        class_name=LINE,
        data_testid="access-row",
        key=line.email,
    )


def _other(line: Any) -> rx.Component:
    return rx.el.div(
        kit.icon(account_words.channel_icon(line.channel), 14),
        rx.el.span(line.address, class_name="n"),
        alerts.symbol(line, State),
        rx.el.span(account_words.channel_word(line.channel), class_name="text-sm text-ink-3"),
        class_name=LINE,
        key=line.id,
    )


def _actions(person: Any) -> rx.Component:
    unlink = kit.confirm(
        t("staff.people.unlink_title", name=person.name),
        t("staff.people.unlink_text"),
        t("staff.people.unlink"),
        State.unlink(person.id),
        trigger=kit.icon_button(
            "x", t("staff.people.unlink_of", name=person.name), size="s", test_id="unlink"
        ),
        danger=True,
    )
    add = kit.button(
        t("staff.people.add_address"),
        icon="plus",
        size="s",
        on_click=State.show("point", person.id, person.name),
        test_id="add-point",
    )
    return needs(Permission.ACCOUNTS_EDIT, rx.el.div(add, unlink, class_name="flex gap-1"))


def _person(person: Any) -> rx.Component:
    elsewhere = rx.cond(
        person.elsewhere > 0,
        rx.fragment(" · ", t("staff.people.elsewhere", n=person.elsewhere)),
        "",
    )
    name = rx.el.div(
        kit.text_link(person.name, href=person.href, class_name="no-underline text-ink"),
        rx.el.span(" ", person.position, elsewhere, class_name="text-sm text-ink-3"),
        class_name="flex-1 min-w-[200px]",
    )
    none = rx.el.div(t("staff.people.no_email"), class_name=f"{LINE} text-sm text-ink-2")
    return rx.el.section(
        rx.el.div(
            kit.avatar(person.name), name, _actions(person),
            class_name="flex flex-wrap items-center gap-3 px-4 pt-3 pb-2",
        ),
        rx.foreach(person.emails, _email),
        rx.cond(person.emails.length() == 0, none, rx.fragment()),
        rx.foreach(person.others, _other),
        class_name="border-t border-line-2",
        key=person.id,
        data_testid="person",
        aria_label=person.name,
    )  # fmt: skip


def _question() -> rx.Component:
    """What turning the switch does, before it is turned."""
    on = State.ask_on
    return kit.dialog(
        rx.cond(
            on,
            t("staff.people.on_title", email=State.ask_email),
            t("staff.people.off_title", email=State.ask_email),
        ),
        rx.el.p(
            rx.cond(
                on,
                t("staff.people.on_text", person=State.ask_person,
                  account=Account.name),
                t("staff.people.off_text", person=State.ask_person,
                  account=Account.name),
            ),
            class_name="mt-1 text-ink-2",
        ),
        open=State.asked,
        on_close=State.keep_login,
        actions=[
            kit.close_button(),
            kit.button(
                rx.cond(on, t("staff.people.give"), t("staff.people.take")),
                kind="main",
                on_click=State.turn_login,
                test_id="access-confirm",
            ),
        ],
        test_id="access-question",
    )  # fmt: skip


def _wrong(*fields: str) -> Any:
    mine = State.field == fields[0]
    for name in fields[1:]:
        mine = mine | (State.field == name)
    return rx.cond(mine, State.code, "")


def _new_person() -> rx.Component:
    params = State.params
    emails = [
        rx.cond(
            State.emails > n,
            kit.text_field(
                f"email{n}", t("staff.people.email"), type="email", optional=True,
                error=_wrong("email") if n == 0 else "", error_params=params, auto_complete="off",
                test_id=f"person-email{n}",
            ),
            rx.fragment(),
        )
        for n in range(MOST_EMAILS)
    ]  # fmt: skip
    more = rx.cond(
        State.emails < MOST_EMAILS,
        kit.text_button(t("staff.people.more_emails"), on_click=State.more_emails),
        rx.fragment(),
    )
    languages = [("es", t("staff.language.es")), ("en", t("staff.language.en"))]
    return kit.form(
        kit.text_field("name", t("staff.people.name"), error=_wrong("name"), error_params=params,
                       max_length=200, auto_focus=True, test_id="person-name"),
        kit.text_field("position", t("staff.people.position"), optional=True, max_length=100),
        *emails,
        more,
        kit.text_field("whatsapp", t("staff.channel.whatsapp"), type="tel", optional=True,
                       error=_wrong("whatsapp"), error_params=params,
                       help=t("staff.people.phone_help")),
        kit.text_field("phone", t("staff.channel.phone"), type="tel", optional=True,
                       error=_wrong("phone"), error_params=params),
        kit.select_field("language", t("staff.people.language"), languages,
                         placeholder=t("staff.language.company"),
                         help=t("staff.people.language_help")),
        rx.el.div(kit.submit(t("staff.people.create"), test_id="person-save"),
                  kit.close_button(), class_name="flex gap-2"),
        on_submit=State.create,
        class_name="grid gap-4",
    )  # fmt: skip


def _linkable(row: Linkable) -> rx.Component:
    return rx.el.li(
        kit.avatar(row.name, "s"),
        rx.el.div(
            rx.el.b(row.name, class_name="block cut"),
            rx.el.span(row.detail, class_name="block cut text-sm text-ink-3"),
            class_name="grow",
        ),
        kit.button(t("staff.people.link"), size="s", on_click=State.link(row.id),
                   test_id="link-person"),
        class_name="flex items-center gap-3 py-2 border-b border-line",
    )  # fmt: skip


def _link_person() -> rx.Component:
    none = rx.cond(
        State.searched != "",
        t("staff.people.nobody_like", text=State.searched),
        t("staff.people.nobody_else"),
    )
    return rx.el.div(
        kit.search_field(t("staff.people.find"), key_hint="", test_id="person-search",
                         on_change=State.find.debounce(250)),
        rx.el.ul(rx.foreach(State.linkable, _linkable)),
        rx.cond(State.linkable.length() == 0,
                rx.el.p(none, class_name="text-ink-2"), rx.fragment()),
        class_name="grid gap-3",
    )  # fmt: skip


def _new_point() -> rx.Component:
    params = State.params
    channels = [(code, account_words.channel_word(code)) for code in account_words.CHANNEL_ICONS]
    return kit.form(
        kit.select_field("channel", t("staff.people.channel"), channels),
        kit.text_field("address", t("staff.people.address"),
                       error=_wrong("email", "whatsapp", "phone", "channel"), error_params=params,
                       help=t("staff.people.point_help"), auto_focus=True, max_length=254,
                       test_id="point-address"),
        kit.text_field("label", t("staff.people.label"), optional=True, max_length=60,
                       help=t("staff.people.label_help")),
        rx.el.div(kit.submit(t("staff.people.add_address"), test_id="point-save"),
                  kit.close_button(), class_name="flex gap-2"),
        on_submit=State.add_point,
        class_name="grid gap-4",
    )  # fmt: skip


def _panel() -> rx.Component:
    title: Any = rx.match(
        State.panel,
        ("link", t("staff.people.link_title")),
        ("point", t("staff.people.point_title", name=State.person)),
        t("staff.people.new_title"),
    )
    body = rx.match(
        State.panel,
        ("new", _new_person()),
        ("link", _link_person()),
        ("point", _new_point()),
        rx.fragment(),
    )
    return kit.drawer(title, body, open=State.panel != "", on_close=State.hide)


def contacts_tab() -> rx.Component:
    """Who belongs to the account, every address, and who may enter (mission 194, 203, 259)."""
    add = needs(
        Permission.ACCOUNTS_EDIT,
        kit.button(t("staff.people.link_known"), size="s", icon="link", test_id="person-link",
                   on_click=State.show("link", 0, "")),
        kit.button(t("staff.people.new"), size="s", icon="plus", test_id="person-new",
                   on_click=State.show("new", 0, "")),
    )  # fmt: skip
    none = kit.empty("first", t("staff.people.empty_title"), t("staff.people.empty_text"))
    return rx.el.div(
        role_note(Permission.ACCESS_EDIT, "no_logins"),
        kit.card(
            rx.foreach(Account.people, _person),
            rx.cond(Account.people.length() == 0, none, rx.fragment()),
            title=t("staff.people.title"),
            action=rx.el.div(add, class_name="flex flex-wrap gap-2 justify-end"),
            pad=False,
            test_id="people",
        ),
        _question(),
        _panel(),
        alerts.removal_dialog(State),
        class_name="grid gap-4 min-w-0 max-w-[900px]",
    )
