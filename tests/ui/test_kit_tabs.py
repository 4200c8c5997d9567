"""Tabs by keyboard: where each key goes, and what they are for ears."""

from pathlib import Path

import pytest
import reflex as rx

from clientportal.ui import kit
from tests.ui.kit_node import evaluate, write_scripts


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scripts(tmp_path_factory.mktemp("tabs"))


def test_arrows_go_round_and_home_and_end_to_the_ends(scripts: Path) -> None:
    calls = ["ArrowRight", "ArrowLeft", "Home", "End", "Tab", "a"]
    program = ",".join(f'tabAfter("{key}", {at}, 4) ?? null' for key in calls for at in (0, 3))
    found = evaluate(scripts, 'import { tabAfter } from "./tabs.js";', f"[{program}]")
    assert found == [1, 0, 3, 2, 0, 0, 3, 3, None, None, None, None]


def test_one_tab_is_open_a_stop_of_the_keyboard_and_names_the_panel() -> None:
    drawn = str(
        rx.fragment(
            kit.tabs("Vistas", kit.tab("A", href="/a", active=True), kit.tab("B", href="/b")),
            kit.tab_panel("Texto"),
        ).render()
    )
    assert drawn.count('role:"tab"') == 2
    assert drawn.count('"aria-selected":"true"') == drawn.count('"aria-selected":"false"') == 1
    assert drawn.count("tabIndex:0") == drawn.count("tabIndex:-1") == 1
    assert drawn.count('id:"tab-open"') == 1
    assert '"aria-labelledby":"tab-open"' in drawn
    assert drawn.count('"aria-controls":"tab-panel"') == 2
