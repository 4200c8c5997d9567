"""Jobs where money moves: work the webhook inbox, ask a gateway about an attempt."""

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


@job("drain_inbox")
def drain_inbox(provider: str, second: int) -> None:
    """Work the inbox until this second is over, and once more after (DESIGN rule 10).

    Intake wakes one drain per second, so whatever commits within it is taken within 100 ms. While
    the provider cannot be reached the rows wait for the sweep and are not tried ten times a second.
    """
    while True:
        is_last = clock().timestamp() >= second + 1 + LOOK_SECONDS
        while _worked(provider) == payment_inbox.BATCH:
            if _is_stuck(provider):
                return
        if is_last or _is_stuck(provider):
            return
        time.sleep(LOOK_SECONDS)


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
