"""Open pages: refreshed at most twice a second, never in parallel, never after they are gone."""

import asyncio
import contextlib
from types import SimpleNamespace
from typing import Any, cast

import pytest
from reflex.app import App

from clientportal.ui import live_pages
from clientportal.ui.live_pages import Watch, Watches


class FakeApp:
    """As much of the framework's app as live pages use: sockets, contexts, the event queue."""

    def __init__(self) -> None:
        manager = SimpleNamespace(token_to_socket={}, instance_id="here")
        self.event_namespace = SimpleNamespace(_token_manager=manager)
        self.event_processor = self
        self.queued: list[tuple[str, Any]] = []
        self.running: list[asyncio.Future[None]] = []

    def connect(self, token: str, instance: str = "here") -> None:
        record = SimpleNamespace(instance_id=instance, sid="s")
        self.event_namespace._token_manager.token_to_socket[token] = record

    def set_contexts(self) -> Any:
        return contextlib.nullcontext()

    async def enqueue(self, token: str, event: Any) -> asyncio.Future[None]:
        self.queued.append((token, event))
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.running.append(future)
        return future

    def finish(self) -> None:
        for future in self.running:
            if not future.done():
                future.set_result(None)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> FakeApp:
    monkeypatch.setattr(live_pages, "GAP_SECONDS", 0.1)
    return FakeApp()


@pytest.fixture
def watches(app: FakeApp) -> Watches:
    return Watches(cast(App, app))


def watching(token: str, *topics: str) -> Watch:
    return Watch(
        token=token,
        router_data={"asPath": f"/{token}"},
        handler="refresh",
        topics=frozenset(topics),
    )


async def test_a_change_reaches_the_pages_that_show_it_with_their_own_address(
    app: FakeApp, watches: Watches
) -> None:
    for token, topic in (("a", "company:1"), ("b", "company:2")):
        app.connect(token)
        watches.put(watching(token, topic))
    watches.changed("company:1")
    await asyncio.sleep(0.05)
    assert [(token, event.router_data) for token, event in app.queued] == [("a", {"asPath": "/a"})]


async def test_many_changes_become_one_now_and_one_at_the_end(
    app: FakeApp, watches: Watches
) -> None:
    app.connect("a")
    watch = watching("a", "company:1")
    watches.put(watch)
    started = []
    for round_of_changes in (1, 2):
        for _ in range(20):
            watches.changed("company:1")
        while len(app.queued) < round_of_changes:
            await asyncio.sleep(0.01)
        started.append(watch.last_start)
        app.finish()
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.3)
    assert len(app.queued) == 2
    assert started[1] - started[0] >= live_pages.GAP_SECONDS * 0.99


async def test_never_while_one_runs_and_the_last_change_is_not_lost(
    app: FakeApp, watches: Watches
) -> None:
    app.connect("a")
    watches.put(watching("a", "company:1"))
    watches.changed("company:1")
    await asyncio.sleep(0.02)
    watches.changed("company:1")
    await asyncio.sleep(0.3)
    assert len(app.queued) == 1  # still running
    app.finish()
    await asyncio.sleep(0.15)
    assert len(app.queued) == 2


async def test_a_change_while_the_page_says_anew_what_it_shows_is_not_lost(
    app: FakeApp, watches: Watches
) -> None:
    app.connect("a")
    watches.put(watching("a", "company:1"))
    watches.changed("company:1")
    await asyncio.sleep(0.02)
    watches.changed("company:1")  # after it has read
    watches.put(watching("a", "company:1"))
    app.finish()
    await asyncio.sleep(0.45)
    assert len(app.queued) == 2


@pytest.mark.parametrize("instance", ["", "another process"])
async def test_a_tab_that_is_gone_is_forgotten_and_not_refreshed(
    app: FakeApp, watches: Watches, instance: str
) -> None:
    if instance:
        app.connect("a", instance)
    watches.put(watching("a", "company:1"))
    watches.changed("company:1")
    await asyncio.sleep(0.05)
    assert app.queued == []
    assert watches.by_token == {}
    assert watches.by_topic == {}


async def test_going_to_another_page_ends_the_former_watch(app: FakeApp, watches: Watches) -> None:
    app.connect("a")
    watches.put(watching("a", "company:1"))
    watches.changed("company:1")
    watches.put(watching("a", "company:2"))
    watches.changed("company:1")
    await asyncio.sleep(0.05)
    assert app.queued == []


async def test_after_a_gap_in_the_bus_every_page_reads_again(
    app: FakeApp, watches: Watches
) -> None:
    for token in ("a", "b"):
        app.connect(token)
        watches.put(watching(token, f"company:{token}"))
    watches.changed_everything()
    await asyncio.sleep(0.05)
    assert sorted(token for token, _ in app.queued) == ["a", "b"]


async def test_fifty_tabs_opened_and_closed_leave_nothing(app: FakeApp, watches: Watches) -> None:
    for number in range(50):
        app.connect(str(number))
        watches.put(watching(str(number), "company:1", f"session:{number}"))
    watches.changed("company:1")
    app.event_namespace._token_manager.token_to_socket.clear()
    watches.sweep()
    app.finish()
    await asyncio.sleep(0.05)
    assert (watches.by_token, watches.by_topic, app.queued) == ({}, {}, [])
    assert not live_pages._tasks
