"""Settings: by which account the company's messages leave on each channel, tried and switched."""

from typing import Any

import reflex as rx

from clientportal.domain.actors import Role
from clientportal.domain.permissions import Permission
from clientportal.ui import kit
from clientportal.ui.i18n import error_text, moment, t, t_enum
from clientportal.ui.pages import Page
from clientportal.ui.staff.channel_forms import account_form
from clientportal.ui.staff.channel_rows import RESULTS
from clientportal.ui.staff.channels_state import ChannelsState
from clientportal.ui.staff.common import ROOT, StaffFrame, allowed, staff_page
from clientportal.ui.staff.pause_state import CHANNELS
from clientportal.ui.staff.pauses import pause_banners
from clientportal.ui.staff.settings_tabs import settings_tabs

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = ChannelsState
PROVIDERS = ("outbox", "resend", "smtp", "whatsapp")


def view() -> rx.Component:
    """What has stopped, a card per channel, and messages that wait for a decision."""
    shown = rx.el.div(
        pause_banners(links=False),
        _unknown(),
        rx.foreach(State.cards, _one),
        class_name="grid gap-5 max-w-[1000px]",
    )
    head = rx.el.header(rx.el.h1(t("staff.settings.title")), class_name="phd border-b-0")
    body = kit.tab_panel(
        rx.cond(allowed(Permission.COMPANY_EDIT), shown, _denied()), class_name="bd"
    )
    return staff_page(
        "settings",
        t("staff.settings.title"),
        rx.fragment(head, settings_tabs("channels"), body),
        tab_title=t("staff.channels.title"),
        loaded=State.loaded,
        placeholder=rx.el.div(kit.skeleton_block(), class_name="bd"),
        bare=True,
    )


def _denied() -> rx.Component:
    role = t_enum("staff.role", StaffFrame.role, Role)
    text = rx.cond(
        StaffFrame.ask != "",
        t("staff.frame.closed_ask", role=role, name=StaffFrame.ask),
        t("staff.frame.closed", role=role),
    )
    return kit.empty("denied", t("shell.denied_title"), text)


def _one(card: Any) -> rx.Component:
    by_phone = account_form("whatsapp", "whatsapp", card)
    return rx.cond(
        card.channel == "email",
        _card("email", card, _email_form(card)),
        _card("whatsapp", card, by_phone),
    )


def _card(channel: str, card: Any, form: rx.Component) -> rx.Component:
    turned = rx.el.div(
        kit.switch(
            t("staff.channels.use"),
            card.on,
            lambda on: State.turn(channel, on),
            test_id=f"use-{channel}",
        ),
        rx.cond(
            card.on,
            rx.fragment(),
            rx.el.p(t("staff.channels.use_text"), class_name="text-sm text-ink-2 mt-1"),
        ),
    )
    forget = kit.confirm(
        t("staff.channels.forget_ask"),
        t("staff.channels.forget_text"),
        t("staff.channels.forget"),
        State.forget(channel),
        trigger=kit.button(
            t("staff.channels.forget"), kind="danger", size="s", test_id=f"forget-{channel}"
        ),
        danger=True,
    )
    return kit.card(
        _carrier(channel, card),
        rx.cond(
            card.unreadable,
            kit.note(t("staff.channels.unreadable"), tone="bad", class_name="mt-3"),
        ),
        rx.cond(
            card.provider != "",
            rx.el.div(
                turned, forget, class_name="flex flex-wrap items-start justify-between gap-3 mt-4"
            ),
        ),
        rx.cond((card.provider != "") | (card.carrier != ""), _test(channel, card)),
        rx.el.div(
            rx.el.h3(t("staff.channels.account"), class_name="h3 mb-3"),
            form,
            class_name="border-t border-line mt-4 pt-4",
        ),
        title=t_enum("staff.channel", channel, CHANNELS),
        test_id=f"channel-{channel}",
    )


def _carrier(channel: str, card: Any) -> rx.Component:
    """By whom messages leave now, in one line."""
    provider = t_enum("staff.channels.provider", card.carrier, PROVIDERS)
    own = kit.state(t("staff.channels.by_own"), "good", "check")
    platform = kit.state(t("staff.channels.by_platform"), "info", "check")
    nothing = kit.state(t("staff.channels.by_nobody"), "warn", "warn")
    address = rx.el.span(
        t(f"staff.channels.from_{channel}", address=card.address), class_name="text-ink-2 text-sm"
    )
    return rx.el.div(
        rx.cond(card.carrier == "", nothing, rx.cond(card.own, own, platform)),
        rx.cond(card.carrier != "", rx.el.span(provider, class_name="text-sm")),
        rx.cond(card.address != "", address),
        class_name="flex flex-wrap items-center gap-x-4 gap-y-1",
        data_testid=f"carrier-{channel}",
    )


