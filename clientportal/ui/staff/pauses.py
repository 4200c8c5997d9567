"""What keeps messages from leaving, above the pages concerned: why, until when, resume."""

from typing import Any

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.services import channel_pauses
from clientportal.services.channel_pauses import REASONS
from clientportal.ui import kit
from clientportal.ui.i18n import moment, t, t_enum
from clientportal.ui.session import read_together
from clientportal.ui.staff.channels_state import ChannelsState
from clientportal.ui.staff.common import Place, StaffFrame, needs
from clientportal.ui.staff.pause_state import CHANNELS, pause_topics

__all__ = ["pause_banners", "pause_topics", "show_pauses"]


async def show_pauses(page: rx.State, place: Place) -> None:
    """Fill the banners of a page."""
    state = await page.get_state(ChannelsState)
    found = await read_together(channel_pauses.overview, place.actor, (), now=place.now)
    state._fill_pauses(found)


# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = ChannelsState


def pause_banners(*, links: bool = True, class_name: str = "") -> rx.Component:
    """One banner per thing that has stopped; nothing when all goes. `links`: to the settings."""
    return rx.cond(
        (State.paused_channels.length() + State.paused_campaigns.length() + State.undecided) > 0,
        rx.el.div(
            rx.foreach(State.paused_channels, lambda line: _channel(line, links=links)),
            rx.foreach(State.paused_campaigns, _campaign),
            _unknown() if links else rx.fragment(),
            class_name=f"grid gap-3 {class_name}",
            data_testid="pauses",
        ),
    )


def _channel(line: Any, *, links: bool) -> rx.Component:
    until = rx.cond(
        line.until != "",
        t("staff.pause.until", time=moment(line.until, StaffFrame.zone)),
        rx.cond(line.own, t("staff.pause.until_you"), t("staff.pause.until_platform")),
    )
    resume = kit.button(
        t("staff.pause.resume"), size="s", on_click=State.resume(line.channel), test_id="resume"
    )
    here = kit.text_link(t("staff.pause.settings"), href=f"{StaffFrame.base}/settings/channels")
    return kit.note(
        rx.el.span(t_enum("staff.pause.reason", line.reason, REASONS), " ", until),
        rx.cond(
            line.detail != "",
            rx.el.span(
                t("staff.pause.said", detail=line.detail),
                class_name="block text-sm text-ink-2 break-words",
            ),
        ),
        needs(
            Permission.COMPANY_EDIT,
            rx.el.span(
                rx.cond(line.own, resume),
                here if links else rx.fragment(),
                class_name="flex flex-wrap items-center gap-3 mt-2 empty:hidden",
            ),
        ),
        title=t_enum("staff.pause.title", line.channel, CHANNELS),
        tone="bad",
        test_id=f"paused-{line.channel}",
        key=line.channel,
    )


def _campaign(line: Any) -> rx.Component:
    resume = kit.confirm(
        t("staff.pause.campaign_ask", name=line.name),
        t("staff.pause.campaign_ask_text"),
        t("staff.pause.campaign_resume"),
        State.resume_campaign(line.id),
        trigger=kit.button(t("staff.pause.campaign_resume"), size="s", test_id="campaign-resume"),
    )
    return kit.note(
        t("staff.pause.campaign", bounced=line.bounced, settled=line.settled),
        needs(Permission.COMPANY_EDIT, rx.el.span(resume, class_name="flex mt-2")),
        title=t("staff.pause.campaign_title", name=line.name),
        tone="bad",
        test_id="paused-campaign",
        key=line.id.to_string(),
    )


def _unknown() -> rx.Component:
    """For those alone who can decide."""
    said = kit.note(
        t("staff.pause.unknown", n=State.undecided),
        " ",
        kit.text_link(t("staff.pause.unknown_go"), href=f"{StaffFrame.base}/settings/channels"),
        tone="warn",
        test_id="unknown-messages",
    )
    return rx.cond(State.undecided > 0, needs(Permission.COMPANY_EDIT, said))
