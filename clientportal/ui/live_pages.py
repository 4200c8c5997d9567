"""Open pages follow committed changes (DESIGN rule 12): one task per process, none per tab.

A page says in `on_load` which topics it shows and which of its handlers reads again. A change only
queues that ordinary, gated handler with the address as `on_load` saw it, at most twice a second
per tab (the last change always counts) and never while one runs.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import reflex as rx
from reflex.app import App
from reflex_base.constants import RouteVar
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import format_event_handler

from clientportal import live
from clientportal.services.identity import Principal
from clientportal.ui import session
from clientportal.ui.base import Visitor

logger = logging.getLogger(__name__)

GAP_SECONDS = 0.5
SWEEP_SECONDS = 30
_OF_THE_PERSON = ("session:", "user:")  # topics that a page follows whatever else it watches


@dataclass(slots=True, eq=False)
class Watch:
    """One tab: what it shows and how it reads again."""

    token: str
    router_data: dict[str, Any]
    handler: str
    topics: frozenset[str]
    last_start: float = 0.0
    running: bool = False
    due: asyncio.TimerHandle | None = None
    again: bool = False


@dataclass(slots=True, eq=False)
class Watches:
    """The watches of one app in this process; used on its event loop only."""

    app: App
    by_token: dict[str, Watch] = field(default_factory=dict)
    by_topic: dict[str, set[Watch]] = field(default_factory=lambda: defaultdict(set))

    def put(self, watch: Watch) -> None:
        """Replace what was known of this tab.

        A page that reads again says the same anew: it stays the same watch, because a change that
        came meanwhile must wake it still.
        """
        known = self.by_token.get(watch.token)
        if known and (known.handler, known.topics) == (watch.handler, watch.topics):
            known.router_data = watch.router_data
            return
        self.drop(watch.token)
        self.by_token[watch.token] = watch
        for topic in watch.topics:
            self.by_topic[topic].add(watch)

    def drop(self, token: str) -> None:
        """Forget a tab, its timer included."""
        watch = self.by_token.pop(token, None)
        if watch is None:
            return
        if watch.due is not None:
            watch.due.cancel()
        for topic in watch.topics:
            self.by_topic[topic].discard(watch)
            if not self.by_topic[topic]:
                del self.by_topic[topic]

    def changed(self, topic: str) -> None:
        """Something with this topic was committed."""
        session.forget(topic)
        for watch in tuple(self.by_topic.get(topic, ())):
            self._wake(watch)

    def changed_everything(self) -> None:
        """The bus was interrupted: every page reads again, every cached answer is dropped."""
        session.forget_all()
        for watch in tuple(self.by_token.values()):
            self._wake(watch)

    def sweep(self) -> None:
        """Forget the tabs whose socket is gone."""
        for token in tuple(self.by_token):
            if not self._is_connected(token):
                self.drop(token)

    def _is_connected(self, token: str) -> bool:
        namespace = self.app.event_namespace
        if namespace is None:
            return False
        # `token_to_sid` copies every entry at each access; this is the mapping behind it.
        manager = namespace._token_manager
        record = manager.token_to_socket.get(token)
        return record is not None and record.instance_id == manager.instance_id

    def _wake(self, watch: Watch) -> None:
        if watch.running:
            watch.again = True
        elif watch.due is None:
            wait = max(0.0, watch.last_start + GAP_SECONDS - time.monotonic())
            watch.due = asyncio.get_running_loop().call_later(wait, self._start, watch)

    def _start(self, watch: Watch) -> None:
        watch.due = None
        if not self._is_connected(watch.token):
            self.drop(watch.token)
            return
        watch.running = True
        watch.last_start = time.monotonic()
        task = asyncio.create_task(self._refresh(watch))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)

    async def _refresh(self, watch: Watch) -> None:
        event = Event(name=watch.handler, payload={}, router_data=dict(watch.router_data))
        try:
            with self.app.set_contexts():
                done = await self.app.event_processor.enqueue(watch.token, event)
            await asyncio.wait([done])
        except Exception:
            logger.exception("a live page could not be refreshed")
        watch.running = False
        if watch.again and self.by_token.get(watch.token) is watch:
            watch.again = False
            self._wake(watch)


_tasks: set[asyncio.Task[None]] = set()
_watches: dict[int, Watches] = {}


def _of(app: App) -> Watches:
    return _watches.setdefault(id(app), Watches(app))


def arrive(app: App, root: rx.State, who: Principal) -> None:
    """A tab arrived at a page: until the page watches more, follow the ends of its session
    and of what its person may enter."""
    own = {f"session:{who.session_id}"} if who.session_id else set()
    topics = frozenset(own | ({f"user:{who.user_id}"} if who.user_id else set()))
    _of(app).put(_watch(root, topics, Visitor.look_again))


def watch(state: rx.State, topics: Iterable[str], handler: Any) -> None:
    """Call from a page's gated `on_load`: read again by `handler` when one of `topics` changes.

    `topics` are `company:{id}`, `account:{id}`, `document:{id}`, …; `handler` is the page's own
    gated handler without arguments, e.g. `DocumentsState.refresh`.
    """
    app = RegistrationContext.get().app
    mine = _of(app)
    token = _token(state)
    known = mine.by_token.get(token)
    kept = {t for t in known.topics if t.startswith(_OF_THE_PERSON)} if known else set()
    mine.put(_watch(state, frozenset(kept | set(topics)), handler))


def is_refresh(app: App, token: str, name: str) -> bool:
    """Whether this event of a tab is its page reading again because something changed."""
    known = _of(app).by_token.get(token)
    idle: Any = Visitor.look_again  # reads nothing: it must not clear what the page says
    own = known is not None and known.running and known.handler == name
    return own and name != format_event_handler(idle)


def forget(app: App, token: str) -> None:
    """The tab belongs to somebody else now."""
    _of(app).drop(token)


def _token(state: rx.State) -> str:
    """The tab's, as the server knows it (`_keep_place` leaves nothing else in its place)."""
    return str(state._get_root_state().router_data[RouteVar.CLIENT_TOKEN])


def _watch(state: rx.State, topics: frozenset[str], handler: Any) -> Watch:
    return Watch(
        token=_token(state),
        router_data=dict(state._get_root_state().router_data),
        handler=format_event_handler(handler),
        topics=topics,
    )


@asynccontextmanager
async def lifespan(app: App) -> AsyncIterator[None]:
    """Listen to the bus of this process while it serves."""
    watches = _of(app)
    unsubscribe = live.subscribe(watches.changed, watches.changed_everything)

    async def sweep() -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            watches.sweep()

    sweeper = asyncio.create_task(sweep())
    try:
        yield
    finally:
        unsubscribe()
        sweeper.cancel()
        for token in tuple(watches.by_token):
            watches.drop(token)
        _watches.pop(id(app), None)
