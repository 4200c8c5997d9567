"""Hands work to the job engine in the caller's own transaction (DESIGN rule 1, §4)."""

from collections import OrderedDict
from datetime import datetime
from functools import lru_cache
from typing import Literal
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from dbos import DBOSClient, EnqueueOptions
from sqlmodel import Session

from clientportal.storage.session import after_commit

APP_NAME = "clientportal"
# Fixed: by default it is a hash of the job sources, and an upgrade would strand old jobs.
APP_VERSION = "1"
SCHEMA = "dbos"
KEYS_KEPT = 200
_committed: WeakKeyDictionary[sa.Engine, OrderedDict[str, None]] = WeakKeyDictionary()

QueueName = Literal["now", "bulk", "night"]


@lru_cache(maxsize=8)
def client(engine: sa.Engine) -> DBOSClient:
    """A handle on the engine's tables; needs no running engine: web, worker, command line."""
    return DBOSClient(
        system_database_engine=engine,
        dbos_system_schema=SCHEMA,
        application_name=APP_NAME,
        lazy=True,
    )


def enqueue(
    session: Session, job: str, key: str, *ids: int | str, queue: QueueName = "now"
) -> None:
    """Run `job(*ids)` once this transaction has committed; a rollback takes it back.

    `key` is the workflow id, `f"{job}:{row_id}:{attempt}"` with `attempt` a column of the row: a
    key that has run once, even in error, is ignored without a word. Pass ids only, never data.
    """
    options = EnqueueOptions(
        workflow_name=job,
        queue_name=queue,
        workflow_id=key,
        app_version=APP_VERSION,
        application_name=APP_NAME,
    )
    client(session.get_bind().engine).enqueue_in_transaction(session, options, *ids)


def wake(session: Session, job: str, key: str, *ids: int | str) -> None:
    """`enqueue` for a key that many ask for at once, such as one a second: what this transaction
    holds or this process has committed is not written again; the engine would ignore it."""
    known = _committed.setdefault(session.get_bind().engine, OrderedDict())
    here: set[str] = session.info.setdefault("woken", set())
    if key in known or key in here:
        return
    enqueue(session, job, key, *ids)
    here.add(key)

    def remember() -> None:
        known[key] = None
        while len(known) > KEYS_KEPT:
            known.popitem(last=False)

    after_commit(session, remember)


def wake_inbox(session: Session, provider: str, now: datetime) -> None:
    """Have the webhook inbox of `provider` worked, at most one job per provider and second.

    Call it in the transaction that stores the notification (DESIGN rule 10).
    """
    second = int(now.timestamp())
    wake(session, "drain_inbox", f"inbox:{provider}:{second}", provider, second)
