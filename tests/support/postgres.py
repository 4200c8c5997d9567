"""A PostgreSQL of a test's own, that it may stop and start as a machine's owner does."""

import runpy
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.databases import ROOT, migrate

_services: dict[str, Any] = runpy.run_path(str(ROOT / "scripts" / "services.py"))


@dataclass(slots=True)
class Postgres:
    """A server process with one migrated database."""

    url: str
    data: Path
    port: int

    def _control(self, *words: str) -> None:
        program = str(_services["find"]("pg_ctl", versioned=True))
        command = [program, "-D", str(self.data / "db"), "-w", *words]
        as_user = _services["as_user"](_services["unprivileged"](), command)
        done = subprocess.run(
            as_user,
            cwd="/",
            stdout=subprocess.DEVNULL,  # the server would keep a pipe open
            stderr=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, (self.data / "log").read_text()

    def start(self) -> None:
        flags = f"-p {self.port} -h 127.0.0.1 -k {self.data} -c fsync=off"
        self._control("-o", flags, "-l", str(self.data / "log"), "start")

    def stop(self) -> None:
        """As its owner stops it: whoever is connected is cut off, nobody comes in any more."""
        self._control("-m", "fast", "stop")


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Start one, migrate it, and take it away at the end, stopped or not."""
    home = Path(tempfile.mkdtemp(prefix="clientportal-postgres-"))
    home.chmod(0o755)
    user = _services["unprivileged"]()
    data = home / "postgres"
    data.mkdir()
    if user is not None:
        shutil.chown(data, user)
    initdb = str(_services["find"]("initdb", versioned=True))
    options = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    _services["run"](_services["as_user"](user, [initdb, "-D", str(data / "db"), *options]))
    port = _services["free_port"]()
    found = Postgres(f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres", data, port)
    try:
        found.start()
        migrate(found.url)
        yield found
    finally:
        if (data / "db" / "postmaster.pid").exists():
            found.stop()
        shutil.rmtree(home)
