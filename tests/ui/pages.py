"""Pages without a browser: a tab at a page's route, its states, its handlers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import reflex as rx

from clientportal.services import identity
from clientportal.storage.session import unit_of_work
from clientportal.ui.policy import policy_of
from tests.support import people
from tests.support.people import Staffed
from tests.ui.conftest import OpenTab

S = TypeVar("S", bound=rx.State)


def place(root: rx.State, pattern: str, path: str) -> rx.State:
    """Move a tab to `path` of the page `pattern`, as a navigation does."""
    data = {**root.router_data, "pathname": pattern, "asPath": path}
    root._update_router_vars(data, {})
    root.router_data = data
    return root


def part(root: rx.State, state_class: type[S]) -> S:
    """One state of the tab's tree."""
    found: Any = root.get_substate(state_class.get_full_name().split("."))
    return found


async def call(state: rx.State, handler: Any, *args: Any) -> Any:
    """Run a handler as its event would; only handlers with a policy may be called."""
    assert policy_of(handler.fn) is not None
    return await handler.fn(state, *args)


def follow(root: rx.State, event: Any) -> str:
    """The address that a returned redirect leads to."""
    found = {str(name): str(value) for name, value in event.args}
    return found["path"].strip('"')


@dataclass(slots=True)
class Site:
    """A company with its staff and a second company of strangers."""

    ours: Staffed
    theirs: Staffed
    now: datetime
    open_tab: OpenTab

    def tab(self, role: str, pattern: str, path: str, company: Staffed | None = None) -> rx.State:
        """A tab of one of our staff (or of `company`'s) at a page."""
        home = company or self.ours
        with unit_of_work() as db:
            email = f"{role}@{home.slug}.example"
            signed_in = identity.sign_in_as(db, email=email, now=self.now)
        assert signed_in is not None
        return place(self.open_tab("/", token=signed_in.token), pattern, path)


def make_site(open_tab: OpenTab, now: datetime) -> Site:
    """Two companies in the test's database."""
    with unit_of_work() as db:
        ours = people.company(db, "uno", now)
        theirs = people.company(db, "dos", now)
    return Site(ours, theirs, now, open_tab)
