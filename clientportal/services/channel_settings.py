"""By which account a company's messages leave on each channel: kept, switched, forgotten.

Credentials are sealed at rest; what is kept decides nothing until it is switched on, so that an
account can be tried before anything depends on it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from clientportal import live
from clientportal.channels import registry
from clientportal.channels.base import ChannelError
from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.contactability import Evidence
from clientportal.domain.errors import Conflict, Invalid, NotFound
from clientportal.domain.permissions import Permission
from clientportal.services import (
    audit,
    channel_fields,
    credentials,
    delivery_events,
    outgoing_results,
    sender_limits,
    senders,
)
from clientportal.services.channel_fields import PROVIDERS, ProviderAccount
from clientportal.services.guards import require_staff
from clientportal.storage import messages as message_storage
from clientportal.storage import senders as storage
from clientportal.storage.models import Channel, Sender


def save(
    session: Session,
    actor: Actor,
    *,
    channel: str,
    provider: str,
    typed: Mapping[str, str],
    version: int,
    now: datetime,
) -> None:
    """Keep an account of the company's own; an empty secret stays what it was.

    It ends a pause, since what is new has not failed yet. Of another account, calls without an
    answer wait for a person: only the old one could have told what became of them. Needs
    company:edit. Raises Conflict for another version, Invalid as `channel_fields.checked`.
    """
    staff = require_staff(actor, Permission.COMPANY_EDIT)
    known = named(channel)
    if provider not in PROVIDERS[known]:
        raise Invalid(code="choice_invalid", field="provider", value=provider[:20])
    row = _locked(session, staff, known)
    if version != (row.version if row is not None else 0):
        raise Conflict()
    kept = _opened(row) if row is not None and row.provider == provider else {}
    account = channel_fields.checked(provider, typed, kept)
    if row is None:
        row = Sender(
            company_id=staff.company_id,
            channel=known,
            provider=provider,
            is_on=False,
            version=0,
            created_at=now,
            updated_at=now,
        )
    elif _is_other(row, provider, account, kept):
        outgoing_results.leave_account(session, row, now=now)
    if row.provider != provider or not row.rate:
        row.rate = senders.RATES[provider]
    changed = sorted(name for name, text in account.secrets.items() if text != kept.get(name, ""))
    row.provider, row.external_id = provider, account.external_id
    row.from_address, row.from_name = account.from_address, account.from_name
    # Names of a company's own templates stay with its account.
    names = {name: row.options[name] for name in ("templates",) if name in row.options}
    row.options = names | dict(account.options)
    row.secrets = credentials.seal({name: text for name, text in account.secrets.items() if text})
    _touch(row, now)
    storage.add(session, row)
    sender_limits.lift(session, row)
    _audited(
        session,
        staff,
        "sender.edited",
        row,
        now,
        provider=provider,
        from_address=row.from_address,
        secrets=changed,
    )
    senders.wake(session, row.id or 0, now)


def turn(
    session: Session, actor: Actor, *, channel: str, on: bool, version: int, now: datetime
) -> None:
    """Have the company's own account carry its messages, or not any more.

    What waits goes with it: to the own account, or to the platform's; where there is no other, it
    fails and says why. Needs company:edit. Raises NotFound, Conflict and
    Invalid("channel_incomplete").
    """
    staff = require_staff(actor, Permission.COMPANY_EDIT)
    known = named(channel)
    row = _own(session, staff, known, version)
    if on:
        try:
            registry.build(senders.facts(row))
        except ChannelError as error:
            raise Invalid(code="channel_incomplete", field="channel") from error
    if row.is_on is not on:
        row.is_on = on
        _touch(row, now, tested=row.tested_at)
        storage.add(session, row)
        _audited(session, staff, "sender.turned_on" if on else "sender.turned_off", row, now)
        _hand_over(session, staff, row, now)
    sender_limits.tell(session, row)


def forget(session: Session, actor: Actor, *, channel: str, version: int, now: datetime) -> None:
    """Forget the company's own account with its secrets. Needs company:edit.

    Raises NotFound, Conflict.
    """
    staff = require_staff(actor, Permission.COMPANY_EDIT)
    row = _own(session, staff, named(channel), version)
    outgoing_results.leave_account(session, row, now=now)
    row.is_on = False
    row.secrets = row.from_address = row.from_name = row.external_id = ""
    row.options = {}
    _touch(row, now)
    storage.add(session, row)
    sender_limits.lift(session, row)
    _audited(session, staff, "sender.forgotten", row, now)
    _hand_over(session, staff, row, now)


def named(channel: str) -> Channel:
    """A channel on which messages leave. Raises Invalid("channel_invalid")."""
    for known in PROVIDERS:
        if known.value == channel:
            return known
    raise Invalid(code="channel_invalid", field="channel", value=channel[:20])


def _locked(session: Session, staff: Member | System, channel: Channel) -> Sender | None:
    found = storage.find(session, staff.company_id, channel)
    return storage.locked(session, found.id or 0) if found is not None else None


def _own(session: Session, staff: Member | System, channel: Channel, version: int) -> Sender:
    row = _locked(session, staff, channel)
    if row is None or not row.secrets:
        raise NotFound()
    if row.version != version:
        raise Conflict()
    return row


def _opened(row: Sender) -> dict[str, str]:
    """What is kept; nothing when no key of ours opens it, so that all of it is asked for anew."""
    try:
        return credentials.opened(row.secrets)
    except credentials.Unreadable:
        return {}


def _is_other(
    row: Sender, provider: str, account: ProviderAccount, kept: Mapping[str, str]
) -> bool:
    """Whether the provider may not recognise a call that the old account made."""
    if (row.provider, row.external_id) != (provider, account.external_id):
        return True
    names = ("api_key", "url")
    return any(account.secrets.get(name) != kept.get(name) for name in names)


def _touch(row: Sender, now: datetime, *, tested: datetime | None = None) -> None:
    row.version += 1
    row.updated_at, row.tested_at = now, tested


def _hand_over(session: Session, staff: Member | System, row: Sender, now: datetime) -> None:
    """What waits follows the sender that carries the company's messages from now on."""
    assert row.id is not None
    if row.is_on:
        platform = storage.find(session, None, row.channel)
        if platform is not None and platform.id is not None:
            storage.hand_over(session, staff.company_id, platform.id, row.id)
        senders.wake(session, row.id, now)
        return
    carrier = senders.carrier(session, staff.company_id, row.channel, now=now)
    if carrier is not None and carrier.id is not None:
        storage.hand_over(session, staff.company_id, row.id, carrier.id)
        senders.wake(session, carrier.id, now)
        return
    for message_id in storage.waiting(session, staff.company_id, row.id):
        message = message_storage.get(session, message_id)
        if message is not None:
            delivery_events.apply(
                session, message, Evidence.FAILED, detail="channel switched off", now=now
            )


def _audited(
    session: Session,
    staff: Member | System,
    action: str,
    row: Sender,
    now: datetime,
    **said: Any,
) -> None:
    assert row.id is not None
    audit.record(
        session,
        staff,
        action,
        now=now,
        subject=("sender", row.id),
        channel=row.channel.value,
        **said,
    )
    live.changed(session, f"company:{staff.company_id}", row.id)
