"""The matrix of the services of channels: accounts, tests, pauses, messages without an answer."""

from clientportal.services import (
    campaigns,
    channel_pauses,
    channel_settings,
    channel_tests,
    channel_views,
    unknown_messages,
)
from tests.support.matrix import ADMINS, EVERY_STAFF, FOREIGN_STAFF, Call, Row

KEPT = {"api_key": "re_another", "from_address": "matrix@elsewhere.example"}


def _save(c: Call) -> object:
    channel_settings.save(
        c.session, c.actor, channel="email", provider="resend", typed=KEPT, version=1,
        now=c.world.now,
    )  # fmt: skip
    return None


def _decide(c: Call, *, arrived: bool) -> object:
    return unknown_messages.decide(
        c.session, c.actor, batch_id=c.target.unknown_call, arrived=arrived, now=c.world.now
    )


ROWS: dict[str, Row] = {
    "channel_views.shown": Row(
        lambda c: channel_views.shown(c.session, c.actor, now=c.world.now),
        ADMINS,
        own=FOREIGN_STAFF,
    ),
    "channel_settings.save": Row(_save, ADMINS, own=FOREIGN_STAFF, writes=True),
    "channel_settings.turn": Row(
        lambda c: channel_settings.turn(
            c.session, c.actor, channel="email", on=True, version=1, now=c.world.now
        ),
        ADMINS,
        own=FOREIGN_STAFF,
        writes=True,
    ),
    "channel_settings.forget": Row(
        lambda c: channel_settings.forget(
            c.session, c.actor, channel="email", version=1, now=c.world.now
        ),
        ADMINS,
        own=FOREIGN_STAFF,
        writes=True,
    ),
    "channel_tests.send": Row(
        lambda c: channel_tests.send(c.session, c.actor, channel="email", now=c.world.now),
        ADMINS,
        own=FOREIGN_STAFF,
        writes=True,
    ),
    "channel_tests.last": Row(
        lambda c: [channel_tests.last(c.session, c.actor, channel="email")],
        ADMINS,
        own=FOREIGN_STAFF,
        plain=True,
    ),
    "channel_pauses.overview": Row(
        lambda c: channel_pauses.overview(c.session, c.actor, now=c.world.now),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
    ),
    "channel_pauses.carriers": Row(
        lambda c: channel_pauses.carriers(c.session, c.actor),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
        plain=True,
    ),
    "channel_pauses.resume": Row(
        lambda c: channel_pauses.resume(c.session, c.actor, channel="whatsapp", now=c.world.now),
        ADMINS,
        own=FOREIGN_STAFF,
        writes=True,
    ),
    "campaigns.paused": Row(
        lambda c: campaigns.paused(c.session, c.actor), EVERY_STAFF, own=FOREIGN_STAFF
    ),
    "campaigns.resume": Row(
        lambda c: campaigns.resume(
            c.session, c.actor, pause_id=c.target.campaign_pause, now=c.world.now
        ),
        ADMINS,
        writes=True,
    ),
    "unknown_messages.listing": Row(
        lambda c: unknown_messages.listing(c.session, c.actor), EVERY_STAFF, own=FOREIGN_STAFF
    ),
    "unknown_messages.decide": Row(lambda c: _decide(c, arrived=True), ADMINS, writes=True),
    "unknown_messages.decide#again": Row(lambda c: _decide(c, arrived=False), ADMINS, writes=True),
}
