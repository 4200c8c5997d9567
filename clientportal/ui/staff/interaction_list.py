"""The log of interactions as it stands on the company's page and in a tab of an account."""

from typing import Any

import reflex as rx

from clientportal.domain.delivery import MessageState
from clientportal.domain.interactions import CAUSES, CHANNELS, OTHER, PURPOSES, Outcome
from clientportal.ui import kit
from clientportal.ui.documents.list_parts import day_range, export_menu
from clientportal.ui.i18n import count, moment, t, t_enum
from clientportal.ui.staff.common import StaffFrame
from clientportal.ui.staff.interactions_state import InteractionsState

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = InteractionsState

# State of a message → (tone, icon).
LOOKS: dict[str, tuple[str, str]] = {
    MessageState.PLANNED: ("", "clock"),
    MessageState.SENDING: ("", "clock"),
    MessageState.SENT: ("info", "send"),
    MessageState.DELAYED: ("warn", "clock"),
    MessageState.DELIVERED: ("good", "ok"),
    MessageState.READ: ("good", "eye"),
    MessageState.BLOCKED: ("bad", "ban"),
    MessageState.NEEDS_CHECK: ("warn", "warn"),
    MessageState.FAILED: ("bad", "mail-x"),
    MessageState.NOT_DELIVERED: ("bad", "mail-x"),
    MessageState.BOUNCED_SOFT: ("bad", "mail-x"),
    MessageState.BOUNCED: ("bad", "mail-x"),
    MessageState.SUPPRESSED: ("bad", "mail-x"),
    MessageState.COMPLAINED: ("bad", "flag"),
}
ICONS = {"email": "mail", "whatsapp": "wa"}


def filters() -> rx.Component:
    """Channel, what became of it, purpose, period, search; of the company's page, the account."""

    def popover(name: str, label: Any, options: Any) -> rx.Component:
        chosen = State.filters[name]
        return kit.filter_popover(name, label, options, chosen, State.choose(name), multiple=False)

    word = "staff.interactions"
    channels = [(channel, t(f"staff.channel.{channel}")) for channel in CHANNELS]
    outcomes = [(outcome.value, t(f"{word}.outcome.{outcome.value}")) for outcome in Outcome]
    purposes = [(purpose, t(f"{word}.purpose.{purpose}")) for purpose in PURPOSES]
    whose = kit.filter_chip(
        "account", t("staff.accounts.account"), State.account_name, State.choose("account", [])
    )
    return kit.filter_row(
        rx.cond(State.account_name != "", whose),
        popover("outcome", t(f"{word}.column.state"), outcomes),
        popover("channel", t(f"{word}.column.channel"), channels),
        popover("purpose", t(f"{word}.column.purpose"), purposes),
        day_range(
            State,
            "sent",
            t(f"{word}.column.sent_on"),
            t(f"{word}.since"),
            t(f"{word}.until"),
            t(f"{word}.apply"),
        ),
        search=kit.search_field(
            t(f"{word}.search"),
            default_value=State.q,
            key=State.q_seq,
            on_change=State.find.debounce(300),
            max_length=100,
        ),
        result=kit.result_line(_total()),
    )


def panel(*, of_account: bool) -> rx.Component:
    """Filters, then the table or why it is empty."""
    every = kit.text_link(
        t("staff.interactions.every"),
        href=f"{StaffFrame.base}/interactions",
        test_id="interactions-every",
    )
    head = rx.el.div(every, export(), class_name="flex items-center justify-between gap-3")
    return rx.el.div(
        *([head] if of_account else []),
        filters(),
        rx.cond(State.rows.length() > 0, _table(of_account=of_account), _empty()),
        class_name="grid gap-4 min-w-0",
        data_testid="interactions",
    )


def export() -> rx.Component:
    """The log as a file, with the filters of the address."""
    return export_menu(State.export_query, StaffFrame.base, what="interactions")


def _total() -> Any:
    return rx.cond(
        State.capped,
        t("staff.interactions.many", shown=count(State.total, State.capped)),
        t("staff.interactions.count", n=State.total),
    )


