"""The outermost ASGI layer: what may come in, how often, how big; which headers go out."""

import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clientportal import log
from clientportal.limits import Bucket, Limiter, network_of
from clientportal.settings import Settings, settings
from clientportal.web import metrics
from clientportal.web.build import client_dir
from clientportal.web.csp import inline_script_hashes, policy
from clientportal.web.env_chunk import env_chunks
from clientportal.web.headers import add_caching, add_security, is_framed

logger = logging.getLogger(__name__)

SOCKET_PATH = "/_event"
# Upload and route list of the framework, and its login for hosted editors: nothing here uses them.
BLOCKED = ("/_upload", "/_all_routes", "/auth-codespace")
# What a page sends over its socket: Engine.IO close, ping, pong and no-op, Socket.IO connect,
# disconnect and events of our namespace. Binary packets and acknowledgements are never used.
HEARTBEATS = frozenset({"1", "2", "3", "6"})
MESSAGES = tuple(f"{kind}{SOCKET_PATH}," for kind in ("40", "41", "42"))
# A form that says itself, in words on its screen, that a file is too large. Its route looks at the
# length before it reads, and drops what it does not want without keeping it.
OWN_LIMIT = "/imports/"
MOST_PATH = 1_000
"""Characters of a path; no number of ours has so many digits, no name so many letters."""
MOST_FRAME = 256_000
"""Characters of one frame; the largest form of a page has a tenth of it."""
# A tab that goes on sending this many frames over its limit is not a browser: close it.
FRAMES_BEFORE_CLOSE = 1_000
POLICY_VIOLATION = 1008  # RFC 6455 §7.4.1
TEMPORARY_REDIRECT = 307
"""What the framework answers for a folder without its slash, and nothing else does."""


class BodyTooLarge(Exception):
    """The request's body is over the limit."""


def client_address(scope: Scope, hops: int) -> str:
    """The visitor's address: the socket's peer, or the entry that the nearest `hops` trusted
    proxies vouch for in X-Forwarded-For."""
    peer = (scope.get("client") or ("",))[0]
    forwarded = [
        part.strip()
        for value in Headers(scope=scope).getlist("x-forwarded-for")
        for part in value.split(",")
        if part.strip()
    ]
    return forwarded[-hops] if hops and len(forwarded) >= hops else str(peer)