def _test(channel: str, card: Any) -> rx.Component:
    """A real message by exactly this account, and what became of the last one."""
    number = kit.text_field(
        "to",
        t("staff.channels.test_to"),
        id="test-to",
        input_mode="tel",
        max_length=40,
        placeholder="+57 300 111 2233",
        error=rx.cond(State.wrong == channel, rx.cond(State.field == "to", State.code, ""), ""),
        error_params=State.params,
        test_id="test-to",
    )
    refused = rx.cond(
        (State.wrong == channel) & (State.field == "to"),
        kit.note(error_text(State.code, State.params), tone="bad", role="alert"),
    )
    return kit.form(
        rx.el.input(type="hidden", name="channel", value=channel),
        number if channel == "whatsapp" else rx.fragment(),
        rx.el.div(
            kit.submit(
                t("staff.channels.test"), kind="plain", icon="send", test_id=f"test-{channel}"
            ),
            rx.el.span(t(f"staff.channels.test_{channel}"), class_name="text-sm text-ink-2 grow"),
            class_name="flex flex-wrap items-center gap-3",
        ),
        refused if channel == "email" else rx.fragment(),
        rx.cond(card.result != "", _result(channel, card)),
        on_submit=State.try_out,
        class_name="grid gap-3 border-t border-line mt-4 pt-4",
        data_testid=f"test-form-{channel}",
    )


def _result(channel: str, card: Any) -> rx.Component:
    said = rx.match(
        card.result_tone,
        *[
            (tone, kit.state(t_enum("staff.channels.result", card.result, RESULTS), tone,
                             card.result_icon))
            for tone in ("good", "info", "warn")
        ],
        kit.state(t_enum("staff.channels.result", card.result, RESULTS), "bad", card.result_icon),
    )  # fmt: skip
    return rx.el.div(
        rx.el.div(
            said,
            rx.el.span(
                card.result_to,
                " · ",
                moment(card.result_at, StaffFrame.zone),
                class_name="text-sm text-ink-3",
            ),
            class_name="flex flex-wrap items-center gap-x-3",
        ),
        rx.cond(
            card.result_detail != "",
            rx.el.p(
                t("staff.pause.said", detail=card.result_detail),
                class_name="text-sm text-ink-2 break-words mt-1",
            ),
        ),
        rx.cond(
            card.result_old,
            rx.el.p(t("staff.channels.result_old"), class_name="text-sm text-ink-2 mt-1"),
        ),
        role="status",
        data_testid=f"result-{channel}",
    )


def _email_form(card: Any) -> rx.Component:
    """One form at a time: changing the provider changes its fields."""
    choice = kit.segmented(
        t("staff.channels.provider_label"),
        [("resend", "Resend"), ("smtp", "SMTP")],
        State.choice,
        State.choose,
        test_id="email-provider",
    )
    other = (card.provider != "") & (card.provider != State.choice)
    return rx.el.div(
        rx.el.div(choice),
        rx.cond(other, kit.note(t("staff.channels.other_provider"), tone="warn")),
        rx.cond(
            State.choice == "smtp",
            account_form("email", "smtp", card),
            account_form("email", "resend", card),
        ),
        class_name="grid gap-4",
    )


def _unknown() -> rx.Component:
    """Messages of which nobody knows whether they left, by call."""
    return rx.cond(
        State.unknown.length() > 0,
        kit.card(
            rx.el.p(t("staff.channels.unknown_text"), class_name="px-4 py-3 text-ink-2"),
            rx.el.ul(rx.foreach(State.unknown, _call), class_name="divide-y divide-line"),
            title=t("staff.channels.unknown"),
            pad=False,
            test_id="unknown-calls",
        ),
    )


def _call(line: Any) -> rx.Component:
    more = rx.cond(line.more > 0, t("staff.channels.unknown_more", n=line.more), "")
    again = kit.confirm(
        t("staff.channels.again_ask"),
        t("staff.channels.again_text", n=line.number),
        t("staff.channels.again"),
        State.decide(line.id, False),
        trigger=kit.button(t("staff.channels.again"), size="s", test_id="send-again"),
    )
    arrived = kit.confirm(
        t("staff.channels.arrived_ask"),
        t("staff.channels.arrived_text", n=line.number),
        t("staff.channels.arrived"),
        State.decide(line.id, True),
        trigger=kit.button(t("staff.channels.arrived"), size="s", test_id="said-arrived"),
    )
    return rx.el.li(
        rx.el.div(
            rx.el.div(line.subject, class_name="font-medium break-words"),
            rx.el.div(line.people, " ", more, class_name="text-sm break-words"),
            rx.el.div(
                t_enum("staff.channel", line.channel, CHANNELS),
                " · ",
                moment(line.at, StaffFrame.zone),
                rx.cond(line.why != "", rx.fragment(" · ", line.why), ""),
                class_name="text-sm text-ink-3 break-words",
            ),
            class_name="min-w-0 grow basis-[220px]",
        ),
        rx.el.div(arrived, again, class_name="flex flex-wrap gap-2"),
        class_name="flex flex-wrap items-center gap-3 px-4 py-3",
        data_testid="unknown-call",
        key=line.id.to_string(),
    )


PAGE = Page(
    route=f"{ROOT}/settings/channels",
    view=view,
    title_key="staff.channels.title",
    face="staff",
    on_load=(State.load,),
)
