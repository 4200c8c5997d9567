"""Jobs where money moves: work the webhook inbox, ask a gateway about an attempt."""

import threading
import time
from datetime import datetime, timedelta

from clientportal import queue
from clientportal.jobs.registry import clock, job
from clientportal.services import delivery_inbox, delivery_intake, payment_checks, payment_inbox
from clientportal.storage import due
from clientportal.storage.session import unit_of_work

LOOK_SECONDS = 0.1
CHECK_TIME = timedelta(minutes=2)
CHECKS_PER_ROUND = 200


_until: dict[str, int] = {}
"""By provider, the second until which the drain that is at work in this process looks."""
_lock = threading.Lock()


@job("drain_inbox")
def drain_inbox(provider: str, second: int) -> None:
    """Work the inbox until this second is over, and once more after (DESIGN rule 10).

    Intake wakes one drain per second, so whatever commits within it is taken within 100 ms. One
    that comes while another of this process is at work leaves its second to that one: a backlog
    would have them all on the same rows, and every other job waiting. While the provider cannot be
    reached the rows wait for the sweep and are not tried ten times a second.
    """
    with _lock:
        is_at_work = provider in _until
        _until[provider] = max(second, _until.get(provider, second))
    if is_at_work:
        return
    try:
        while not _is_drained(provider):
            time.sleep(LOOK_SECONDS)
    except BaseException:
        with _lock:
            del _until[provider]
        raise


def _is_drained(provider: str) -> bool:
    """Work what is there; whether that was the last look, and no drain is at work any more."""
    until = _until[provider]
    is_last = clock().timestamp() >= until + 1 + LOOK_SECONDS
    while _worked(provider) == payment_inbox.BATCH and not _is_stuck(provider):
        pass
    is_stuck = _is_stuck(provider)
    with _lock:
        if is_stuck or (is_last and _until[provider] == until):
            del _until[provider]
            return True
    return False


def _worked(provider: str) -> int:
    """Work one batch of a provider's inbox; how many there were."""
    inbox = delivery_inbox if provider in delivery_intake.PROVIDERS else payment_inbox
    return inbox.process_inbox(unit_of_work, provider, now=clock())


def _is_stuck(provider: str) -> bool:
    with unit_of_work(read_only=True) as session:
        return due.has_failed_notifications(session, provider)


@job("check_attempt")
def check_attempt(attempt_id: int) -> None:
    """Ask the gateway for the truth about one attempt and apply it."""
    payment_checks.check(unit_of_work, attempt_id, now=clock())


def check_attempts(now: datetime) -> None:
    """One job for each attempt whose look is due; a job that is lost is started again later."""
    with unit_of_work() as session:
        for _company_id, attempt_id, checks in due.attempts(session, now, CHECKS_PER_ROUND):
            if due.claim_attempt(session, attempt_id, checks, now + CHECK_TIME):
                key = f"check_attempt:{attempt_id}:{checks + 1}"
                queue.enqueue(session, "check_attempt", key, attempt_id)
