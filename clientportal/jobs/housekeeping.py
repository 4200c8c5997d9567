"""Sweeps that take up what was left, and the deletion of what has had its day."""

from datetime import datetime, timedelta

import structlog

from clientportal import queue
from clientportal.services import files
from clientportal.storage import changes, due, upkeep
from clientportal.storage.session import engine, unit_of_work

log = structlog.get_logger()

INBOX_LATE = timedelta(seconds=5)
KEEP_CHANGES = timedelta(hours=1)
KEEP_SIGN_IN_TRIES = timedelta(days=1)
KEEP_SIGN_IN_CODES = timedelta(days=1)
KEEP_SESSIONS = timedelta(days=30)
KEEP_WEBHOOKS = timedelta(days=90)
KEEP_UNCONFIRMED_IMPORTS = timedelta(days=14)
KEEP_JOBS = timedelta(days=1)
JOBS_PER_ROUND = 1000

FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


def sweep_inbox(now: datetime) -> None:
    """Wake the inbox of each provider with a notification that no drain has taken."""
    with unit_of_work(read_only=True) as session:
        providers = due.inbox_providers(session, now - INBOX_LATE)
    for provider in providers:
        with unit_of_work() as session:
            queue.wake_inbox(session, provider, now)


def prune_changes(now: datetime) -> None:
    with unit_of_work() as session:
        changes.prune(session, now - KEEP_CHANGES)


def delete_old_rows(now: datetime) -> None:
    """Counted sign-in tries, codes, ended sessions, raw webhooks after 90 days (DESIGN §8), and
    import files that nobody confirmed."""
    with unit_of_work() as session:
        counts = {
            "tries": due.delete_sign_in_tries(session, now - KEEP_SIGN_IN_TRIES),
            "codes": due.delete_sign_in_codes(session, now - KEEP_SIGN_IN_CODES),
            "sessions": due.delete_sessions(session, now - KEEP_SESSIONS),
            "webhooks": due.delete_processed_webhooks(session, now - KEEP_WEBHOOKS),
            "imports": due.delete_unconfirmed_imports(session, now - KEEP_UNCONFIRMED_IMPORTS),
        }
    log.info("jobs.rows.deleted", **counts)


def sweep_files(now: datetime) -> None:
    """Stored files that no row names any more (DESIGN §8)."""
    with unit_of_work(read_only=True) as session:
        count = files.sweep(session, now=now)
    log.info("jobs.files.deleted", count=count)


def analyze(_now: datetime) -> None:
    with unit_of_work() as session:
        upkeep.analyze(session)


def delete_old_jobs(now: datetime) -> None:
    """Finished jobs of the engine after a day, in rounds that never hold the database for long.

    An id may run again once its row is gone; keys carry an attempt number, so none is used twice.
    """
    client = queue.client(engine())
    before = (now - KEEP_JOBS).isoformat()
    total = 0
    while True:
        finished = client.list_workflows(
            status=FINISHED,
            completed_before=before,
            limit=JOBS_PER_ROUND,
            load_input=False,
            load_output=False,
        )
        if not finished:
            break
        client.delete_workflows([workflow.workflow_id for workflow in finished])
        total += len(finished)
    log.info("jobs.finished.deleted", count=total)
