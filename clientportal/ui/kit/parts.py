"""What every component of the kit shares: class lists, conditions on Vars, props."""

from collections.abc import Callable
from typing import Any

import reflex as rx

Child = Any
"""What Reflex takes as a child: component, Var, text, number."""


def when(flag: Any, yes: Any, no: Any = "") -> Any:
    """`yes` or `no`, decided now for a plain flag and in the browser for a Var."""
    if isinstance(flag, rx.Var):
        return rx.cond(flag, yes, no)
    return yes if flag else no


def classes(*names: Any) -> list[Any]:
    """Class names without the empty ones, lists flattened; Vars are kept."""
    out: list[Any] = []
    for name in names:
        if isinstance(name, list):
            out += classes(*name)
        elif isinstance(name, rx.Var) or name:
            out.append(name)
    return out


def with_id(props: dict[str, Any]) -> dict[str, Any]:
    """Props with `test_id` written as `data-testid`."""
    if "test_id" in props:
        props["data_testid"] = props.pop("test_id")
    return props


def given(value: Any) -> bool:
    """Whether an optional text or component was passed at all."""
    return isinstance(value, (rx.Var, rx.Component)) or bool(value)


def maybe(value: Any, make: Callable[[Any], Child]) -> list[Child]:
    """`[make(value)]` or nothing, for optional parts in a list of children."""
    return [make(value)] if given(value) else []


def nothing() -> rx.Component:
    """An empty place, where a component with fixed places needs one."""
    return rx.fragment(rx.fragment())
