"""docs/spec.md says what the tests show, and nothing else."""

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
spec = runpy.run_path(str(ROOT / "scripts" / "spec.py"))


def test_table_is_in_step_with_the_marks() -> None:
    text = (ROOT / "docs" / "spec.md").read_text()
    assert text == spec["rewritten"](text, spec["marks"]()), "run: python scripts/spec.py"


def test_all_279_statements_have_a_row_and_no_mark_points_nowhere() -> None:
    rows = re.findall(r"^\| (\d+) \|", (ROOT / "docs" / "spec.md").read_text(), re.MULTILINE)
    assert [int(n) for n in rows] == list(range(1, 280))
    assert set(spec["marks"]()) <= set(range(1, 280))


def test_a_mark_counts_under_any_name_that_a_module_gives_it() -> None:
    source = """
import pytest
SPEC = pytest.mark.spec
OTHER = pytest.mark.server

@pytest.mark.spec(1)
def test_a(): ...

@SPEC(2, 3)
async def test_b(): ...

@OTHER(4)
def test_c(): ...
"""
    assert spec["marks_of"](source) == [(1, "test_a"), (2, "test_b"), (3, "test_b")]


def test_what_people_see_is_shown_by_a_browser_where_there_is_one() -> None:
    service, socket, browser = (f"tests/{f}/test_x.py::test" for f in ("services", "ui", "browser"))
    tests = [browser, service, socket]
    assert spec["shown"]("ui", [service, socket]) == socket
    assert spec["shown"]("flow", sorted(tests, reverse=True)) == browser
    assert spec["shown"]("rule", [service, browser]) == service
    assert spec["shown"]("state", []) == ""
