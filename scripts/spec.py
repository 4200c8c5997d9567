"""Keep docs/spec.md in step with the `spec` marks of the tests. `--check` only compares."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "docs" / "spec.md"


def marks() -> dict[int, str]:
    """The first test (by path and line) of each spec number."""
    found: dict[int, str] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for number in _numbers(node):
                found.setdefault(number, f"{path.relative_to(ROOT)}::{node.name}")
    return found


def _numbers(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[int]:
    numbers: list[int] = []
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.spec":
            numbers += [arg.value for arg in mark.args if isinstance(arg, ast.Constant)]  # type: ignore[misc]
    return numbers


def rewritten(text: str, found: dict[int, str]) -> str:
    """The table with state and test of every row as the marks say."""
    lines = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[0].isdigit():
            test = found.get(int(cells[0]), "")
            shown = f"`{test}`" if test else ""
            line = (
                f"| {cells[0]} | {cells[1]} | {cells[2]} | {'done' if test else 'open'} | {shown} |"
            )
            line = line.replace("|  |", "| |")
        lines.append(line)
    return "\n".join(lines) + "\n"


def main() -> int:
    text = TABLE.read_text()
    fresh = rewritten(text, marks())
    if "--check" in sys.argv:
        return int(text != fresh)
    TABLE.write_text(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main())
