"""What the state of the channels holds of pauses, for every page that shows them."""

from dataclasses import dataclass

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.permissions import Permission
from clientportal.services import campaigns, channel_pauses
from clientportal.services.channel_pauses import Stops
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.session import read, read_kept, write
from clientportal.ui.staff.common import Place, enter
from clientportal.ui.staff.document_rows import row_id
from clientportal.ui.values import iso

CHANNELS = ("email", "whatsapp")


@dataclass(frozen=True, slots=True)
class PauseLine:
    """A paused channel; `until` is "" where somebody has to look, `own`: it can be resumed here."""

    channel: str
    reason: str
    detail: str
    until: str
    own: bool


@dataclass(frozen=True, slots=True)
class CampaignLine:
    """A paused campaign: `bounced` of `settled` had bounced."""

    id: int
    name: str
    bounced: int
    settled: int


class PauseBanners(rx.State, mixin=True):
    """Filled by every page that shows them."""

    paused_channels: list[PauseLine] = []
    paused_campaigns: list[CampaignLine] = []
    undecided: int = 0

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def resume(self, channel: str) -> EventSpec:
        """Let the messages of a channel leave again."""
        place = await enter(self)
        given = channel if channel in CHANNELS else ""
        await write(channel_pauses.resume, place.actor, channel=given, now=place.now)
        self._fill_pauses(await read(channel_pauses.overview, place.actor, now=place.now))
        return notice("channel_resumed")

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def resume_campaign(self, pause_id: int) -> EventSpec:
        """Let the rest of a campaign leave."""
        place = await enter(self)
        wanted = row_id(pause_id)
        name = await write(campaigns.resume, place.actor, pause_id=wanted, now=place.now)
        self._fill_pauses(await read(channel_pauses.overview, place.actor, now=place.now))
        return notice("campaign_resumed", name=name)

    def _fill_pauses(self, stops: Stops) -> None:
        self.paused_channels = [
            PauseLine(one.channel, one.reason, one.detail, iso(one.until), one.is_own)
            for one in stops.channels
        ]
        self.paused_campaigns = [
            CampaignLine(one.id, one.campaign, one.bounced, one.settled) for one in stops.campaigns
        ]
        self.undecided = stops.unknown


async def pause_topics(place: Place) -> set[str]:
    """What to watch besides `place.topics`, so that the banners come and go by themselves."""
    found = await read_kept(channel_pauses.carriers, place.actor, ())
    return {f"sender:{sender_id}" for sender_id in found}
