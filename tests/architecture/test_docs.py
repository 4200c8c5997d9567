"""The documents say what the code has: commands, variables, decisions; and stay short."""

import re
from pathlib import Path

from clientportal.cli import COMMANDS
from clientportal.settings import Settings
from clientportal.web.routes import MODULES

ROOT = Path(__file__).resolve().parents[2]


def text(name: str) -> str:
    return (ROOT / name).read_text()


def test_the_readme_is_short_and_its_pictures_exist() -> None:
    readme = text("README.md")
    assert len(readme.splitlines()) <= 150
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", readme)
    assert len(pictures) == 2
    for picture in pictures:
        assert (ROOT / picture).stat().st_size < 300_000, picture


def test_every_variable_is_documented() -> None:
    rows = re.findall(r"^\| ([^|]+) \|", text("docs/configuration.md"), re.MULTILINE)
    documented = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert {name.upper() for name in Settings.model_fields} == documented


def test_every_command_stands_in_the_readme() -> None:
    readme = text("README.md").replace("\\|", "|")
    for command in COMMANDS:
        words = command.name.split()
        assert all(word in readme for word in words), command.name


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs/adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_links_between_documents_lead_somewhere() -> None:
    for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", text(name)):
            assert (ROOT / target).exists(), f"{name}: {target}"


def test_every_module_of_routes_exists() -> None:
    for module in MODULES:
        assert (ROOT / (module.replace(".", "/") + ".py")).exists(), module
