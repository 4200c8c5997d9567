"""What is deleted when, and what the sweeps take up."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from clientportal import queue
from clientportal.jobs import housekeeping, schedules
from clientportal.jobs.registry import JOBS
from clientportal.storage import files as stored_files
from clientportal.storage.models import (
    Change,
    ImportRun,
    SignInCode,
    SignInTry,
    User,
    UserSession,
    WebhookInbox,
)
from clientportal.storage.session import engine, unit_of_work
from tests.support.ledger import make_world

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def notification(key: str, received_at: datetime, processed_at: datetime | None) -> WebhookInbox:
    return WebhookInbox(
        provider="sandbox",
        dedupe_key=key,
        raw=b"{}",
        received_at=received_at,
        processed_at=processed_at,
    )


def kept(session: Session, column: Any) -> list[str]:
    return sorted(session.exec(select(column)).all())


def user_session(user_id: int, name: str, ended: datetime) -> UserSession:
    return UserSession(
        user_id=user_id,
        token_hash=name,
        kind="member",
        created_at=ended - timedelta(days=1),
        seen_at=ended - timedelta(days=1),
        expires_at=ended,
        ends_at=ended + timedelta(days=90),
    )


def import_run(company_id: int, name: str, created_at: datetime, **how: Any) -> ImportRun:
    return ImportRun(
        company_id=company_id,
        kind="documents",
        file_name=name,
        file_sha256=stored_files.store().put(name.encode()),
        created_at=created_at,
        **how,
    )


@pytest.mark.usefixtures("database")
def test_import_files_that_nobody_confirmed_are_dropped_with_their_bytes() -> None:
    late = NOW - timedelta(days=14)
    with unit_of_work() as session:
        company_id = make_world(session).company_id
        session.add_all(
            [
                import_run(company_id, "old", late - SECOND),
                import_run(company_id, "young", late + SECOND),
                import_run(company_id, "back", late - SECOND, started_at=late),
                import_run(company_id, "under way", late - SECOND, state="importing"),
                import_run(company_id, "done", late - SECOND, state="done"),
            ]
        )
    housekeeping.delete_old_rows(NOW)
    with unit_of_work(read_only=True) as session:
        assert kept(session, ImportRun.file_name) == ["back", "done", "under way", "young"]
        assert hashlib.sha256(b"old").hexdigest() not in stored_files.referenced(session)


@pytest.mark.usefixtures("database")
def test_old_rows_are_deleted_and_younger_ones_kept() -> None:
    with unit_of_work() as session:
        user = User(email="alicia@papelera.example", name="Alicia", created_at=NOW)
        session.add(user)
        session.flush()
        assert user.id is not None
        for name, shift in (("old", -SECOND), ("young", SECOND)):
            day, month, quarter = (NOW - timedelta(days=days) + shift for days in (1, 30, 90))
            session.add(SignInTry(kind="code", subject=name, at=day))
            session.add(
                SignInCode(
                    email=f"{name}@x.example",
                    code_hash="",
                    created_at=day - timedelta(minutes=10),
                    expires_at=day,
                )
            )
            session.add(user_session(user.id, name, month))
            session.add(notification(name, quarter, quarter + SECOND))
        session.add(notification("unprocessed", NOW - timedelta(days=200), None))
    housekeeping.delete_old_rows(NOW)
    with unit_of_work(read_only=True) as session:
        assert kept(session, SignInTry.subject) == ["young"]
        assert kept(session, SignInCode.email) == ["young@x.example"]
        assert kept(session, UserSession.token_hash) == ["young"]
        assert kept(session, WebhookInbox.dedupe_key) == ["unprocessed", "young"]


@pytest.mark.usefixtures("database")
def test_old_changes_are_pruned() -> None:
    with unit_of_work() as session:
        session.add(Change(topic="old", at=NOW - timedelta(hours=1) - SECOND))
        session.add(Change(topic="young", at=NOW - timedelta(hours=1) + SECOND))
    housekeeping.prune_changes(NOW)
    with unit_of_work(read_only=True) as session:
        assert kept(session, Change.topic) == ["young"]


@pytest.mark.usefixtures("database")
def test_a_forgotten_notification_wakes_its_inbox() -> None:
    late = housekeeping.INBOX_LATE
    with unit_of_work() as session:
        session.add(notification("fresh", NOW - late + SECOND, None))
        session.add(notification("done", NOW - timedelta(hours=1), NOW))
    housekeeping.sweep_inbox(NOW)
    client = queue.client(engine())
    assert client.list_workflows(workflow_id_prefix="inbox:") == []
    housekeeping.sweep_inbox(NOW + 2 * SECOND)
    found = client.list_workflows(workflow_id_prefix="inbox:")
    assert [w.workflow_id for w in found] == [f"inbox:sandbox:{int(NOW.timestamp()) + 2}"]


@pytest.mark.usefixtures("running")
def test_finished_jobs_are_deleted_and_waiting_ones_kept() -> None:
    with unit_of_work() as session:
        queue.enqueue(session, "send_sign_in_code", "send_sign_in_code:404:1", 404)
    client = queue.client(engine())
    handle = client.retrieve_workflow("send_sign_in_code:404:1")
    assert handle.get_result() is None
    with unit_of_work() as session:
        queue.enqueue(session, "no_such_job", "no_such_job:1:0", 1, queue="night")
    tomorrow = datetime.now(UTC) + timedelta(days=1, seconds=5)
    housekeeping.delete_old_jobs(tomorrow - timedelta(minutes=1))
    assert len(client.list_workflows(workflow_ids=["send_sign_in_code:404:1"])) == 1
    housekeeping.delete_old_jobs(tomorrow)
    assert client.list_workflows(workflow_ids=["send_sign_in_code:404:1"]) == []
    assert len(client.list_workflows(workflow_ids=["no_such_job:1:0"])) == 1


@pytest.fixture
def left_behind(database: sa.Engine) -> None:
    """A former version had one more line in its crontab."""
    queue.client(database).create_schedule(
        schedule_name="of_a_former_version", workflow_name="gone", schedule="0 0 * * * *"
    )


@pytest.mark.usefixtures("left_behind", "running")
def test_the_engine_knows_the_whole_crontab_and_nothing_else() -> None:
    found = {row["schedule_name"]: row for row in queue.client(engine()).list_schedules()}
    assert {name: row["schedule"] for name, row in found.items()} == {
        entry.name: entry.cron for entry in schedules.SCHEDULES
    }
    assert {row["workflow_name"] for row in found.values()} <= set(JOBS)


def test_every_job_that_services_enqueue_is_registered() -> None:
    wanted = {"send_sign_in_code", "drain_sender", "drain_inbox", "check_attempt"}
    assert wanted <= set(JOBS)


def test_statistics_are_made_anew(database: sa.Engine) -> None:
    with unit_of_work() as session:
        session.add(User(email="ana@molino.example", name="Ana", created_at=NOW))
    housekeeping.analyze(NOW)
    with database.connect() as connection:
        known = (
            "SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'app_user'"
            if connection.dialect.name == "sqlite"
            else "SELECT reltuples FROM pg_class WHERE relname = 'app_user'"
        )
        assert connection.exec_driver_sql(known).scalar_one() >= 1


def test_files_that_no_row_names_go_after_a_day(database: sa.Engine) -> None:
    store = stored_files.store()
    sha = store.put(b"nobody names me")
    housekeeping.sweep_files(datetime.now(UTC))
    assert store.exists(sha)
    housekeeping.sweep_files(datetime.now(UTC) + timedelta(days=2))
    assert not store.exists(sha)
