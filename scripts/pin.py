"""Pin what is installed: requirements*.in → requirements*.txt, and THIRD_PARTY with the licences.

usage: python scripts/pin.py   (inside .venv, after `pip install -r requirements.in …`)
"""

import re
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
BUNDLED = (
    "Inter (clientportal/rendering/fonts) — OFL-1.1, text beside it",
    "DejaVu Sans (clientportal/rendering/fonts) — Bitstream Vera licence, text beside it",
    "list of common passwords (clientportal/services) — Royce Williams, from Django, BSD-3-Clause",
    "tests/data — origins and terms in tests/data/README.md",
)
HEAD = "# Made by scripts/pin.py from {source}; do not edit.\n"


def direct(source: str) -> list[Requirement]:
    """The requirements that a .in file names."""
    lines = (ROOT / source).read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def closure(wanted: list[Requirement]) -> set[str]:
    """Canonical names of everything that `wanted` needs on this platform, themselves included."""
    seen: set[tuple[str, str]] = set()
    queue = [(requirement, "") for requirement in wanted]
    while queue:
        requirement, extra = queue.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for part in ("", *requirement.extras):
            if (name, part) in seen:
                continue
            seen.add((name, part))
            needed = metadata.requires(name) or ()
            queue += [(Requirement(line), part) for line in needed]
    return {name for name, _ in seen}


def pins(names: set[str]) -> str:
    """name==version lines."""
    return "".join(f"{name}=={metadata.version(name)}\n" for name in sorted(names))


def licence(name: str) -> str:
    """Licence of an installed distribution, as its metadata tells it."""
    found = metadata.metadata(name)
    if expression := (found.get_all("License-Expression") or [""])[0]:
        return str(expression)
    classifiers = [
        value.rpartition(" :: ")[2]
        for value in found.get_all("Classifier") or ()
        if value.startswith("License :: ") and not value.endswith("OSI Approved")
    ]
    text = (found.get_all("License") or [""])[0].strip().splitlines()
    return ", ".join(classifiers) or (text[0][:80] if text else "see its own files")


def javascript() -> list[tuple[str, str]]:
    """(name version, licence) of the packages that are bundled into the front end."""
    found = []
    for file in sorted((ROOT / ".web/node_modules").rglob("package.json")):
        if file.parent.parent.name != "node_modules" and not file.parent.parent.name.startswith(
            "@"
        ):
            continue
        text = file.read_text()
        fields = {
            k: re.search(rf'^\s*"{k}":\s*"([^"]+)"', text, re.MULTILINE)
            for k in ("name", "version", "license")
        }
        if fields["name"] and fields["version"]:
            terms = fields["license"][1] if fields["license"] else "see its own files"
            found.append((f"{fields['name'][1]} {fields['version'][1]}", terms))
    return sorted(set(found))


def third_party(runtime: set[str], development: set[str]) -> str:
    """The text of THIRD_PARTY."""
    parts = ["Third-party software\n====================\n\nMade by scripts/pin.py.\n"]
    for title, names in (("Python, at run time", runtime), ("Python, development", development)):
        rows = [f"{name} {metadata.version(name)} — {licence(name)}" for name in sorted(names)]
        parts.append(f"\n{title}\n" + "-" * len(title) + "\n" + "\n".join(rows) + "\n")
    title = "Files in this repository"
    parts.append(f"\n{title}\n" + "-" * len(title) + "\n" + "\n".join(BUNDLED) + "\n")
    title = "JavaScript, at build time and in the browser"
    rows = [f"{name} — {terms}" for name, terms in javascript()]
    parts.append(f"\n{title}\n" + "-" * len(title) + "\n" + "\n".join(rows) + "\n")
    return "".join(parts)


def main() -> None:
    """Write the three files."""
    runtime = closure(direct("requirements.in"))
    development = closure(direct("requirements-dev.in")) - runtime
    (ROOT / "requirements.txt").write_text(HEAD.format(source="requirements.in") + pins(runtime))
    (ROOT / "requirements-dev.txt").write_text(
        HEAD.format(source="requirements-dev.in") + pins(development)
    )
    (ROOT / "THIRD_PARTY").write_text(third_party(runtime, development))
    sys.stdout.write(f"pinned {len(runtime)} + {len(development)} packages\n")


if __name__ == "__main__":
    main()
