"""Build the front end once: compile, bundle, compress, record; skipped when nothing changed.

usage: python scripts/build.py [--env production|development] [--force]
"""

import argparse
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from clientportal import __version__  # noqa: E402
from clientportal.web import build  # noqa: E402

# Not `reflex export`: its first run also rewrites .gitignore, requirements.txt and adds files.
COMPILER = """
from reflex.utils import export, prerequisites
prerequisites.initialize_reflex_user_directory()
prerequisites.initialize_frontend_dependencies()
export.export(zipping=False, backend=False)
"""
KEPT = ("build/client", "backend", "routes.json", "reflex.json")


def say(text: str) -> None:
    """One progress line."""
    sys.stdout.write(f"  {text}\n")
    sys.stdout.flush()


@contextmanager
def locked() -> Iterator[None]:
    """Only one build at a time in this tree: they share .web."""
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("front end: another build is running here; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def node_environment(env: str) -> dict[str, str]:
    """Environment of the compiler: Node of this virtual environment first, npm instead of bun."""
    scripts = sysconfig.get_path("scripts")
    given = {key: value for key, value in os.environ.items() if not key.startswith("CLIENTPORTAL_")}
    return given | {
        "PATH": f"{scripts}{os.pathsep}{given.get('PATH', '')}",
        "PYTHONPATH": str(ROOT),
        "CLIENTPORTAL_ENV": env,
        # The app asks for a key when it is imported; nothing of a build depends on it.
        "CLIENTPORTAL_SECRET_KEY": "only-for-the-build".ljust(48, "-"),
        "CLIENTPORTAL_DATA_DIR": str(ROOT / ".web" / "data"),
        "REFLEX_USE_NPM": "1",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "npm_config_omit_lockfile_registry_resolved": "true",
        "npm_config_fund": "false",
        "npm_config_audit": "false",
        "npm_config_update_notifier": "false",
        "NO_COLOR": "1",
    }


def run_group(command: Sequence[str], **options: Any) -> int:
    """Run a command and wait; its exit status.

    It leads a group of its own, which ends with us: the compiler starts Node, and neither would
    notice that whoever wanted the build is gone.
    """
    with subprocess.Popen(command, start_new_session=True, **options) as process:
        try:
            return process.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def end_by_exception(number: int, _frame: object) -> None:
    """Signal handler: leave through every `finally`, with the status that a shell expects."""
    raise SystemExit(128 + number)


def compile_front_end(env: str) -> None:
    """Run the Reflex compiler and bundler; on failure show its output and stop."""
    log = ROOT / "build" / f"{env}.log"
    # Leftovers of a removed page or plugin would be shipped (tried): keep node_modules only.
    for leftover in ("app", "app_components", "build", "public", "backend", "styles", "kit"):
        shutil.rmtree(ROOT / ".web" / leftover, ignore_errors=True)
    with log.open("w") as output:
        status = run_group(
            [sys.executable, "-c", COMPILER],
            cwd=ROOT,
            env=node_environment(env),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    if status or not (ROOT / ".web/build/client/index.html").is_file():
        sys.stderr.write(log.read_text()[-6000:])
        raise SystemExit(f"The front end could not be built; the whole log is {log}.")


def publish(env: str, sources: str) -> None:
    """Copy what the server needs to build/<env>/ and swap it in whole."""
    target = build.build_dir(env)
    fresh = target.with_name(f"{env}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for name in KEPT:
        source = ROOT / ".web" / name
        if source.is_dir():
            shutil.copytree(source, fresh / name)
        elif source.is_file():
            (fresh / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, fresh / name)
    build.write_record(fresh, build.BuildRecord(env=env, sources=sources, version=__version__))
    old = target.with_name(f"{env}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def ensure_build(env: str, *, force: bool = False) -> Path:
    """Build for `env` unless the present build was made from the same sources; its folder."""
    with locked():
        record = build.read_record(env)
        sources = build.source_hash()  # of before: what is edited meanwhile is not in this build
        if record and record.sources == sources and not force:
            say(f"front end: up to date ({env})")
            return build.build_dir(env)
        say(f"front end: building ({env}), about a minute the first time")
        started = time.monotonic()
        compile_front_end(env)
        publish(env, sources)
        say(f"front end: built in {time.monotonic() - started:.0f} s")
    return build.build_dir(env)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env", choices=("production", "development"), default="production")
    parser.add_argument("--force", action="store_true")
    arguments = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end_by_exception)
    ensure_build(arguments.env, force=arguments.force)


if __name__ == "__main__":
    main()
