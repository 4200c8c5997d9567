"""Secrets of a company at rest: encrypted with keys derived from ours, which can be changed.

`CLIENTPORTAL_SECRET_KEY` encrypts; `CLIENTPORTAL_OLD_SECRET_KEYS` (space-separated) still decrypt
until `renewed` has written everything anew. The database alone opens nothing.
"""

import base64
import json
from collections.abc import Mapping
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clientportal.settings import settings


class Unreadable(Exception):
    """No key that we have opens it: it was written under one that has been dropped."""


def seal(secrets: Mapping[str, str]) -> str:
    """The encrypted text of named secrets; "" for none."""
    if not secrets:
        return ""
    plain = json.dumps(dict(secrets), separators=(",", ":"), sort_keys=True)
    return _keys().encrypt(plain.encode()).decode()


def opened(sealed: str) -> dict[str, str]:
    """The named secrets of an encrypted text. Raises Unreadable."""
    if not sealed:
        return {}
    try:
        return dict(json.loads(_keys().decrypt(sealed.encode())))
    except InvalidToken as error:
        raise Unreadable() from error


def renewed(sealed: str) -> str:
    """The same secrets under the current key, for its change. Raises Unreadable."""
    return seal(opened(sealed))


def masked(secret: str) -> str:
    """What a page may show of a secret: that it is there, and its last four characters."""
    if not secret:
        return ""
    return f"••••{secret[-4:]}" if len(secret) >= 12 else "••••"


def _keys() -> MultiFernet:
    old = settings().old_secret_keys.get_secret_value().split()
    return _derived(settings().secret(), *(key.encode() for key in old))


@lru_cache(maxsize=4)
def _derived(*keys: bytes) -> MultiFernet:
    return MultiFernet([Fernet(_fernet_key(key)) for key in keys])


def _fernet_key(key: bytes) -> bytes:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"clientportal credentials")
    return base64.urlsafe_b64encode(made.derive(key))
