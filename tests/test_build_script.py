"""Building the front end: whoever is stopped while building takes the compiler along."""

import importlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.databases import ROOT
from tests.support.sandbox import until

# Stands for the build: a command that starts another one, which would go on for ever.
GRANDCHILD = "import time; time.sleep(600)"
CHILD = f"""
import subprocess, sys, pathlib
started = subprocess.Popen([sys.executable, "-c", {GRANDCHILD!r}])
pathlib.Path(sys.argv[1]).write_text(str(started.pid))
started.wait()
"""
BUILDER = """
import signal, sys
sys.path.insert(0, "scripts")
import build
signal.signal(signal.SIGTERM, build.end_by_exception)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
build.run_group([sys.executable, "-c", sys.argv[1], sys.argv[2]])
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into /proc")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, None)])
def test_a_stopped_build_leaves_nothing_running(
    tmp_path: Path, number: signal.Signals, status: int | None
) -> None:
    note = tmp_path / "pid"
    builder = subprocess.Popen(
        [sys.executable, "-c", BUILDER, CHILD, str(note)], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: note.exists() and note.read_text())
        grandchild = int(note.read_text())
        assert is_running(grandchild)
        builder.send_signal(number)
        ended = builder.wait(20)
        assert ended == status if status is not None else ended != 0
        until(lambda: not is_running(grandchild))
    finally:
        if builder.poll() is None:
            builder.kill()
        if note.exists() and is_running(int(note.read_text())):
            os.kill(int(note.read_text()), signal.SIGKILL)


def test_what_is_edited_during_a_build_is_built_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scripts = importlib.import_module("scripts.build")
    hashes = iter(["before", "after"])
    published: list[str] = []
    monkeypatch.setattr(scripts.build, "source_hash", lambda: next(hashes))
    monkeypatch.setattr(scripts.build, "read_record", lambda _env: None)
    monkeypatch.setattr(scripts, "compile_front_end", lambda _env: None)
    monkeypatch.setattr(scripts, "publish", lambda _env, sources: published.append(sources))
    scripts.ensure_build("development")
    assert published == ["before"]
