"""Fixtures of the gateway tests: a real host in a process, a real socket that is notified."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from typing_extensions import override

from clientportal.gateways.sandbox import Sandbox
from clientportal.gateways.sandbox_host import keys
from tests.support.sandbox import SECRET, HostProcess, Received, Shop

ACCOUNT = "papelera"
CLIENT_TIMEOUT_S = 1.0


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    process = HostProcess(tmp_path_factory.mktemp("sandbox") / "sandbox.db")
    process.start()
    yield process
    process.stop()


@pytest.fixture
def shop() -> Iterator[Shop]:
    kept = Shop(url="")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            kept.received.append(Received(self.path, headers, body))
            self.send_response(kept.answers.pop(0) if kept.answers else 200)
            self.end_headers()

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the test's own output is enough."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield kept
    server.shutdown()
    server.server_close()


@pytest.fixture
def sandbox(host: HostProcess) -> Iterator[Sandbox]:
    with httpx.Client(base_url=host.url, timeout=CLIENT_TIMEOUT_S, trust_env=False) as client:
        secret = SECRET.encode()
        adapter = Sandbox(
            client,
            api_key=keys.api_key(secret, ACCOUNT),
            signing_secret=keys.signing_secret(secret, ACCOUNT),
        )
        yield adapter
        adapter.behave(notify=1, delay_s=0, create_fault="", query_fault="")
