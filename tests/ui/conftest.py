"""Fixtures of the interface tests: the app in this process, and tabs without a browser."""

import uuid
from collections.abc import Iterator
from typing import Any, Protocol

import pytest
import reflex as rx
from reflex.istate.manager.memory import StateManagerMemory
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.registry import RegistrationContext

from clientportal.clientportal import app as the_app
from clientportal.settings import settings
from clientportal.ui import session

ROUTES = {"staff": "/staff/[company_slug]/probe", "portal": "/portal/[space]/probe"}


class OpenTab(Protocol):
    """Makes the state tree of a tab at `path` whose socket carries the session `token`."""

    def __call__(
        self, path: str = "/", token: str = "", address: str = "127.0.0.1"
    ) -> rx.State: ...


@pytest.fixture(scope="session")
def app() -> rx.App:
    """The app of this process.

    Imported with this module: what registers itself (states, handlers) must do so in one context.
    """
    return the_app


@pytest.fixture(autouse=True)
def _forget_answers() -> Iterator[None]:
    """Ids repeat from test to test, so cached answers must not."""
    session.forget_all()
    yield
    session.forget_all()


@pytest.fixture
def open_tab(app: rx.App) -> Iterator[OpenTab]:
    """Tabs at any path, as the framework would hand them to a handler."""

    async def enqueue(token: str, *events: Event) -> None:
        raise AssertionError(f"nothing may be queued here: {token} {events}")

    context = EventContext(
        token="test", txid="test", state_manager=StateManagerMemory(), enqueue_impl=enqueue
    )
    held = EventContext.set(context)
    registered = RegistrationContext.set(app._registration_context)

    def opened(path: str = "/", token: str = "", address: str = "127.0.0.1") -> rx.State:
        state_class: Any = rx.State  # its real arguments are not in its annotations
        root: rx.State = state_class(_reflex_internal_init=True)
        cookie = f"{settings().session_cookie}={token}" if token else ""
        pattern = ROUTES.get(path.split("/")[1], "/index")
        router_data = {
            "headers": {"cookie": cookie, "host": "testserver", "origin": "http://testserver"},
            "pathname": pattern,  # the server's own, by its route table
            "asPath": path,
            "query": dict[str, str](),
            "ip": address,
            "sid": "sid",
            "token": str(uuid.uuid4()),
        }
        root._update_router_vars(router_data, {})
        root.router_data = router_data
        return root

    yield opened
    RegistrationContext.reset(registered)
    EventContext.reset(held)
