"""A sender's calls in one process: what goes next, with which bodies, and what is under way."""

import time
from collections.abc import Iterator
from concurrent import futures
from contextlib import contextmanager
from functools import partial

import structlog

from clientportal.channels.base import Answer, Channel, ChannelError, Trouble
from clientportal.jobs.registry import clock
from clientportal.rendering import mail as rendering
from clientportal.rendering import whatsapp
from clientportal.rendering.mail import Mail
from clientportal.services import message_files, outgoing, outgoing_calls, outgoing_results
from clientportal.services.outgoing import BULK_SHARE, Call, Made, Planned
from clientportal.storage.models import Channel as ChannelName
from clientportal.storage.session import unit_of_work

log = structlog.get_logger()

AT_ONCE = 4
"""Calls under way at a time: an answer that is slow, or never comes, holds up few others (§8)."""
LOOK_SECONDS = 0.1


class Line:
    """The calls of one sender, made by whoever holds its lease.

    Only the provider is spoken to in threads of `pool`. What is stored before and after is stored
    by the one who works the line, so that transactions do not wait for each other.
    """

    def __init__(self, sender_id: int, pool: futures.Executor) -> None:
        self.sender_id = sender_id
        self._pool = pool
        self._under_way: dict[futures.Future[Answer], Call] = {}
        self._bulk_calls = BULK_SHARE

    @property
    def is_idle(self) -> bool:
        return not self._under_way

    def step(self, channel: Channel) -> float | None:
        """Begin one call; 0 when there was one, else seconds until there may be, or None."""
        self.settle()
        if len(self._under_way) >= AT_ONCE:
            return LOOK_SECONDS
        with unit_of_work(read_only=True) as session:
            look = outgoing.look(
                session, self.sender_id, channel.most, bulk_calls=self._bulk_calls, now=clock()
            )
        if look.batch_id is None and not look.planned:
            return look.wait
        self._bulk_calls = 0 if look.lane == "now" else self._bulk_calls + 1
        call = self._fixed(channel, look)
        if call is not None and call.outgoing:
            self._under_way[self._pool.submit(channel.send, call.outgoing, key=call.key)] = call
        return 0

    def pause(self, seconds: float) -> None:
        """Wait that long, or until a call is over."""
        if self._under_way:
            futures.wait(self._under_way, seconds, futures.FIRST_COMPLETED)
        else:
            time.sleep(seconds)

    def finish(self) -> None:
        """Wait for what is under way and store what came of it."""
        futures.wait(self._under_way)
        self.settle()

    def settle(self) -> None:
        """Store what came of the calls that are over."""
        for future in [future for future in self._under_way if future.done()]:
            self._store(future, self._under_way.pop(future))

    def _fixed(self, channel: Channel, look: outgoing.Look) -> Call | None:
        if look.batch_id is not None:
            with unit_of_work() as session:
                return outgoing_calls.resume(
                    session, self.sender_id, channel, look.batch_id, now=clock()
                )
        made = {planned.id: body_of(planned) for planned in _together(look.planned, channel)}
        with unit_of_work() as session:
            return outgoing_calls.claim(
                session, self.sender_id, channel, made, lane=look.lane, now=clock()
            )

    def _store(self, future: futures.Future[Answer], call: Call) -> None:
        try:
            answer = future.result()
        except ChannelError as error:
            log.warning("delivery.call.trouble", batch=call.batch_id, trouble=error.trouble.value,
                        reason=error.reason)  # fmt: skip
            trouble = error
        except Exception as error:  # an adapter that fails must not keep the queue from leaving
            log.exception("delivery.call.failed", batch=call.batch_id)
            trouble = ChannelError(Trouble.UNKNOWN, type(error).__name__)
        else:
            with unit_of_work() as session:
                outgoing_results.settle(session, self.sender_id, call.batch_id, answer, now=clock())
            return
        with unit_of_work() as session:
            outgoing_results.settle_trouble(session, self.sender_id, call, trouble, now=clock())


@contextmanager
def line(sender_id: int) -> Iterator[Line]:
    """A sender's line; at the end no call of it is under way any more."""
    with futures.ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"calls-{sender_id}") as pool:
        found = Line(sender_id, pool)
        try:
            yield found
        finally:
            found.finish()


def _together(planned: tuple[Planned, ...], channel: Channel) -> tuple[Planned, ...]:
    """Those that may share a call: where files go alone, the first with files, or all without."""
    if channel.takes_files_together:
        return planned
    if planned[0].wants_files:
        return planned[:1]
    return tuple(one for one in planned if not one.wants_files)


def body_of(planned: Planned) -> Made:
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