def _table(*, of_account: bool) -> rx.Component:
    word = "staff.interactions.column"
    whose = [] if of_account else [kit.th(t("staff.accounts.account"))]
    return kit.table(
        t("staff.interactions.caption"),
        head=[
            kit.th(t(f"{word}.sent_on")),
            kit.th(t(f"{word}.purpose")),
            *whose,
            kit.th(t(f"{word}.recipient")),
            kit.th(t(f"{word}.state")),
        ],
        body=rx.foreach(State.rows, lambda line: _row(line, of_account=of_account)),
        foot=kit.pager(
            _total(),
            previous=State.previous_href,
            next=State.next_href,
            has_previous=State.previous_href != "",
            has_next=State.next_href != "",
        ),
        test_id="interactions-table",
    )


def _row(line: Any, *, of_account: bool) -> rx.Component:
    about = rx.fragment(
        rx.cond(line.subject != "", line.subject, t("staff.interactions.not_made")),
        rx.cond(
            line.document != "",
            rx.fragment(" · ", kit.text_link(line.document, href=line.document_href)),
        ),
        rx.cond(
            line.template != "",
            rx.fragment(" · ", t("staff.interactions.template", name=line.template)),
        ),
    )
    purpose = t_enum("staff.interactions.purpose", line.purpose, (*PURPOSES, OTHER))
    account = rx.cond(line.account != "", kit.text_link(line.account, href=line.account_href), "—")
    return kit.tr(
        kit.td(moment(line.at, StaffFrame.zone), area="when", class_name="whitespace-nowrap"),
        kit.td(kit.row_name(purpose, about), area="name"),
        *([] if of_account else [kit.td(account, drop=1)]),
        kit.td(_recipient(line), area="extra"),
        kit.td(kit.live(line.state, _state(line)), area="state"),
        key=line.id.to_string(),
        test_id="interactions-row",
        data_state=line.state,
    )


def _recipient(line: Any) -> rx.Component:
    """Channel, address and person."""
    written = rx.match(
        line.channel,
        ("email", kit.email_address(line.address)),
        rx.el.span(line.address, class_name="whitespace-nowrap"),
    )
    drawn = [
        (channel, kit.state(t(f"staff.channel.{channel}"), "", icon))
        for channel, icon in ICONS.items()
    ]
    return rx.el.div(
        rx.match(line.channel, *drawn, rx.fragment()),
        rx.el.div(written),
        rx.cond(
            (line.name != "") & (line.name != line.address),
            rx.el.span(line.name, class_name="sub"),
        ),
        class_name="min-w-0",
    )


def _state(line: Any) -> rx.Component:
    """What became of it, since when, and why it did not arrive."""
    word = t_enum("staff.interactions.state", line.state, MessageState)
    cases = [(code.value, kit.state(word, tone, icon)) for code, (tone, icon) in _looks()]
    why = rx.el.span(
        t_enum("staff.interactions.cause", line.cause, CAUSES), class_name="block text-sm text-bad"
    )
    said = rx.el.span(line.detail, class_name="block text-sm text-ink-3 [overflow-wrap:anywhere]")
    return rx.el.div(
        rx.match(line.state, *cases, rx.fragment()),
        rx.el.span(
            moment(line.state_at, StaffFrame.zone),
            class_name="block text-sm text-ink-3 whitespace-nowrap",
        ),
        rx.cond(line.cause != "", why),
        rx.cond(line.detail != "", said),
        class_name="min-w-0",
    )


def _looks() -> list[tuple[MessageState, tuple[str, str]]]:
    return [(MessageState(code), look) for code, look in LOOKS.items()]


def _empty() -> rx.Component:
    none = kit.empty(
        "filter",
        t("staff.interactions.none_title"),
        t("staff.interactions.none_text", n=State.others),
        kit.button(t("lists.clear_filters"), on_click=State.clear),
    )
    fresh = kit.empty(
        "first", t("staff.interactions.empty_title"), t("staff.interactions.empty_text")
    )
    return kit.card(rx.cond(State.narrowed, none, fresh), pad=False)
