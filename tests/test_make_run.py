"""`make run`, as far as it can be told without serving: its steps, their order, a line for each."""

import importlib.util
import re
import shutil
import subprocess
import time
from pathlib import Path
from types import ModuleType

import pytest

from clientportal.web import build
from tests.support.databases import ROOT

STEPS = ("migrate", "demo", "scripts/build.py", "serve")


def dry(folder: Path, *arguments: str, target: str = "run") -> str:
    """What `make` would do in a clone, without doing it: on a copy of what it looks at."""
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt"):
        shutil.copy2(ROOT / name, folder / name)
    done = subprocess.run(
        ["make", "--dry-run", *arguments, target],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder as a fresh clone is: nothing prepared."""
    folder = tmp_path / "clone"
    folder.mkdir()
    return folder


def prepare(clone: Path) -> None:
    """What the first start leaves: an environment with everything in it."""
    (clone / ".venv" / "bin").mkdir(parents=True)
    for name in ("bin/python", ".runtime"):
        (clone / ".venv" / name).touch()


def places(text: str) -> list[int]:
    """Where each step stands in what `make` would run."""
    found = [
        re.search(rf"-m clientportal {step}$|{re.escape(step)} --env", text, re.MULTILINE)
        for step in STEPS
    ]
    assert all(found), text
    return [match.start() for match in found if match]


def test_a_fresh_clone_gets_everything_in_order_and_a_line_for_each_step(clone: Path) -> None:
    text = dry(clone)
    made, packages = (
        text.index("environment: .venv"),
        text.index("packages: what the product needs"),
    )
    steps = places(text)
    assert [made, packages, *steps] == sorted([made, packages, *steps])
    assert "requirements-dev.txt" not in text  # what tests need is not asked of a visitor


def test_a_company_of_one_s_own_begins_without_the_demo_and_beside_its_data(clone: Path) -> None:
    text = dry(clone, target="own")
    assert "clientportal demo" not in text
    for step in ("migrate", "serve"):
        assert f"CLIENTPORTAL_DATA_DIR=data/own .venv/bin/python -m clientportal {step}" in text


def test_a_second_start_prepares_nothing_again(clone: Path) -> None:
    prepare(clone)
    shutil.copy2(ROOT / "requirements.txt", clone / "requirements.txt")
    (clone / ".venv" / ".runtime").touch()
    text = dry(clone)
    assert "pip install" not in text
    assert "venv .venv" not in text
    assert places(text) == sorted(places(text))


def test_it_is_the_demo_in_development_on_the_port_that_was_asked_for(clone: Path) -> None:
    prepare(clone)
    lines = [line for line in dry(clone, "PORT=4711").splitlines() if line.strip()]
    ours = [line for line in lines if "-m clientportal" in line]
    assert [line.rpartition(" ")[2] for line in ours] == ["migrate", "demo", "serve"]
    for line in ours:
        for setting in ("ENV=development", "DEMO=1", "PORT=4711"):
            assert f"CLIENTPORTAL_{setting}" in line
    [builds] = [line for line in lines if "scripts/build.py" in line]
    assert "--env development" in builds
    assert "4711" not in builds  # another port needs no other build
    assert lines[-1].startswith("exec ")  # signals reach the server, not a shell around it
    assert "PORT=3000" in dry(clone)


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """scripts/build.py over a folder of its own, whose compiler writes one page at once."""
    spec = importlib.util.spec_from_file_location("build_script", ROOT / "scripts" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def compiler(env: str) -> None:
        page = tmp_path / ".web" / "build" / "client" / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f"for {env}")

    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "compile_front_end", compiler)
    monkeypatch.setattr(build, "build_dir", lambda env: tmp_path / "build" / env)
    monkeypatch.setattr(build, "source_hash", lambda: "of these sources")
    return module


def test_the_build_says_what_it_does(
    builder: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = builder.ensure_build("development")
    said = capsys.readouterr().out.splitlines()
    assert (folder / "build" / "client" / "index.html").read_text() == "for development"
    assert said[0] == "  front end: building (development), about a minute the first time"
    assert re.fullmatch(r"  front end: built in \d+ s", said[1])
    assert len(said) == 2


def test_a_build_of_the_same_sources_is_one_line_and_no_work(
    builder: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    builder.ensure_build("development")
    capsys.readouterr()

    def compiler(env: str) -> None:
        raise AssertionError(f"compiled again for {env}")

    monkeypatch.setattr(builder, "compile_front_end", compiler)
    builder.ensure_build("development")
    assert capsys.readouterr().out == "  front end: up to date (development)\n"

    monkeypatch.setattr(build, "source_hash", lambda: "of other sources")
    with pytest.raises(AssertionError, match="compiled again"):
        builder.ensure_build("development")


def test_looking_for_changes_costs_little() -> None:
    """Every start of `make run` pays it. Processor time: other work on the machine is not in it."""
    before = time.process_time()
    build.source_hash()
    assert time.process_time() - before < 2
