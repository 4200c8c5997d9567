"""Throw-away PostgreSQL and Redis for the tests, from the distribution's packages.

usage: python scripts/services.py start|stop

Data and sockets live in .services/ (or below the temporary folder when an unprivileged user could
not reach it); the addresses are written to .services/env. Nothing starts for a URL that is set in
TEST_POSTGRES_URL or TEST_REDIS_URL.
"""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".services"
STATE = FOLDER / "state.json"
PACKAGES = ("postgresql", "redis-server")
WAIT_SECONDS = 30


def free_port() -> int:
    """A port of the loopback interface that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def find(name: str, *, versioned: bool = False) -> Path | None:
    """A program on the PATH or, for PostgreSQL, in its newest versioned folder."""
    if on_path := shutil.which(name):
        return Path(on_path)
    if versioned:
        found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        return found[-1] if found else None
    return None


def require_programs() -> None:
    """Install the packages when root may, else say how."""
    if find("initdb", versioned=True) and find("redis-server"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SystemExit(f"The tests need: sudo apt-get install {' '.join(PACKAGES)}")
    print("  services: installing PostgreSQL and Redis")
    quiet = {"stdout": subprocess.DEVNULL, "check": True}
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], **quiet)
    # Without this file the packages would start services of the machine.
    blocker = Path("/usr/sbin/policy-rc.d")
    ours = not blocker.exists()
    if ours:
        blocker.write_text("#!/bin/sh\nexit 101\n")
        blocker.chmod(0o755)
    try:
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES],
            env=environment,
            **quiet,
        )
    finally:
        if ours:
            blocker.unlink()


def unprivileged() -> str | None:
    """PostgreSQL refuses to run as root: the user to run it as, None when we are nobody special."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def as_user(user: str | None, command: list[str]) -> list[str]:
    """The command, run as that user."""
    return command if user is None else ["runuser", "-u", user, "--", *command]


def home_for(user: str | None) -> Path:
    """A folder that the user can reach and owns."""
    FOLDER.mkdir(exist_ok=True)
    home = FOLDER
    if user is not None:
        reach = subprocess.run(as_user(user, ["test", "-x", str(FOLDER)]), check=False)
        if reach.returncode:
            home = Path(tempfile.mkdtemp(prefix="clientportal-services-"))
            home.chmod(0o755)
    data = home / "postgres"
    data.mkdir(exist_ok=True)
    if user is not None:
        shutil.chown(data, user)
    return data


def start_postgres() -> dict[str, object]:
    """Start a server without durability on a free port; what is needed to reach and stop it."""
    user = unprivileged()
    data = home_for(user)
    initdb, pg_ctl = find("initdb", versioned=True), find("pg_ctl", versioned=True)
    port = free_port()
    if not (data / "db").exists():
        options = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        run(as_user(user, [str(initdb), "-D", str(data / "db"), *options]))
    flags = (
        f"-p {port} -h 127.0.0.1 -k {data} -c fsync=off -c synchronous_commit=off"
        " -c full_page_writes=off -c max_connections=300 -c shared_buffers=256MB"
    )
    command = [str(pg_ctl), "-D", str(data / "db"), "-o", flags, "-l", str(data / "log"), "-w"]
    run(as_user(user, [*command, "start"]))
    url = f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
    return {
        "url": url,
        "stop": as_user(user, [str(pg_ctl), "-D", str(data / "db"), "-m", "fast", "stop"]),
    }


def start_redis() -> dict[str, object]:
    """Start a server that writes nothing on a free port."""
    port = free_port()
    FOLDER.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [str(find("redis-server")), "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        cwd=FOLDER,
        stdout=(FOLDER / "redis.log").open("w"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    return {"url": f"redis://127.0.0.1:{port}/0", "pid": process.pid, "port": port}


def run(command: list[str]) -> None:
    """Run quietly; show the output only when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise SystemExit(f"failed: {command[0]}")


def answers(url: str) -> bool:
    """Whether somebody listens there."""
    place = url.rpartition("@")[2].partition("://")[2] or url.rpartition("@")[2]
    port = int(place.partition(":")[2].partition("/")[0])
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(url: str) -> None:
    """Until it listens."""
    until = time.monotonic() + WAIT_SECONDS
    while not answers(url):
        if time.monotonic() > until:
            raise SystemExit(f"does not answer: {url}")
        time.sleep(0.1)


def start() -> None:
    """Start what no variable names and what does not run yet; write .services/env."""
    known = json.loads(STATE.read_text()) if STATE.exists() else {}
    lines = []
    for name, variable, starter in (
        ("postgres", "TEST_POSTGRES_URL", start_postgres),
        ("redis", "TEST_REDIS_URL", start_redis),
    ):
        if url := os.environ.get(variable):
            print(f"  services: {name} by {variable}")
        else:
            if name not in known or not answers(known[name]["url"]):
                require_programs()
                known[name] = starter()
                wait_for(known[name]["url"])
            url = known[name]["url"]
            print(f"  services: {name} at {url.rpartition('@')[2].removeprefix('redis://')}")
        lines.append(f"{variable}={url}\n")
    FOLDER.mkdir(exist_ok=True)
    STATE.write_text(json.dumps(known))
    (FOLDER / "env").write_text("".join(lines))


def stop() -> None:
    """Stop what `start` started."""
    known = json.loads(STATE.read_text()) if STATE.exists() else {}
    if "postgres" in known and answers(known["postgres"]["url"]):
        subprocess.run(known["postgres"]["stop"], check=False, stdout=subprocess.DEVNULL, cwd="/")
    if "redis" in known and answers(known["redis"]["url"]):
        os.kill(known["redis"]["pid"], signal.SIGTERM)
    STATE.unlink(missing_ok=True)
    (FOLDER / "env").unlink(missing_ok=True)


if __name__ == "__main__":
    {"start": start, "stop": stop}[sys.argv[1] if len(sys.argv) > 1 else "start"]()
