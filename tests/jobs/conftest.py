"""Fixtures of the job tests."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from clientportal.jobs import runtime


@pytest.fixture
def running(database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The job engine runs inside this process: what is enqueued is worked."""
    monkeypatch.setattr(runtime, "FINISH_SECONDS", 1)
    runtime.start("serve")
    yield
    runtime.stop()
