"""Messages: planned in the transaction of their cause, handed over later (DESIGN rule 9)."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from clientportal.domain import messages as rules
from clientportal.domain.actors import System
from clientportal.domain.delivery import MessageState
from clientportal.domain.errors import Invalid
from clientportal.services import addresses, alerts, campaigns, message_states, senders
from clientportal.storage import messages as store
from clientportal.storage.campaigns import HELD
from clientportal.storage.models import Channel, Message, Sender


def plan(
    session: Session,
    *,
    kind: str,
    to: str,
    language: str,
    variables: Mapping[str, object],
    dedupe_key: str,
    now: datetime,
    company_id: int | None = None,
    account_id: int | None = None,
    document_id: int | None = None,
    user_id: int | None = None,
    to_name: str = "",
    reply_to: str = "",
    link_seed: str = "",
    channel: Channel = Channel.EMAIL,
    fallback_of: int | None = None,
    in_bulk: bool = False,
    campaign: str = "",
    sender: Sender | None = None,
) -> int | None:
    """Store a message and wake its sender in the caller's transaction.

    `kind` and `variables` (JSON-safe) are those of `rendering.mail.render`; of `link_seed` comes
    the token that stands in them as `secret_links.PLACE`. `in_bulk`: nobody waits for it, so what
    somebody waits for goes first. An address with an alert gets a row in state `blocked` and no
    message (contracts §10 rule 2). What belongs to a paused `campaign` waits with it. `sender`:
    exactly this one carries it, instead of the company's. Returns the id, or None when
    `dedupe_key` was planned before: then nothing happens. Raises Invalid("email_invalid",
    "phone_invalid", "channel_not_set_up").
    """
    written, norm = _address(channel, to)
    sender = sender or senders.carrier(session, company_id, channel, now=now)
    if sender is None or sender.id is None:
        raise Invalid(code="channel_not_set_up", field="channel", channel=channel.value)
    blocked = (
        alerts.blocks(session, System(company_id), channel, [norm])
        if company_id is not None
        else {}
    )
    waits = company_id is not None and campaigns.is_paused(
        session, System(company_id), campaign[:60]
    )
    lane = "bulk" if in_bulk else "now"
    message = Message(
        company_id=company_id,
        account_id=account_id,
        document_id=document_id,
        user_id=user_id,
        kind=kind,
        channel=channel.value,
        to_address=written,
        to_norm=norm,
        to_name=rules.header(to_name, 200),
        reply_to=rules.address(reply_to) if reply_to else "",
        language=language,
        variables=dict(variables),
        link_seed=link_seed,
        dedupe_key=dedupe_key,
        created_at=now,
        check_at=None if blocked or waits else now,
        sender_id=sender.id,
        lane=f"{HELD}{lane}" if waits else lane,
        campaign=campaign[:60],
        fallback_of=fallback_of,
    )
    message_id = store.insert_once(session, message)
    if message_id is None:
        return None
    row = store.get(session, message_id)
    assert row is not None
    if blocked:
        message_states.set_state(
            session, row, MessageState.BLOCKED, detail=blocked[norm].value, now=now
        )
    else:
        message_states.tell(session, row)
        senders.wake(session, sender.id, now)
    return message_id


def _address(channel: Channel, to: str) -> tuple[str, str]:
    """(as it is sent to, normalised). Raises Invalid as `plan`."""
    if channel is Channel.EMAIL:
        return rules.address(to), addresses.email(to)
    _, norm = addresses.phone(to, "")
    return norm, norm
