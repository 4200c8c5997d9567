"""What the page of the channels holds of each: a card, and calls that wait for a decision."""

from dataclasses import dataclass, field, replace

from clientportal.services.channel_fields import SECRETS
from clientportal.services.channel_tests import LastTest
from clientportal.services.channel_views import ChannelSetup
from clientportal.services.unknown_messages import UnknownCall
from clientportal.ui.values import iso

PLAIN = (
    "from_address", "from_name", "host", "port", "security", "user", "return_path",
    "phone_number_id",
)  # fmt: skip

# State of a test's message → (tone, icon).
RESULTS: dict[str, tuple[str, str]] = {
    "planned": ("info", "clock"),
    "sending": ("info", "clock"),
    "sent": ("good", "check"),
    "delayed": ("warn", "clock"),
    "delivered": ("good", "checks"),
    "read": ("good", "checks"),
    "failed": ("bad", "err"),
    "not_delivered": ("bad", "err"),
    "bounced": ("bad", "mail-x"),
    "bounced_soft": ("bad", "mail-x"),
    "suppressed": ("bad", "mail-x"),
    "complained": ("bad", "mail-x"),
    "blocked": ("bad", "ban"),
    "needs_check": ("warn", "warn"),
    "refused": ("bad", "err"),
}


@dataclass(frozen=True, slots=True)
class ChannelCard:
    """One channel. `kept`: dots and last characters; `version`: of what is stored now."""

    channel: str = ""
    carrier: str = ""
    address: str = ""
    own: bool = False
    platform: str = ""
    provider: str = ""
    on: bool = False
    version: int = 0
    unreadable: bool = False
    filled: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    webhooks: dict[str, str] = field(default_factory=dict)
    tested_at: str = ""
    result: str = ""
    result_tone: str = ""
    result_icon: str = "clock"
    result_detail: str = ""
    result_to: str = ""
    result_at: str = ""
    result_old: bool = False


@dataclass(frozen=True, slots=True)
class UnknownLine:
    """Messages of one call without an answer; `people`: the first of them, `more` the others."""

    id: int
    channel: str
    number: int
    subject: str
    people: str
    more: int
    why: str
    at: str


def card_of(setup: ChannelSetup, tested: LastTest | None) -> ChannelCard:
    """A channel as the page shows it."""
    card = ChannelCard(
        channel=setup.channel,
        carrier=setup.carrier,
        address=setup.carrier_address,
        own=setup.is_own,
        platform=setup.platform,
        provider=setup.provider,
        on=setup.is_on,
        version=setup.version,
        unreadable=setup.is_unreadable,
        filled={name: setup.values.get(name, "") for name in PLAIN},
        kept={name: setup.kept.get(name, "") for names in SECRETS.values() for name in names},
        webhooks=dict(setup.webhooks),
        tested_at=iso(setup.tested_at),
    )
    if tested is None:
        return card
    # Without an answer, but with the provider's word why: it did not get out.
    refused = tested.state.value == "sending" and tested.detail != ""
    result = "refused" if refused else tested.state.value
    tone, icon = RESULTS[result]
    return replace(
        card,
        result=result,
        result_tone=tone,
        result_icon=icon,
        result_detail=tested.detail,
        result_to=tested.to,
        result_at=iso(tested.asked_at),
        result_old=not tested.is_current,
    )


def line_of(call: UnknownCall) -> UnknownLine:
    """A call without an answer as the page shows it."""
    return UnknownLine(
        id=call.batch_id,
        channel=call.channel,
        number=call.count,
        subject=call.subject,
        people=", ".join(call.to),
        more=call.count - len(call.to),
        why=call.why,
        at=iso(call.called_at),
    )
