"""Job name -> function. A body takes ids, opens its own units of work and may run again."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import ParamSpec

import structlog
from dbos import DBOS

P = ParamSpec("P")

log = structlog.get_logger()
JOBS: dict[str, Callable[..., None]] = {}


def job(name: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Register a body under `name`, the one given to `queue.enqueue`.

    An error is logged with the ids and ends this attempt; the sweep starts the next one, because
    the engine never runs a finished workflow id again.
    """

    def register(body: Callable[P, None]) -> Callable[P, None]:
        if name in JOBS:
            raise ValueError(f"two jobs are called {name}")

        @wraps(body)
        def logged(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                body(*args, **kwargs)
            except Exception:
                log.exception("jobs.job.failed", job=name, ids=[str(value) for value in args])
                raise

        JOBS[name] = DBOS.workflow(name=name)(logged)
        return body

    return register


def clock() -> datetime:
    """The moment at this edge: jobs read the time once and pass it on."""
    return datetime.now(UTC)
