"""Rules of messages on their way out: what may stand in a header, and when to try again."""

import re
import unicodedata
from datetime import timedelta

from clientportal.domain.errors import Invalid

ADDRESS_LIMIT = 254  # RFC 5321 §4.5.3.1.3 less the angle brackets
SUBJECT_LIMIT = 300

# One plain address: nothing that could end a header, start another recipient or quote its way out.
_ADDRESS = re.compile(
    r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64}@(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*"
)

ENCODED_WORD = "=?"
"""How a word begins that mail programs decode before they show or split a header."""

FIRST_LOOK = timedelta(seconds=60)
CLAIM_TIME = timedelta(minutes=2)
MOST_ATTEMPTS = 10
_LONGEST_PAUSE = timedelta(hours=4)


def address(text: str) -> str:
    """The e-mail address in `text` without surrounding spaces.

    Raises Invalid("email_invalid") for anything but one plain address, so that no header can be
    injected (RFC 5322 §3.4.1 without comments, quotes and folding).
    """
    found = text.strip()
    local = found.partition("@")[0]
    dots = local.startswith(".") or local.endswith(".") or ".." in local
    coded = ENCODED_WORD in found
    if len(found) > ADDRESS_LIMIT or dots or coded or not _ADDRESS.fullmatch(found):
        raise Invalid(code="email_invalid", field="email")
    return found


def header(text: str, limit: int) -> str:
    """`text` on one line of at most `limit` characters; control characters become spaces.

    Nothing in it can be read as an encoded word (RFC 2047), which could hold what ends a header.
    """
    visible = text
    if not text.isprintable():
        visible = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text)
    while ENCODED_WORD in visible:
        visible = visible.replace(ENCODED_WORD, "= ?")
    return " ".join(visible.split())[:limit]


def pause(attempt: int) -> timedelta:
    """The wait after attempt number `attempt`: one minute, doubling, at most four hours."""
    return min(FIRST_LOOK * 2 ** max(attempt, 0), _LONGEST_PAUSE)
