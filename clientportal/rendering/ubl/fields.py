"""Single values out of a UBL tree: texts, decimals, elements."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from clientportal.domain.errors import Invalid
from clientportal.rendering.ubl.names import PREFIXES

_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})")


def first(parent: Any, path: str) -> Any:
    """The first element at a path below `parent`, or None."""
    return parent.find(path, PREFIXES)


def rows(parent: Any, path: str) -> list[Any]:
    """Every element at a path below `parent`."""
    found: list[Any] = parent.findall(path, PREFIXES)
    return found


def within(found: Iterable[str], most: int, element: str) -> tuple[str, ...]:
    """Different texts in their order. Raises Invalid("ubl_too_many") where there are more: what
    they are looked up by becomes values of one statement."""
    different = tuple(dict.fromkeys(found))
    if len(different) > most:
        raise Invalid(code="ubl_too_many", field="file", element=element, most=most)
    return different


def text(parent: Any, path: str, *, collapse: bool = True) -> str:
    """The text of the first element at a path, white space as single blanks; empty for none."""
    element = parent if path == "." else first(parent, path)
    if element is None:
        return ""
    written = "".join(element.itertext())
    return " ".join(written.split()) if collapse else written


def amount(parent: Any, path: str) -> Decimal | None:
    """The decimal number at a path, None for none.

    Raises Invalid("ubl_value", element, value) for what XML Schema would not call a decimal.
    """
    written = text(parent, path)
    if not written:
        return None
    if not _DECIMAL.fullmatch(written):
        name = path.rpartition(":")[2]
        raise Invalid(code="ubl_value", field="file", element=name, value=written[:40])
    return Decimal(written)
