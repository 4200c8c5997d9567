"""The log of interactions: what was sent to whom, as words to filter by; URLs are hostile."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

from clientportal.domain.contactability import AlertReason
from clientportal.domain.dates import day_of
from clientportal.domain.delivery import OPEN, UNDELIVERED, MessageState
from clientportal.domain.document_filters import MAX_ID, MAX_TEXT

CHANNELS = ("email", "whatsapp")
PURPOSES = (
    "document",
    "receipt",
    "payment_received",
    "payment_as_credit",
    "payment_review",
    "comment",
    "comment_answer",
    "access_granted",
    "fallback",
    "channel_test",
)
"""Kinds of messages that a company sends; those of sign-in are the platform's, and in no log."""
OTHER = "other"
"""The word of a kind that has none of its own."""


class Outcome(StrEnum):
    """What became of a message, as one asks for it."""

    ON_ITS_WAY = "on_its_way"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PROBLEM = "problem"


OUTCOMES: dict[Outcome, frozenset[MessageState]] = {
    Outcome.ON_ITS_WAY: OPEN,
    Outcome.SENT: frozenset({MessageState.SENT, MessageState.DELAYED}),
    Outcome.DELIVERED: frozenset({MessageState.DELIVERED}),
    Outcome.READ: frozenset({MessageState.READ}),
    Outcome.PROBLEM: UNDELIVERED | {MessageState.COMPLAINED, MessageState.NEEDS_CHECK},
}


class Cause(StrEnum):
    """Why a message did not arrive, where it is not the address itself (then: `AlertReason`)."""

    NOT_RENDERED = "not_rendered"
    TEMPLATE = "template"
    CONTENT = "content"
    MAILBOX = "mailbox"
    WINDOW = "window"
    POLICY = "policy"
    FAILED = "failed"
    UNANSWERED = "unanswered"


CAUSES = (*(reason.value for reason in AlertReason), *(cause.value for cause in Cause))
_CODE = re.compile(r"[0-9]{1,6}\b")
_TEMPLATE_CODES = range(132000, 133000)
_WINDOW_CODE = 131047


def cause_of(state: MessageState, channel: str, error: str, alert: AlertReason | None) -> str:
    """Why a message did not arrive, one of CAUSES; "" for one that did, or still may.

    `error`: what is stored with it, the provider's words. `alert`: the one that it caused.
    """
    if state is MessageState.BLOCKED:
        return error if error in set(AlertReason) else AlertReason.HARD_BOUNCE.value
    if state is MessageState.NEEDS_CHECK:
        return Cause.UNANSWERED.value
    if state is MessageState.COMPLAINED:
        return AlertReason.COMPLAINT.value
    if state not in UNDELIVERED:
        return ""
    if alert is not None:
        return alert.value
    return _without_alert(state, channel, error).value


def _without_alert(state: MessageState, channel: str, error: str) -> Cause | AlertReason:
    match state:
        case MessageState.BOUNCED_SOFT:
            return Cause.MAILBOX
        case MessageState.BOUNCED:
            return Cause.CONTENT
        case MessageState.SUPPRESSED:
            return AlertReason.SUPPRESSED
        case _:
            pass
    if error.startswith("render: "):
        return Cause.NOT_RENDERED
    found = _CODE.match(error) if channel == "whatsapp" else None
    code = int(found.group(0)) if found else 0
    if code in _TEMPLATE_CODES or error.startswith("template: "):
        return Cause.TEMPLATE
    if code == _WINDOW_CODE:
        return Cause.WINDOW
    return Cause.POLICY if state is MessageState.NOT_DELIVERED else Cause.FAILED


@dataclass(frozen=True, slots=True)
class InteractionFilters:
    """What the log is narrowed to; days are those of the company's zone, both included."""

    text: str = ""
    channel: str = ""
    outcome: Outcome | None = None
    purpose: str = ""
    since: date | None = None
    until: date | None = None
    account_id: int | None = None

    @classmethod
    def parse(cls, query: Mapping[str, list[str]]) -> Self:
        """Filters of a URL's query: q, channel, outcome, purpose, since, until, account.

        Never raises: what cannot be read is left out.
        """

        def one(name: str) -> str:
            return " ".join((query.get(name) or [""])[0][:MAX_TEXT].split())

        text = "".join(char for char in one("q") if char.isprintable())
        channel, outcome, purpose = one("channel"), one("outcome"), one("purpose")
        account = one("account")
        known = account.isascii() and account.isdigit() and 0 < int(account) <= MAX_ID
        return cls(
            text=text,
            channel=channel if channel in CHANNELS else "",
            outcome=Outcome(outcome) if outcome in set(Outcome) else None,
            purpose=purpose if purpose in PURPOSES else "",
            since=day_of(one("since")),
            until=day_of(one("until")),
            account_id=int(account) if known else None,
        )

    def to_query(self) -> dict[str, list[str]]:
        """The URL parameters that `parse` reads back; empty filters are left out."""
        query = {
            "q": self.text,
            "channel": self.channel,
            "outcome": self.outcome.value if self.outcome else "",
            "purpose": self.purpose,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "account": str(self.account_id) if self.account_id else "",
        }
        return {name: [value] for name, value in query.items() if value}

    @property
    def is_narrowed(self) -> bool:
        """Whether an empty list may be the filters' doing; the account is no filter there."""
        return bool(set(self.to_query()) - {"account"})
