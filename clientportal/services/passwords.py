"""Password hashing (argon2id) and the rules for new ones (DESIGN §3 rule 4)."""

import gzip
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore

from pwdlib import PasswordHash

from clientportal.domain import guessable
from clientportal.domain.errors import Invalid

MIN_LENGTH = 12
MAX_LENGTH = 200

# One verification takes 64 MB; two at a time keep the memory of a small machine.
_slots = BoundedSemaphore(2)


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _common() -> frozenset[str]:
    packed = (Path(__file__).parent / "common_passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().split())


@cache
def dummy_hash() -> str:
    """A hash that no password has, so that unknown addresses cost what known ones cost."""
    return _hasher().hash("no account has this password")


def hash_password(password: str) -> str:
    with _slots:
        return _hasher().hash(password)


def verify_password(password: str, stored: str) -> bool:
    """Takes about 0.2 s of CPU: call it outside a transaction and off the loop."""
    if len(password) > MAX_LENGTH:
        return False
    with _slots:
        return _hasher().verify(password, stored)


def check_strength(password: str, *, email: str = "", name: str = "") -> None:
    """Refuse short, common, patterned or self-revealing passwords.

    Raises Invalid with `password_short`, `password_long`, `password_common` or `password_personal`.
    """
    if len(password) < MIN_LENGTH:
        raise Invalid(code="password_short", field="password", least=MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        raise Invalid(code="password_long", field="password", most=MAX_LENGTH)
    folded = password.casefold()
    base = folded.strip("0123456789!?.,-_*#$@ ")
    known = {folded, base, guessable.unit(folded), guessable.unit(base)}
    if guessable.is_pattern(password) or not _common().isdisjoint(known):
        raise Invalid(code="password_common", field="password")
    personal = [email.casefold().partition("@")[0], *name.casefold().split()]
    if base in personal or folded in {email.casefold(), name.casefold()}:
        raise Invalid(code="password_personal", field="password")
