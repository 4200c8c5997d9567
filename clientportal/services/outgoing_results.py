"""What came of a call: states and its end stored together; or what follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from clientportal import live
from clientportal.channels.base import (
    Answer,
    ChannelError,
    Result,
    Trouble,
)
from clientportal.domain import messages as rules
from clientportal.domain.contactability import Evidence
from clientportal.domain.delivery import MessageState
from clientportal.services import (
    delivery_events,
    message_states,
    sender_limits,
)
from clientportal.services.outgoing import Call
from clientportal.storage import outgoing as storage
from clientportal.storage import senders as sender_storage
from clientportal.storage.models import (
    BatchState,
    Message,
    MessageBatch,
    Sender,
)
from clientportal.storage.outgoing import Called

CALL_TIME = timedelta(seconds=30)
"""A call is over by then, or the process that made it is; one more looks after it."""
REFUSED = frozenset({Trouble.BUSY, Trouble.QUOTA, Trouble.CLOSED})
"""Answers by which nothing of the call was taken, for certain."""


def settle(
    session: Session, sender_id: int, batch_id: int, answer: Answer, *, now: datetime
) -> None:
    """Store the answer of a call: the states of its messages and its end, together."""
    batch = storage.locked_batch(session, batch_id)
    if batch is None or batch.state is not BatchState.CALLING:
        return
    results = {result.message_id: result for result in answer.results}
    rows = storage.called(session, batch_id)
    _settle_taken(session, [row for row in rows if _is_taken(row, results)], results, now)
    others = {row.id for row in rows if row.id in results and not _is_taken(row, results)}
    for message in storage.locked(session, others) if others else ():
        _settle_one(session, message, results[message.id or 0], now)
    unknown = sum(row.id not in results and row.state is MessageState.SENDING for row in rows)
    if unknown:  # what has a result is out of the way; the rest is asked again
        batch.check_at = now + rules.pause(batch.attempt)
        batch.error = f"{unknown} unknown"
    else:
        batch.state, batch.done_at, batch.check_at = BatchState.DONE, now, None
        batch.error = ""
    session.add(batch)
    if answer.rate is not None:
        sender = sender_storage.locked(session, sender_id)
        if sender is not None:
            sender_limits.learn_rate(sender, answer.rate)
            session.add(sender)
    session.flush()


def settle_trouble(
    session: Session, sender_id: int, call: Call, error: ChannelError, *, now: datetime
) -> None:
    """Store that a call got no results, and what follows: another look, a pause, a check.

    A first call that was refused leaves nothing unknown. One that may not be repeated waits for a
    notification about it as long as its claim has said (§3).
    """
    sender = sender_storage.locked(session, sender_id)
    batch = storage.locked_batch(session, call.batch_id)
    if sender is None or batch is None or batch.state is not BatchState.CALLING:
        return
    batch.error = error.reason
    if call.is_first and error.trouble in REFUSED:
        batch.first_called_at = None
    wait = error.retry_after
    match error.trouble:
        case Trouble.OUR_BUG:
            give_up(session, batch, now)
            return
        case Trouble.QUOTA:
            sender_limits.pause(
                session, sender, "quota", now=now, seconds=wait or 3600, detail=error.reason
            )
            batch.check_at = sender.paused_until
        case Trouble.CLOSED:
            # The platform's own has no member who could take the pause off.
            again = None if sender.company_id is not None else 900
            sender_limits.pause(
                session, sender, "closed", now=now, seconds=again, detail=error.reason
            )
            batch.check_at = now + CALL_TIME
        case Trouble.BUSY:
            pause = timedelta(seconds=wait) if wait else rules.pause(batch.attempt) / 60
            batch.check_at = now + min(pause, timedelta(hours=1))
            sender_limits.hold(sender, batch.check_at)
        case Trouble.UNKNOWN if call.may_repeat:
            batch.check_at = now + rules.pause(batch.attempt) / 60
    session.add(batch)
    session.add(sender)
    session.flush()
    live.changed(session, f"sender:{sender_id}", sender_id)


def leave_account(session: Session, sender: Sender, *, now: datetime) -> None:
    """Another account takes a sender's place, which knows nothing of the calls of the old one.

    What was never taken is planned anew; where that is unknown, somebody has to look.
    """
    for batch in sender_storage.open_batches(session, sender.id or 0):
        if batch.first_called_at is not None:
            give_up(session, batch, now)
            continue
        batch.state, batch.done_at, batch.check_at = BatchState.DONE, now, None
        session.add(batch)
        for row in storage.members(session, batch.id or 0):
            if row.state is not MessageState.SENDING:
                continue
            row.batch_id, row.check_at = None, now
            message_states.set_state(session, row, MessageState.PLANNED, now=now)


def give_up(session: Session, batch: MessageBatch, now: datetime) -> None:
    """Nobody can find out any more by asking: somebody has to look (§8)."""
    batch.state, batch.done_at, batch.check_at = BatchState.NEEDS_CHECK, now, None
    session.add(batch)
    assert batch.id is not None
    for row in storage.members(session, batch.id):
        if row.state is MessageState.SENDING:
            message_states.set_state(
                session, row, MessageState.NEEDS_CHECK, detail=batch.error, now=now
            )
    live.changed(session, f"sender:{batch.sender_id}", batch.sender_id)


def _is_taken(row: Called, results: Mapping[int, Result]) -> bool:
    result = results.get(row.id)
    accepted = result is not None and result.evidence is Evidence.ACCEPTED
    return accepted and row.state is MessageState.SENDING


def _settle_taken(
    session: Session, taken: Sequence[Called], results: Mapping[int, Result], now: datetime
) -> None:
    """What the provider took, which is nearly all of every call, is written together."""
    named = {row.id: results[row.id].provider_id[:100] or row.provider_id for row in taken}
    message_states.set_sent(session, taken, named, now=now)


def _settle_one(session: Session, row: Message, result: Result, now: datetime) -> None:
    if row.state is not MessageState.SENDING:
        # A notification was faster than the answer; its id is news all the same.
        if result.provider_id and not row.provider_id:
            row.provider_id = result.provider_id[:100]
            session.add(row)
        return
    if result.evidence is not None:
        row.provider_id = result.provider_id[:100] or row.provider_id
        delivery_events.apply(session, row, result.evidence, detail=result.detail, now=now)
        return
    if row.attempt + 1 >= rules.MOST_ATTEMPTS:
        delivery_events.apply(session, row, result.at_last, detail=result.detail, now=now)
        return
    row.attempt += 1
    row.batch_id = None
    row.check_at = now + max(timedelta(seconds=result.again_in or 0), rules.pause(row.attempt - 1))
    message_states.set_state(session, row, MessageState.PLANNED, detail=result.detail, now=now)
