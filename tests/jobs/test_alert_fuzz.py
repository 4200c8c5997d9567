"""Nothing leaves to an address with an alert, whenever the alert came (contracts §10 rule 2)."""

import os

import pytest

from tests.support.alert_fuzz import fuzz

SENDS = int(os.environ.get("FUZZED_SENDS", "1500"))
SEED = int(os.environ.get("FUZZED_SEED", "94"))


@pytest.mark.spec(94)
@pytest.mark.usefixtures("database")
def test_no_message_leaves_to_an_alerted_address(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = fuzz(monkeypatch, count=SENDS, seed=SEED)
    assert seen.to_alerted == []
    assert (seen.planned, seen.lost) == (SENDS, 0)
    # The test has met what it is about: alerts before planning, and between planning and the call.
    assert seen.blocked_when_planned > SENDS // 100
    assert seen.blocked_when_claimed > SENDS // 200
    assert min(seen.alerts, seen.removals) > SENDS // 100
    assert seen.left > SENDS // 4
