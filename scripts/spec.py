"""Keep docs/spec.md in step with the `spec` marks of the tests. `--check` only compares."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "docs" / "spec.md"
MARK = "pytest.mark.spec"


SEEN_BY_PEOPLE = frozenset({"ui", "flow", "state"})
"""Kinds of statements that a test shows through a browser, or at least the socket."""
_CLOSENESS = ("browser", "stories", "ui", "web")
"""Folders of tests, the one nearest to what a person sees first; all others come after."""


def marks() -> dict[int, list[str]]:
    """The tests of each spec number, by path and line."""
    found: dict[int, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for number, name in marks_of(path.read_text()):
            found.setdefault(number, []).append(f"{path.relative_to(ROOT).as_posix()}::{name}")
    return found


def marks_of(source: str) -> list[tuple[int, str]]:
    """(spec number, name of the test) of a module, whatever name it gives to the mark."""
    module = ast.parse(source)
    names = {MARK} | {
        target.id
        for node in module.body
        if isinstance(node, ast.Assign) and ast.unparse(node.value) == MARK
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return [
        (number, node.name)
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for number in _numbers(node, names)
    ]


def _numbers(node: ast.FunctionDef | ast.AsyncFunctionDef, names: set[str]) -> list[int]:
    numbers: list[int] = []
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) in names:
            numbers += [arg.value for arg in mark.args if isinstance(arg, ast.Constant)]  # type: ignore[misc]
    return numbers


def shown(kind: str, tests: list[str]) -> str:
    """The test that the table names: what a person sees is best shown by a browser."""
    if kind not in SEEN_BY_PEOPLE or not tests:
        return tests[0] if tests else ""
    return min(tests, key=_distance)


def _distance(test: str) -> int:
    folder = test.split("/")[1]
    return _CLOSENESS.index(folder) if folder in _CLOSENESS else len(_CLOSENESS)


def rewritten(text: str, found: dict[int, list[str]]) -> str:
    """The table with state and test of every row as the marks say."""
    lines = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[0].isdigit():
            test = shown(cells[1], found.get(int(cells[0]), []))
            state, name = ("done", f"`{test}`") if test else ("open", "")
            line = f"| {cells[0]} | {cells[1]} | {cells[2]} | {state} | {name} |"
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
