"""Nothing is reachable at the socket, and nothing is sent to browsers, that nobody decided on."""

import os
from pathlib import Path

import pytest
import reflex as rx
from reflex_base.registry import RegistrationContext

from clientportal.clientportal import app
from clientportal.ui.gate import FRAMEWORK_HANDLERS, Reach, framework_event, policy_of
from clientportal.ui.pages import all_pages

SNAPSHOT = Path(__file__).with_name("public_vars.txt")


def ours(module: str) -> bool:
    """Whether a class or function is part of the product (other tests register states too)."""
    return module.startswith("clientportal.")


def test_every_handler_of_ours_has_a_policy() -> None:
    registered = app._registration_context.event_handlers
    mine = {name: found for name, found in registered.items() if ours(found.handler.fn.__module__)}
    assert mine
    assert [n for n, found in mine.items() if policy_of(found.handler.fn) is None] == []


def test_of_the_frameworks_handlers_only_the_known_ones_are_let_through() -> None:
    registered = app._registration_context.event_handlers
    passed = {name for name, found in registered.items() if framework_event(found, name)}
    assert {name.rpartition(".")[2] for name in passed} <= set(FRAMEWORK_HANDLERS)
    assert not [name for name in passed if name.endswith(".setvar")]
    mine = {name for name, found in registered.items() if ours(found.handler.fn.__module__)}
    assert not passed & mine


def test_staff_and_portal_handlers_name_a_permission() -> None:
    for name, found in app._registration_context.event_handlers.items():
        policy = policy_of(found.handler.fn)
        if policy and policy.reach in {Reach.STAFF, Reach.PORTAL}:
            assert policy.permission is not None, name


def test_every_page_loads_itself_by_handlers_of_what_its_route_selects() -> None:
    for page in all_pages(development=True):
        fits = {Reach.PUBLIC, Reach.SIGNED_IN}
        if "[company_slug]" in page.route:
            fits = {Reach.STAFF}
        elif "[space]" in page.route:
            fits = {Reach.PORTAL}
        for handler in page.on_load:
            policy = policy_of(handler.fn)
            assert policy is not None, page.route
            assert policy.reach in fits, page.route


def test_a_page_stands_below_the_path_of_its_face() -> None:
    for page in all_pages(development=True):
        face = page.route.strip("/").partition("/")[0]
        assert page.face == (face if face in {"staff", "portal"} else "public"), page.route


def test_no_state_variable_bears_the_name_of_a_route_variable() -> None:
    names = {"company_slug", "space", "document_id", "account_id", "contact_id"}
    for state in _states():
        assert not names & {name for name, _ in _public(state)}, state.__qualname__


def test_the_variables_that_browsers_get_are_the_listed_ones() -> None:
    """Every hydrate sends all of them: a new one is decided on, not slipped in.

    Write the list anew with: UPDATE_SNAPSHOTS=1 pytest tests/architecture/test_handlers.py
    """
    found = "".join(
        f"{state.__module__.removeprefix('clientportal.')}.{state.__qualname__}.{name}: {kind}\n"
        for state in _states()
        for name, kind in _public(state)
    )
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(found)
    assert found == SNAPSHOT.read_text()


def _states() -> list[type[rx.State]]:
    states = RegistrationContext.ensure_context().base_states.values()
    mine = [state for state in states if ours(state.__module__) and issubclass(state, rx.State)]
    return sorted(mine, key=lambda state: (state.__module__, state.__qualname__))


def _public(state: type[rx.State]) -> list[tuple[str, str]]:
    """(name, type) of what the class itself sends: plain and computed variables."""
    plain = [
        (name, _word(field.outer_type_))
        for name, field in state.get_fields().items()
        if field._owner is state and not field._backend
    ]
    computed = [
        (name, f"computed {_word(var._var_type)}")
        for name, var in state.computed_vars.items()
        if not var._backend and name in vars(state)
    ]
    return sorted(plain + computed)


def _word(kind: object) -> str:
    return getattr(kind, "__name__", str(kind)) if isinstance(kind, type) else str(kind)


def test_there_are_few_states() -> None:
    """Each costs a round trip per event with Redis. The kit's samples count, if it was built."""
    assert len(_states()) <= 34


@pytest.mark.parametrize("path", ["/_upload", "/_all_routes", "/auth-codespace"])
def test_the_framework_registered_no_door_that_the_edge_would_have_to_shut(path: str) -> None:
    assert app._api is not None
    assert path not in {getattr(route, "path", "") for route in app._api.routes}
