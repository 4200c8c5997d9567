"""Delivery of messages: once for the world, whatever happens to the worker (DESIGN rule 9)."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from clientportal import queue
from clientportal.channels import registry
from clientportal.channels.base import DeliveryError, Outgoing, Result
from clientportal.domain import messages as rules
from clientportal.jobs import housekeeping, mail
from clientportal.services import messages
from clientportal.storage.models import Message, MessageState
from clientportal.storage.session import engine, unit_of_work
from tests.support.processes import python

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime.now(UTC)


class Channel:
    """A provider that keeps idempotency keys, as the real ones do, and can be told to fail."""

    def __init__(self) -> None:
        self.calls: list[Outgoing] = []
        self.taken: dict[str, Outgoing] = {}
        self.failures: list[DeliveryError] = []

    def send(self, batch: Sequence[Outgoing]) -> list[Result]:
        self.calls += batch
        if self.failures:
            raise self.failures.pop(0)
        for message in batch:
            assert self.taken.setdefault(message.idempotency_key, message) == message
        return [Result(message.id, provider_id=f"p-{message.id}") for message in batch]


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> Channel:
    fake = Channel()
    monkeypatch.setattr(registry, "email", lambda: fake)
    return fake


def plan(key: str = "code:1", kind: str = "sign_in_code", code: str = "482913") -> int | None:
    with unit_of_work() as session:
        return messages.plan(
            session,
            kind=kind,
            to="alicia@papelera.example",
            language="es",
            variables={"code": code, "minutes": 10},
            dedupe_key=key,
            now=NOW,
        )


def planned() -> int:
    message_id = plan()
    assert message_id is not None
    return message_id


def stored(message_id: int) -> Message:
    with unit_of_work(read_only=True) as session:
        row = session.get(Message, message_id)
        assert row is not None
        session.expunge(row)
        return row


def jobs() -> list[str]:
    found = queue.client(engine()).list_workflows(workflow_id_prefix="deliver_message:")
    return sorted(workflow.workflow_id for workflow in found)


def test_a_message_planned_twice_is_sent_once(channel: Channel) -> None:
    message_id = planned()
    assert plan() is None
    assert jobs() == [f"deliver_message:{message_id}:0"]
    mail.deliver_message(message_id, 0)
    mail.deliver_message(message_id, 0)
    assert [call.id for call in channel.calls] == [message_id]
    row = stored(message_id)
    assert (row.state, row.provider_id, row.check_at) == (
        MessageState.SENT,
        f"p-{message_id}",
        None,
    )
    assert "482913" in row.text


def test_the_body_is_frozen_at_the_first_claim(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    message_id = planned()
    channel.failures = [DeliveryError("busy", permanent=False)]
    mail.deliver_message(message_id, 0)
    first = stored(message_id)
    assert (first.state, first.error) == (MessageState.SENDING, "busy")
    with unit_of_work() as session:
        row = session.get(Message, message_id)
        assert row is not None
        row.variables = {"code": "000000", "minutes": 10}
        session.add(row)
    housekeeping.sweep_messages(NOW + timedelta(hours=1))
    mail.deliver_message(message_id, 1)
    assert stored(message_id).state is MessageState.SENT
    assert channel.calls[0] == channel.calls[1]


def test_a_sweep_leaves_alone_what_is_not_overdue() -> None:
    message_id = planned()
    housekeeping.sweep_messages(NOW + rules.FIRST_LOOK - timedelta(seconds=1))
    assert stored(message_id).attempt == 0
    housekeeping.sweep_messages(NOW + rules.FIRST_LOOK)
    assert stored(message_id).attempt == 1
    assert jobs() == [f"deliver_message:{message_id}:0", f"deliver_message:{message_id}:1"]


def test_an_old_attempt_does_nothing_once_the_next_one_is_planned(channel: Channel) -> None:
    message_id = planned()
    housekeeping.sweep_messages(NOW + rules.FIRST_LOOK)
    mail.deliver_message(message_id, 0)
    assert channel.calls == []
    mail.deliver_message(message_id, 1)
    assert len(channel.calls) == 1


def test_a_permanent_refusal_ends_the_message(channel: Channel) -> None:
    message_id = planned()
    channel.failures = [DeliveryError("no such mailbox", permanent=True)]
    mail.deliver_message(message_id, 0)
    row = stored(message_id)
    assert (row.state, row.error, row.check_at) == (MessageState.FAILED, "no such mailbox", None)
    housekeeping.sweep_messages(NOW + timedelta(days=2))
    assert stored(message_id).state is MessageState.FAILED


def test_a_message_that_never_gets_through_fails_in_the_end(channel: Channel) -> None:
    message_id = planned()
    now = NOW
    for attempt in range(rules.MOST_ATTEMPTS):
        channel.failures = [DeliveryError("busy", permanent=False)]
        mail.deliver_message(message_id, attempt)
        now += timedelta(hours=5)
        housekeeping.sweep_messages(now)
    assert stored(message_id).state is MessageState.FAILED
    assert len(channel.calls) == rules.MOST_ATTEMPTS


def test_a_body_that_cannot_be_made_fails_and_is_not_tried_again(channel: Channel) -> None:
    message_id = plan(kind="no_such_kind")
    assert message_id is not None
    mail.deliver_message(message_id, 0)
    row = stored(message_id)
    assert row.state is MessageState.FAILED
    assert row.error.startswith("render: ")
    assert channel.calls == []


DIE_AFTER_THE_CALL = """
import os, sys
from clientportal.channels import registry
from clientportal.jobs import mail

