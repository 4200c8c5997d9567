"""The state of a message, written with what hangs on it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

from clientportal import live
from clientportal.domain.delivery import TAKEN, MessageState
from clientportal.services import document_delivery, senders
from clientportal.storage import outgoing as storage
from clientportal.storage.models import Message
from clientportal.storage.outgoing import Called


def set_state(
    session: Session, message: Message, state: MessageState, *, detail: str = "", now: datetime
) -> None:
    """Write a message's state with what hangs on it: its document's columns, the live topics."""
    message.state, message.state_at = state, now
    if state in TAKEN:
        message.sent_at = message.sent_at or now
        message.check_at = None
        message.error = detail[:300] if state is MessageState.COMPLAINED else ""
    else:
        message.error = detail[:300]
        if state not in {MessageState.PLANNED, MessageState.SENDING}:
            message.check_at = None
    session.add(message)
    session.flush()
    _follow(session, message, now)


def set_sent(
    session: Session, taken: Sequence[Called], provider_ids: Mapping[int, str], *, now: datetime
) -> None:
    """`set_state` to sent for all messages of a call that was taken, written together."""
    if not taken:
        return
    storage.set_sent(session, provider_ids, now)
    more = [row.id for row in taken if row.document_id is not None or row.kind == senders.TEST_KIND]
    for message in storage.locked(session, more) if more else ():
        _follow(session, message, now)
    for row in taken:
        tell(session, row)


def _follow(session: Session, message: Message, now: datetime) -> None:
    document_delivery.settled(session, message, now=now)
    senders.note_test(session, message, now=now)
    tell(session, message)


def tell(session: Session, message: Message | Called) -> None:
    """Publish that a message is not what it was."""
    if message.company_id is not None:
        live.changed(session, f"messages:{message.company_id}", message.company_id)
    if message.account_id is not None:
        live.changed(session, f"account:{message.account_id}", message.account_id)
