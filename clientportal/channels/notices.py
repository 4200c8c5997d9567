"""What providers report later, in words that no provider owns."""

from dataclasses import dataclass
from datetime import datetime

from clientportal.domain.contactability import AlertReason, Evidence


class NotGenuine(Exception):
    """The notification was not signed by whom it says, or too long ago. `reason`: a code."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NotUnderstood(Exception):
    """The bytes are no notification of this provider."""


@dataclass(frozen=True, slots=True)
class MessageNotice:
    """Something happened to a message: found by `provider_id`, by the `message_id` that the
    provider gave back under its signature, or by `mark`, which is to be checked first.

    `recipient`: whose mailbox a delivery report speaks of, which a forwarding may have changed.
    `wa_id` and `bsuid`: who the recipient turned out to be on WhatsApp.
    """

    evidence: Evidence
    provider_id: str = ""
    message_id: int | None = None
    mark: str = ""
    detail: str = ""
    recipient: str = ""
    wa_id: str = ""
    bsuid: str = ""


@dataclass(frozen=True, slots=True)
class SuppressionNotice:
    """The provider put an address on its own list of those to whom it sends nothing."""

    address: str
    reason: AlertReason


@dataclass(frozen=True, slots=True)
class InboundNotice:
    """A person wrote to us: the 24-hour window is open again."""

    sender: str
    bsuid: str
    at: datetime
    phone_number_id: str


@dataclass(frozen=True, slots=True)
class ChannelNotice:
    """The provider stopped the account, not a message. `reason` is its own word."""

    reason: str


Notice = MessageNotice | SuppressionNotice | InboundNotice | ChannelNotice
