"""`serve`: check that this process may serve, then hand over to the web server."""

import argparse
import os
import socket
import sys
from pathlib import Path

import uvicorn

from clientportal.commands import answers
from clientportal.rendering import texts
from clientportal.services import companies, set_up
from clientportal.settings import ConfigurationError, Settings, settings
from clientportal.storage import migrations
from clientportal.storage.session import engine, unit_of_work
from clientportal.web import connections
from clientportal.web.build import build_dir, require_build

TARGET = "clientportal.commands.asgi:create"


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments override HOST, PORT and WEB_WORKERS of the environment."""
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    parser.add_argument("--workers", type=int, help="web processes; more than one needs Redis")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises ConfigurationError when something is missing that the first visitor would run into.
    """
    names = {"HOST": arguments.host, "PORT": arguments.port, "WEB_WORKERS": arguments.workers}
    os.environ |= {f"CLIENTPORTAL_{k}": str(v) for k, v in names.items() if v is not None}
    settings.cache_clear()
    chosen = settings()
    require_servable(chosen)
    folder = build_dir(chosen.env)
    require_build(chosen.env, folder)
    require_schema()
    os.environ |= framework_environment(chosen, folder)
    require_free(chosen.host, chosen.port)
    sys.stdout.write(f"  serving {chosen.public_url}\n{first_visit(chosen)}")
    sys.stdout.flush()
    uvicorn.run(
        TARGET,
        factory=True,
        host=chosen.host,
        port=chosen.port,
        workers=chosen.web_workers,
        **connections.options(),
    )


def require_servable(chosen: Settings) -> None:
    """Raises ConfigurationError for an environment that could not work.

    Several web workers share the state of a tab through Redis, and none of them may run the jobs
    of all, so they need Redis and a worker process (DESIGN §4).
    """
    chosen.secret()
    if chosen.web_workers > 1 and not chosen.redis_url:
        raise ConfigurationError("Several web workers need CLIENTPORTAL_REDIS_URL.")
    if chosen.web_workers > 1 and chosen.jobs != "separate":
        raise ConfigurationError(
            "Several web workers need CLIENTPORTAL_JOBS=separate and a process of:"
            " python -m clientportal worker"
        )


def require_free(host: str, port: int) -> None:
    """Raises ConfigurationError when another program listens there.

    The web server shares its port among its workers, so a second `serve` would share it with the
    first and answer every other visitor.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigurationError(
                f"Port {port} of {host} cannot be opened: {error.strerror}."
                " Choose another: make run PORT=…, or CLIENTPORTAL_PORT."
            ) from error


def require_schema() -> None:
    """Raises ConfigurationError unless the database has exactly the schema of this code."""
    settings().data_dir.mkdir(parents=True, exist_ok=True)
    try:
        current, expected = migrations.current(engine()), migrations.head()
    finally:
        engine().dispose()
    if current != expected:
        raise ConfigurationError(
            f"The database has schema {current or 'none'}, this version needs {expected}."
            " Run: python -m clientportal migrate"
        )


def first_visit(chosen: Settings) -> str:
    """The line that tells the operator by which code the first company is created, else nothing.

    The code is asked for in production alone; whoever reads this output may know it.
    """
    if not chosen.is_production:
        return ""
    try:
        with unit_of_work(read_only=True) as session:
            if not companies.is_empty(session):
                return ""
    finally:
        engine().dispose()  # the web processes open connections of their own
    url, code = f"{chosen.public_url}/set-up", set_up.set_up_code()
    return f"  {texts.t('cli.set_up', answers.language(), url=url, code=code)}\n"


def framework_environment(chosen: Settings, folder: Path) -> dict[str, str]:
    """What makes Reflex serve the finished build without compiling (reflex.md §8)."""
    return {
        "CLIENTPORTAL_DATA_DIR": str(chosen.data_dir),
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_WEB_WORKDIR": str(folder),
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "__REFLEX_SKIP_COMPILE": "true",
    }
