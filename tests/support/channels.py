"""The channels of a tenant: own accounts that are off, one that is paused, what has stopped."""

from datetime import datetime

from sqlmodel import Session

from clientportal.domain.actors import Member, System
from clientportal.domain.delivery import MessageState
from clientportal.services import channel_settings, sender_limits
from clientportal.storage import senders as storage
from clientportal.storage.models import (
    BatchState,
    CampaignPause,
    Channel,
    Message,
    MessageBatch,
    Sender,
)

Staff = Member | System


def accounts(session: Session, staff: Staff, slug: str, mark: str, now: datetime) -> None:
    """E-mail by an account that is off (version 1), WhatsApp by one that is on and paused."""
    word = mark.strip()
    mail = {
        "api_key": "re_of_the_matrix",
        "from_address": f"{word}@{slug}.example",
        "webhook_secret": "whsec_b2YtdGhlLW1hdHJpeC1vZi10aGUtbWF0cml4",
    }
    phone = {
        "phone_number_id": "109876543210",
        "token": "token-of-the-matrix",
        "app_secret": "0123456789abcdef0123456789abcdef",
        "verify_token": "verify-token-of-the-matrix",
    }
    for channel, provider, typed in (("email", "resend", mail), ("whatsapp", "whatsapp", phone)):
        channel_settings.save(
            session, staff, channel=channel, provider=provider, typed=typed, version=0,
            now=now,
        )  # fmt: skip
    row = _own(session, staff, Channel.WHATSAPP)
    row.is_on = True
    sender_limits.pause(session, row, "closed", now=now, detail=f"{mark}pause")


def campaign_pause(session: Session, staff: Staff, mark: str, now: datetime) -> int:
    """A paused campaign."""
    row = CampaignPause(
        company_id=staff.company_id,
        campaign=f"{mark}campaign",
        bounced=6,
        settled=60,
        paused_at=now,
    )
    session.add(row)
    session.flush()
    return row.id or 0


def unknown_call(
    session: Session, staff: Staff, account: int | None, to: str, now: datetime
) -> int:
    """A call without an answer, of one message to the person `to`."""
    sender = _own(session, staff, Channel.EMAIL)
    batch = MessageBatch(
        sender_id=sender.id or 0,
        lane="now",
        state=BatchState.NEEDS_CHECK,
        size=1,
        created_at=now,
        first_called_at=now,
        done_at=now,
    )
    session.add(batch)
    session.flush()
    message = Message(
        company_id=staff.company_id,
        account_id=account,
        kind="access_granted",
        to_address=to,
        to_norm=to,
        language="es",
        dedupe_key=f"unknown-{staff.company_id}",
        state=MessageState.NEEDS_CHECK,
        subject="Ya puedes entrar a tu portal",
        created_at=now,
        sender_id=sender.id,
        batch_id=batch.id,
    )
    session.add(message)
    session.flush()
    return batch.id or 0


def _own(session: Session, staff: Staff, channel: Channel) -> Sender:
    row = storage.find(session, staff.company_id, channel)
    assert row is not None
    return row
