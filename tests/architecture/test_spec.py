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
