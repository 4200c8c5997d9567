"""Every event handler of the interface × every kind of actor, over the real socket."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from clientportal.clientportal import app
from clientportal.ui.gate import framework_event
from tests.permissions import handler_rows, staff_handler_rows
from tests.permissions.handler_rows import H, PageRows, place
from tests.support.canary import BETA, INTERNAL, MINE, PUBLIC, as_text, canaries_in
from tests.support.matrix import ACTORS, SECRETS
from tests.support.served import Served, served_world
from tests.support.socket import Tab
from tests.support.tenants import World

pytestmark = [pytest.mark.server]

TELL = "visitor.tell"
WAIT_SECONDS = 10
REFUSALS = frozenset({"not_signed_in", "not_allowed", "not_found"})
STRANGERS = ("stranger", "foreign_customer", "foreign_admin")


@pytest.fixture(autouse=True)
def _own_settings() -> None:
    """Settings belong to the module's world here, not to one test."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_world(tmp_path_factory.mktemp("handlers")) as found:
        yield found


def registered() -> dict[str, str]:
    """`state.handler` → full name of every handler of ours."""
    found: dict[str, str] = {}
    for name, handler in app._registration_context.event_handlers.items():
        module = handler.handler.fn.__module__
        if module.startswith("clientportal."):
            state, _, function = name.rpartition(".")
            found[f"{state.rpartition('____')[2]}.{function}"] = name
        elif module.startswith("reflex") and not framework_event(handler, name):
            assert name.endswith(".setvar"), f"the framework brought {name}: does the gate refuse?"
    return found


HANDLERS = registered()
ROWS = {**handler_rows.PUBLIC, **handler_rows.PORTAL, **staff_handler_rows.STAFF}
ROW_NAMES = {
    f"{state}.{handler}": (page, row)
    for state, page in ROWS.items()
    for handler, row in page.handlers.items()
}


def test_every_handler_has_a_row() -> None:
    assert len(HANDLERS) > 50
    assert set(HANDLERS) - set(ROW_NAMES) == set(), "handlers without a row in the matrix"
    assert set(ROW_NAMES) - set(HANDLERS) == set(), "rows of handlers that do not exist"


async def call(tab: Tab, name: str, arguments: dict[str, Any]) -> int:
    """Send one event; the number of updates seen before it."""
    seen = len(tab.updates)
    await tab.call(HANDLERS[name], **arguments)
    return seen


def words(tab: Tab, since: int) -> list[tuple[str, Any]]:
    """(variable, value) of everything that changed since."""
    return [
        (key.removesuffix("_rx_state_"), value)
        for update in tab.updates[since:]
        for delta in (update.get("delta") or {}).values()
        for key, value in delta.items()
    ]


def is_refused(tab: Tab, since: int, who: str) -> bool:
    """Whether it was a no by policy: in a notice, on the page, or by sending away."""
    for name, value in words(tab, since):
        if who == "nobody" and name == "leave_to" and str(value).startswith("/sign-in"):
            return True
        if who != "nobody" and isinstance(value, str) and value in REFUSALS:
            return True
        if who != "nobody" and isinstance(value, dict) and set(map(str, value.values())) & REFUSALS:
            return True
    return False


async def until(tab: Tab, question: Any, what: str) -> None:
    try:
        await tab.until(lambda _tab: bool(question()), WAIT_SECONDS)
    except TimeoutError:
        raise AssertionError(f"{what}; the last updates: {tab.updates[-3:]}") from None


def typed(row: H, world: World) -> str:
    """What the caller knew and sent: to get it back is no leak."""
    sent = [row.args(world), *(arguments(world) for _, arguments in row.before)]
    return as_text(sent)


def check_unharmed(served: Served, title: str, who: str, tab: Tab, row: H) -> None:
    known = canaries_in(typed(row, served.world), SECRETS[who])
    leaked = canaries_in(" ".join(tab.raw), SECRETS[who]) - known
    assert not leaked, f"{title} was sent {leaked}"
    alfa = served.world.alfa.id
    for key, values in served.changes().items():
        old = served.before.get(key, values)
        assert alfa not in (values.get("company_id"), old.get("company_id")), (
            f"{title} touched {key}"
        )
        assert not canaries_in(as_text(values), SECRETS[who]) - known, f"{title} took {values}"