class Last:
    def send(self, batch):
        os._exit(9)

registry.email = lambda: Last()
mail.deliver_message(int(sys.argv[1]), 0)
"""


def test_a_worker_killed_between_claim_and_answer_is_made_good(channel: Channel) -> None:
    message_id = planned()
    process = python(DIE_AFTER_THE_CALL, str(message_id))
    assert process.wait(timeout=60) == 9
    left = stored(message_id)
    assert left.state is MessageState.SENDING
    assert left.check_at is not None
    mail.deliver_message(message_id, 0)
    assert channel.calls == []  # it may have gone out: not before the sweep takes it back
    housekeeping.sweep_messages(left.check_at)
    mail.deliver_message(message_id, 1)
    assert [(call.idempotency_key, call.text) for call in channel.calls] == [
        (f"message-{message_id}", left.text)
    ]
    assert stored(message_id).state is MessageState.SENT


def test_a_late_answer_of_the_first_attempt_still_counts_as_sent() -> None:
    message_id = planned()
    with unit_of_work() as session:
        body = mail.rendering.render("sign_in_code", "es", {"code": "482913", "minutes": 10})
        assert messages.claim(session, message_id, 0, mail=body, now=NOW) is not None
    housekeeping.sweep_messages(NOW + rules.CLAIM_TIME)
    with unit_of_work() as session:
        messages.settle(session, Result(message_id), 0, now=NOW + timedelta(minutes=3))
    assert stored(message_id).state is MessageState.SENT


def test_a_late_failure_of_the_first_attempt_does_not_end_the_second() -> None:
    message_id = planned()
    with unit_of_work() as session:
        body = mail.rendering.render("sign_in_code", "es", {"code": "482913", "minutes": 10})
        messages.claim(session, message_id, 0, mail=body, now=NOW)
    housekeeping.sweep_messages(NOW + rules.CLAIM_TIME)
    with unit_of_work() as session:
        error = DeliveryError("gone", permanent=True)
        messages.settle(session, Result(message_id, error=error), 0, now=NOW)
    assert stored(message_id).state is MessageState.PLANNED


def test_the_embedded_channel_delivers_into_the_mailbox() -> None:
    assert os.environ["CLIENTPORTAL_ENV"] == "development"
    message_id = planned()
    with unit_of_work(read_only=True) as session:
        assert messages.mailbox(session) == []
    mail.deliver_message(message_id, 0)
    with unit_of_work(read_only=True) as session:
        found = messages.mailbox(session, address="ALICIA@")
        assert [post.id for post in found] == [message_id]
        assert messages.mailbox(session, address="bruno@") == []
        assert messages.mailbox(session, address="%") == []
