"""Between two slices of an import whoever waits to write gets a turn."""

import time

import pytest
import sqlalchemy as sa

from clientportal.jobs import imports

LOOKS_AGAIN = 0.1
"""SQLite's own busy handler, at the longest, between two looks at a lock that is taken."""


def test_the_pause_is_longer_than_a_waiting_writer_looks_away(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)

    imports._pause()

    assert len(pauses) == 1
    if database.dialect.name == "sqlite":
        assert pauses[0] >= LOOKS_AGAIN * 1.2
    else:
        assert 0 < pauses[0] < LOOKS_AGAIN  # waiters queue there
