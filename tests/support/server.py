"""The real server as a process: its own port, data folder and database."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.databases import ROOT, fresh_database, one_at_a_time

START_SECONDS = 60


@dataclass(slots=True)
class Server:
    """A running server."""

    url: str
    port: int
    database_url: str
    data_dir: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    @property
    def origin(self) -> str:
        return self.url

    def log(self) -> str:
        """What it has written so far."""
        return (self.data_dir / "server.log").read_text()

    def run(self, *words: str) -> str:
        """Run another command with the server's environment; its output.

        Raises AssertionError when it fails.
        """
        done = subprocess.run(
            [sys.executable, "-m", "clientportal", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ensure_build(env: str) -> None:
    """Build the front end for `env` unless the present build is of these sources."""
    with one_at_a_time(f"build-{env}"):
        done = subprocess.run(
            [sys.executable, "scripts/build.py", "--env", env],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and its workers."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextmanager
def server(
    *,
    env: str = "development",
    kind: str = "sqlite",
    database_url: str | None = None,
    data_dir: Path | None = None,
    extra: Mapping[str, str] | None = None,
    module: str = "clientportal",
) -> Iterator[Server]:
    """Start the server and wait until it answers.

    Give `database_url` (and `data_dir`) of another one to have several processes on the same
    database. `extra` are settings by their short name: {"REDIS_URL": …, "DEMO": "1"}. `module` is
    run instead of the command line; it must understand `serve`.
    """
    ensure_build(env)
    with tempfile.TemporaryDirectory(prefix="clientportal-server-") as folder:
        home = data_dir or Path(folder)
        if database_url is not None:
            with _running(env, database_url, Path(folder), home, extra or {}, module) as found:
                yield found
            return
        with (
            fresh_database(kind, Path(folder)) as url,
            _running(env, url, Path(folder), home, extra or {}, module) as found,
        ):
            yield found


@contextmanager
def _running(
    env: str, url: str, folder: Path, data_dir: Path, extra: Mapping[str, str], module: str
) -> Iterator[Server]:
    port = free_port()
    names = {
        "ENV": env,
        "DATABASE_URL": url,
        "DATA_DIR": str(data_dir),
        "PORT": str(port),
        "SECRET_KEY": os.environ["CLIENTPORTAL_SECRET_KEY"],
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        **extra,
    }
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CLIENTPORTAL_")}
    environment |= {f"CLIENTPORTAL_{name}": value for name, value in names.items()}
    log_file = folder / "server.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "serve"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    found = Server(
        url=f"http://127.0.0.1:{port}",
        port=port,
        database_url=url,
        data_dir=folder,
        environment=environment,
        process=process,
    )
    try:
        _wait_until_it_answers(found)
        yield found
    finally:
        stop(process)


def _wait_until_it_answers(found: Server) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if found.process.poll() is not None:
            break
        try:
            if httpx.get(f"{found.url}/healthz", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{found.log()}")
