"""The gate while nobody can say who asks: the database is away."""

from collections.abc import Iterator
from typing import Any

import pytest
import reflex as rx
import sqlalchemy as sa
from reflex.state import StateUpdate
from reflex_base.event import Event
from reflex_base.event.context import EventContext

from clientportal.settings import settings
from clientportal.storage import session as storage_session
from clientportal.ui.base import Visitor, on_backend_error
from clientportal.ui.gate import Gate, public
from tests.support.server import free_port
from tests.ui.conftest import OpenTab


class Unsent(rx.State):
    """What a handler left in the tree before it failed."""

    secret: str = ""

    @rx.event
    @public
    def act(self) -> None:
        self.secret = "ran"


ACT = "reflex___state____state.tests___ui___test_gate_failing____unsent.act"
REFUSE = "reflex___state____state.clientportal___ui___base____visitor.refuse"
ARRIVE = "reflex___state____state.hydrate_and_load"
VISITOR = "reflex___state____state.clientportal___ui___base____visitor"


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A PostgreSQL that is not running."""
    url = f"postgresql+psycopg://postgres@127.0.0.1:{free_port()}/postgres"
    monkeypatch.setenv("CLIENTPORTAL_DATABASE_URL", url)
    settings.cache_clear()
    storage_session.engine.cache_clear()
    yield
    storage_session.engine().dispose()
    storage_session.engine.cache_clear()
    monkeypatch.undo()
    settings.cache_clear()


async def ask(app: rx.App, root: rx.State, name: str) -> dict[str, dict[str, Any]]:
    update = await Gate().preprocess(app, root, Event(name=name, payload={}))
    assert isinstance(update, StateUpdate), "nothing runs for whom nobody knows"
    assert not update.events, "an event of ours would come to the same gate, and fail as well"
    return {
        state: {name.removesuffix("_rx_state_"): value for name, value in values.items()}
        for state, values in update.delta.items()
    }


@pytest.mark.usefixtures("nowhere")
async def test_a_click_is_told_and_nothing_else_of_the_tree_leaves(
    app: rx.App, open_tab: OpenTab
) -> None:
    root = open_tab("/staff/uno/probe", "some-token")
    unsent: Unsent = await root.get_state(Unsent)
    unsent.secret = "of whoever had this tab"
    for seq in (1, 2):
        said = await ask(app, root, ACT)
        assert set(said) == {VISITOR}
        assert (said[VISITOR]["notice_code"], said[VISITOR]["notice_seq"]) == ("unexpected", seq)
        assert "refused" not in said[VISITOR], "the form stays where it is"
    assert unsent.secret == "of whoever had this tab"


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("name", [ARRIVE, REFUSE])
async def test_a_page_that_cannot_be_loaded_says_so(
    app: rx.App, open_tab: OpenTab, name: str
) -> None:
    said = await ask(app, open_tab("/staff/uno/probe", "some-token"), name)
    assert set(said) == {VISITOR}
    assert said[VISITOR]["refused"] == "unexpected"


async def test_a_failing_answer_to_a_failure_gets_none(open_tab: OpenTab) -> None:
    """Else the two would follow each other until the fault is mended."""
    open_tab()  # its context is the one in which a handler fails
    failure = sa.exc.OperationalError("SELECT 1", {}, ConnectionRefusedError())
    (answer,) = on_backend_error(failure)
    assert answer.handler.fn is Visitor.event_handlers["tell"].fn
    held = EventContext.set(EventContext.get().fork())
    assert on_backend_error(failure) == []
    EventContext.reset(held)
