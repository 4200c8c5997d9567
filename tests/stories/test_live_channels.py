"""What stops the messages of a company reaches its open pages, and so does what ends it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from clientportal.clientportal import app
from clientportal.domain.contactability import Evidence
from clientportal.services import delivery_events, messages, sender_limits
from clientportal.storage import senders as sender_storage
from clientportal.storage.models import Channel, Message
from clientportal.storage.session import unit_of_work
from tests.support.canary import ALFA
from tests.support.served import Served, served_world
from tests.support.socket import Tab

pytestmark = [pytest.mark.server]

CHANNELS, TODAY = "channels_state", "staff_today"
SECOND = 1.0
PAGE = f"/staff/{ALFA}/settings/channels"


@pytest.fixture(autouse=True)
def _own_settings() -> None:
    """Settings belong to the module's server here."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_world(tmp_path_factory.mktemp("live-channels")) as found:
        yield found


def paused(page: Tab) -> list[str]:
    lines: Any = page.var(CHANNELS, "paused_channels")
    return [line["channel"] for line in lines]


async def test_a_pause_of_the_platforms_sender_comes_and_goes_on_every_page(
    served: Served,
) -> None:
    """The platform's sender is no company's, so its own topic has to wake the pages."""
    now = datetime.now(UTC)
    with unit_of_work(bind=served.engine) as session:
        sender = sender_storage.find(session, None, Channel.EMAIL)
        assert sender is not None  # the world has sent mail already
        sender_id = sender.id or 0
    async with served.tab("viewer", f"/staff/{ALFA}/today") as today:
        await today.until(lambda t: bool(t.var(TODAY, "loaded")))
        assert paused(today) == ["whatsapp"]
        with unit_of_work(bind=served.engine) as session:
            row = sender_storage.locked(session, sender_id)
            assert row is not None
            sender_limits.pause(session, row, "quota", now=now, seconds=3600, detail="429 of all")
        await today.until(lambda t: paused(t) == ["email", "whatsapp"], SECOND)
        assert "429 of all" not in " ".join(today.raw)
        with unit_of_work(bind=served.engine) as session:
            row = sender_storage.locked(session, sender_id)
            assert row is not None
            sender_limits.lift(session, row)
        await today.until(lambda t: paused(t) == ["whatsapp"], SECOND)


async def test_what_one_admin_resumes_goes_from_the_others_pages(served: Served) -> None:
    async with (
        served.tab("viewer", f"/staff/{ALFA}/today") as today,
        served.tab("admin", PAGE) as settings_page,
    ):
        await today.until(lambda t: bool(t.var(TODAY, "loaded")))
        await settings_page.until(lambda t: bool(t.var(CHANNELS, "loaded")))
        assert len(today.var(CHANNELS, "paused_campaigns")) == 1
        pause = served.world.mine.campaign_pause
        names = {handler.rpartition(".")[2]: handler for handler in settings_page_handlers()}
        await settings_page.call(names["resume_campaign"], pause_id=pause)
        await settings_page.call(names["resume"], channel="whatsapp")
        await today.until(
            lambda t: not t.var(CHANNELS, "paused_campaigns") and not paused(t), SECOND
        )
        batch = served.world.mine.unknown_call
        await settings_page.call(names["decide"], batch_id=batch, arrived=True)
        await settings_page.until(lambda t: t.var(CHANNELS, "unknown") == [])


async def test_a_campaign_that_bounces_is_told_on_an_open_page(served: Served) -> None:
    now = datetime.now(UTC)
    company_id = served.world.alfa.id
    with unit_of_work(bind=served.engine) as session:
        ids = [
            messages.plan(
                session,
                kind="channel_test",
                to=f"p{n}@lejos.example",
                language="es",
                variables={"asked_by": "x"},
                dedupe_key=f"campaign:{n}",
                company_id=company_id,
                in_bulk=True,
                campaign="envio-1",
                now=now,
            )
            for n in range(50)
        ]
    async with served.tab("viewer", f"/staff/{ALFA}/today") as today:
        await today.until(lambda t: bool(t.var(TODAY, "loaded")))
        with unit_of_work(bind=served.engine) as session:
            for number, message_id in enumerate(ids):
                message = session.get_one(Message, message_id)
                evidence = Evidence.DELIVERED if number < 47 else Evidence.HARD_BOUNCE
                delivery_events.apply(session, message, evidence, now=now)
        await today.until(
            lambda t: [c["name"] for c in t.var(CHANNELS, "paused_campaigns")] == ["envio-1"],
            SECOND,
        )


def settings_page_handlers() -> list[str]:
    """Full names of the handlers of the channels' state."""
    events = app._registration_context.event_handlers
    return [name for name in events if "channels_state____channels_state." in name]
