"""Working senders' queues in a test: as the job does, at a moment that the test says."""

from collections.abc import Sequence
from concurrent import futures
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from clientportal.channels.base import Answer, ChannelError, Outgoing, Repeat, Result
from clientportal.domain.contactability import Evidence
from clientportal.jobs import calls, mail
from clientportal.jobs.calls import Line
from clientportal.services import senders
from clientportal.storage.models import Sender
from clientportal.storage.session import unit_of_work


def deliver(bind: sa.Engine | None = None) -> None:
    """Work every sender until nothing is left that could leave now."""
    with unit_of_work(read_only=True, bind=bind) as session:
        ids = [row.id for row in session.exec(select(Sender)).all() if row.id is not None]
    for sender_id in ids:
        mail.drain_sender(sender_id, 0)


class FakeProvider:
    """A provider inside the process that keeps keys, as the real ones do, and fails on demand."""

    most = 100
    takes_files_together = True
    repeat = Repeat.WHOLE

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Outgoing, ...]]] = []
        self.taken: dict[str, tuple[Outgoing, ...]] = {}
        self.troubles: list[ChannelError] = []
        self.evidence: dict[str, Evidence] = {}
        self.again: dict[str, float] = {}
        self.silent_about: set[str] = set()

    def send(self, batch: Sequence[Outgoing], *, key: str) -> Answer:
        self.calls.append((key, tuple(batch)))
        if self.troubles:
            raise self.troubles.pop(0)
        assert self.taken.setdefault(key, tuple(batch)) == tuple(batch)
        said = [message for message in batch if message.to_address not in self.silent_about]
        return Answer([self._result(message) for message in said])

    def _result(self, message: Outgoing) -> Result:
        to = message.to_address
        if to in self.again:
            return Result(message.id, again_in=self.again[to], detail="later")
        evidence = self.evidence.get(to, Evidence.ACCEPTED)
        return Result(message.id, evidence, provider_id=f"p-{message.id}", detail="said")

    @property
    def received(self) -> list[str]:
        """Addresses in the order in which mail for them was taken, each key once."""
        return [message.to_address for batch in self.taken.values() for message in batch]


class AtOnce(futures.Executor):
    """Makes a call where it is asked for: the next step finds its answer."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> futures.Future[Any]:
        done: futures.Future[Any] = futures.Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


class Desk:
    """Senders of a test with one fake provider, worked step by step at the test's own time."""

    def __init__(self, patch: pytest.MonkeyPatch, now: datetime) -> None:
        self.provider = FakeProvider()
        self.now = now
        patch.setattr(senders, "adapter", lambda _sender: self.provider)
        self._lines: dict[int, Line] = {}
        for module in (mail, calls):
            patch.setattr(module, "clock", lambda: self.now)

    def work(self, *, steps: int = 50) -> float | None:
        """Make calls while there are any; what the last look said (seconds, or None)."""
        with unit_of_work(read_only=True) as session:
            ids = [row.id for row in session.exec(select(Sender)).all() if row.id is not None]
        wait: float | None = None
        for sender_id in ids:
            line = self._lines.setdefault(sender_id, Line(sender_id, AtOnce()))
            for _ in range(steps + 1):
                if (wait := line.step(self._as_channel())) != 0:
                    break
            line.finish()
        return wait

    def _as_channel(self) -> Any:
        return self.provider
