"""Message providers on real sockets of this machine, which misbehave on demand."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default as modern
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller

from tests.support.server import free_port

Reply = tuple[int, dict[str, Any], dict[str, str]]


@dataclass
class Provider:
    """What all HTTP simulators share: requests as they came, and replies to give first.

    `faults`: taken one per request; a reply, or "lose" (work as usual and say nothing), or "drop"
    (close the connection before anything is done).
    """

    url: str = ""
    requests: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    faults: list[Reply | str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, path: str, headers: dict[str, str], body: Any) -> Reply:
        raise NotImplementedError


@dataclass
class ResendHost(Provider):
    """Resend: keys for idempotency, a rate, one team per API key, a suppression list."""

    rate: int = 0  # calls a second; 0: any
    keys: dict[str, tuple[str, Reply]] = field(default_factory=dict)
    mails: dict[str, list[dict[str, Any]]] = field(default_factory=dict)  # by API key
    suppressed: set[str] = field(default_factory=set)
    clock: Callable[[], float] = lambda: 0.0
    window: tuple[int, int] = (0, 0)

    def answer(self, method: str, path: str, headers: dict[str, str], body: Any) -> Reply:
        team = headers.get("authorization", "").removeprefix("Bearer ")
        if not team.startswith("re_"):
            return 401, _error(401, "missing_api_key"), {}
        if team == "re_revoked":
            return 403, _error(403, "invalid_api_key"), {}
        if method == "DELETE" and path.startswith("/suppressions/"):
            self.suppressed.discard(path.rpartition("/")[2].replace("%40", "@"))
            return 200, {"deleted": True}, {}
        if self._is_too_fast():
            return 429, _error(429, "rate_limit_exceeded"), {"retry-after": "1"}
        key = headers.get("idempotency-key", "")
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        if key in self.keys:
            before, reply = self.keys[key]
            if before != digest:
                return 409, _error(409, "invalid_idempotent_request"), {}
            return reply
        reply = self._take(team, path, body)
        if key and reply[0] == 200:
            self.keys[key] = (digest, reply)
        return reply

    def _take(self, team: str, path: str, body: Any) -> Reply:
        limits = {"ratelimit-limit": str(self.rate)} if self.rate else {}
        taken = self.mails.setdefault(team, [])
        if path == "/emails":
            if not _is_address(body["to"][0]):
                return 422, _error(422, "validation_error", "Invalid `to` field."), {}
            return 200, {"id": self._store(taken, body)}, limits
        if any("attachments" in mail for mail in body) or len(body) > 100:
            return 422, _error(422, "validation_error", "attachments in a batch"), {}
        errors = [
            {"index": index, "message": "Invalid `to` field."}
            for index, mail in enumerate(body)
            if not _is_address(mail["to"][0])
        ]
        bad = {error["index"] for error in errors}
        data = [
            {"id": self._store(taken, mail)} for index, mail in enumerate(body) if index not in bad
        ]
        return 200, {"data": data, **({"errors": errors} if errors else {})}, limits

    def _store(self, taken: list[dict[str, Any]], mail: dict[str, Any]) -> str:
        taken.append(mail)
        return f"mail-{sum(len(some) for some in self.mails.values())}"

    def _is_too_fast(self) -> bool:
        if not self.rate:
            return False
        second, count = self.window
        now = int(self.clock())
        self.window = (now, count + 1 if now == second else 1)
        return self.window[1] > self.rate

    def addresses(self) -> list[str]:
        """Recipients in the order in which they were taken, whatever the team."""
        return [_plain(mail["to"][0]) for some in self.mails.values() for mail in some]


@dataclass
class WhatsAppHost(Provider):
    """The Cloud API: one message a call, no keys."""

    token: str = "wa-token"
    sent: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, _method: str, _path: str, headers: dict[str, str], body: Any) -> Reply:
        if headers.get("authorization") != f"Bearer {self.token}":
            return 401, {"error": {"code": 190, "message": "Invalid OAuth access token"}}, {}
        if body.get("type") == "template" and body["template"]["name"] == "unknown_template":
            return 404, {"error": {"code": 132001, "message": "Template does not exist"}}, {}
        self.sent.append(body)
        said = {"contacts": [{"input": body["to"], "wa_id": body["to"]}]}
        return 200, {**said, "messages": [{"id": f"wamid.{len(self.sent)}"}]}, {}


@contextmanager
def serving(provider: Provider) -> Iterator[None]:
    """Answer on a free port of the loopback interface; sets `provider.url`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def handle_any(self) -> None:
            size = int(self.headers.get("content-length") or 0)
            raw = self.rfile.read(size)
            body = json.loads(raw) if raw else None
            headers = {name.lower(): text for name, text in self.headers.items()}
            with provider.lock:
                provider.requests.append((self.command, self.path, headers, body))
                fault = provider.faults.pop(0) if provider.faults else None
                if fault == "drop":
                    self.close_connection = True
                    return
                reply = (
                    fault
                    if isinstance(fault, tuple)
                    else provider.answer(self.command, self.path, headers, body)
                )
            if fault == "lose":
                self.close_connection = True
                return
            status, said, more = reply
            content = json.dumps(said).encode()
            self.send_response(status)
            for name, text in {"content-type": "application/json", **more}.items():
                self.send_header(name, text)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = handle_any

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    provider.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class SmtpHost:
    """An SMTP server that keeps what it gets. `refuse`: replies to RCPT by address."""

    port: int = 0
    refuse: dict[str, str] = field(default_factory=dict)
    refuse_data: str = ""
    mails: list[tuple[str, str, EmailMessage]] = field(default_factory=list)

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.refuse_data:
            return self.refuse_data
        mail = BytesParser(policy=modern).parsebytes(envelope.content)
        assert isinstance(mail, EmailMessage)
        self.mails.append((envelope.mail_from, envelope.rcpt_tos[0], mail))
        return "250 OK"


@contextmanager
def smtp_serving(host: SmtpHost) -> Iterator[None]:
    """Answer on a free port of the loopback interface; sets `host.port`."""
    host.port = free_port()
    controller = Controller(host, hostname="127.0.0.1", port=host.port, ready_timeout=60)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


def _error(status: int, name: str, message: str = "no") -> dict[str, Any]:
    return {"statusCode": status, "name": name, "message": message}


def _plain(to: str) -> str:
    return to.rpartition("<")[2].rstrip(">")


def _is_address(to: str) -> bool:
    return "@" in to and "invalid" not in to
