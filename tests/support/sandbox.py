"""The sandbox host as a process of its own, and what a shop has received from it."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

SECRET = "a secret of the sandbox host, for tests"


def free_port() -> int:
    """Give a port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


T = TypeVar("T")


def until(seen: Callable[[], T], seconds: float = 10.0) -> T:
    """Wait for something true; fails the test when it does not come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = seen()
        if value:
            return value
        time.sleep(0.02)
    pytest.fail("what was waited for did not come")


@dataclass
class HostProcess:
    """The host, startable and stoppable like a foreign machine."""

    database: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        module = "clientportal.gateways.sandbox_host"
        args = ["--port", str(self.port), "--database", str(self.database), "--secret", SECRET]
        self.process = subprocess.Popen([sys.executable, "-m", module, *args])
        until(self._answers, 30)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", trust_env=False).is_success
        except httpx.HTTPError:
            return False


@dataclass
class Received:
    """One notification as it came over the socket."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Shop:
    """A listening shop: keeps what it receives, answers `answers` in turn, then 200."""

    url: str
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
