"""Trying a channel: a real message by exactly the account that is to be tried."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from clientportal.domain import message_keys
from clientportal.domain.actors import Actor, Member
from clientportal.domain.delivery import MessageState
from clientportal.domain.errors import Conflict, Invalid, NotAllowed, TooMany
from clientportal.domain.permissions import Permission
from clientportal.services import (
    audit,
    channel_settings,
    companies,
    messages,
    profile,
    sender_limits,
    senders,
)
from clientportal.services.guards import require_staff
from clientportal.storage import messages as message_storage
from clientportal.storage import outgoing as batch_storage
from clientportal.storage import senders as storage
from clientportal.storage.models import Channel, Sender

PAUSE = timedelta(seconds=15)
"""Between two tests of a channel: nobody reads faster, and providers count them."""


@dataclass(frozen=True, slots=True)
class LastTest:
    """The last test of a channel. `state` is that of its message, `detail` the provider's words.

    `is_current`: nothing of the account has changed since.
    """

    channel: str
    to: str
    state: MessageState
    detail: str
    asked_at: datetime
    is_current: bool


def send(session: Session, actor: Actor, *, channel: str, to: str = "", now: datetime) -> int:
    """Plan a test message; its id. By the company's own account if there is one, on or not.

    E-mail goes to the member's own address, WhatsApp to the number `to`. Needs company:edit.
    Raises NotAllowed for whoever is no person, Conflict("channel_paused"), TooMany (seconds),
    Invalid("channel_not_set_up", "phone_invalid", "required").
    """
    staff = require_staff(actor, Permission.COMPANY_EDIT)
    if not isinstance(staff, Member):
        raise NotAllowed(permission=Permission.COMPANY_EDIT.value)
    known = channel_settings.named(channel)
    me = profile.read(session, staff)
    sender = _sender(session, staff, known, now)
    if sender_limits.is_paused(sender, now):
        if sender.company_id is None or sender.is_on:
            raise Conflict(code="channel_paused", field="to")
        sender_limits.lift(session, sender)  # nothing but tests leaves by it
    before = storage.last_test(session, staff, known)
    if before is not None and now - before.asked_at < PAUSE:
        raise TooMany(seconds=int((PAUSE - (now - before.asked_at)).total_seconds()) + 1)
    if known is Channel.WHATSAPP and not to.strip():
        raise Invalid(code="required", field="to")
    company = companies.read(session, staff, company_id=staff.company_id)
    try:
        message_id = messages.plan(
            session,
            kind=senders.TEST_KIND,
            to=me.email if known is Channel.EMAIL else to,
            to_name=me.name if known is Channel.EMAIL else "",
            language=me.language or company.language,
            variables={"company_name": company.name, "asked_by": me.name},
            dedupe_key=message_keys.channel_test(staff.company_id, known.value, now),
            company_id=staff.company_id,
            user_id=staff.user_id,
            channel=known,
            sender=sender,
            now=now,
        )
    except Invalid as error:
        raise Invalid(code=error.error_code, field="to", **error.params) from error
    assert message_id is not None
    assert sender.id is not None
    storage.put_test(
        session,
        staff.company_id,
        known,
        sender_id=sender.id,
        sender_version=sender.version,
        message_id=message_id,
        asked_at=now,
    )
    audit.record(
        session,
        staff,
        "sender.tried",
        now=now,
        subject=("sender", sender.id),
        channel=known.value,
    )
    sender_limits.tell(session, sender)
    return message_id


def last(session: Session, actor: Actor, *, channel: str) -> LastTest | None:
    """What became of the last test of a channel. Needs company:edit."""
    staff = require_staff(actor, Permission.COMPANY_EDIT)
    test = storage.last_test(session, staff, channel_settings.named(channel))
    message = message_storage.get(session, test.message_id) if test is not None else None
    sender = storage.get(session, test.sender_id) if test is not None else None
    if test is None or message is None or sender is None:
        return None
    detail = message.error
    if message.state is MessageState.SENDING and message.batch_id is not None:
        batch = batch_storage.batch(session, message.batch_id)
        detail = batch.error if batch is not None else ""
    return LastTest(
        channel=test.channel.value,
        to=message.to_address,
        state=message.state,
        detail=detail,
        asked_at=test.asked_at,
        is_current=test.sender_version == sender.version,
    )


def _sender(session: Session, staff: Member, channel: Channel, now: datetime) -> Sender:
    own = storage.find(session, staff.company_id, channel)
    if own is not None and own.secrets:
        return own
    sender = senders.carrier(session, staff.company_id, channel, now=now)
    if sender is None:
        raise Invalid(code="channel_not_set_up", field="to")
    return sender
