"""Marks by which delivery reports name a message: its id with a proof that it came from us.

Reports come as mail from strangers; without the proof anybody could have an address silenced.
"""

import hashlib
import hmac

from clientportal.settings import settings


def mark_of(message_id: int) -> str:
    """`<id>.<20 hex digits>`, fit for a Message-ID and for a return path."""
    digest = hmac.new(settings().secret(), f"message:{message_id}".encode(), hashlib.sha256)
    return f"{message_id}.{digest.hexdigest()[:20]}"


def message_of(mark: str) -> int | None:
    """The id that a mark names; None for one that we never made."""
    number = mark.partition(".")[0]
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        return None
    return (
        int(number) if hmac.compare_digest(mark.encode(), mark_of(int(number)).encode()) else None
    )
