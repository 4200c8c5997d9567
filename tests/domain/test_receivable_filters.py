"""Situations of accounts by day, and filters of the receivables as hostile text."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientportal.domain import receivables as rules
from clientportal.domain.contactability import Segment
from clientportal.domain.receivables import (
    NEVER,
    Reach,
    ReceivableFilters,
    ReceivableSort,
    Situation,
)

TODAY = date(2026, 3, 2)
BY_DAYS = [s for s in Situation if s is not Situation.CLAIM]


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (-400, "current"),
        (0, "current"),
        (1, "early"),
        (29, "early"),
        (30, "late_30"),
        (59, "late_30"),
        (60, "late_60"),
        (89, "late_60"),
        (90, "late_90"),
        (9_000, "late_90"),
    ],
)
def test_the_situation_changes_on_the_day(late: int, expected: str) -> None:
    assert rules.situation(TODAY - timedelta(days=late), TODAY) == expected


def test_who_owes_nothing_is_settled() -> None:
    assert rules.situation(NEVER, TODAY) is Situation.SETTLED


@given(st.dates(), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_the_days_of_a_situation_are_those_that_have_it(due: date, today: date) -> None:
    found = rules.situation(due, today)
    for situation in BY_DAYS:
        first, last = rules.due_between(situation, today)
        assert (first <= due <= last) == (situation is found)


def test_contactability_follows_the_segments() -> None:
    def left(*reach: Reach) -> set[Segment]:
        return set(ReceivableFilters(reach=reach).segments)

    assert left(Reach.PROBLEMS) == {Segment.PROBLEMS, Segment.UNREACHABLE}
    assert left(Reach.UNREACHABLE, Reach.NO_DATA) == {Segment.UNREACHABLE, Segment.NO_DATA}
    assert left(Reach.CONTACTABLE) == {Segment.CONTACTABLE, Segment.PROBLEMS}
    assert left() == set()


def test_a_query_is_read_and_written_back() -> None:
    query = {
        "q": ["sol"],
        "contact": ["no_data", "problems"],
        "situation": ["late_90", "claim"],
        "owing": ["1"],
        "currency": ["USD"],
        "tag": ["Norte"],
        "sort": ["balance"],
    }
    parsed = ReceivableFilters.parse(query)
    assert parsed.sort is ReceivableSort.BALANCE
    assert parsed.ignored == ()
    assert parsed.is_narrowed
    written = parsed.to_query()
    assert {name: set(values) for name, values in written.items()} == {
        name: set(values) for name, values in query.items()
    }
    assert ReceivableFilters.parse(written) == parsed
    assert not ReceivableFilters.parse({"sort": ["name"]}).is_narrowed


def test_what_is_unknown_is_left_out_and_named() -> None:
    parsed = ReceivableFilters.parse(
        {"contact": ["problems", "x"], "situation": ["'"], "currency": ["usd"], "sort": ["id;"]}
    )
    assert parsed == ReceivableFilters(
        reach=(Reach.PROBLEMS,), ignored=("currency", "contact", "situation", "sort")
    )


@given(
    st.dictionaries(
        st.sampled_from(["q", "contact", "situation", "owing", "currency", "tag", "sort", "x"]),
        st.lists(st.text(max_size=300), max_size=40),
    )
)
def test_no_query_fails_and_what_is_written_is_read(query: dict[str, list[str]]) -> None:
    parsed = ReceivableFilters.parse(query)
    again = ReceivableFilters.parse(parsed.to_query())
    assert again.to_query() == parsed.to_query()
