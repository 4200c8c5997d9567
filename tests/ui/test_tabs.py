"""Tabs of the real server: a stolen token, the end of a session, what a hydrate holds."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from clientportal.services import identity, sessions
from clientportal.settings import settings
from clientportal.storage import session as storage_session
from clientportal.storage.session import unit_of_work
from tests.support import people
from tests.support.databases import KINDS
from tests.support.server import Server, server
from tests.support.socket import tab

pytestmark = [pytest.mark.server]


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest) -> Iterator[Server]:
    with server(kind=request.param) as found:
        with unit_of_work(bind=sa.create_engine(found.database_url)) as db:
            people.company(db, "uno", datetime.now(UTC))
        yield found


@pytest.fixture
def engine(site: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    """This process as another one of the same installation, the live bus included."""
    monkeypatch.setenv("CLIENTPORTAL_DATABASE_URL", site.database_url)
    settings.cache_clear()
    storage_session.engine.cache_clear()
    yield storage_session.engine()
    storage_session.engine().dispose()
    storage_session.engine.cache_clear()


def sign_in(engine: sa.Engine, email: str) -> tuple[str, int]:
    """(Cookie header, session id) of a new session."""
    with unit_of_work(bind=engine) as db:
        signed = identity.sign_in_as(db, email=email, now=datetime.now(UTC))
        assert signed is not None
        return f"session={signed.token}", signed.session_id


async def test_a_stolen_token_shows_nothing_of_its_owner(site: Server, engine: sa.Engine) -> None:
    cookie, _ = sign_in(engine, "owner@uno.example")
    async with tab(site.url, cookie=cookie) as owner:
        assert owner.var("visitor", "email") == "owner@uno.example"
        token = owner.token
        # While the owner is connected the thief gets a token of their own.
        async with tab(site.url, token=token) as thief:
            assert thief.token != token
            assert "owner@uno" not in "".join(thief.raw)
    for other in (None, sign_in(engine, "viewer@uno.example")[0]):
        async with tab(site.url, token=token, cookie=other) as thief:
            await thief.settle()
            assert thief.token == token
            assert "owner@uno" not in "".join(thief.raw)


async def test_the_cookie_is_never_sent_back(site: Server, engine: sa.Engine) -> None:
    cookie, _ = sign_in(engine, "owner@uno.example")
    async with tab(site.url, cookie=cookie) as owner:
        await owner.go("/")
        await owner.settle()
        assert cookie.removeprefix("session=") not in "".join(owner.raw)


async def test_signing_out_elsewhere_sends_every_open_page_away_within_a_second(
    site: Server, engine: sa.Engine
) -> None:
    cookie, session_id = sign_in(engine, "owner@uno.example")
    other, _ = sign_in(engine, "viewer@uno.example")
    async with (
        tab(site.url, cookie=cookie) as first,
        tab(site.url, cookie=cookie) as second,
        tab(site.url, cookie=other) as bystander,
    ):
        with unit_of_work(bind=engine) as db:
            sessions.sign_out(db, session_id, datetime.now(UTC))
        for page in (first, second):
            await page.until(lambda p: p.var("visitor", "signed_in") is False, seconds=1)
            assert page.var("visitor", "email") == ""
        await bystander.settle()
        assert bystander.var("visitor", "signed_in") is True
