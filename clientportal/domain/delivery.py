"""What becomes of a message: its states, and how they move (contracts/messaging.md §10 rule 9)."""

from enum import StrEnum


class MessageState(StrEnum):
    """State of one message on one channel.

    `sent`: the provider took it. `not_delivered`: the provider kept it back by a policy of its own
    that says nothing about the address. `blocked`: an alert stood on the address when it was to
    leave. `needs_check`: nobody knows whether it left, and it is not sent again by itself.
    """

    PLANNED = "planned"
    SENDING = "sending"
    BLOCKED = "blocked"
    NEEDS_CHECK = "needs_check"
    SENT = "sent"
    DELAYED = "delayed"
    FAILED = "failed"
    NOT_DELIVERED = "not_delivered"
    DELIVERED = "delivered"
    READ = "read"
    BOUNCED_SOFT = "bounced_soft"
    BOUNCED = "bounced"
    SUPPRESSED = "suppressed"
    COMPLAINED = "complained"


OPEN = frozenset({MessageState.PLANNED, MessageState.SENDING})
"""Not handed over yet."""

TAKEN = frozenset(
    {
        MessageState.SENT,
        MessageState.DELAYED,
        MessageState.DELIVERED,
        MessageState.READ,
        MessageState.COMPLAINED,
    }
)
"""It left, and as far as anybody knows it arrived or still will."""

UNDELIVERED = frozenset(
    {
        MessageState.BLOCKED,
        MessageState.FAILED,
        MessageState.NOT_DELIVERED,
        MessageState.BOUNCED_SOFT,
        MessageState.BOUNCED,
        MessageState.SUPPRESSED,
    }
)
"""It did not reach the person, and nothing more will happen by itself."""

_RANK = {
    MessageState.PLANNED: 0,
    MessageState.SENDING: 10,
    MessageState.BLOCKED: 12,
    MessageState.NEEDS_CHECK: 14,
    MessageState.SENT: 20,
    MessageState.DELAYED: 30,
    MessageState.FAILED: 35,
    MessageState.NOT_DELIVERED: 35,
    MessageState.DELIVERED: 40,
    MessageState.READ: 50,
    MessageState.BOUNCED_SOFT: 60,
    MessageState.BOUNCED: 62,
    MessageState.SUPPRESSED: 62,
    MessageState.COMPLAINED: 70,
}


def moves(current: MessageState, to: MessageState) -> bool:
    """Whether an event may take a message from one state to another: upward in rank alone.

    Events come in any order and more than once, so a lower or equal one is old news: bounces and
    complaints beat a delivery, a failure does not.
    """
    return _RANK[to] > _RANK[current]