@pytest.mark.parametrize("who", ACTORS)
@pytest.mark.parametrize("state", sorted(ROWS))
async def test_who_is_not_named_is_refused(served: Served, state: str, who: str) -> None:
    page = ROWS[state]
    refused = {name: row for name, row in page.handlers.items() if who not in row.may}
    if not refused:
        return
    path = place(page.path, served.world)
    async with served.tab(who, path) as tab:
        for name, row in refused.items():
            if row.path:
                await go(tab, place(row.path, served.world))
            since = await call(tab, f"{state}.{name}", row.args(served.world))
            title = f"{state}.{name} as {who}"
            await until(tab, lambda s=since: is_refused(tab, s, who), f"{title}: not refused")
        known = " ".join(typed(row, served.world) for row in refused.values())
        leaked = canaries_in(" ".join(tab.raw), SECRETS[who]) - canaries_in(known, SECRETS[who])
        assert not leaked, f"{state} as {who} was sent {leaked}"
    assert not served.changes(), f"{state} as {who}: refused, but changed {list(served.changes())}"


async def go(tab: Tab, path: str) -> None:
    """Be at another path without loading it: a browser may claim any."""
    tab.path = path


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("state", sorted(s for s in ROWS if "{" in ROWS[s].path))
async def test_own_page_with_foreign_ids(served: Served, state: str, who: str) -> None:
    """The gate lets a stranger into their own company or space; the object's owner decides."""
    page = ROWS[state]
    own = served.world.own_of(who)
    if ("/portal" in page.path) is (who == "foreign_admin"):
        return
    try:
        for name, row in page.handlers.items():
            path = place(row.path or page.path, served.world, own, BETA)
            async with served.tab(who, path) as tab:
                for before, arguments in row.before:
                    await call(tab, before, arguments(served.world))
                since = await call(tab, f"{state}.{name}", row.args(served.world))
                await answered(tab)
                title = f"{state}.{name} as {who} at {path}"
                if row.foreign:
                    await until(
                        tab, lambda s=since: is_refused(tab, s, who), f"{title}: not refused"
                    )
                else:
                    await tab.settle(0.05)
                check_unharmed(served, title, who, tab, row)
                assert ("notice_code", "unexpected") not in words(tab, 0), title
    finally:
        served.restore()


async def answered(tab: Tab) -> None:
    """Events of a tab run one after the other: when a last one has run, all have."""
    mark = f"mark{len(tab.updates)}"
    await tab.call(HANDLERS[TELL], kind="success", code=mark, params={})
    await until(tab, lambda: ("notice_code", mark) in words(tab, 0), "the tab no longer answers")


@pytest.mark.parametrize("name", sorted(ROW_NAMES))
async def test_the_rightful_gets_an_answer(served: Served, name: str) -> None:
    page, row = ROW_NAMES[name]
    who = row.by or next(actor for actor in ACTORS if actor in row.may)
    try:
        async with served.tab(who, place(row.path or page.path, served.world)) as tab:
            for before, arguments in row.before:
                await call(tab, before, arguments(served.world))
            await answered(tab)
            since = await call(tab, name, row.args(served.world))
            await until(tab, lambda: good(served, row, page, tab, since), f"{name} as {who}")
            await answered(tab)
            codes = {value for key, value in words(tab, since) if key == "notice_code"}
            assert not codes & {"unexpected", "not_allowed"}, f"{name} as {who}: {codes}"
            leaked = canaries_in(" ".join(tab.raw), SECRETS[who])
            assert not leaked, f"{name} as {who} was sent {leaked}"
    finally:
        served.restore()


def good(served: Served, row: H, page: PageRows, tab: Tab, since: int) -> bool:
    if row.effect == "rows":
        return bool(served.changes())
    if row.effect == "data":
        return bool(canaries_in(" ".join(tab.raw), MINE + PUBLIC + INTERNAL))
    return row.effect == "quiet" or len(tab.updates) > since


async def test_one_principal_per_tab_even_for_many_tabs(served: Served) -> None:
    """Tabs of several people at once never mix what they hold."""
    path = {"customer": served.world.mine.space, "stranger": served.world.other_space}

    async def look(who: str) -> None:
        async with served.tab(who, f"/portal/{path[who]}/documents") as tab:
            await until(tab, lambda: tab.var("portal_documents", "loaded"), f"{who} sees a list")
            assert not canaries_in(" ".join(tab.raw), SECRETS[who])

    await asyncio.gather(*(look(who) for who in ("customer", "stranger") * 10))
