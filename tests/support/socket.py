"""A tab without a browser: speaks Engine.IO and Socket.IO over one websocket, as the page does."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from simple_websocket import AioClient, ConnectionClosed
from simple_websocket import ConnectionError as NotOpened

NAMESPACE = "/_event"
HYDRATE = "reflex___state____state.hydrate_and_load"
WAIT_SECONDS = 30.0
QUIET_SECONDS = 0.9


class Refused(Exception):
    """The server did not open the socket."""


class Tab:
    """One open tab. `state` is what the page would hold, `raw` every text that was received."""

    def __init__(self, ws: AioClient, url: str, path: str, token: str) -> None:
        self.ws = ws
        self.url = url
        self.path = path
        self.token = token
        self.state: dict[str, dict[str, Any]] = {}
        self.updates: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.raw: list[str] = []
        self.closed = False
        self._news = asyncio.Condition()
        self._reader: asyncio.Task[None] | None = None

    def router_data(self) -> dict[str, Any]:
        """What the page sends with each event about where it is."""
        return {"pathname": urlsplit(self.path).path, "asPath": self.path}

    async def call(self, handler: str, **payload: Any) -> None:
        """Call a handler by its full name."""
        event = {"name": handler, "payload": payload, "router_data": self.router_data()}
        await self.send_event(event)

    async def send_event(self, event: Mapping[str, Any]) -> None:
        """Send an event as it stands, for tests that lie."""
        await self.ws.send(f"42{NAMESPACE}," + json.dumps(["event", event]))

    async def go(self, path: str) -> None:
        """Navigate as the router of the page does."""
        self.path = path
        await self.call(
            "reflex___state____state.reflex___state____on_load_internal_state.on_load_internal"
        )

    def var(self, state: str, name: str) -> Any:
        """A public variable by the end of its state's name, e.g. var("visitor", "leave_to")."""
        for full, values in self.state.items():
            if full.endswith(state):
                for key, value in values.items():
                    if key.removesuffix("_rx_state_") == name:
                        return value
        raise KeyError(f"{state}.{name}")

    async def until(self, wanted: Callable[["Tab"], bool], seconds: float = WAIT_SECONDS) -> None:
        """Wait for what the server sends. Raises TimeoutError."""

        async def look() -> None:
            async with self._news:
                await self._news.wait_for(lambda: self._is(wanted))

        await asyncio.wait_for(look(), seconds)

    def _is(self, wanted: Callable[["Tab"], bool]) -> bool:
        try:
            return wanted(self)
        except KeyError:
            return False

    async def settle(self, seconds: float = QUIET_SECONDS) -> None:
        """Wait until the server has been quiet for a while."""
        seen = -1
        while seen != len(self.raw):
            seen = len(self.raw)
            await asyncio.sleep(seconds)

    async def _read(self) -> None:
        try:
            while True:
                text = str(await self.ws.receive())
                if text == "2":
                    await self.ws.send("3")
                    continue
                self.raw.append(text)
                self._take(text)
                async with self._news:
                    self._news.notify_all()
        except ConnectionClosed:
            self.closed = True
            async with self._news:
                self._news.notify_all()

    def _take(self, text: str) -> None:
        head = f"42{NAMESPACE},"
        if not text.startswith(head):
            return
        name, *values = json.loads(text[len(head) :])
        if name == "new_token":
            self.token = values[0]
        if name != "event":
            return
        update = json.loads(values[0]) if isinstance(values[0], str) else values[0]
        self.updates.append(update)
        for state, delta in (update.get("delta") or {}).items():
            self.state.setdefault(state, {}).update(delta)
        self.events.extend(update.get("events") or ())


@asynccontextmanager
async def tab(
    url: str,
    path: str = "/",
    *,
    cookie: str | None = None,
    token: str | None = None,
    origin: str | None = "",
    forwarded_for: str | None = None,
    hydrate: bool = True,
) -> AsyncIterator[Tab]:
    """Open a tab at `path` of the server `url`.

    `cookie` is the whole Cookie header; `origin` defaults to the server's own, None sends none.
    Raises Refused when the server does not open the socket.
    """
    token = token or str(uuid.uuid4())
    headers: dict[str, str] = {}
    if cookie:
        headers["Cookie"] = cookie
    if origin is not None:
        headers["Origin"] = origin or url
    if forwarded_for:
        headers["X-Forwarded-For"] = forwarded_for
    address = f"ws{url.removeprefix('http')}/_event/?EIO=4&transport=websocket&token={token}"
    try:
        ws = await asyncio.wait_for(AioClient.connect(address, headers=headers), WAIT_SECONDS)
        # The library leaves alone what arrived in one packet with the answer to the handshake.
        await ws._handle_events()
        opened = str(await asyncio.wait_for(ws.receive(), WAIT_SECONDS))
    except (ConnectionClosed, NotOpened) as error:
        raise Refused(str(error)) from error
    assert opened.startswith("0"), opened
    found = Tab(ws, url, path, token)
    empty: dict[str, Any] = {}
    boot = {"name": HYDRATE, "payload": empty, "router_data": found.router_data()}
    auth = json.dumps({"event": boot}) if hydrate else ""
    await ws.send(f"40{NAMESPACE},{auth}")
    found._reader = asyncio.create_task(found._read())
    try:
        if hydrate:
            await found.until(lambda t: bool(t.var("state", "is_hydrated")))
        yield found
    finally:
        found._reader.cancel()
        if not found.closed:
            await ws.close()
