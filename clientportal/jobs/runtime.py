"""Starts and stops the job engine: inside the web process or as a worker of its own."""

import asyncio
import gc
import signal
import socket
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Literal

import structlog
from dbos import DBOS, DBOSConfig, ScheduleInput

from clientportal import queue
from clientportal.jobs.registry import JOBS
from clientportal.jobs.schedules import SCHEDULES, Scheduled
from clientportal.settings import settings
from clientportal.storage.session import engine

log = structlog.get_logger()

# Seconds between two looks; each queue polls, so there are three and no more.
POLLING: dict[queue.QueueName, float] = {"now": 0.2, "bulk": 1.0, "night": 5.0}
# Jobs of a queue at a time in one process. Together below the connection pool.
CONCURRENCY: dict[queue.QueueName, int] = {"now": 8, "bulk": 4, "night": 1}
FINISH_SECONDS = 5

Role = Literal["serve", "worker"]


def executor_id(role: Role) -> str:
    """Who runs a job. Stable over restarts, so that a restarted process takes up its own jobs."""
    return settings().instance or f"{socket.gethostname()}:{role}:{settings().port}"


def start(role: Role) -> None:
    """Launch the engine in this process. Blocks; never call it on the event loop."""
    config = DBOSConfig(
        name=queue.APP_NAME,
        system_database_engine=engine(),
        dbos_system_schema=queue.SCHEMA,
        application_version=queue.APP_VERSION,
        executor_id=executor_id(role),
        log_level="DEBUG" if settings().log_level == "DEBUG" else "WARNING",
        run_migrations=False,
        scheduler_polling_interval_sec=1.0,
    )
    DBOS(config=config)
    DBOS.launch()
    for name, seconds in POLLING.items():
        DBOS.register_queue(
            name,
            worker_concurrency=CONCURRENCY[name],
            polling_interval_sec=seconds,
            on_conflict="always_update",
        )
    _apply_schedules()
    log.info("jobs.engine.started", executor=executor_id(role))


def stop() -> None:
    """Let running jobs finish for a few seconds, then end the engine. Blocks."""
    DBOS.destroy(workflow_completion_timeout_sec=FINISH_SECONDS)
    log.info("jobs.engine.stopped")


@asynccontextmanager
async def lifespan(app: object = None) -> AsyncGenerator[None]:  # noqa: ARG001 given by the web server
    """Run the engine inside the web process, unless workers of their own do (JOBS=separate)."""
    if settings().jobs != "embedded":
        yield
        return
    await asyncio.to_thread(start, "serve")
    try:
        yield
    finally:
        await asyncio.to_thread(stop)


def run_worker() -> None:
    """`python -m clientportal worker`: run jobs until SIGTERM or SIGINT."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    start("worker")
    gc.freeze()  # what is there now stays: looking through it again took a tenth of a campaign
    try:
        ended.wait()
    finally:
        stop()


def _apply_schedules() -> None:
    """Make the stored crontab ours: what a former version left would fail at every tick."""
    DBOS.apply_schedules([_schedule(entry) for entry in SCHEDULES])
    known = {entry.name for entry in SCHEDULES}
    for stored in DBOS.list_schedules():
        if stored["schedule_name"] not in known:
            DBOS.delete_schedule(stored["schedule_name"])


def _schedule(entry: Scheduled) -> ScheduleInput:
    return ScheduleInput(
        schedule_name=entry.name,
        workflow_fn=JOBS[entry.name],
        schedule=entry.cron,
        queue_name=entry.queue,
    )
