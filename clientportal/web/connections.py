"""How the web server treats connections, before there is a request to judge (ADR 0015)."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from clientportal.web.edge import MOST_FRAME

HEAD_SECONDS = 20
"""From the connection, or the first byte of the next request on it, to the end of its headers."""
MOST_HEAD = 65_536
"""Bytes of a request line with its headers; what arrives with the last of them may be more."""
BODY_SECONDS, BODY_BYTES = 30, 30_000
"""A body goes on while so many bytes come in so many seconds, unless we ourselves are slow."""
IDLE_SECONDS = 75
"""Until the next request on the connection: longer than proxies keep theirs, or they lose one."""
STALL_SECONDS = 60
"""For a visitor to take what waits in the socket's buffer (64 KB), less than 1 KB a second."""
STOP_SECONDS = 10
"""What answers may still take when the server is told to stop."""
BYTES_PER_CHARACTER = 4  # UTF-8, at most


class _Flowing(asyncio.Protocol):
    """Ends the connection of a visitor who asks and does not read: its answers would wait here."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    _stall: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall = self.loop.call_later(STALL_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._flows()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._flows()
        super().connection_lost(exc)

    def _flows(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None


class Socket(_Flowing, WebSocketsSansIOProtocol):
    """The socket of a page."""


class Http(_Flowing, HttpToolsProtocol):
    """HTTP/1.1 whose heads and bodies have an end: the server alone waits for ever, and keeps all
    it gets."""

    _body_bytes = 0
    _body_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        self._end_body()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        self._end_head()
        self._await_body()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._end_body()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._end_body()
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        if self._head_timer is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_timer is not None and self._head_bytes > MOST_HEAD:
            self.transport.close()

    def _await_head(self) -> None:
        if self._head_timer is None:
            self._head_bytes = 0
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _await_body(self) -> None:
        self._end_body()
        self._body_bytes = 0
        self._body_timer = self.loop.call_later(BODY_SECONDS, self._look_at_body)

    def _look_at_body(self) -> None:
        if self._body_bytes < BODY_BYTES and not self.flow.read_paused:
            self.transport.close()
        else:
            self._await_body()

    def _end_body(self) -> None:
        if self._body_timer is not None:
            self._body_timer.cancel()
            self._body_timer = None

    def _end_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def options() -> dict[str, Any]:
    """What `uvicorn.run` is told besides the address.

    Compression would cost every open page tens of kilobytes for messages that are small; the
    framework pings its pages itself; the edge alone says whose word about an address counts.
    """
    return {
        "http": Http,
        "ws": Socket,
        "ws_max_size": MOST_FRAME * BYTES_PER_CHARACTER,
        "ws_per_message_deflate": False,
        "ws_ping_interval": None,
        "proxy_headers": False,
        "server_header": False,
        "access_log": False,
        "log_config": None,
        "timeout_keep_alive": IDLE_SECONDS,
        "timeout_graceful_shutdown": STOP_SECONDS,
    }
