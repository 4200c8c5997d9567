"""A person who reads a page is told from a program that loads it."""

from pathlib import Path

import pytest

from clientportal.ui import kit
from tests.ui.kit_node import evaluate, write_scripts


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scripts(tmp_path_factory.mktemp("reader"))


def test_only_a_trusted_gesture_after_a_second_in_view_is_a_person(scripts: Path) -> None:
    cases = [(True, 1000), (True, 999), (False, 5000), ("undefined", 5000)]
    program = ",".join(
        f"isPerson({{isTrusted: {str(trusted).lower()}}}, {shown})" for trusted, shown in cases
    )
    found = evaluate(scripts, 'import { isPerson } from "./reader.js";', f"[{program}]")
    assert found == [True, False, False, False]


def test_time_in_the_background_is_no_time_in_view(scripts: Path) -> None:
    program = """(() => {
      let now = 0;
      const seen = [];
      const watch = stopwatch(() => now, false);
      const at = (moment, visible) => { now = moment; if (visible !== null) watch.turn(visible);
        seen.push(watch.total()); };
      at(500, null); at(600, true); at(900, null); at(1000, false); at(9000, null);
      at(9100, true); at(9150, null);
      return seen;
    })()"""
    found = evaluate(scripts, 'import { stopwatch } from "./reader.js";', program)
    assert found == [0, 0, 300, 400, 400, 400, 450]


def test_the_component_draws_nothing_and_calls_both_handlers() -> None:
    drawn = str(kit.reader([], on_open=[]).render())
    assert "Reader" in drawn
