"""What the settings show of a company's channels: who carries them, masked credentials."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import Session

from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.errors import NotFound
from clientportal.domain.permissions import Permission
from clientportal.services import channel_fields, credentials, senders
from clientportal.services.channel_fields import PROVIDERS
from clientportal.services.guards import require_staff
from clientportal.settings import settings
from clientportal.storage import companies as company_storage
from clientportal.storage import senders as storage
from clientportal.storage.models import Channel, Sender


@dataclass(frozen=True, slots=True)
class ChannelSetup:
    """A channel of a company.

    `carrier`: the provider by which messages leave now ("" for none), from `carrier_address`;
    `is_own`: by the company's own account. `provider`, `values` and `kept` (masked) tell of that
    account, on or not ("" for none). `is_unreadable`: its secrets were sealed under a key that is
    lost. `webhooks`: by provider, where it reports to. `sender_ids`: whose changes matter here.
    """

    channel: str
    carrier: str
    carrier_address: str
    is_own: bool
    platform: str
    webhooks: Mapping[str, str]
    sender_ids: tuple[int, ...]
    version: int
    provider: str = ""
    is_on: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    is_unreadable: bool = False
    tested_at: datetime | None = None


def shown(session: Session, actor: Actor, *, now: datetime) -> list[ChannelSetup]:
    """The channels of the actor's company, e-mail first. Needs company:edit."""
    staff = require_staff(actor, Permission.COMPANY_EDIT)
    return [_setup(session, staff, channel, now) for channel in PROVIDERS]


def _setup(
    session: Session, staff: Member | System, channel: Channel, now: datetime
) -> ChannelSetup:
    own = storage.find(session, staff.company_id, channel)
    platform = senders.platform_as_is(session, channel, now=now)
    is_own = own is not None and own.is_on
    carrier = own if is_own else platform
    ids = (row.id for row in (own, platform) if row is not None)
    setup = ChannelSetup(
        channel=channel.value,
        carrier=carrier.provider if carrier is not None else "",
        carrier_address=_address(carrier),
        is_own=is_own,
        platform=platform.provider if platform is not None else "",
        webhooks=_webhooks(session, staff, channel),
        sender_ids=tuple(found for found in ids if found is not None),
        version=own.version if own is not None else 0,
    )
    return _with_account(setup, own) if own is not None and own.secrets else setup


def _with_account(setup: ChannelSetup, own: Sender) -> ChannelSetup:
    secrets: dict[str, str] = {}
    is_unreadable = False
    try:
        secrets = credentials.opened(own.secrets)
    except credentials.Unreadable:
        is_unreadable = True
    plain, hidden = channel_fields.shown(own.provider, secrets)
    values = plain | {
        "from_address": own.from_address,
        "from_name": own.from_name,
        "phone_number_id": own.external_id,
        "return_path": str(own.options.get("return_path", "")),
    }
    return replace(
        setup,
        provider=own.provider,
        is_on=own.is_on,
        values=values,
        kept={name: credentials.masked(text) for name, text in hidden.items()},
        is_unreadable=is_unreadable,
        tested_at=own.tested_at,
    )


def _address(sender: Sender | None) -> str:
    """What recipients see as the sender; of WhatsApp the number's id."""
    if sender is None:
        return ""
    if sender.channel is Channel.WHATSAPP:
        return sender.external_id
    return sender.from_address if sender.company_id is not None else settings().mail_from


def _webhooks(session: Session, staff: Member | System, channel: Channel) -> dict[str, str]:
    company = company_storage.visible(session, staff, staff.company_id)
    if company is None:
        raise NotFound()
    base = f"{settings().public_url}/webhooks"
    return {provider: f"{base}/{provider}/{company.slug}" for provider in PROVIDERS[channel]}
