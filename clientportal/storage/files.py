"""Stored files behind a port of five methods: a local directory, named by content (DESIGN §8)."""

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Protocol

from sqlmodel import Session, col, select

from clientportal.settings import settings
from clientportal.storage.models import Company, DocumentOriginal, ImportRun, MessageFile

_SHA256 = re.compile(r"[0-9a-f]{64}")


class FileStore(Protocol):
    """What a store of immutable files must do; S3 can stand behind it later."""

    def put(self, content: bytes) -> str:
        """Store and return the SHA-256 in hex. Storing the same bytes again changes nothing."""
        ...

    def get(self, sha256: str) -> bytes:
        """The bytes. Raises FileNotFoundError."""
        ...

    def exists(self, sha256: str) -> bool:
        """Whether a file of this hash is stored."""
        ...

    def delete(self, sha256: str) -> None:
        """Forget the file; a missing one is no error."""
        ...

    def stored_before(self, moment: datetime) -> Iterator[str]:
        """Hashes of the files that were stored before `moment` (aware)."""
        ...


class LocalFiles:
    """Files in one directory, written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise FileNotFoundError(sha256)
        return self._folder / sha256

    def put(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        if path.exists():
            path.touch()  # young again: the sweep must not take what is about to be referenced
            return sha256
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{sha256}.{secrets.token_hex(4)}")
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        return sha256

    def get(self, sha256: str) -> bytes:
        return self._path(sha256).read_bytes()

    def exists(self, sha256: str) -> bool:
        return bool(_SHA256.fullmatch(sha256)) and (self._folder / sha256).is_file()

    def delete(self, sha256: str) -> None:
        self._path(sha256).unlink(missing_ok=True)

    def stored_before(self, moment: datetime) -> Iterator[str]:
        if not self._folder.is_dir():
            return
        for path in self._folder.iterdir():
            stored = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if _SHA256.fullmatch(path.name) and stored < moment:
                yield path.name


@cache
def _local(folder: Path) -> LocalFiles:
    return LocalFiles(folder)


def store() -> FileStore:
    """The store of this process: DATA_DIR/files."""
    return _local(settings().data_dir / "files")


def referenced(session: Session) -> set[str]:
    """Hashes that any row of any company names; only the sweep asks."""
    logos = session.exec(
        select(col(Company.logo_sha256)).where(col(Company.logo_sha256).is_not(None))
    )
    imports = session.exec(select(col(ImportRun.file_sha256)).distinct())
    originals = session.exec(select(col(DocumentOriginal.file_sha256)).distinct())
    attached = session.exec(select(col(MessageFile.file_sha256)).distinct())
    return {sha for sha in logos if sha} | set(imports) | set(originals) | set(attached)
