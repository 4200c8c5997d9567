"""The upload of the import screen: what it does with a body that never ends."""

import pytest
from starlette.requests import Request
from starlette.types import Message

from clientportal.web import import_files

PART = b"x" * 64_000


async def test_a_body_that_never_ends_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_files, "MOST_DROPPED", 10 * len(PART))
    received = 0

    async def receive() -> Message:
        nonlocal received
        received += 1
        assert received < 1_000, "it goes on reading"
        return {"type": "http.request", "body": PART, "more_body": True}

    await import_files._drop_body(Request({"type": "http", "headers": []}, receive))
    assert received == 11
