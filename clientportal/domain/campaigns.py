"""When a campaign is paused by itself: too much of it bounced (contracts/messaging.md §4)."""

from collections.abc import Mapping

from clientportal.domain.delivery import MessageState

FLOOR = 50
"""Messages whose end must be known before their share means something: half a provider's call.

Below that one bad address more or less would decide; a list of fewer has left before anybody
could stop it.
"""
MOST_PERCENT = 5

BOUNCED = frozenset({MessageState.BOUNCED, MessageState.BOUNCED_SOFT})
ARRIVED = frozenset({MessageState.DELIVERED, MessageState.READ, MessageState.COMPLAINED})


def outcome(counts: Mapping[MessageState, int], *, told_of_delivery: bool) -> tuple[int, int]:
    """(bounced, settled) of messages counted by state; settled includes what bounced.

    `told_of_delivery`: the provider reports deliveries. Where it does not (SMTP), what the server
    took counts as settled, since nothing better will ever be known of it.
    """
    bounced = sum(counts.get(state, 0) for state in BOUNCED)
    arrived = ARRIVED if told_of_delivery else ARRIVED | {MessageState.SENT}
    return bounced, bounced + sum(counts.get(state, 0) for state in arrived)


def is_too_much(bounced: int, settled: int) -> bool:
    """Whether more than 5 % of at least fifty bounced."""
    return settled >= FLOOR and bounced * 100 > settled * MOST_PERCENT
