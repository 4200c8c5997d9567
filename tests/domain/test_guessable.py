"""Passwords that are a pattern, by property."""

import secrets
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientportal.domain.guessable import choices, is_pattern, unit

LINES = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjklñ", "zxcvbnm")
RUN = st.builds(
    lambda line, start, size, back: (line[start:] + line)[:: -1 if back else 1][:size],
    st.sampled_from(LINES),
    st.integers(0, 6),
    st.integers(4, 10),
    st.booleans(),
)


@given(st.lists(RUN, min_size=1, max_size=2))
def test_two_runs_are_a_pattern(runs: list[str]) -> None:
    assert is_pattern("".join(runs))


@given(st.text(string.ascii_letters, min_size=1, max_size=4), st.integers(3, 60))
def test_a_short_word_repeated_is_a_pattern(word: str, times: int) -> None:
    assert is_pattern(word * times)
    assert word.startswith(unit(word * times))


@given(st.text("0123456789!?.,-_*#$@ ", max_size=200))
def test_figures_and_marks_alone_are_a_pattern(text: str) -> None:
    assert is_pattern(text)


@given(st.text(max_size=200))
def test_no_text_breaks_the_measure(text: str) -> None:
    assert 0 <= choices(text) <= len(text)
    assert text.startswith(unit(text))


@pytest.mark.parametrize("_", range(50))
def test_what_a_password_manager_makes_is_none(_: int) -> None:
    text = "a" + "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(15))
    assert not is_pattern(text)
