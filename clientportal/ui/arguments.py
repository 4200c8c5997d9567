"""Handler arguments as a browser sent them: annotations are no validation, so the gate looks."""

import types
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

MOST_DIGITS = 18  # every id and every amount fits; larger ones no database takes


@lru_cache(maxsize=1_000)
def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    return {name: hint for name, hint in get_type_hints(function).items() if name != "return"}


def fits(function: Callable[..., Any], payload: Mapping[str, Any]) -> bool:
    """Whether each argument is of the outer type that the handler names.

    A handler still parses what it gets; it only need not expect a list where it asked for a word.
    """
    hints = _hints(function)
    return all(_fits(hints[name], value) for name, value in payload.items() if name in hints)


def _fits(hint: Any, value: Any) -> bool:
    if hint is Any:
        return True
    origin = get_origin(hint) or hint
    if origin in (Union, types.UnionType):
        return any(_fits(part, value) for part in get_args(hint))
    if origin is types.NoneType or origin is None:
        return value is None
    if origin is bool:
        return isinstance(value, bool)
    if origin is int:
        return _is_whole(value)
    if origin is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return not isinstance(origin, type) or isinstance(value, origin)


def _is_whole(value: Any) -> bool:
    """The framework turns digits into a number itself."""
    if isinstance(value, str):
        return value.isascii() and value.removeprefix("-").isdigit() and len(value) <= MOST_DIGITS
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**MOST_DIGITS