class Edge:
    """Wraps the whole app (pages, routes, socket)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.settings: Settings = settings()
        client = client_dir(self.settings.env)
        hashes = inline_script_hashes(client)
        self.csp = policy(self.settings, hashes)
        self.framed_csp = policy(self.settings, hashes, framed=True)
        self.env_chunks = env_chunks(client)
        self.new_tabs = Limiter(self.settings.new_tabs_per_second, self.settings.new_tabs_burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        request_id = log.new_request_id()
        log.begin_request(request_id, path=path, method=scope["method"])
        started = time.monotonic()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                if status == TEMPORARY_REDIRECT and "location" in headers:
                    headers["Location"] = _of_this_site(headers["Location"])
                csp = self.framed_csp if is_framed(path) else self.csp
                add_security(headers, self.settings, csp, path)
                add_caching(headers, path, status)
            await send(message)

        try:
            await self._answer(scope, receive, send_with_headers)
        finally:
            metrics.count_request(scope["method"], path, status, time.monotonic() - started)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if not path.startswith("/") or not path.isprintable() or len(path) > MOST_PATH:
            # No address of ours; PostgreSQL would fail on a NUL in a slug, int() on 5,000 digits.
            await _plain(send, 404, b"not found")
            return
        if path.startswith("//"):
            # The files below would open a page by it, whose headers hang on how its path begins.
            await _plain(send, 404, b"not found")
            return
        if ".." in path.split("/"):
            # Browsers resolve it. From an asset it would lead to pages, kept for ever as one.
            await _plain(send, 404, b"not found")
            return
        if any(path == blocked or path.startswith(f"{blocked}/") for blocked in BLOCKED):
            await _plain(send, 404, b"not found")
            return
        if path == SOCKET_PATH or path.startswith(f"{SOCKET_PATH}/"):
            # Only the websocket transport is used; the polling one would slip past _socket.
            await _plain(send, 404, b"not found")
            return
        if (chunk := self.env_chunks.get(path)) is not None:
            await _plain(send, 200, chunk, b"text/javascript; charset=utf-8", b"no-cache")
            return
        if path.startswith(OWN_LIMIT):
            await self.app(scope, receive, send)
            return
        limit = self.settings.body_limit_bytes
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdigit() or int(length) > limit:
            await _plain(send, 413, b"too large")
            return
        await self._answer_within(limit, scope, receive, send)

    async def _answer_within(self, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        """Also counts bodies that come without a length."""
        seen = 0
        begun = over = False

        async def counted() -> Message:
            nonlocal seen, over
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > limit:
                    over = True
                    raise BodyTooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal begun
            if over and not begun:  # the app calls it a failure of its own
                return
            begun = True
            await send(message)

        with suppress(BodyTooLarge):
            await self.app(scope, counted, noted)
        if over and not begun:
            await _plain(send, 413, b"too large")

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        reason = self._refusal(scope)
        if reason:
            metrics.REFUSED.labels(reason).inc()
            await receive()
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
        metrics.OPEN_PAGES.inc()
        try:
            await self.app(scope, self._limited(receive, send), send)
        finally:
            metrics.OPEN_PAGES.dec()

    def _refusal(self, scope: Scope) -> str:
        """Why this socket may not open, "" when it may.

        A browser always sends Origin with a socket. Without one only a client that carries no
        cookie is let in: it is nobody, so it can do no more than read the public pages.
        """
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None and "cookie" in headers:
            return "no_origin"
        if origin is not None and origin not in self.settings.allowed_origins:
            return "foreign_origin"
        address = client_address(scope, self.settings.trusted_proxy_hops)
        if not self.new_tabs.allows(network_of(address)):
            return "new_tabs"
        return ""

    def _limited(self, receive: Receive, send: Send) -> Callable[[], Awaitable[Message]]:
        """`receive` that drops the frames beyond the tab's rate and ends what is no page."""
        burst = self.settings.tab_events_burst
        bucket = Bucket(self.settings.tab_events_per_second, burst, burst, time.monotonic())
        dropped = 0

        async def limited() -> Message:
            nonlocal dropped
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                speaks = _is_of_a_page(message)
                if speaks and bucket.take(time.monotonic()):
                    return message
                dropped += 1
                metrics.REFUSED.labels("tab_rate" if speaks else "frame").inc()
                if not speaks or dropped == FRAMES_BEFORE_CLOSE:
                    await send({"type": "websocket.close", "code": POLICY_VIOLATION})
                    return {"type": "websocket.disconnect", "code": POLICY_VIOLATION}

        return limited


def _of_this_site(location: str) -> str:
    """Path and query of an address that the framework made of the Host header, which the visitor
    chose, and of our own scheme, which is not https behind a proxy."""
    parts = urlsplit(location)
    return urlunsplit(("", "", "/" + parts.path.lstrip("/"), parts.query, ""))


def _is_of_a_page(message: Message) -> bool:
    """Whether a page may have sent this frame.

    The announced attachments of a binary packet would be collected in memory without a limit,
    frame after frame, so there are no binary frames here.
    """
    text = message.get("text")
    if not isinstance(text, str) or len(text) > MOST_FRAME:
        return False
    return text in HEARTBEATS or text.startswith(MESSAGES)


async def _plain(
    send: Send,
    status: int,
    body: bytes,
    content_type: bytes = b"text/plain; charset=utf-8",
    cache: bytes = b"no-store",
) -> None:
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", cache),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
