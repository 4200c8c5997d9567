"""The gate looks at the type of each argument before a handler meets it."""

from typing import Any

import pytest

from clientportal.ui.arguments import fits


async def handler(
    self: object,
    text: str,
    number: int,
    on: bool,
    price: float,
    values: list[str],
    form: dict[str, Any],
    maybe: str | None,
    whatever: Any,
) -> None:
    """A handler with an argument of every kind that handlers have."""


GOOD: dict[str, Any] = {
    "text": "Ñandú 🧾",
    "number": 7,
    "on": True,
    "price": 1.5,
    "values": ["a"],
    "form": {"a": {"b": ["c"]}},
    "maybe": None,
    "whatever": [{}],
}


def test_what_a_page_sends_passes() -> None:
    assert fits(handler, GOOD)
    assert fits(handler, GOOD | {"number": "-12", "price": 2, "maybe": "x"})
    assert fits(handler, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", None),
        ("text", ["a"]),
        ("text", 7),
        ("number", 1.5),
        ("number", True),
        ("number", 10**18),
        ("number", "٣"),
        ("number", "1" * 40),
        ("on", "yes"),
        ("price", True),
        ("values", "a"),
        ("form", []),
        ("maybe", 7),
    ],
)
def test_everything_else_is_refused(name: str, value: Any) -> None:
    assert not fits(handler, GOOD | {name: value})
