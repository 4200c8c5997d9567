"""Delivery of messages: once for the world, whatever happens to the worker (DESIGN rule 9)."""

import os
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from clientportal import queue
from clientportal.channels.base import Answer, ChannelError, Outgoing, Repeat, Trouble
from clientportal.domain import messages as rules
from clientportal.domain.contactability import Evidence
from clientportal.domain.delivery import MessageState
from clientportal.jobs import calls, mail
from clientportal.rendering.mail import Mail
from clientportal.services import (
    delivery_events,
    mailbox,
    messages,
    outgoing,
    outgoing_calls,
    outgoing_results,
    sender_limits,
)
from clientportal.storage import outgoing as outgoing_storage
from clientportal.storage import senders as sender_storage
from clientportal.storage.models import BatchState, Channel, Message, MessageBatch, Sender
from clientportal.storage.session import engine, unit_of_work
from tests.support.outgoing import Desk, deliver
from tests.support.processes import python

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime.now(UTC)


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(monkeypatch, NOW)


def plan(
    key: str = "code:1",
    kind: str = "sign_in_code",
    code: str = "482913",
    to: str = "alicia@papelera.example",
    *,
    in_bulk: bool = False,
) -> int | None:
    with unit_of_work() as session:
        return messages.plan(
            session,
            kind=kind,
            to=to,
            language="es",
            variables={"code": code, "minutes": 10},
            dedupe_key=key,
            now=NOW,
            in_bulk=in_bulk,
        )


def planned(key: str = "code:1", to: str = "alicia@papelera.example", **more: bool) -> int:
    message_id = plan(key, to=to, **more)
    assert message_id is not None
    return message_id


def stored(message_id: int) -> Message:
    with unit_of_work(read_only=True) as session:
        row = session.get(Message, message_id)
        assert row is not None
        session.expunge(row)
        return row


def batches() -> list[MessageBatch]:
    with unit_of_work(read_only=True) as session:
        rows = session.exec(select(MessageBatch).order_by("id")).all()
        session.expunge_all()
        return list(rows)


def sender() -> Sender:
    with unit_of_work(read_only=True) as session:
        row = session.exec(select(Sender)).one()
        session.expunge(row)
        return row


def jobs() -> list[str]:
    found = queue.client(engine()).list_workflows(workflow_id_prefix="send:")
    return sorted(workflow.workflow_id for workflow in found)


def test_a_message_planned_twice_is_sent_once(desk: Desk) -> None:
    message_id = planned()
    assert plan() is None
    assert jobs() == [f"send:{sender().id}:{int(NOW.timestamp())}"]
    desk.work()
    desk.work()
    assert desk.provider.received == ["alicia@papelera.example"]
    row = stored(message_id)
    assert (row.state, row.provider_id, row.check_at) == (
        MessageState.SENT,
        f"p-{message_id}",
        None,
    )
    assert "482913" in row.text


def test_many_messages_leave_in_one_call_in_their_order(desk: Desk) -> None:
    for n in range(130):
        planned(f"code:{n}", to=f"p{n}@papelera.example", in_bulk=True)
    desk.work()
    assert [len(batch) for _, batch in desk.provider.calls] == [100, 30]
    assert desk.provider.received == [f"p{n}@papelera.example" for n in range(130)]
    assert {batch.state for batch in batches()} == {BatchState.DONE}


def test_what_somebody_waits_for_goes_before_the_bulk_and_leaves_it_its_share(desk: Desk) -> None:
    desk.provider.most = 1
    for n in range(12):
        planned(f"bulk:{n}", to=f"bulk{n}@papelera.example", in_bulk=True)
        planned(f"code:{n}", to=f"now{n}@papelera.example")
    desk.work()
    order = ["n" if to.startswith("now") else "b" for to in desk.provider.received]
    assert "".join(order[:15]) == "nbbbb" * 3
    assert len(order) == 24


def test_the_first_that_somebody_waits_for_is_the_next_to_leave(desk: Desk) -> None:
    desk.provider.most = 1
    for n in range(8):
        planned(f"bulk:{n}", to=f"bulk{n}@papelera.example", in_bulk=True)
    desk.work(steps=1)
    planned("code:1", to="now@papelera.example")
    desk.work(steps=0)
    assert [to.startswith("now") for to in desk.provider.received] == [False, False, True]


def test_bulk_that_is_repeated_comes_after_what_somebody_waits_for(desk: Desk) -> None:
    desk.provider.most = 1
    desk.provider.troubles = [ChannelError(Trouble.UNKNOWN, "ReadTimeout")] * 3
    for n in range(3):
        planned(f"bulk:{n}", to=f"bulk{n}@papelera.example", in_bulk=True)
    desk.work()
    assert len(desk.provider.calls) == 3
    desk.now += timedelta(minutes=1)
    planned("code:1", to="now@papelera.example")
    desk.work(steps=0)
    assert desk.provider.received == ["now@papelera.example"]
    desk.work()
    assert len(desk.provider.received) == 4


