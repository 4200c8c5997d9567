"""Workflow bodies, schedules and the worker's start. Importing it registers every job."""

from dbos import DBOS

from clientportal import queue
from clientportal.jobs import imports, mail, payments, schedules
from clientportal.settings import settings
from clientportal.storage.session import engine

__all__ = ["imports", "mail", "migrate", "payments", "schedules"]


def migrate() -> None:
    """Create or upgrade the job engine's tables in the app's own database. May be repeated."""
    with engine().connect():  # the first connection of ours puts a new SQLite file into WAL mode
        pass
    DBOS.migrate(settings().database_url, schema=queue.SCHEMA)
