"""Heads of requests have an end in bytes and in time; what came in time stays open."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from websockets.asyncio.client import connect

from clientportal.web import connections
from tests.support.server import free_port

HEAD_SECONDS, STALL_SECONDS = 0.4, 0.4
REQUEST = b"GET /here HTTP/1.1\r\nHost: a\r\n\r\n"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers the path and the body's length, or what a socket says."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message["text"]})
        return
    size = 0
    message: Message = {"more_body": True}
    while message.get("more_body"):
        message = await receive()
        size += len(message.get("body", b""))
    body = f"{scope['path']} {size}".encode()
    head = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


class Endless:
    """Sends for ever whatever it is asked; `ended` once the visitor is gone."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        gone = asyncio.create_task(receive())
        socket = scope["type"] == "websocket"
        head: Message = {"type": "http.response.start", "status": 200, "headers": []}
        part: Message = {"type": "http.response.body", "body": b"a" * 10_000, "more_body": True}
        await send({"type": "websocket.accept"} if socket else head)
        try:
            while not gone.done():
                await send({"type": "websocket.send", "text": "a" * 10_000} if socket else part)
        finally:
            gone.cancel()
            self.ended.set()


@asynccontextmanager
async def listening(
    monkeypatch: pytest.MonkeyPatch, head_seconds: float = HEAD_SECONDS, app: ASGIApp = echo
) -> AsyncIterator[int]:
    """The server of `serve` in front of `app`; its port."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", head_seconds)
    monkeypatch.setattr(connections, "STALL_SECONDS", STALL_SECONDS)
    port = free_port()
    config = uvicorn.Config(app, port=port, lifespan="off", **connections.options())
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        await running


async def rest(reader: asyncio.StreamReader) -> bytes:
    """What comes until the server closes."""
    try:
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize("begun", [b"", b"GE", b"GET /here HTTP/1.1\r\nHost: a\r\nX-A: b\r\n"])
async def test_a_head_that_never_ends_is_not_waited_for(
    begun: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(monkeypatch) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        started = time.monotonic()
        writer.write(begun)
        assert await rest(reader) == b""
        assert time.monotonic() - started >= HEAD_SECONDS * 0.9
        writer.close()


async def test_dripping_headers_do_not_prolong_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(monkeypatch) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /here HTTP/1.1\r\n")
        started = time.monotonic()
        while not reader.at_eof() and time.monotonic() - started < 10:
            writer.write(b"X-Drip: 1\r\n")
            await asyncio.sleep(0.05)
        assert await rest(reader) == b""
        assert time.monotonic() - started < HEAD_SECONDS * 5
        writer.close()


async def test_a_head_without_measure_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening(monkeypatch, head_seconds=60) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /here HTTP/1.1\r\nX-A: ")
        sent = 0
        try:
            while sent < 50 * connections.MOST_HEAD:
                writer.write(b"a" * 8_192)
                await writer.drain()
                sent += 8_192
                await asyncio.sleep(0)
        except ConnectionError:
            pass
        assert sent < 50 * connections.MOST_HEAD
        assert await rest(reader) == b""
        writer.close()


async def test_the_next_request_on_a_connection_has_its_own_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with listening(monkeypatch) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(3):
            writer.write(REQUEST)
            assert b"200 OK" in await reader.readuntil(b"/here 0")
            await asyncio.sleep(HEAD_SECONDS * 0.75)
        writer.write(REQUEST[:10])
        assert await rest(reader) == b""
        writer.close()


async def test_a_body_may_take_longer_and_be_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    size = 3 * connections.MOST_HEAD
    async with listening(monkeypatch) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = b"POST /there HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size
        writer.write(head + b"a" * (size - 1))
        await asyncio.sleep(HEAD_SECONDS * 1.5)
        writer.write(b"a")
        assert b"200 OK" in await reader.readuntil(f"/there {size}".encode())
        writer.close()


@pytest.mark.parametrize("head", [b"Content-Length: 5000", b"Transfer-Encoding: chunked"])
async def test_a_body_that_drips_is_not_waited_for(
    head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.4)
    async with listening(monkeypatch) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /there HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n\r\n")
        started = time.monotonic()
        while not reader.at_eof() and time.monotonic() - started < 10:
            writer.write(b"1\r\na\r\n")
            await asyncio.sleep(0.05)
        assert b"200 OK" not in await rest(reader)
        assert time.monotonic() - started < 8
        writer.close()


async def test_a_socket_outlives_the_time_of_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.2)
    async with listening(monkeypatch) as port, connect(f"ws://127.0.0.1:{port}/") as ws:
        await asyncio.sleep(0.6)
        await ws.send("hola")
        assert await ws.recv() == "hola"


async def test_a_socket_stays_open_and_takes_frames_up_to_its_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with (
        listening(monkeypatch) as port,
        connect(f"ws://127.0.0.1:{port}/", max_size=None) as ws,
    ):
        await asyncio.sleep(HEAD_SECONDS * 1.5)
        await ws.send("hola")
        assert await ws.recv() == "hola"
        assert ws.response is not None
        assert "Sec-WebSocket-Extensions" not in ws.response.headers
        await ws.send("a" * (connections.options()["ws_max_size"] + 1))
        await asyncio.wait_for(ws.wait_closed(), 10)
        assert ws.close_code == 1009


UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.mark.parametrize("asked", [REQUEST, UPGRADE], ids=["http", "socket"])
async def test_a_visitor_who_does_not_read_is_let_go(
    asked: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = Endless()
    async with listening(monkeypatch, app=app) as port:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1_024)
        writer.write(asked)
        await asyncio.wait_for(app.ended.wait(), 20)
        writer.close()


@pytest.mark.parametrize("asked", [REQUEST, UPGRADE], ids=["http", "socket"])
async def test_a_slow_reader_may_go_on(asked: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    app = Endless()
    async with listening(monkeypatch, app=app) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(asked)
        until = time.monotonic() + 4 * STALL_SECONDS
        while time.monotonic() < until:
            assert await reader.readexactly(1_000_000)
            await asyncio.sleep(STALL_SECONDS / 8)
        assert not app.ended.is_set()
        writer.close()
        await asyncio.wait_for(app.ended.wait(), 20)
