"""Which channel carries a sender's messages: provider name → adapter."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from clientportal.channels.base import Channel, ChannelError, Trouble, mailbox
from clientportal.channels.outbox import Outbox
from clientportal.channels.resend_email import ResendEmail
from clientportal.channels.smtp_email import BadUrl, SmtpEmail, server_of
from clientportal.channels.whatsapp_cloud import WhatsAppCloud
from clientportal.settings import settings

PLATFORM = "platform"
"""Whose account is nobody's in particular."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an adapter is made from. `tenant`: the company's id, or `PLATFORM`."""

    provider: str
    tenant: str
    from_address: str = ""
    from_name: str = ""
    external_id: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict)
    return_path: str = ""

    @property
    def sender(self) -> str:
        """The From header."""
        return mailbox(self.from_name, self.from_address)


def build(facts: Facts) -> Channel:
    """The adapter of a sender. Raises ChannelError (closed) for one that lacks its credentials."""
    try:
        return _BUILDERS[facts.provider](facts)
    except KeyError as error:
        raise ChannelError(Trouble.CLOSED, f"not set up: {error.args[0]}") from error
    except BadUrl as error:
        raise ChannelError(Trouble.CLOSED, f"SMTP address: {error}") from error


def _outbox(_facts: Facts) -> Channel:
    return Outbox()


def _resend(facts: Facts) -> Channel:
    return ResendEmail(
        key=facts.secrets["api_key"],
        url=settings().resend_api_url,
        sender=facts.sender,
        tenant=facts.tenant,
    )


def _smtp(facts: Facts) -> Channel:
    server = server_of(facts.secrets["url"])
    own = facts.tenant != PLATFORM
    return SmtpEmail(
        server,
        sender=facts.sender,
        return_path=facts.return_path,
        outside=own and settings().is_production,
    )


def _whatsapp(facts: Facts) -> Channel:
    return WhatsAppCloud(
        token=facts.secrets["token"],
        phone_number_id=facts.external_id,
        url=settings().whatsapp_api_url,
    )


_BUILDERS: dict[str, Callable[[Facts], Channel]] = {
    "outbox": _outbox,
    "resend": _resend,
    "smtp": _smtp,
    "whatsapp": _whatsapp,
}
PROVIDERS = frozenset(_BUILDERS)
