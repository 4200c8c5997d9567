"""Memory goes back to the system when many pages are gone, and not for a few."""

import pytest

from clientportal.ui import memory


@pytest.fixture
def given_back(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    times: list[None] = []
    monkeypatch.setattr(memory, "give_back", lambda: times.append(None))
    return times


def test_a_few_pages_that_go_are_not_worth_it(given_back: list[None]) -> None:
    most = 0
    for held in (10, 40, 0, 300, 240, 300):
        most = memory.look(held, most)
    assert most == 300
    assert given_back == []


def test_many_pages_that_go_are(given_back: list[None]) -> None:
    most = memory.look(400, 0)
    most = memory.look(300, most)
    assert (most, len(given_back)) == (300, 1)
    most = memory.look(0, most)
    assert (most, len(given_back)) == (0, 2)
    assert memory.look(0, most) == 0
    assert len(given_back) == 2


def test_giving_back_does_no_harm_on_any_system() -> None:
    memory.give_back()
