"""Arguments of events that no handler should see."""

from typing import Any

import pytest
import reflex as rx
from reflex.state import StateUpdate
from reflex_base.event import Event

from clientportal.domain.errors import NotFound
from clientportal.ui import session
from clientportal.ui.base import MOST_PARAMS, Visitor
from clientportal.ui.gate import Gate
from clientportal.ui.hostile import MOST_DEPTH, MOST_VALUES, acceptable
from clientportal.ui.staff.document_rows import row_id
from tests.ui.conftest import OpenTab

TELL = "reflex___state____state.clientportal___ui___base____visitor.tell"


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [
        2**63,
        -(2**63),
        float("nan"),
        float("inf"),
        "a\0b",
        "\ud800",
        {"a\0": 1},
        {"rows": [{"name": "\udfff"}]},
        nested(MOST_DEPTH + 1),
        nested(5_000),
        [0] * MOST_VALUES,
        b"bytes",
    ],
)
def test_what_no_database_takes_is_refused(value: object) -> None:
    assert not acceptable({"argument": value})


@pytest.mark.parametrize(
    "value",
    ["", "ñandú 😀 \n", 0, -1, 2**63 - 1, 1.5, True, None, {"a": ["b", {"c": None}]}, "<b>'; --"],
)
def test_plain_data_passes(value: object) -> None:
    assert acceptable({"argument": value})


async def test_the_gate_refuses_them_before_the_handler(app: rx.App, open_tab: OpenTab) -> None:
    root = open_tab("/")
    told = Event(name=TELL, payload={"kind": "error", "code": "x", "params": {"a": 1}})
    assert await Gate().preprocess(app, root, told) is None
    told = Event(name=TELL, payload={"kind": "error", "code": "x", "params": {"a": "\ud800"}})
    assert isinstance(await Gate().preprocess(app, root, told), StateUpdate)


HYDRATE = "reflex___state____state.hydrate_and_load"
FAILED = (
    "reflex___state____state.reflex___state____frontend_event_exception_state"
    ".handle_frontend_exception"
)
SET = "reflex___state____state.set_is_hydrated"


@pytest.mark.parametrize(
    ("name", "payload", "passes"),
    [
        (HYDRATE, {}, True),
        (HYDRATE, {"vars": {}, "hashes": ["a"]}, True),
        (HYDRATE, {"vars": {"no.such": 1}}, False),
        (HYDRATE, {"hashes": 7}, False),
        (HYDRATE, {"x": 1}, False),
        (FAILED, {"info": "Error: x", "component_stack": ""}, True),
        (FAILED, {"info": "Error: x", "component_stack": None}, True),
        (FAILED, {"info": 7, "component_stack": ""}, False),
        (FAILED, {"info": "\ud800", "component_stack": ""}, False),
        (FAILED, {}, False),
        (SET, {"value": True}, True),
        (SET, {"value": {"a": 1}}, False),
    ],
)
async def test_the_frameworks_own_handlers_get_what_a_page_gives_them(
    app: rx.App, open_tab: OpenTab, name: str, payload: dict[str, Any], passes: bool
) -> None:
    """Nobody needs to be signed in to call them, and each trace would be one more in the log."""
    found = await Gate().preprocess(app, open_tab("/"), Event(name=name, payload=payload))
    assert (found is None) is passes


async def test_variables_that_the_browser_stores_are_none_of_ours(
    app: rx.App, open_tab: OpenTab
) -> None:
    name = "reflex___state____state.reflex___state____update_vars_internal_state"
    event = Event(name=f"{name}.update_vars_internal", payload={"vars": {"no.such": 1}})
    assert isinstance(await Gate().preprocess(app, open_tab("/"), event), StateUpdate)


async def test_a_tab_cannot_fill_its_state(open_tab: OpenTab) -> None:
    visitor: Visitor = await open_tab("/").get_state(Visitor)
    visitor._tell("error", "x", {str(number): "y" * 1_000 for number in range(5_000)})
    assert len(visitor.notice_params) == MOST_PARAMS


@pytest.mark.parametrize("number", [0, -1, 2**31, 10**18 - 1, 2**63, 10**40, True, "9" * 18, None])
def test_a_number_that_no_id_column_holds_names_nothing(
    open_tab: OpenTab, number: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL refuses larger ones loudly, which would be a fault instead of an answer."""
    with pytest.raises(NotFound):
        row_id(number)
    if number == 0:
        return  # an id of the path that no row has is looked for and not found
    monkeypatch.setattr(session, "route_args", lambda _: {"document_id": str(number)})
    with pytest.raises(NotFound):
        session.route_id(open_tab("/"), "document_id")


@pytest.mark.parametrize("segment", ["%00", "a%00b", "%0a", "%1b", "\ud800"])
def test_a_path_with_control_characters_names_nothing(open_tab: OpenTab, segment: str) -> None:
    assert session.route_args(open_tab("/staff/uno/probe")) == {"company_slug": "uno"}
    assert session.route_args(open_tab(f"/staff/{segment}/probe")) == {}
