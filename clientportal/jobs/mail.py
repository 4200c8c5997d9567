"""Jobs that bring messages out: make sign-in codes, work a sender's queue."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import structlog

from clientportal.channels.base import Channel, ChannelError, Trouble
from clientportal.jobs.registry import clock, job
from clientportal.rendering import mail as rendering
from clientportal.rendering import whatsapp
from clientportal.rendering.mail import Mail
from clientportal.services import (
    message_files,
    outgoing,
    outgoing_calls,
    outgoing_results,
    senders,
    sign_in_codes,
)
from clientportal.services.outgoing import Call, Made, Planned
from clientportal.storage import senders as sender_storage
from clientportal.storage.models import Channel as ChannelName
from clientportal.storage.session import unit_of_work

log = structlog.get_logger()

LOOK_SECONDS = 0.1
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
            _hand_over(sender_id, second)
            return
        with unit_of_work(read_only=True) as session:
            if not outgoing.has_work(session, sender_id, now=clock()):
                return


def _hand_over(sender_id: int, second: int) -> None:
    now = clock()
    with unit_of_work() as session:
        if int(now.timestamp()) > second and outgoing.has_work(session, sender_id, now=now):
            senders.wake(session, sender_id, now)


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
    turn = 0
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
        wait = _step(sender_id, channel, turn)
        if wait == 0:
            turn += 1
            continue
        if wait is None and is_last:
            return
        if wait is not None and is_last and wait > SHIFT.total_seconds() / 2:
            return  # a sweep takes it up in time
        time.sleep(min(wait or LOOK_SECONDS, LOOK_SECONDS))


def _step(sender_id: int, channel: Channel, turn: int) -> float | None:
    """Make one call; 0 when there was one, else seconds until there may be, or None."""
    with unit_of_work(read_only=True) as session:
        look = outgoing.look(session, sender_id, channel.most, turn=turn, now=clock())
    if look.batch_id is not None:
        with unit_of_work() as session:
            call = outgoing_calls.resume(session, sender_id, channel, look.batch_id, now=clock())
        _make(sender_id, channel, call)
        return 0
    if not look.planned:
        return look.wait
    chosen = _together(look.planned, channel)
    made = {planned.id: _made(planned) for planned in chosen}
    with unit_of_work() as session:
        call = outgoing_calls.claim(session, sender_id, channel, made, lane=look.lane, now=clock())
    _make(sender_id, channel, call)
    return 0


def _together(planned: tuple[Planned, ...], channel: Channel) -> tuple[Planned, ...]:
    """Those that may share a call: where files go alone, the first with files, or all without."""
    if channel.takes_files_together:
        return planned
    if planned[0].wants_files:
        return planned[:1]
    return tuple(one for one in planned if not one.wants_files)


def _made(planned: Planned) -> Made:
    """The body and the files of a message, made outside of any transaction."""
    if planned.is_frozen:
        return Made()
    try:
        if planned.channel == ChannelName.WHATSAPP:
            return _short(planned)
        attached = message_files.prepare(
            partial(unit_of_work, read_only=True), planned, now=clock()
        )
        variables = message_files.variables(planned, attached)
        return Made(rendering.render(planned.kind, planned.language, variables), attached)
    except Exception as error:  # a body that cannot be made now cannot be made later
        log.exception("jobs.mail.not_rendered", message=planned.id, kind=planned.kind)
        return Made(fault=f"render: {type(error).__name__}")


def _short(planned: Planned) -> Made:
    """What goes by WhatsApp: no files, and the subject that the log shows."""
    variables = message_files.variables(planned, ())
    short = whatsapp.render(planned.kind, planned.language, variables)
    subject = rendering.render(planned.kind, planned.language, variables).subject
    return Made(Mail(subject, "", short.text), short=short)


def _make(sender_id: int, channel: Channel, call: Call | None) -> None:
    """Call the provider outside any transaction, then store what it said."""
    if call is None or not call.outgoing:
        return
    try:
        answer = channel.send(call.outgoing, key=call.key)
    except ChannelError as error:
        log.warning("delivery.call.trouble", batch=call.batch_id, trouble=error.trouble.value,
                    reason=error.reason)  # fmt: skip
        with unit_of_work() as session:
            outgoing_results.settle_trouble(session, sender_id, call, error, now=clock())
        return
    except Exception as error:  # an adapter that fails must not keep the whole queue from leaving
        log.exception("delivery.call.failed", batch=call.batch_id)
        trouble = ChannelError(Trouble.UNKNOWN, type(error).__name__)
        with unit_of_work() as session:
            outgoing_results.settle_trouble(session, sender_id, call, trouble, now=clock())
        return
    with unit_of_work() as session:
        outgoing_results.settle(session, sender_id, call.batch_id, answer, now=clock())


def sweep_senders(now: datetime) -> None:
    """Wake senders with work that no drain has taken: killed workers, lost jobs, ended pauses."""
    with unit_of_work() as session:
        outgoing.adopt(session, now=now)
        outgoing.end_pauses(session, now=now)
        for sender_id in sender_storage.with_work(session, now):
            senders.wake(session, sender_id, now)
