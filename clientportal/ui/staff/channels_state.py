"""State of the channel settings: who carries messages, what is kept (masked), the last test.

No secret is ever held here: what is typed goes to the service as the form's argument.
"""

from typing import Any

import reflex as rx
from reflex.event import EventSpec

from clientportal.domain.errors import Conflict, Invalid, PortalError, TooMany
from clientportal.domain.permissions import Permission, may
from clientportal.services import (
    channel_pauses,
    channel_settings,
    channel_tests,
    channel_views,
    unknown_messages,
)
from clientportal.services.channel_fields import SECRETS
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.live_pages import watch
from clientportal.ui.session import read, write
from clientportal.ui.staff.channel_rows import PLAIN, ChannelCard, UnknownLine, card_of, line_of
from clientportal.ui.staff.common import Place, enter, text_of
from clientportal.ui.staff.document_rows import row_id
from clientportal.ui.staff.pause_state import CHANNELS, PauseBanners, pause_topics

PASSWORD_LONGEST = 1_200  # longer than what is accepted, so that nothing is cut without a word


class ChannelsState(PauseBanners, rx.State):
    """Forms keep what is typed; somebody else's save is told before saving."""

    loaded: bool = False
    cards: list[ChannelCard] = []
    choice: str = "resend"
    form_seq: int = 0
    versions: dict[str, int] = {}
    wrong: str = ""
    field: str = ""
    code: str = ""
    params: dict[str, str] = {}
    unknown: list[UnknownLine] = []

    @rx.event
    @staff(Permission.COMPANY_READ)
    async def load(self) -> None:
        """Read the channels; whoever may not set them up is shown why instead."""
        place = await enter(self)
        self._clear()
        if may(place.actor, Permission.COMPANY_EDIT):
            await self._show(place)
            self._open_forms()
            self.choice = self._card(CHANNELS[0]).provider or "resend"
        self.loaded = True

    @rx.event
    @staff(Permission.COMPANY_READ)
    async def refresh(self) -> None:
        """Something changed: what is stored anew, what is being typed stays."""
        place = await enter(self)
        if may(place.actor, Permission.COMPANY_EDIT):
            await self._show(place)

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def choose(self, provider: str) -> None:
        """Open the form of another provider of e-mail."""
        self.choice = provider if provider in ("resend", "smtp") else "resend"
        self._clear()

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def save(self, data: dict[str, Any]) -> EventSpec | None:
        """Keep an account; an empty secret changes nothing."""
        place = await enter(self)
        self._clear()
        channel, provider = text_of(data, "channel", 20), text_of(data, "provider", 20)
        names = (*PLAIN, *SECRETS.get(provider, ()))
        typed = {name: text_of(data, name, PASSWORD_LONGEST) for name in names}
        try:
            await write(
                channel_settings.save,
                place.actor,
                channel=channel,
                provider=provider,
                typed=typed,
                version=self.versions.get(channel, 0),
                now=place.now,
            )
        except (Invalid, Conflict) as error:
            await self._refused(place, channel, error)
            return None
        return await self._saved(place, "channel_saved")

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def turn(self, channel: str, on: bool) -> EventSpec | None:
        """Have the own account carry the channel's messages, or not."""
        place = await enter(self)
        self._clear()
        try:
            await write(
                channel_settings.turn,
                place.actor,
                channel=str(channel)[:20],
                on=on is True,
                version=self._card(channel).version,
                now=place.now,
            )
        except (Invalid, Conflict) as error:
            await self._refused(place, channel, error)
            return None
        return await self._saved(place, "channel_on" if on is True else "channel_off")

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def forget(self, channel: str) -> EventSpec | None:
        """Forget the own account with its secrets."""
        place = await enter(self)
        self._clear()
        version = self._card(channel).version
        try:
            await write(
                channel_settings.forget,
                place.actor,
                channel=str(channel)[:20],
                version=version,
                now=place.now,
            )
        except (Invalid, Conflict) as error:
            await self._refused(place, channel, error)
            return None
        return await self._saved(place, "channel_forgotten")

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def try_out(self, data: dict[str, Any]) -> None:
        """Send a test; its result comes by itself."""
        place = await enter(self)
        self._clear()
        channel = text_of(data, "channel", 20)
        try:
            await write(
                channel_tests.send,
                place.actor,
                channel=channel,
                to=text_of(data, "to", 60),
                now=place.now,
            )
        except (Invalid, Conflict, TooMany) as error:
            self.wrong, self.field, self.code = channel, "to", error.error_code
            self.params = {name: str(value) for name, value in error.params.items()}
            return
        await self._show(place)

    @rx.event
    @staff(Permission.COMPANY_EDIT)
    async def decide(self, batch_id: int, arrived: bool) -> EventSpec:
        """Say of messages without an answer that they arrived, or send them again."""
        place = await enter(self)
        wanted = row_id(batch_id)
        number = await write(
            unknown_messages.decide,
            place.actor,
            batch_id=wanted,
            arrived=arrived is True,
            now=place.now,
        )
        await self._show(place)
        return notice("said_arrived" if arrived is True else "sent_again", n=number)

    async def _show(self, place: Place) -> None:
        topics = await pause_topics(place)
        setups = await read(channel_views.shown, place.actor, now=place.now)
        topics |= {f"sender:{found}" for setup in setups for found in setup.sender_ids}
        watch(self, place.topics | topics, ChannelsState.refresh)
        self.cards = [
            card_of(setup, await read(channel_tests.last, place.actor, channel=setup.channel))
            for setup in setups
        ]
        waiting = await read(unknown_messages.listing, place.actor)
        self.unknown = [line_of(call) for call in waiting]
        self._fill_pauses(await read(channel_pauses.overview, place.actor, now=place.now))

    async def _saved(self, place: Place, code: str) -> EventSpec:
        await self._show(place)
        self._open_forms()
        return notice(code)

    async def _refused(self, place: Place, channel: str, error: PortalError) -> None:
        """Beside its field; what somebody else has changed as the note above the form."""
        if isinstance(error, Conflict):
            await self._show(place)
        self.wrong, self.field = channel, error.field or "form"
        self.code = error.error_code
        self.params = {name: str(value) for name, value in error.params.items()}

    def _open_forms(self) -> None:
        """Draw the forms anew, with what is stored."""
        self.versions = {card.channel: card.version for card in self.cards}
        self.form_seq += 1

    def _card(self, channel: str) -> ChannelCard:
        return next((card for card in self.cards if card.channel == channel), ChannelCard())

    def _clear(self) -> None:
        self.wrong = self.field = self.code = ""
        self.params = {}
