"""When a campaign is paused: more than five in a hundred, of fifty at least."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from clientportal.domain import campaigns as rules
from clientportal.domain.delivery import MessageState

COUNTS = st.dictionaries(st.sampled_from(MessageState), st.integers(0, 1_000))


def test_five_in_a_hundred_may_bounce_and_no_more() -> None:
    assert not rules.is_too_much(5, 100)
    assert rules.is_too_much(6, 100)
    assert not rules.is_too_much(49, 49)
    assert rules.is_too_much(3, 50)
    assert not rules.is_too_much(2, 50)


@given(COUNTS)
def test_what_is_not_known_yet_does_not_count(counts: Mapping[MessageState, int]) -> None:
    bounced, settled = rules.outcome(counts, told_of_delivery=True)
    waiting = {MessageState.PLANNED: 9, MessageState.SENDING: 9, MessageState.SENT: 9}
    assert (bounced, settled) == rules.outcome({**counts, **waiting}, told_of_delivery=True)
    assert 0 <= bounced <= settled


@given(COUNTS)
def test_where_nobody_tells_of_deliveries_what_was_taken_counts(
    counts: Mapping[MessageState, int],
) -> None:
    _, told = rules.outcome(counts, told_of_delivery=True)
    _, untold = rules.outcome(counts, told_of_delivery=False)
    assert untold == told + counts.get(MessageState.SENT, 0)
