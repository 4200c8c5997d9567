"""The job that brings a confirmed file in, and the sweep that takes up what was left."""

import time
from datetime import datetime

import structlog

from clientportal.jobs.registry import clock, job
from clientportal.services import import_steps
from clientportal.settings import settings
from clientportal.storage.session import unit_of_work

log = structlog.get_logger()

PAUSE_SECONDS = 0.03
SQLITE_PAUSE_SECONDS = 0.15
"""There whoever waits to write only looks again every 100 ms: in a shorter pause most do not see
that it is their turn, and wait for several slices (tried: up to six of 0.3 s, now one)."""


@job("import_file")
def import_file(run_id: int, attempt: int) -> None:
    import_steps.advance(unit_of_work, run_id, attempt, clock=clock, pause=_pause)


def _pause() -> None:
    """Let others write, and other threads compute, between two slices."""
    time.sleep(SQLITE_PAUSE_SECONDS if settings().is_sqlite else PAUSE_SECONDS)


def sweep_imports(now: datetime) -> None:
    """Go on with files whose worker died."""
    with unit_of_work() as session:
        count = import_steps.retry_overdue(session, now=now)
    if count:
        log.info("jobs.imports.retried", count=count)
