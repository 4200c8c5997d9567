"""The built front end on disk: where it is, what it was made from, whether it may be served.

Layout of `build/<env>/` (a trimmed Reflex web directory, so REFLEX_WEB_WORKDIR can point at it):
`build/client/**` the static files, `backend/` and `routes.json` what the server reads, and
`build.json`, the record that this module writes and checks.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from clientportal.settings import ConfigurationError

ROOT = Path(__file__).resolve().parents[2]
RECORD = "build.json"
SOURCES = (
    "assets",
    "clientportal/clientportal.py",
    "clientportal/domain",
    "clientportal/rendering/formats.py",
    "clientportal/rendering/texts.py",
    "clientportal/texts",
    "clientportal/ui",
    "reflex.lock",
    "requirements.txt",
    "rxconfig.py",
    "scripts/build.py",
)
GENERATED = "generated"  # files below such a folder are written by the build itself


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """What a build was made for (`env`) and from (`sources`, a hex digest)."""

    env: str
    sources: str
    version: str


def build_dir(env: str) -> Path:
    """Folder of the build for one ENV."""
    return ROOT / "build" / env


def client_dir(env: str) -> Path:
    """Folder of the static files of that build."""
    return build_dir(env) / "build" / "client"


def source_hash() -> str:
    """Digest of every file that the front end is made from, names included."""
    digest = hashlib.sha256()
    for entry in SOURCES:
        path = ROOT / entry
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        for file in files:
            parts = file.relative_to(ROOT).parts
            if not file.is_file() or "__pycache__" in parts or GENERATED in parts:
                continue
            digest.update("/".join(parts).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def read_record(env: str) -> BuildRecord | None:
    """The record of the build for this ENV, or None when there is no whole build."""
    try:
        return BuildRecord(**json.loads((build_dir(env) / RECORD).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write_record(folder: Path, record: BuildRecord) -> None:
    """Mark `folder` as a whole build."""
    (folder / RECORD).write_text(json.dumps(asdict(record), indent=2) + "\n")


def require_build(env: str, folder: Path | None = None) -> BuildRecord:
    """The build to serve.

    Raises ConfigurationError when it is missing or was made for another ENV (DESIGN §5): a
    development build holds pages that production must not have.
    """
    folder = folder or build_dir(env)
    try:
        record = BuildRecord(**json.loads((folder / RECORD).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(
            f"There is no front end for ENV={env}. Make it with: make build ENV={env}"
        ) from error
    if record.env != env:
        raise ConfigurationError(
            f"The front end was built for ENV={record.env}, not for ENV={env}."
            f" Make it with: make build ENV={env}"
        )
    return record
