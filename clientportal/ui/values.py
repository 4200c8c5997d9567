"""Plain values as a page's state and its address hold them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar
from urllib.parse import urlencode

T = TypeVar("T")


def iso(moment: date | datetime | None) -> str:
    """A day or moment as ISO text, "" for none."""
    return moment.isoformat() if moment else ""


def url(path: str, query: Mapping[str, Sequence[str]]) -> str:
    """A path with its query; values that repeat stay repeated, empty ones are left out."""
    pairs = [(name, value) for name, values in query.items() for value in values if value]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def plain(value: T) -> T:
    """What a state's var holds, without the wrapper that listens for writes: to read many rows.

    The wrapper wraps every row anew each time that it is looped over. Never write to what comes
    back.
    """
    held: T = getattr(value, "__wrapped__", value)
    return held
