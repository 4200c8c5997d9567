"""Tokens of links in mails: derived from a seed and our key, stored as a hash (DESIGN rule 11).

A mail is frozen before it is handed over, so that a second try sends the same. Its row holds
`PLACE` where the token goes, and the seed: without our key neither opens anything.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from clientportal.rendering.plain import clean
from clientportal.settings import settings

PLACE = "~link~"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Minted:
    """A new token: what its message keeps, and what the link's row keeps."""

    seed: str
    token_hash: str


def mint() -> Minted:
    """256 random bits."""
    seed = secrets.token_hex(32)
    return Minted(seed, hash_of(token_of(seed)))


def token_of(seed: str) -> str:
    """The token of a seed, for the one moment in which a mail leaves."""
    digest = hmac.new(settings().secret(), f"link:{seed}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def hash_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_token(text: str) -> bool:
    """Whether a text has the form of a token; says nothing about what it opens."""
    return _TOKEN.fullmatch(text) is not None


def without_place(text: str) -> str:
    """What somebody typed, so that no token is ever written into it; nearly always as it is.

    Looked at as mails print it, without hidden characters: those could keep the place from us.
    """
    return text.replace("~", "") if PLACE in clean(text) else text


def filled(text: str, seed: str) -> str:
    """A frozen body with its link in place; other bodies as they are."""
    return text.replace(f"/d/{PLACE}", f"/d/{token_of(seed)}") if seed else text
