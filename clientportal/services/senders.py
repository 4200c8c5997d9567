"""Senders: which account at which provider carries a message, and waking it (DESIGN §4)."""

from datetime import datetime

from sqlmodel import Session

from clientportal import live, queue
from clientportal.channels import registry
from clientportal.channels.base import Channel as Adapter
from clientportal.channels.base import ChannelError, Trouble
from clientportal.channels.registry import Facts
from clientportal.domain.delivery import TAKEN
from clientportal.services import credentials
from clientportal.settings import settings
from clientportal.storage import senders as store
from clientportal.storage.models import Channel, Message, Sender

RATES = {"outbox": 1000.0, "resend": 2.0, "smtp": 10.0, "whatsapp": 20.0}
"""Calls a second until the provider says otherwise (contracts/messaging.md §1.4, §3)."""

TEST_KIND = "channel_test"
"""Kind of the message by which a company tries a sender."""


def carrier(
    session: Session, company_id: int | None, channel: Channel, *, now: datetime
) -> Sender | None:
    """The sender of a message: the company's own while it is on, else the platform's.

    None where neither exists, as on a channel that nobody has set up.
    """
    if company_id is not None:
        own = store.find(session, company_id, channel)
        if own is not None and own.is_on:
            return own
    return _platform(session, channel, now=now)


def platform_as_is(session: Session, channel: Channel, *, now: datetime) -> Sender | None:
    """The platform's sender for whoever only looks: nothing is stored (DESIGN rule 11)."""
    found = store.find(session, None, channel)
    if found is not None:
        session.expunge(found)
    provider = _provider(channel)
    if provider is None:
        return None
    if found is None or (found.provider, found.external_id) != (provider, _external(provider)):
        return Sender(
            channel=channel,
            provider=provider,
            external_id=_external(provider),
            created_at=now,
            updated_at=now,
        )
    return found


def _provider(channel: Channel) -> str | None:
    if channel is Channel.EMAIL:
        return settings().mail
    if channel is Channel.WHATSAPP and settings().whatsapp_phone_number_id:
        return "whatsapp"
    return None


def _external(provider: str) -> str:
    return settings().whatsapp_phone_number_id if provider == "whatsapp" else ""


def _platform(session: Session, channel: Channel, *, now: datetime) -> Sender | None:
    """The platform's row, made and kept in step with the environment when it is needed."""
    provider = _provider(channel)
    if provider is None:
        return None
    external = _external(provider)
    found = store.find(session, None, channel)
    if found is None:
        found = Sender(
            channel=channel,
            provider=provider,
            external_id=external,
            rate=RATES[provider],
            created_at=now,
            updated_at=now,
        )
        return store.add(session, found)
    if (found.provider, found.external_id) != (provider, external):
        found.provider, found.external_id, found.rate = provider, external, RATES[provider]
        found.paused_at = found.paused_until = None
        found.pause_reason = found.pause_detail = ""
        found.version, found.updated_at = found.version + 1, now
        store.add(session, found)
    return found


def adapter(sender: Sender) -> Adapter:
    """The channel of a sender, ready to be called. Raises ChannelError (closed)."""
    return registry.build(facts(sender))


def facts(sender: Sender) -> Facts:
    """What the adapter is made from, secrets included: never shown, never logged.

    Raises ChannelError (closed) for secrets that no key of ours opens.
    """
    if sender.company_id is None:
        return Facts(
            provider=sender.provider,
            tenant=registry.PLATFORM,
            from_address=settings().mail_from,
            external_id=sender.external_id,
            secrets=_environment(sender.provider),
            return_path=settings().smtp_return_path if sender.provider == "smtp" else "",
        )
    try:
        secrets = credentials.opened(sender.secrets)
    except credentials.Unreadable as error:
        raise ChannelError(Trouble.CLOSED, "credentials unreadable") from error
    return Facts(
        provider=sender.provider,
        tenant=str(sender.company_id),
        from_address=sender.from_address,
        from_name=sender.from_name,
        external_id=sender.external_id,
        secrets=secrets,
        return_path=str(sender.options.get("return_path", "")),
    )


def _environment(provider: str) -> dict[str, str]:
    named = {
        "resend": {
            "api_key": settings().resend_api_key,
            "webhook_secret": settings().resend_webhook_secret,
        },
        "smtp": {
            "url": settings().smtp_url,
            "bounce_token": settings().smtp_bounce_token,
        },
        "whatsapp": {
            "token": settings().whatsapp_token,
            "app_secret": settings().whatsapp_app_secret,
            "verify_token": settings().whatsapp_verify_token,
        },
    }.get(provider, {})
    return {name: value.get_secret_value() for name, value in named.items() if value}


def wake(session: Session, sender_id: int, now: datetime) -> None:
    """Have the sender's queue worked, at most one job per sender and second.

    Call it in the transaction that plans the message. The job keeps looking until that second is
    over, so nothing that commits within it waits for a sweep.
    """
    second = int(now.timestamp())
    queue.wake(session, "drain_sender", f"send:{sender_id}:{second}", sender_id, second)


def note_test(session: Session, message: Message, *, now: datetime) -> None:
    """Called with every state of a message: of a test the sender and its pages learn it."""
    if message.kind != TEST_KIND or message.sender_id is None or message.id is None:
        return
    test = store.test_of_message(session, message.id)
    sender = store.get(session, message.sender_id)
    if sender is None or test is None:
        return
    if message.state in TAKEN and test.sender_version == sender.version:
        sender.tested_at = sender.tested_at or now
        session.add(sender)
        session.flush()
    live.changed(session, f"sender:{sender.id}", sender.id or 0)
