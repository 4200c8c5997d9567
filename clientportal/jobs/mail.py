"""Jobs that bring messages out: make sign-in codes, work a sender's queue."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

from clientportal.channels.base import ChannelError
from clientportal.jobs import calls
from clientportal.jobs.calls import LOOK_SECONDS
from clientportal.jobs.registry import clock, job
from clientportal.services import outgoing, senders, sign_in_codes
from clientportal.storage import senders as sender_storage
from clientportal.storage.session import unit_of_work

LEASE = timedelta(seconds=2)
HEARTBEAT_SECONDS = 0.5
SHIFT = timedelta(seconds=30)
"""After that a drain hands over to a new job, so that none runs for hours and a stop is short."""


@job("send_sign_in_code")
def send_sign_in_code(code_id: int) -> None:
    with unit_of_work() as session:
        sign_in_codes.issue_code(session, code_id, clock())


@job("drain_sender")
def drain_sender(sender_id: int, second: int) -> None:
    """Work a sender's queue until this second is over and nothing is left (DESIGN rule 9).

    One process at a time, by lease; what is planned just as it ends is seen by the last look.
    """
    until = clock() + SHIFT
    while True:
        with _leased(sender_id) as is_ours:
            if not is_ours:
                return
            _drain(sender_id, second, until)
        if clock() >= until:
            _hand_over(sender_id)
            return
        with unit_of_work(read_only=True) as session:
            if not outgoing.has_work(session, sender_id, now=clock()):
                return


def _hand_over(sender_id: int) -> None:
    """Wake the sender for the next second: the job of this one may have come and, finding the lease
    taken, gone, and the engine runs no job twice."""
    now = clock()
    with unit_of_work() as session:
        if outgoing.has_work(session, sender_id, now=now):
            senders.wake(session, sender_id, now + timedelta(seconds=1))


@contextmanager
def _leased(sender_id: int) -> Iterator[bool]:
    """Whether this process is the sender now; a thread keeps the lease while it works."""
    owner = uuid4().hex
    with unit_of_work() as session:
        is_ours = sender_storage.lease(session, sender_id, owner, clock(), LEASE)
    if not is_ours:
        yield False
        return
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(HEARTBEAT_SECONDS):
            with unit_of_work() as session:
                sender_storage.lease(session, sender_id, owner, clock(), LEASE)

    heart = threading.Thread(target=beat, name=f"lease-{sender_id}", daemon=True)
    heart.start()
    try:
        yield True
    finally:
        ended.set()
        heart.join()
        with unit_of_work() as session:
            sender_storage.release(session, sender_id, owner)


def _drain(sender_id: int, second: int, until: datetime) -> None:
    with calls.line(sender_id) as line:
        while clock() < until:
            is_last = clock().timestamp() >= second + 1 + LOOK_SECONDS
            with unit_of_work(read_only=True) as session:
                sender = outgoing.sender_of(session, sender_id)
            if sender is None:
                return
            try:
                channel = senders.adapter(sender)
            except ChannelError as error:
                with unit_of_work() as session:
                    outgoing.close(session, sender_id, error, now=clock())
                return
            wait = line.step(channel)
            if wait == 0:
                continue
            # Of what is far away, a sweep takes care in time.
            if is_last and line.is_idle and (wait is None or wait > SHIFT.total_seconds() / 2):
                return
            line.pause(min(wait or LOOK_SECONDS, LOOK_SECONDS))


def sweep_senders(now: datetime) -> None:
    """Wake senders with work that no drain has taken: killed workers, lost jobs, ended pauses."""
    with unit_of_work() as session:
        outgoing.adopt(session, now=now)
        outgoing.end_pauses(session, now=now)
        for sender_id in sender_storage.with_work(session, now):
            senders.wake(session, sender_id, now)
