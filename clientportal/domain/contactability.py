"""Who can be reached: what evidence does to an address, and segments of customers.

The table of contracts/messaging.md §11, as data. Only evidence about the *address* sets an alert:
quota, credential, template, policy and content errors never do (§10 rule 3).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from clientportal.domain.delivery import MessageState


class Evidence(StrEnum):
    """What a provider's answer or event says, in words that no provider owns."""

    ACCEPTED = "accepted"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    READ = "read"
    OPENED = "opened"  # a program loaded it: a scanner, perhaps
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCE = "soft_bounce"  # final: the provider has given up
    CONTENT_REFUSED = "content_refused"  # too large, content, attachment
    POLICY_REFUSED = "policy_refused"  # 5.7.x: the sender's problem
    COMPLAINT = "complaint"
    SUPPRESSED = "suppressed"
    INVALID_SYNTAX = "invalid_syntax"
    FAILED = "failed"  # ours or the provider's fault
    NO_ACCOUNT = "no_account"  # certain: no such WhatsApp account
    UNREACHABLE = "unreachable"  # possible: no account, terms not accepted, very old client
    WINDOW_CLOSED = "window_closed"
    HELD_BACK = "held_back"  # the provider's policy about this person
    OPTED_OUT = "opted_out"  # as HELD_BACK, by the person's own wish


class AlertReason(StrEnum):
    """Why nothing is sent to an address any more."""

    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCES = "soft_bounces"
    COMPLAINT = "complaint"
    SUPPRESSED = "suppressed"
    INVALID_SYNTAX = "invalid_syntax"
    NO_ACCOUNT = "no_account"
    UNREACHABLE = "unreachable"


class Removal(StrEnum):
    """What a member says on taking an alert off (ambiguity n)."""

    VERIFIED = "verified"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Effect:
    """What one piece of evidence does. `state`: of the message. `alert`: to set at once.

    `counts_soft`: one more towards the threshold. `is_ok`: the address works, the count starts
    anew; an open alert stays. `opts_out`: nothing but what is necessary from now on. `falls_back`:
    where the company wants it, the person is told by another address (§11, §12).
    """

    state: MessageState | None = None
    alert: AlertReason | None = None
    counts_soft: bool = False
    is_ok: bool = False
    opts_out: bool = False
    tells_operator: bool = False
    falls_back: bool = False


EFFECTS: dict[Evidence, Effect] = {
    Evidence.ACCEPTED: Effect(MessageState.SENT),
    Evidence.DELAYED: Effect(MessageState.DELAYED),
    Evidence.DELIVERED: Effect(MessageState.DELIVERED, is_ok=True),
    Evidence.READ: Effect(MessageState.READ, is_ok=True),
    Evidence.OPENED: Effect(MessageState.READ),
    Evidence.HARD_BOUNCE: Effect(MessageState.BOUNCED, AlertReason.HARD_BOUNCE, falls_back=True),
    Evidence.SOFT_BOUNCE: Effect(MessageState.BOUNCED_SOFT, counts_soft=True, falls_back=True),
    Evidence.CONTENT_REFUSED: Effect(MessageState.BOUNCED),
    Evidence.POLICY_REFUSED: Effect(MessageState.NOT_DELIVERED, tells_operator=True),
    Evidence.COMPLAINT: Effect(MessageState.COMPLAINED, AlertReason.COMPLAINT, opts_out=True),
    Evidence.SUPPRESSED: Effect(MessageState.SUPPRESSED, AlertReason.SUPPRESSED, falls_back=True),
    Evidence.INVALID_SYNTAX: Effect(
        MessageState.FAILED, AlertReason.INVALID_SYNTAX, falls_back=True
    ),
    Evidence.FAILED: Effect(MessageState.FAILED),
    Evidence.NO_ACCOUNT: Effect(MessageState.FAILED, AlertReason.NO_ACCOUNT, falls_back=True),
    Evidence.UNREACHABLE: Effect(MessageState.FAILED, AlertReason.UNREACHABLE, falls_back=True),
    Evidence.WINDOW_CLOSED: Effect(MessageState.NOT_DELIVERED),
    Evidence.HELD_BACK: Effect(MessageState.NOT_DELIVERED),
    Evidence.OPTED_OUT: Effect(MessageState.NOT_DELIVERED, opts_out=True),
}

SOFT_BOUNCES = 3
SOFT_WINDOW = 5
SOFT_SPAN = timedelta(hours=48)


def soft_threshold(outcomes: Sequence[tuple[datetime, bool]]) -> bool:
    """Whether soft bounces are enough for an alert (contract §4).

    `outcomes`: of the messages last sent to the address since it last worked, newest first: when
    each was sent and whether it bounced softly for good. Three different ones among the last five,
    the first and the last at least 48 hours apart.
    """
    soft = [at for at, bounced in outcomes[:SOFT_WINDOW] if bounced]
    return len(soft) >= SOFT_BOUNCES and max(soft) - min(soft) >= SOFT_SPAN


def is_old_news(sent_at: datetime | None, removed_at: datetime | None) -> bool:
    """Whether evidence about a message says nothing any more, because staff took the alert off
    after that message had been sent (§10 rule 5)."""
    return sent_at is not None and removed_at is not None and sent_at <= removed_at


class Segment(StrEnum):
    """How well a customer can be reached (mission 92-93, ambiguity m)."""

    CONTACTABLE = "contactable"
    PROBLEMS = "problems"  # some address has an alert, another still works
    UNREACHABLE = "unreachable"  # every address has one
    NO_DATA = "no_data"  # there is no address at all


NOT_CONTACTABLE = frozenset({Segment.UNREACHABLE, Segment.NO_DATA})
WITH_PROBLEMS = frozenset({Segment.PROBLEMS, Segment.UNREACHABLE})


def segment(alerted: Iterable[bool]) -> Segment:
    """The segment of a customer from its addresses: for each, whether an alert stands on it."""
    marks = list(alerted)
    if not marks:
        return Segment.NO_DATA
    if all(marks):
        return Segment.UNREACHABLE
    return Segment.PROBLEMS if any(marks) else Segment.CONTACTABLE