def test_calls_that_are_made_late_lose_none_of_the_rate() -> None:
    row = Sender(channel=Channel.EMAIL, provider="resend", rate=5, created_at=NOW, updated_at=NOW)
    at, made = NOW, 0
    while at < NOW + timedelta(seconds=60):
        if (wait := sender_limits.wait_for_call(row, at)) > 0:
            at += timedelta(seconds=max(wait, 0.001))
            continue
        at += timedelta(seconds=0.08)  # bodies are made and stored
        sender_limits.take_call(row, at)
        made += 1
    assert 0.99 * 300 <= made <= 302


def test_a_call_waits_for_no_answer_of_another(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(calls.AT_ONCE):
        planned(f"code:{n}", to=f"p{n}@papelera.example")
    desk.provider.most = 1
    together = threading.Barrier(calls.AT_ONCE)
    send = desk.provider.send

    def slowly(batch: Sequence[Outgoing], *, key: str) -> Answer:
        together.wait(20)  # broken, and the call in trouble, unless all of them are under way
        return send(batch, key=key)

    monkeypatch.setattr(desk.provider, "send", slowly)
    mail.clock = calls.clock = lambda: datetime.now(UTC)  # the fixture takes it back
    mail.drain_sender(sender().id or 0, 0)
    assert len(desk.provider.received) == calls.AT_ONCE
    assert {batch.state for batch in batches()} == {BatchState.DONE}


def test_a_drain_that_hands_over_wakes_one_that_has_not_come_and_gone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the last second of its shift somebody planned a message, and that job found the lease."""
    planned()
    last = f"send:{sender().id}:{int(NOW.timestamp())}"
    assert jobs() == [last]
    monkeypatch.setattr(mail, "SHIFT", timedelta(0))
    mail.drain_sender(sender().id or 0, 0)
    assert desk.provider.calls == []
    assert jobs() == [last, f"send:{sender().id}:{int(NOW.timestamp()) + 1}"]


def test_what_is_heard_while_an_answer_is_stored_is_not_overwritten(desk: Desk) -> None:
    message_id = planned()
    sender_id = sender().id or 0
    made = {message_id: outgoing.Made(Mail("Hola", "<p>Hola</p>", "Hola"))}
    with unit_of_work() as session:
        call = outgoing_calls.claim(
            session, sender_id, desk.provider, made, lane="now", now=desk.now
        )
    assert call is not None
    answer = desk.provider.send(call.outgoing, key=call.key)

    def settle() -> None:
        with unit_of_work() as session:
            outgoing_results.settle(session, sender_id, call.batch_id, answer, now=desk.now)

    settling = threading.Thread(target=settle)
    with unit_of_work() as session:
        row = outgoing_storage.of_sender(session, sender_id, provider_id="", message_id=message_id)
        assert row is not None
        delivery_events.apply(session, row, Evidence.DELIVERED, now=desk.now)
        settling.start()
        settling.join(0.5)  # it waits for this transaction
        assert settling.is_alive()
    settling.join(20)
    row = stored(message_id)
    assert (row.state, row.provider_id) == (MessageState.DELIVERED, f"p-{message_id}")


def test_a_call_of_unknown_outcome_is_repeated_as_it_was(desk: Desk) -> None:
    message_id = planned()
    desk.provider.troubles = [ChannelError(Trouble.UNKNOWN, "ReadTimeout")]
    desk.work()
    first = stored(message_id)
    assert first.state is MessageState.SENDING
    with unit_of_work() as session:
        row = session.get(Message, message_id)
        assert row is not None
        row.variables = {"code": "000000", "minutes": 10}
        session.add(row)
    planned("code:2", to="bruno@papelera.example")  # joins no call that was made already
    desk.now += timedelta(minutes=10)
    desk.work()
    assert stored(message_id).state is MessageState.SENT
    (key, one), (again, same), (other, _) = desk.provider.calls
    assert (key, one) == (again, same)
    assert other != key


def test_a_call_is_not_repeated_before_its_time(desk: Desk) -> None:
    planned()
    desk.provider.troubles = [ChannelError(Trouble.UNKNOWN, "500")]
    desk.work()
    assert desk.work() == pytest.approx(1.0, abs=0.2)
    assert len(desk.provider.calls) == 1


def test_a_key_that_the_provider_may_have_forgotten_is_never_used_again(desk: Desk) -> None:
    message_id = planned()
    desk.provider.troubles = [ChannelError(Trouble.UNKNOWN, "ReadTimeout")] * 3
    desk.work()
    desk.now += timedelta(hours=23, seconds=1)
    desk.work()
    assert len(desk.provider.calls) == 1
    assert stored(message_id).state is MessageState.NEEDS_CHECK
    assert [batch.state for batch in batches()] == [BatchState.NEEDS_CHECK]


def test_where_nothing_may_be_repeated_an_unknown_call_waits_for_somebody(desk: Desk) -> None:
    desk.provider.repeat = Repeat.NEVER
    message_id = planned()
    desk.provider.troubles = [ChannelError(Trouble.UNKNOWN, "ReadTimeout")]
    desk.work()
    desk.now += timedelta(seconds=100)  # a notification may still come
    desk.work()
    assert stored(message_id).state is MessageState.SENDING
    desk.now += timedelta(seconds=30)
    desk.work()
    assert len(desk.provider.calls) == 1
    assert stored(message_id).state is MessageState.NEEDS_CHECK


def test_where_nothing_may_be_repeated_a_refused_call_is_made_again(desk: Desk) -> None:
    desk.provider.repeat = Repeat.NEVER
    message_id = planned()
    desk.provider.troubles = [ChannelError(Trouble.BUSY, "130429", retry_after=5)] * 2
    for _ in range(3):
        desk.work()
        desk.now += timedelta(seconds=6)
    assert len(desk.provider.calls) == 3
    assert stored(message_id).state is MessageState.SENT


def test_other_content_under_the_same_key_is_never_sent_by_itself(desk: Desk) -> None:
    message_id = planned()
    desk.provider.troubles = [ChannelError(Trouble.OUR_BUG, "409 invalid_idempotent_request")]
    desk.work()
    desk.now += timedelta(days=1)
    desk.work()
    row = stored(message_id)
    assert row.state is MessageState.NEEDS_CHECK
    assert "409" in row.error
    assert len(desk.provider.calls) == 1


def test_too_many_calls_wait_as_long_as_the_provider_says(desk: Desk) -> None:
    planned()
    planned("bulk", to="bruno@papelera.example", in_bulk=True)
    desk.provider.troubles = [ChannelError(Trouble.BUSY, "429", retry_after=7)]
    assert desk.work() == pytest.approx(7, abs=0.1)  # the other lane waits as well
    assert len(desk.provider.calls) == 1
    for _ in range(2):  # one call at first, then at the sender's rate
        desk.now += timedelta(seconds=7)
        desk.work()
    assert desk.provider.received == ["alicia@papelera.example", "bruno@papelera.example"]


def test_a_used_up_quota_pauses_the_sender_until_it_is_renewed(desk: Desk) -> None:
    message_id = planned()
    desk.provider.troubles = [ChannelError(Trouble.QUOTA, "429 daily", retry_after=3600)]
    desk.work()
    assert sender().pause_reason == "quota"
    desk.now += timedelta(minutes=59)
    assert desk.work() is None
    assert len(desk.provider.calls) == 1
    desk.now += timedelta(minutes=2)
    desk.work()
    assert stored(message_id).state is MessageState.SENT


def test_refused_credentials_pause_the_sender_and_lose_nothing(desk: Desk) -> None:
    message_id = planned()
    desk.provider.troubles = [ChannelError(Trouble.CLOSED, "401 invalid_api_key")]
    desk.work()
    assert sender().pause_reason == "closed"
    assert stored(message_id).state is MessageState.SENDING
    desk.now += timedelta(minutes=16)
    desk.work()
    assert stored(message_id).state is MessageState.SENT


def test_a_message_that_is_put_off_is_tried_again_and_fails_in_the_end(desk: Desk) -> None:
    message_id = planned()
    desk.provider.again["alicia@papelera.example"] = 60
    for _ in range(rules.MOST_ATTEMPTS + 3):
        desk.work()
        desk.now += timedelta(hours=5)
    assert stored(message_id).state is MessageState.FAILED
    assert len(desk.provider.calls) == rules.MOST_ATTEMPTS


def test_a_message_of_which_nothing_was_said_is_asked_about_again(desk: Desk) -> None:
    told = planned()
    untold = planned("code:2", to="bruno@papelera.example")
    desk.provider.silent_about = {"bruno@papelera.example"}
    desk.work()
    assert stored(told).state is MessageState.SENT
    assert stored(untold).state is MessageState.SENDING
    assert [batch.state for batch in batches()] == [BatchState.CALLING]


def test_a_refused_recipient_ends_its_message_alone(desk: Desk) -> None:
    refused = planned()
    other = planned("code:2", to="bruno@papelera.example")
    desk.provider.evidence["alicia@papelera.example"] = Evidence.HARD_BOUNCE
    desk.work()
    row = stored(refused)
    assert (row.state, row.error, row.check_at) == (MessageState.BOUNCED, "said", None)
    assert stored(other).state is MessageState.SENT


def test_a_body_that_cannot_be_made_fails_and_is_not_tried_again(desk: Desk) -> None:
    message_id = plan(kind="no_such_kind")
    good = planned("code:2", to="bruno@papelera.example")
    assert message_id is not None
    desk.work()
    row = stored(message_id)
    assert row.state is MessageState.FAILED
    assert row.error.startswith("render: ")
    assert stored(good).state is MessageState.SENT


def test_an_adapter_that_fails_does_not_keep_others_from_leaving(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    poisoned = planned()
    send = desk.provider.send

    def failing(batch: Sequence[Outgoing], *, key: str) -> Answer:
        if any(message.id == poisoned for message in batch):
            raise ValueError("a fault of ours")
        return send(batch, key=key)

    monkeypatch.setattr(desk.provider, "send", failing)
    desk.work()
    assert stored(poisoned).state is MessageState.SENDING
    other = planned("code:2", to="bruno@papelera.example")
    desk.work()
    assert stored(other).state is MessageState.SENT


def test_one_process_at_a_time_has_the_lease_and_a_dead_one_loses_it() -> None:
    planned()
    sender_id = sender().id or 0
    with unit_of_work() as session:
        assert sender_storage.lease(session, sender_id, "first", NOW, mail.LEASE)
    with unit_of_work() as session:
        assert not sender_storage.lease(session, sender_id, "second", NOW, mail.LEASE)
        assert sender_storage.lease(session, sender_id, "first", NOW, mail.LEASE)
    with unit_of_work() as session:
        assert sender_storage.lease(session, sender_id, "second", NOW + mail.LEASE, mail.LEASE)


def test_two_drains_at_once_send_each_message_once(desk: Desk) -> None:
    for n in range(40):
        planned(f"code:{n}", to=f"p{n}@papelera.example")
    desk.provider.most = 1
    sender_id = sender().id or 0
    mail.clock = calls.clock = lambda: datetime.now(UTC)  # the fixture takes it back
    threads = [threading.Thread(target=mail.drain_sender, args=(sender_id, 0)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(desk.provider.received) == sorted(f"p{n}@papelera.example" for n in range(40))
    assert len(desk.provider.calls) == 40


DIE_AFTER_THE_CALL = """
import os, sys
from clientportal.channels.base import Repeat
from clientportal.jobs import mail
from clientportal.services import senders

class Last:
    most, takes_files_together, repeat = 100, True, Repeat.WHOLE
    def send(self, batch, *, key):
        os._exit(9)

senders.adapter = lambda sender: Last()
mail.drain_sender(int(sys.argv[1]), 0)
"""


def test_a_worker_killed_between_claim_and_answer_is_made_good(desk: Desk) -> None:
    message_id = planned()
    process = python(DIE_AFTER_THE_CALL, str(sender().id))
    assert process.wait(timeout=60) == 9
    left = stored(message_id)
    assert left.state is MessageState.SENDING
    desk.now = datetime.now(UTC)
    desk.work()
    assert desk.provider.calls == []  # it may have gone out: not before that call is surely over
    desk.now += timedelta(minutes=1)
    desk.work()
    [(key, (outgoing,))] = desk.provider.calls
    assert (key, outgoing.text) == (f"batch-{left.batch_id}", left.text)
    assert stored(message_id).state is MessageState.SENT


def test_a_sweep_wakes_senders_with_work_alone(desk: Desk) -> None:
    planned()
    later = NOW + timedelta(seconds=30)
    mail.sweep_senders(later)
    ours = sender().id
    assert jobs() == [f"send:{ours}:{int(at.timestamp())}" for at in (NOW, later)]
    desk.work()
    mail.sweep_senders(later + timedelta(seconds=30))
    assert len(jobs()) == 2


def test_a_message_from_before_there_were_senders_is_taken_up(desk: Desk) -> None:
    message_id = planned()
    with unit_of_work() as session:
        row = session.get(Message, message_id)
        assert row is not None
        row.sender_id, row.state = None, MessageState.SENDING
        session.add(row)
    mail.sweep_senders(NOW + timedelta(minutes=5))
    desk.now += timedelta(minutes=5)
    desk.work()
    assert stored(message_id).state is MessageState.SENT


def test_the_embedded_channel_delivers_into_the_mailbox() -> None:
    assert os.environ["CLIENTPORTAL_ENV"] == "development"
    message_id = planned()
    with unit_of_work(read_only=True) as session:
        assert mailbox.mailbox(session) == []
    deliver()
    with unit_of_work(read_only=True) as session:
        found = mailbox.mailbox(session, address="ALICIA@")
        assert [post.id for post in found] == [message_id]
        assert mailbox.mailbox(session, address="bruno@") == []
        assert mailbox.mailbox(session, address="%") == []
