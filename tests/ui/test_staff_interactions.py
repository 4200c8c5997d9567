"""Staff: the log of interactions as a page of its own and as a tab of an account."""

from datetime import datetime

import pytest
import sqlalchemy as sa

from clientportal.domain.delivery import MessageState
from clientportal.domain.errors import NotFound
from clientportal.services import message_states, messages
from clientportal.storage.models import Message
from clientportal.storage.session import unit_of_work
from clientportal.ui.staff import interaction_list
from clientportal.ui.staff.account_state import AccountState
from clientportal.ui.staff.interactions_state import InteractionsState
from tests.support import people
from tests.ui.conftest import OpenTab
from tests.ui.pages import Site, call, follow, make_site, part, place

LOG = "/staff/[company_slug]/interactions"
ONE = "/staff/[company_slug]/accounts/[account_id]"


@pytest.fixture
def site(
    database: sa.Engine, open_tab: OpenTab, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> Site:
    assert database is not None
    monkeypatch.setattr("clientportal.ui.session.utc_now", lambda: now)
    monkeypatch.setattr("clientportal.ui.staff.common.utc_now", lambda: now)
    return make_site(open_tab, now)


def sent(site: Site, now: datetime, to: str, account_id: int | None = None) -> int:
    with unit_of_work() as db:
        found = messages.plan(
            db, kind="receipt", to=to, language="es", variables={}, dedupe_key=f"t:{to}",
            company_id=site.ours.id, account_id=account_id, now=now,
        )  # fmt: skip
    assert found is not None
    return found


async def test_the_page_is_rebuilt_from_its_address_and_filters_change_it(
    site: Site, now: datetime
) -> None:
    sent(site, now, "ana@uno.example")
    sent(site, now, "bea@uno.example")
    root = site.tab("viewer", LOG, "/staff/uno/interactions?q=ana&channel=email")
    state = part(root, InteractionsState)
    await call(state, InteractionsState.load)
    assert [(row.address, row.purpose, row.state) for row in state.rows] == [
        ("ana@uno.example", "receipt", "planned")
    ]
    chosen = await call(state, InteractionsState.choose, "outcome", ["problem"])
    assert follow(root, chosen) == "/staff/uno/interactions?q=ana&channel=email&outcome=problem"
    days = {"sent_from": "2026-01-02", "sent_to": ""}
    dated = await call(state, InteractionsState.set_days, days)
    assert "since=2026-01-02" in follow(root, dated)
    assert follow(root, await call(state, InteractionsState.clear)) == "/staff/uno/interactions"
    assert await call(state, InteractionsState.choose, "company", ["dos"]) is None
    assert await call(state, InteractionsState.set_days, ["x"]) is None
    place(root, LOG, "/staff/uno/interactions?outcome=read")
    await call(state, InteractionsState.load)
    assert (state.rows, state.narrowed, state.others) == ([], True, 2)


async def test_an_accounts_tab_shows_its_own_and_keeps_its_place(site: Site, now: datetime) -> None:
    with unit_of_work() as db:
        mine = people.account(db, site.ours.admin, now)
        other = people.account(db, site.ours.admin, now, name="Otra", code="C-9")
    sent(site, now, "ana@uno.example", mine)
    sent(site, now, "bea@uno.example", other)
    root = site.tab("viewer", ONE, f"/staff/uno/accounts/{mine}?tab=messages&account={other}")
    await call(part(root, AccountState), AccountState.load)
    state = part(root, InteractionsState)
    assert [row.address for row in state.rows] == ["ana@uno.example"]
    assert state.export_query == f"?account={mine}"
    chosen = follow(root, await call(state, InteractionsState.choose, "channel", ["whatsapp"]))
    assert chosen.startswith(f"/staff/uno/accounts/{mine}?tab=messages")
    assert "channel=whatsapp" in chosen


async def test_strangers_see_nothing_of_it(site: Site, now: datetime) -> None:
    with unit_of_work() as db:
        mine = people.account(db, site.ours.admin, now)
    sent(site, now, "ana@uno.example", mine)
    there = site.tab("owner", LOG, "/staff/uno/interactions", company=site.theirs)
    with pytest.raises(NotFound):
        await call(part(there, InteractionsState), InteractionsState.load)
    theirs = site.tab("owner", LOG, f"/staff/dos/interactions?account={mine}", company=site.theirs)
    with pytest.raises(NotFound):
        await call(part(theirs, InteractionsState), InteractionsState.load)


async def test_a_delivery_event_wakes_the_page(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched: list[set[str]] = []
    monkeypatch.setattr(
        "clientportal.ui.staff.interactions_state.watch",
        lambda _state, topics, _handler: watched.append(set(topics)),
    )
    message_id = sent(site, now, "ana@uno.example")
    root = site.tab("viewer", LOG, "/staff/uno/interactions")
    state = part(root, InteractionsState)
    await call(state, InteractionsState.load)
    told: set[str] = set()
    monkeypatch.setattr(
        "clientportal.services.message_states.live.changed",
        lambda _session, topic, _ref: told.add(topic),
    )
    with unit_of_work() as db:
        row = db.get_one(Message, message_id)
        message_states.set_state(db, row, MessageState.DELIVERED, now=now)
    assert watched[0] & told == {f"messages:{site.ours.id}"}
    await call(state, InteractionsState.refresh)
    assert [row.state for row in state.rows] == ["delivered"]


def test_each_state_has_a_look() -> None:
    assert set(interaction_list.LOOKS) == set(MessageState)
