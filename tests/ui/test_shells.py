"""The frames of both faces: their menus lead somewhere before the page knows where it is."""

from pathlib import Path

import pytest
import reflex as rx

from clientportal.ui import shell_parts
from tests.ui.kit_node import evaluate, write_scripts


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_scripts(tmp_path_factory.mktemp("kit"))


@pytest.mark.parametrize(
    ("known", "path", "expected"),
    [
        ("", "/portal/k7/documents/12", "/portal/k7"),
        ("", "/portal/k7", "/portal/k7"),
        ("", "/portal", ""),
        ("", "/staff/molino/today", ""),
        ("/portal/k9", "/portal/k7/more", "/portal/k9"),
    ],
)
def test_a_menu_pressed_early_stays_in_the_space(
    kit: Path, known: str, path: str, expected: str
) -> None:
    base = rx.Var("base", _var_type=str)
    imports = f"const base = {known!r}; globalThis.location = {{ pathname: {path!r} }};"
    assert evaluate(kit, imports, str(shell_parts.located(base, "portal"))) == expected
