"""The inbox drain and the looks at open attempts (DESIGN rule 10)."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from clientportal import queue
from clientportal.jobs import payments
from clientportal.services import payment_inbox
from clientportal.storage.models import WebhookInbox
from clientportal.storage.session import engine, unit_of_work

SECOND = 1_772_463_600
START = datetime.fromtimestamp(SECOND, UTC)


class Clock:
    """Time that passes only while the drain sleeps."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Inbox:
    """Stands for the service: how many notifications each pass finds, and when it was asked."""

    def __init__(self, clock: Clock, *counts: int) -> None:
        self.clock = clock
        self.counts = list(counts)
        self.asked: list[float] = []

    def process(self, _units: object, _provider: str, *, now: datetime) -> int:
        self.asked.append(round((now - START).total_seconds(), 3))
        return self.counts.pop(0) if self.counts else 0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(START)
    monkeypatch.setattr(payments, "clock", lambda: clock.now)
    monkeypatch.setattr(payments, "time", SimpleNamespace(sleep=clock.sleep))
    return clock


def drain(monkeypatch: pytest.MonkeyPatch, inbox: Inbox) -> list[float]:
    monkeypatch.setattr(payment_inbox, "process_inbox", inbox.process)
    payments.drain_inbox("sandbox", SECOND)
    return inbox.asked


@pytest.mark.usefixtures("database")
def test_a_drain_looks_every_tenth_until_its_second_is_over_and_once_more(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = drain(monkeypatch, Inbox(clock))
    assert asked == [round(n / 10, 1) for n in range(12)]


@pytest.mark.usefixtures("database")
def test_a_late_drain_looks_once(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    clock.now = START + timedelta(seconds=30)
    assert drain(monkeypatch, Inbox(clock)) == [30.0]


@pytest.mark.usefixtures("database")
def test_full_batches_follow_without_a_pause(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    clock.now = START + timedelta(seconds=30)
    inbox = Inbox(clock, payment_inbox.BATCH, payment_inbox.BATCH, 3)
    assert drain(monkeypatch, inbox) == [30.0, 30.0, 30.0]


@pytest.mark.usefixtures("database")
def test_a_drain_that_comes_while_another_is_at_work_leaves_its_second_to_it(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(clock)
    process, depth = inbox.process, []

    def meanwhile(units: object, provider: str, *, now: datetime) -> int:
        assert not depth, "two drains are at work"
        depth.append(now)
        payments.drain_inbox(provider, SECOND + 1)
        depth.pop()
        return process(units, provider, now=now)

    monkeypatch.setattr(inbox, "process", meanwhile)
    assert drain(monkeypatch, inbox) == [round(n / 10, 1) for n in range(22)]


@pytest.mark.usefixtures("database")
def test_a_drain_that_failed_leaves_the_inbox_to_the_next(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> int:
        raise RuntimeError("boom")

    monkeypatch.setattr(payment_inbox, "process_inbox", broken)
    with pytest.raises(RuntimeError):
        payments.drain_inbox("sandbox", SECOND)
    clock.now = START + timedelta(seconds=30)
    assert drain(monkeypatch, Inbox(clock)) == [30.0]


@pytest.mark.usefixtures("database")
def test_a_provider_that_is_away_is_left_to_the_sweep(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work() as session:
        session.add(
            WebhookInbox(provider="sandbox", dedupe_key="1", raw=b"{}", received_at=START, tries=1)
        )
    assert drain(monkeypatch, Inbox(clock, 1, 1, 1)) == [0.0]


@pytest.mark.usefixtures("running")
def test_a_woken_inbox_is_worked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def process(_units: object, provider: str, *, now: datetime) -> int:
        assert now.tzinfo is not None
        asked.append(provider)
        return 0

    monkeypatch.setattr(payment_inbox, "process_inbox", process)
    now = datetime.now(UTC)
    with unit_of_work() as session:
        queue.wake_inbox(session, "sandbox", now)
    key = f"inbox:sandbox:{int(now.timestamp())}"
    assert queue.client(engine()).retrieve_workflow(key).get_result() is None
    assert asked
    assert set(asked) == {"sandbox"}
