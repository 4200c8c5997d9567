"""Every event handler of the interface × every kind of actor, over the real socket."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from clientportal.clientportal import app
from clientportal.ui.gate import framework_event
from tests.permissions import channel_handler_rows, handler_rows, staff_handler_rows
from tests.permissions.handler_rows import NO_LINK, H, place
from tests.support.canary import BETA, INTERNAL, MINE, PUBLIC, as_text, canaries_in
from tests.support.matrix import ACTORS, Rows, actor_of
from tests.support.matrix_secrets import SECRETS
from tests.support.owners import strays
from tests.support.refusals import codes_in
from tests.support.served import Served, served_world
from tests.support.socket import Tab
from tests.support.tenants import World

pytestmark = [pytest.mark.server]

TELL = "visitor.tell"
WAIT_SECONDS = 10
# What they do is seen elsewhere alone: a principal compared, a name that no longer moves the slug,
# a file that nothing happened to, and two samples of the kit page.
QUIET = frozenset(
    {
        "samples.nothing",
        "samples.take",
        "set_up_state.slug_typed",
        "staff_imports.refresh",
        "visitor.look_again",
    }
)
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
            known = name.endswith((".setvar", ".update_vars_internal"))
            assert known, f"the framework brought {name}: does the gate refuse?"
    return found


HANDLERS = registered()
ROWS = {
    **handler_rows.PUBLIC,
    **handler_rows.PORTAL,
    **staff_handler_rows.STAFF,
    **channel_handler_rows.CHANNELS,
}
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


def told(tab: Tab, since: int) -> list[tuple[str, str, Any]]:
    """(state, variable, value) of everything that was sent since."""
    return [
        (state.rpartition("____")[2], key.removesuffix("_rx_state_"), value)
        for update in tab.updates[since:]
        for state, delta in (update.get("delta") or {}).items()
        for key, value in delta.items()
    ]


def words(tab: Tab, since: int) -> list[tuple[str, Any]]:
    """(variable, value) of everything that was sent since."""
    return [(key, value) for _, key, value in told(tab, since)]


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
    letters = served.letters(served.changes())
    assert not letters, f"{title}: letters with {letters}"
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


# Not those of a link: its token opens it to everybody, whatever page they come from.
OWN_PAGES = sorted(s for s in ROWS if "{" in ROWS[s].path and "{t.token}" not in ROWS[s].path)


@pytest.mark.parametrize("who", STRANGERS)
@pytest.mark.parametrize("state", OWN_PAGES)
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
async def test_the_rightful_succeeds(served: Served, name: str) -> None:
    page, row = ROW_NAMES[name]
    who = row.by or next(actor for actor in ACTORS if actor in row.may)
    title = f"{name} as {who}"
    secrets = "".join(set(SECRETS[who]) - set(row.shows))
    try:
        async with served.tab(who, place(row.path or page.path, served.world)) as tab:
            for before, arguments in row.before:
                await call(tab, before, arguments(served.world))
            await answered(tab)
            if row.ready:
                await until(tab, lambda: tab.var(name.partition(".")[0], row.ready), title)
            rows = served.rows()
            since = await call(tab, name, row.args(served.world))
            await until(tab, lambda: good(served, row, name, tab, since, rows), title)
            await answered(tab)
            refused = codes_in([value for _, value in words(tab, since)])
            refused -= codes_in(row.args(served.world)) | {row.told}
            assert not refused, f"{title}: {refused}"
            leaked = canaries_in(" ".join(tab.raw), secrets)
            assert not leaked, f"{title} was sent {leaked}"
            touched = served.since(rows)
            if row.effect != "rows":
                assert not touched, f"{title}: only reads, but changed {list(touched)}"
            user = getattr(actor_of(served.world, who), "user_id", 0)
            letters = served.letters(touched)
            assert not letters, f"{title}: letters with {letters}"
            foreign = strays(rows, touched, {served.world.alfa.id}, {user})
            assert not foreign, f"{title}: touched what is another's: {foreign}"
    finally:
        served.restore()


def good(served: Served, row: H, name: str, tab: Tab, since: int, rows: Rows) -> bool:
    """Whether everything that the row promises to the rightful has come."""
    state = name.partition(".")[0]
    own = [(key, value) for where, key, value in told(tab, since) if where == state]
    if not all(any(_is(row, served.world, key, value) for key, value in own if key == wanted)
               for wanted in row.then):  # fmt: skip
        return False
    events = json.dumps([update.get("events") for update in tab.updates[since:]])
    if row.goes and row.goes not in events:
        return False
    if row.told and ("notice_code", row.told) not in words(tab, since):
        return False
    if row.effect == "rows":
        return any(key[0] != "change" for key in served.since(rows))
    if row.effect == "data":
        return bool(canaries_in(as_text([value for _, value in own]), MINE + PUBLIC + INTERNAL))
    return row.effect == "quiet" or len(tab.updates) > since


def _is(row: H, world: World, key: str, value: Any) -> bool:
    """Whether a variable of the page has become what the row says."""
    wanted = row.then[key]
    if wanted is bool:
        return bool(value)
    return bool(wanted(value, world)) if callable(wanted) else bool(value == wanted)


def test_every_row_says_what_its_success_is() -> None:
    """Handlers that have nothing to say are few, and named here."""
    quiet = {name for name, (_, row) in ROW_NAMES.items() if row.effect == "quiet"}
    assert quiet == QUIET
    vague = {
        name
        for name, (_, row) in ROW_NAMES.items()
        if row.effect == "then" and not (row.then or row.goes or row.told)
    }
    assert not vague


LINKED = sorted(name for name in ROW_NAMES if name.startswith("linked_document."))


@pytest.mark.parametrize("who", ["nobody", "stranger", "foreign_admin"])
async def test_a_link_that_is_none_shows_and_writes_nothing(served: Served, who: str) -> None:
    async with served.tab(who, NO_LINK) as tab:
        for name in LINKED:
            await call(tab, name, {})
            await answered(tab)
        assert tab.var("linked_document", "problem") == "not_found"
        assert not canaries_in(" ".join(tab.raw), SECRETS[who])
    assert not served.changes()


async def test_one_principal_per_tab_even_for_many_tabs(served: Served) -> None:
    """Tabs of several people at once never mix what they hold."""
    path = {"customer": served.world.mine.space, "stranger": served.world.other_space}

    async def look(who: str) -> None:
        async with served.tab(who, f"/portal/{path[who]}/documents") as tab:
            await until(tab, lambda: tab.var("portal_documents", "loaded"), f"{who} sees a list")
            assert not canaries_in(" ".join(tab.raw), SECRETS[who])

    await asyncio.gather(*(look(who) for who in ("customer", "stranger") * 10))
