"""Every code by which the product says no, so that none of them passes for an answer."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from clientportal.domain import errors
from clientportal.domain.errors import PortalError
from tests.support.databases import ROOT


def _codes() -> Iterator[str]:
    for file in (ROOT / "clientportal" / "texts").glob("*.en.toml"):
        yield from tomllib.loads(file.read_text()).get("errors", {})
    for found in vars(errors).values():
        if isinstance(found, type) and issubclass(found, PortalError):
            yield found.code


CODES = frozenset(_codes()) - {""}


def codes_in(value: object) -> set[str]:
    """The codes of refusals that stand as a value of their own anywhere in `value`."""
    if isinstance(value, str):
        return {value} & CODES
    if isinstance(value, Mapping):
        return codes_in(list(value.values()))
    found: set[str] = set()
    if isinstance(value, list | tuple | set | frozenset):
        parts: Any = value
        for part in parts:
            found |= codes_in(part)
    return found
