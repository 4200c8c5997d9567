"""Policy markers: without one of them a handler is refused (DESIGN rule 3, deny by default)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from clientportal.domain.permissions import Permission

F = TypeVar("F", bound=Callable[..., Any])
ATTRIBUTE = "__policy__"


class Reach(StrEnum):
    """Who a handler is for."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    STAFF = "staff"
    PORTAL = "portal"


@dataclass(frozen=True, slots=True)
class Policy:
    """The marker of one handler; `permission` is set for staff and portal."""

    reach: Reach
    permission: Permission | None = None


def _mark(policy: Policy) -> Callable[[F], F]:
    def put(handler: F) -> F:
        setattr(handler, ATTRIBUTE, policy)
        return handler

    return put


def policy_of(handler: Callable[..., Any]) -> Policy | None:
    """The policy of a handler's function, or None when nobody marked it."""
    found = getattr(handler, ATTRIBUTE, None)
    return found if isinstance(found, Policy) else None


def public(handler: F) -> F:
    """Everybody, signed in or not."""
    return _mark(Policy(Reach.PUBLIC))(handler)


def signed_in(handler: F) -> F:
    """Everybody with a session; the handler looks at nothing but the person's own things."""
    return _mark(Policy(Reach.SIGNED_IN))(handler)


def staff(permission: Permission) -> Callable[[F], F]:
    """Members of the company in the path whose role holds the permission."""
    return _mark(Policy(Reach.STAFF, permission))


def portal(permission: Permission) -> Callable[[F], F]:
    """Portal users of the customer space in the path."""
    return _mark(Policy(Reach.PORTAL, permission))
