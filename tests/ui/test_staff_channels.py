"""Staff: the channels of a company – accounts, switch, test, pauses, messages without an answer."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import reflex as rx
import sqlalchemy as sa

from clientportal.domain.actors import Member
from clientportal.domain.errors import NotAllowed, NotFound
from clientportal.services import channel_pauses, channel_settings, channel_views
from clientportal.services.channel_views import ChannelSetup
from clientportal.settings import settings
from clientportal.storage.session import unit_of_work
from clientportal.ui import live_pages
from clientportal.ui.staff.channel_rows import ChannelCard
from clientportal.ui.staff.channels_state import ChannelsState
from clientportal.ui.staff.today_state import StaffToday
from tests.support import channels
from tests.support.outgoing import deliver
from tests.support.simulators import ResendHost, serving
from tests.ui.conftest import OpenTab
from tests.ui.pages import Site, call, make_site, part

PAGE = "/staff/[company_slug]/settings/channels"
KEY = "re_9f8e7d6c5b4a3210WXYZ"
FORM = {
    "channel": "email",
    "provider": "resend",
    "api_key": KEY,
    "webhook_secret": "",
    "from_address": "facturas@uno.example",
    "from_name": "Uno",
}


@pytest.fixture
def site(
    database: sa.Engine, open_tab: OpenTab, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> Site:
    assert database is not None
    monkeypatch.setattr("clientportal.ui.staff.common.utc_now", lambda: now)
    monkeypatch.setattr("clientportal.ui.session.utc_now", lambda: now)
    return make_site(open_tab, now)


@pytest.fixture
def resend(monkeypatch: pytest.MonkeyPatch) -> Iterator[ResendHost]:
    host = ResendHost()
    with serving(host):
        monkeypatch.setenv("CLIENTPORTAL_RESEND_API_URL", host.url)
        settings.cache_clear()
        yield host


async def opened(site: Site, role: str = "admin") -> ChannelsState:
    root: rx.State = site.tab(role, PAGE, "/staff/uno/settings/channels")
    state = part(root, ChannelsState)
    await call(state, ChannelsState.load)
    return state


def mail(state: ChannelsState) -> ChannelCard:
    """What the page shows of e-mail."""
    return state._card("email")


def told(state: rx.State) -> str:
    """Everything that the browser is sent of the tab."""
    return repr(state._get_root_state().dict())


def stored(site: Site, channel: str = "email") -> ChannelSetup:
    with unit_of_work(read_only=True) as session:
        found = channel_views.shown(session, site.ours.admin, now=site.now)
    return next(one for one in found if one.channel == channel)


def stop(site: Site, staff: Member) -> tuple[int, int]:
    """A paused channel, a paused campaign, a message without an answer; the ids of the last two."""
    with unit_of_work() as session:
        channels.accounts(session, staff, "uno", "facturas", site.now)
        pause = channels.campaign_pause(session, staff, "envio-", site.now)
        batch = channels.unknown_call(session, staff, None, "ana@papelera.example", site.now)
    return pause, batch


async def test_a_key_goes_in_and_only_its_end_comes_out(site: Site) -> None:
    state = await opened(site)
    assert (mail(state).carrier, mail(state).own, mail(state).provider) == ("outbox", False, "")
    done = await call(state, ChannelsState.save, FORM)
    assert "channel_saved" in str(done.args)
    assert (mail(state).provider, mail(state).kept["api_key"]) == ("resend", "••••WXYZ")
    assert mail(state).filled["from_address"] == "facturas@uno.example"
    assert mail(state).webhooks["resend"].endswith("/webhooks/resend/uno")
    assert KEY not in told(state)
    assert not stored(site).is_on
    await call(state, ChannelsState.save, FORM | {"api_key": "", "from_name": "Otro"})
    assert stored(site).kept["api_key"] == "••••WXYZ"


@pytest.mark.parametrize(
    ("typed", "field", "code"),
    [
        ({"api_key": "sk_1"}, "api_key", "api_key_invalid"),
        ({"from_address": "sin arroba"}, "from_address", "email_invalid"),
        ({"webhook_secret": "x"}, "webhook_secret", "webhook_secret_invalid"),
        ({"provider": "../x"}, "provider", "choice_invalid"),
        ({"channel": "phone"}, "channel", "channel_invalid"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field(
    site: Site, typed: dict[str, str], field: str, code: str
) -> None:
    state = await opened(site)
    assert await call(state, ChannelsState.save, FORM | typed) is None
    assert (state.field, state.code) == (field, code)
    assert stored(site).provider == ""


async def test_it_is_tried_switched_on_and_off(site: Site, resend: ResendHost) -> None:
    state = await opened(site)
    await call(state, ChannelsState.save, FORM)
    await call(state, ChannelsState.try_out, {"channel": "email"})
    assert (mail(state).result, mail(state).result_to) == ("planned", "admin@uno.example")
    assert resend.requests == []
    deliver()
    await call(state, ChannelsState.refresh)
    assert (mail(state).result, mail(state).result_old) == ("sent", False)
    assert len(resend.mails[KEY]) == 1
    await call(state, ChannelsState.try_out, {"channel": "email"})
    assert (state.wrong, state.field, state.code) == ("email", "to", "too_many")
    await call(state, ChannelsState.turn, "email", True)
    assert (mail(state).on, mail(state).own, mail(state).carrier) == (True, True, "resend")
    await call(state, ChannelsState.turn, "email", False)
    assert (mail(state).on, mail(state).own, mail(state).carrier) == (False, False, "outbox")
    await call(state, ChannelsState.forget, "email")
    assert (mail(state).provider, stored(site).kept) == ("", {})
    with pytest.raises(NotFound):
        await call(state, ChannelsState.turn, "email", True)


async def test_a_refusal_shows_the_providers_words(site: Site, resend: ResendHost) -> None:
    assert resend.url
    state = await opened(site)
    await call(state, ChannelsState.save, FORM | {"api_key": "re_revoked"})
    await call(state, ChannelsState.try_out, {"channel": "email"})
    deliver()
    await call(state, ChannelsState.refresh)
    assert (mail(state).result, mail(state).result_tone) == ("refused", "bad")
    assert mail(state).result_detail == "403 invalid_api_key"


async def test_a_save_over_somebody_elses_is_refused_and_can_be_read_again(site: Site) -> None:
    first, second = await opened(site, "admin"), await opened(site, "owner")
    await call(first, ChannelsState.save, FORM)
    await call(second, ChannelsState.refresh)
    assert mail(second).provider == "resend"
    assert await call(second, ChannelsState.save, FORM | {"from_name": "Dos"}) is None
    assert (second.wrong, second.field, second.code) == ("email", "form", "conflict")
    assert stored(site).values["from_name"] == "Uno"
    await call(second, ChannelsState.load)
    await call(second, ChannelsState.save, FORM | {"from_name": "Dos"})
    assert stored(site).values["from_name"] == "Dos"


async def test_the_page_follows_the_senders_that_it_shows(site: Site, app: rx.App) -> None:
    state = await opened(site)
    await call(state, ChannelsState.save, FORM)
    sender_id = stored(site).sender_ids[0]
    watches = live_pages._of(app)
    watch = watches.by_token[state.router.session.client_token]
    assert f"sender:{sender_id}" in watch.topics
    assert f"company:{site.ours.id}" in watch.topics


@pytest.mark.parametrize("role", ["viewer", "agent"])
async def test_who_may_not_set_them_up_is_shown_nothing_of_them(site: Site, role: str) -> None:
    _, batch = stop(site, site.ours.admin)
    state = await opened(site, role)
    assert state.loaded
    assert (mail(state).provider, state.unknown) == ("", [])
    for handler, args in (
        (ChannelsState.save, (FORM,)),
        (ChannelsState.turn, ("email", True)),
        (ChannelsState.forget, ("email",)),
        (ChannelsState.try_out, ({"channel": "email"},)),
        (ChannelsState.decide, (batch, True)),
    ):
        with pytest.raises(NotAllowed):
            await call(state, handler, *args)
    assert not stored(site).is_on


async def test_what_has_stopped_is_told_on_today_and_resumed_there(site: Site) -> None:
    pause, _ = stop(site, site.ours.admin)
    root = site.tab("viewer", "/staff/[company_slug]/today", "/staff/uno/today")
    await call(part(root, StaffToday), StaffToday.load)
    banners = part(root, ChannelsState)
    [line] = banners.paused_channels
    assert (line.channel, line.reason, line.detail, line.own) == (
        "whatsapp",
        "closed",
        "facturaspause",
        True,
    )
    [campaign] = banners.paused_campaigns
    assert (campaign.name, campaign.bounced, campaign.settled) == ("envio-campaign", 6, 60)
    assert banners.undecided == 1
    with pytest.raises(NotAllowed):
        await call(banners, ChannelsState.resume, "whatsapp")
    with pytest.raises(NotAllowed):
        await call(banners, ChannelsState.resume_campaign, pause)
    root = site.tab("admin", "/staff/[company_slug]/today", "/staff/uno/today")
    await call(part(root, StaffToday), StaffToday.load)
    banners = part(root, ChannelsState)
    with pytest.raises(NotFound):
        await call(banners, ChannelsState.resume, "email'; --")
    await call(banners, ChannelsState.resume, "whatsapp")
    await call(banners, ChannelsState.resume_campaign, pause)
    assert (banners.paused_channels, banners.paused_campaigns) == ([], [])
    with unit_of_work(read_only=True) as session:
        stops = channel_pauses.overview(session, site.ours.viewer, now=site.now)
    assert (stops.channels, stops.campaigns) == ((), ())


@pytest.mark.parametrize("arrived", [True, False])
async def test_messages_without_an_answer_are_decided_once(site: Site, arrived: bool) -> None:
    _, batch = stop(site, site.ours.admin)
    state = await opened(site)
    [line] = state.unknown
    assert (line.id, line.number, line.people, line.more) == (batch, 1, "ana@papelera.example", 0)
    await call(state, ChannelsState.decide, batch, arrived)
    assert state.unknown == []
    for wrong in (0, -1, "x", 10**30):
        with pytest.raises(NotFound):
            await call(state, ChannelsState.decide, wrong, True)


async def test_strangers_find_nothing(site: Site) -> None:
    pause, batch = stop(site, site.ours.admin)
    with unit_of_work() as session:
        channel_settings.turn(
            session, site.ours.admin, channel="email", on=True, version=1,
            now=site.now + timedelta(seconds=1),
        )  # fmt: skip
    root = site.tab("owner", PAGE, "/staff/dos/settings/channels", company=site.theirs)
    state = part(root, ChannelsState)
    await call(state, ChannelsState.load)
    assert (mail(state).provider, state.unknown) == ("", [])
    with pytest.raises(NotFound):
        await call(state, ChannelsState.decide, batch, True)
    with pytest.raises(NotFound):
        await call(part(root, ChannelsState), ChannelsState.resume_campaign, pause)
    root = site.tab("owner", PAGE, "/staff/uno/settings/channels", company=site.theirs)
    with pytest.raises(NotFound):
        await call(part(root, ChannelsState), ChannelsState.load)
