"""Worker processes and the simulated provider that a benchmark starts, kills and reads."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.support.databases import ROOT
from tests.support.server import free_port


@dataclass(frozen=True, slots=True)
class Call:
    """One call that the provider answered, or refused for its rate."""

    at: float
    word: str  # new | again | refused
    to: tuple[str, ...]


@dataclass(slots=True)
class Provider:
    """The simulator in its own process."""

    url: str
    log: Path
    calls: list[Call] = field(default_factory=list)
    _read: int = 0

    def look(self) -> list[Call]:
        """Every call so far."""
        with self.log.open() as lines:
            lines.seek(self._read)
            text = lines.read()
        whole = text[: text.rfind("\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            at, word, *to = line.split()
            self.calls.append(Call(float(at), word, tuple(to)))
        return self.calls

    @property
    def recipients(self) -> list[str]:
        """Addresses as they were taken, each as often as it was."""
        return [to for call in self.look() if call.word == "new" for to in call.to]


@contextmanager
def provider(rate: int, lost: float, log: Path) -> Iterator[Provider]:
    """A Resend that takes `rate` calls a second and loses the share `lost` of its answers."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.resend_host", str(rate), str(lost), str(log)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield Provider(json.loads(process.stdout.readline())["url"], log)
    finally:
        process.kill()
        process.wait()


class Worker:
    """`python -m clientportal worker`, to be killed at any moment."""

    def __init__(self, name: str, environment: Mapping[str, str], log: Path) -> None:
        self.name, self.environment, self.log = name, dict(environment), log
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        values = self.environment | {"INSTANCE": self.name, "PORT": str(free_port())}
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CLIENTPORTAL_")}
        environment |= {f"CLIENTPORTAL_{name}": value for name, value in values.items()}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "clientportal", "worker"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> float:
        """kill -9; the moment."""
        assert self.process is not None
        at = time.time()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None
        return at

    def seconds(self) -> float:
        """CPU that it has used."""
        if self.process is None:
            return 0.0
        used = psutil.Process(self.process.pid).cpu_times()
        return float(used.user + used.system)

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
