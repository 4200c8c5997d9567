"""The shape of the code: layers, module sizes, one composition root without logic."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "clientportal"


def test_imports_keep_the_layers() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_a_worker_starts_without_reflex() -> None:
    code = "import sys, clientportal.jobs.runtime, clientportal.commands.worker;"
    code += "sys.exit(any(name.split('.')[0] == 'reflex' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_composition_root_is_short_and_decides_nothing() -> None:
    source = (PACKAGE / "clientportal.py").read_text()
    assert len(source.splitlines()) < 100
    tree = ast.parse(source)
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.If)]


def test_the_queue_stays_small() -> None:
    assert len((PACKAGE / "queue.py").read_text().splitlines()) <= 150


def test_no_page_is_registered_by_decorator() -> None:
    users = [path for path in (PACKAGE / "ui").rglob("*.py") if "@rx.page" in path.read_text()]
    assert users == []


@pytest.mark.parametrize("word", ["rx.Model", "rx.session(", "rx.upload(", "rx.run_in_thread("])
def test_words_that_do_not_belong_here(word: str) -> None:
    users = [
        str(path.relative_to(ROOT)) for path in PACKAGE.rglob("*.py") if word in path.read_text()
    ]
    assert users == []
