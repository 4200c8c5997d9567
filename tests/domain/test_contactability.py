"""Evidence, alerts and segments: the table of contracts/messaging.md §11 as rules."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from clientportal.domain import contactability as rules
from clientportal.domain.contactability import EFFECTS, Evidence, Segment
from clientportal.domain.delivery import OPEN, TAKEN, UNDELIVERED, MessageState, moves

NOW = datetime(2026, 1, 10, tzinfo=UTC)


def test_every_evidence_has_an_effect() -> None:
    assert set(EFFECTS) == set(Evidence)


def test_only_evidence_about_the_address_sets_an_alert() -> None:
    alerting = {evidence for evidence, effect in EFFECTS.items() if effect.alert}
    assert alerting == {
        Evidence.HARD_BOUNCE,
        Evidence.COMPLAINT,
        Evidence.SUPPRESSED,
        Evidence.INVALID_SYNTAX,
        Evidence.NO_ACCOUNT,
        Evidence.UNREACHABLE,
    }


def test_states_are_open_taken_undelivered_or_unknown() -> None:
    assert OPEN | TAKEN | UNDELIVERED | {MessageState.NEEDS_CHECK} == set(MessageState)
    assert not OPEN & TAKEN
    assert not UNDELIVERED & (OPEN | TAKEN)


def test_a_bounce_beats_a_delivery_and_a_failure_does_not() -> None:
    assert moves(MessageState.DELIVERED, MessageState.BOUNCED)
    assert moves(MessageState.READ, MessageState.COMPLAINED)
    assert not moves(MessageState.DELIVERED, MessageState.FAILED)
    assert moves(MessageState.FAILED, MessageState.DELIVERED)  # another device of the person
    assert not moves(MessageState.READ, MessageState.DELIVERED)


def test_any_order_of_events_ends_in_the_same_state() -> None:
    events = [MessageState.SENT, MessageState.DELAYED, MessageState.DELIVERED, MessageState.BOUNCED]
    for order in permutations(events):
        state = MessageState.SENDING
        for event in order:
            state = event if moves(state, event) else state
        assert state is MessageState.BOUNCED


@given(st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=8))
def test_the_soft_threshold(outcomes: list[tuple[int, bool]]) -> None:
    newest_first = sorted(
        ((NOW - timedelta(hours=hours), soft) for hours, soft in outcomes), reverse=True
    )
    soft = [at for at, bounced in newest_first[:5] if bounced]
    expected = len(soft) >= 3 and soft[0] - soft[-1] >= timedelta(hours=48)
    assert rules.soft_threshold(newest_first) is expected


def test_three_soft_bounces_within_two_days_are_not_enough() -> None:
    soft = [(NOW - timedelta(hours=hours), True) for hours in (0, 1, 47)]
    assert not rules.soft_threshold(soft)
    assert rules.soft_threshold([*soft[:2], (NOW - timedelta(hours=48), True)])


@given(st.lists(st.booleans(), max_size=6))
def test_segments(alerted: list[bool]) -> None:
    found = rules.segment(alerted)
    assert (found is Segment.NO_DATA) == (not alerted)
    assert (found in rules.NOT_CONTACTABLE) == all(alerted)
    assert (found in rules.WITH_PROBLEMS) == any(alerted)


def test_evidence_older_than_a_removal_is_old_news() -> None:
    assert rules.is_old_news(NOW, NOW)
    assert not rules.is_old_news(NOW, NOW - timedelta(seconds=1))
    assert not rules.is_old_news(NOW, None)
    assert not rules.is_old_news(None, NOW)
