"""Work is handed over with the transaction, runs once per key, survives its worker's death."""

import re
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from clientportal import queue
from clientportal.jobs import runtime
from clientportal.jobs.registry import JOBS, job
from clientportal.settings import settings
from clientportal.storage.models import Change, SignInTry
from clientportal.storage.session import engine, run, unit_of_work
from tests.support.processes import ROOT, eventually, python

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Broken(Exception):
    """The business failed after it had enqueued."""


def _note(row_id: int) -> None:
    """A job body with an effect that can be counted: one counted try per run."""
    with unit_of_work() as session:
        session.add(SignInTry(kind="ran", subject=str(row_id), at=NOW))


if "test_note" not in JOBS:
    job("test_note")(_note)


def runs(row_id: int) -> int:
    with unit_of_work(read_only=True) as session:
        statement = select(SignInTry).where(col(SignInTry.subject) == str(row_id))
        return len(session.exec(statement).all())


def workflows() -> list[str]:
    found = queue.client(engine()).list_workflows(workflow_id_prefix="test_note:")
    return [workflow.workflow_id for workflow in found]


def add_business_row(session: Session, topic: str) -> None:
    session.add(Change(topic=topic, ref="1", at=NOW))


@pytest.mark.usefixtures("database")
def test_a_job_commits_with_the_business_row() -> None:
    with unit_of_work() as session:
        add_business_row(session, "kept")
        queue.enqueue(session, "test_note", "test_note:1:0", 1)
        assert workflows() == []  # nothing is visible to others before the commit
    assert workflows() == ["test_note:1:0"]


def enqueue_and_break() -> None:
    with unit_of_work() as session:
        add_business_row(session, "lost")
        queue.enqueue(session, "test_note", "test_note:1:0", 1)
        raise Broken


@pytest.mark.usefixtures("database")
def test_a_job_rolls_back_with_the_business_row() -> None:
    with pytest.raises(Broken):
        enqueue_and_break()
    assert workflows() == []
    with unit_of_work(read_only=True) as session:
        assert session.exec(select(Change)).all() == []


@pytest.mark.usefixtures("running")
def test_a_key_runs_once() -> None:
    for _ in range(3):
        with unit_of_work() as session:
            queue.enqueue(session, "test_note", "test_note:7:0", 7)
    assert eventually(lambda: runs(7) == 1)
    with unit_of_work() as session:
        queue.enqueue(session, "test_note", "test_note:7:0", 7)
        queue.enqueue(session, "test_note", "test_note:8:0", 8)
    assert eventually(lambda: runs(8) == 1)
    assert runs(7) == 1


@pytest.mark.usefixtures("running")
def test_a_job_starts_within_a_second_of_the_commit() -> None:
    assert eventually(lambda: len(queue.client(engine()).list_queues()) == 3)
    time.sleep(1.5)  # the engine looks for new queues once a second
    with unit_of_work() as session:
        queue.enqueue(session, "test_note", "test_note:9:0", 9)
    began = time.monotonic()
    assert eventually(lambda: runs(9) == 1)
    assert time.monotonic() - began < 1.0


@pytest.mark.usefixtures("database")
def test_the_inbox_is_woken_once_per_provider_and_second() -> None:
    with unit_of_work() as session:
        for milliseconds in (0, 400, 999):
            at = NOW + timedelta(milliseconds=milliseconds)
            queue.wake_inbox(session, "sandbox", at)
        queue.wake_inbox(session, "sandbox", NOW + timedelta(seconds=1))
        queue.wake_inbox(session, "wompi", NOW)
    found = queue.client(engine()).list_workflows(workflow_id_prefix="inbox:")
    second = int(NOW.timestamp())
    assert sorted(workflow.workflow_id for workflow in found) == [
        f"inbox:sandbox:{second}",
        f"inbox:sandbox:{second + 1}",
        f"inbox:wompi:{second}",
    ]


WORKER = """
import sys, time
from datetime import UTC, datetime
from clientportal.jobs import runtime
from clientportal.jobs.registry import job
from clientportal.storage.models import SignInTry
from clientportal.storage.session import unit_of_work

@job("test_slow")
def slow(row_id: int) -> None:
    time.sleep(0.2)
    with unit_of_work() as session:
        session.add(SignInTry(kind="ran", subject=str(row_id), at=datetime.now(UTC)))

print("ready", flush=True)
runtime.run_worker()
"""


def start_worker() -> "subprocess.Popen[str]":
    process = python(WORKER)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.usefixtures("database")
def test_a_killed_worker_loses_no_job() -> None:
    ids = range(1, 31)
    with unit_of_work() as session:
        for row_id in ids:
            queue.enqueue(session, "test_slow", f"test_slow:{row_id}:0", row_id)
    first = start_worker()
    assert eventually(lambda: any(runs(row_id) for row_id in ids), 30)
    first.kill()
    first.wait()
    assert not all(runs(row_id) for row_id in ids)
    second = start_worker()
    try:
        assert eventually(lambda: all(runs(row_id) for row_id in ids), 30)
    finally:
        second.send_signal(signal.SIGTERM)
    assert second.wait(timeout=30) == 0


@pytest.mark.usefixtures("database")
def test_executors_are_told_apart_by_port_and_role(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {runtime.executor_id("serve"), runtime.executor_id("worker")}
    monkeypatch.setenv("CLIENTPORTAL_PORT", "3999")
    settings.cache_clear()
    names.add(runtime.executor_id("serve"))
    assert len(names) == 3
    monkeypatch.setenv("CLIENTPORTAL_INSTANCE", "web-7")
    settings.cache_clear()
    assert runtime.executor_id("serve") == "web-7"


def test_only_queue_and_jobs_know_the_engine() -> None:
    package = ROOT / "clientportal"
    users = {
        path.relative_to(package).parts[0]
        for path in package.rglob("*.py")
        if re.search(r"^\s*(?:from|import) dbos\b", path.read_text("utf-8"), re.MULTILINE)
    }
    assert users == {"queue.py", "jobs"}


@pytest.mark.usefixtures("database")
async def test_the_web_process_runs_jobs_while_it_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "FINISH_SECONDS", 1)
    async with runtime.lifespan():
        await run(enqueue_note, 21)
        assert await run(eventually, lambda: runs(21) == 1)
    await run(enqueue_note, 22)
    assert not await run(eventually, lambda: runs(22) > 0, 1.0)


@pytest.mark.usefixtures("database")
async def test_the_web_process_leaves_jobs_to_workers_when_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLIENTPORTAL_JOBS", "separate")
    settings.cache_clear()
    async with runtime.lifespan():
        await run(enqueue_note, 23)
        assert not await run(eventually, lambda: runs(23) > 0, 2.0)


def enqueue_note(row_id: int) -> None:
    with unit_of_work() as session:
        queue.enqueue(session, "test_note", f"test_note:{row_id}:0", row_id)
