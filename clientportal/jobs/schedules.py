"""What runs when, in UTC: second minute hour day month weekday."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from clientportal.jobs import housekeeping, imports, mail, payments
from clientportal.jobs.registry import clock, job
from clientportal.queue import QueueName


class Scheduled(NamedTuple):
    """One line of the crontab; the body gets the moment at which it runs."""

    name: str
    cron: str
    queue: QueueName
    body: Callable[[datetime], None]


SCHEDULES: tuple[Scheduled, ...] = (
    Scheduled("sweep_inbox", "*/10 * * * * *", "now", housekeeping.sweep_inbox),
    Scheduled("sweep_senders", "*/15 * * * * *", "now", mail.sweep_senders),
    Scheduled("sweep_imports", "*/20 * * * * *", "now", imports.sweep_imports),
    Scheduled("check_attempts", "*/15 * * * * *", "now", payments.check_attempts),
    Scheduled("prune_changes", "0 17 * * * *", "night", housekeeping.prune_changes),
    Scheduled("delete_old_rows", "0 40 7 * * *", "night", housekeeping.delete_old_rows),
    Scheduled("sweep_files", "0 45 7 * * *", "night", housekeeping.sweep_files),
    Scheduled("delete_old_jobs", "0 50 7 * * *", "night", housekeeping.delete_old_jobs),
    Scheduled("analyze", "0 55 7 * * *", "night", housekeeping.analyze),
)


def _register(entry: Scheduled) -> None:
    @job(entry.name)
    def run(_due_at: datetime, _context: object) -> None:
        # Not the moment it was due: a late tick must not act on an old time.
        entry.body(clock())


for _entry in SCHEDULES:
    _register(_entry)
