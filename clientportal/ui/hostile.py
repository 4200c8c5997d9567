"""What no handler should see: arguments of an event that the database or JSON would choke on."""

import math
from collections.abc import Iterator
from typing import Any

MOST_VALUES = 10_000
MOST_DEPTH = 8
LARGEST = 2**63 - 1
"""Integers beyond it fit no column."""


def acceptable(payload: object) -> bool:
    """Whether an event's arguments are plain data of a sane size.

    Texts must be encodable and hold no NUL (PostgreSQL refuses it), integers fit 64 bits, floats be
    finite numbers. Handlers still check what the values mean.
    """
    return all(index < MOST_VALUES and good for index, good in enumerate(_judged(payload)))


_SEQUENCES: tuple[type[Any], ...] = (list, tuple)


def _judged(payload: object) -> Iterator[bool]:
    waiting: list[tuple[Any, int]] = [(payload, 0)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, dict):
            waiting += [(key, depth + 1) for key in value]
            waiting += [(inner, depth + 1) for inner in value.values()]
        elif isinstance(value, _SEQUENCES):
            waiting += [(inner, depth + 1) for inner in value]
        yield depth <= MOST_DEPTH and is_plain(value)


def is_plain(value: object) -> bool:
    """Whether one value, without what it contains, can be stored and sent."""
    match value:
        case str():
            return "\0" not in value and (value.isascii() or _encodable(value))
        case bool() | None | dict() | list() | tuple():
            return True
        case int():
            return -LARGEST <= value <= LARGEST
        case float():
            return math.isfinite(value)
    return False


def _encodable(text: str) -> bool:
    """False for lone surrogates, which JSON can carry and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
