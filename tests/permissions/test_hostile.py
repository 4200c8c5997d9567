"""Arguments of the wrong kind, cookies that lie, stolen tabs: a clear no, and the server lives."""

import asyncio
import inspect
import math
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from clientportal.clientportal import app
from clientportal.settings import settings
from clientportal.ui.fresh import FRESH_SECONDS
from tests.permissions import handler_rows, staff_handler_rows
from tests.permissions.handler_rows import place
from tests.permissions.test_handlers import HANDLERS, answered, call, until, words
from tests.support.canary import ALFA, BETA, LUZ, canaries_in
from tests.support.databases import KINDS
from tests.support.matrix import ACTORS
from tests.support.matrix_secrets import SECRETS
from tests.support.sandbox import until as until_true
from tests.support.served import Served, served_world
from tests.support.socket import Tab, tab

pytestmark = [pytest.mark.server]

ROWS = {**handler_rows.PUBLIC, **handler_rows.PORTAL, **staff_handler_rows.STAFF}
SQL = "1 OR 1=1; DROP TABLE document; --' \" \\ \x00 %_"
HTML = "<script>alert(1)</script><img src=x onerror=alert(1)>"
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    2**31,
    2**63,
    10**40,
    1.5,
    math.nan,
    math.inf,
    "",
    SQL,
    HTML,
    "x" * 50_000,
    "9" * 18,
    "9" * 40,
    "9" * 5_000,
    "-" + "9" * 5_000,
    "\ud800",
    [],
    [1, [2, [3]]],
    {},
    {"form": {"a": "b"}, "__class__": "x", "amount": [1], "body": {"x": 1}, "reason": 7},
)
COOKIES = (
    "session=",
    "session=nothing",
    "session=" + "A" * 5_000,
    f"session={SQL}".replace("\x00", ""),
    "session=%00%ff",
    "__Host-session=x; session=y; session=z",
)


@pytest.fixture(autouse=True)
def _own_settings() -> None:
    """Settings belong to the module's world here, not to one test."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_world(tmp_path_factory.mktemp("hostile")) as found:
        yield found


def parameters(name: str) -> list[str]:
    """Names of a handler's arguments."""
    handler = app._registration_context.event_handlers[HANDLERS[name]]
    return list(inspect.signature(handler.handler.fn).parameters)[1:]


# The visitor's own notices, which take any word, and the samples of the kit page (development).
TALKS_TO_ITSELF = frozenset({"visitor", "samples"})
WITH_ARGUMENTS = sorted(
    f"{state}.{name}"
    for state, page in ROWS.items()
    for name in page.handlers
    if parameters(f"{state}.{name}") and state not in TALKS_TO_ITSELF
)


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
async def test_arguments_of_any_kind_break_nothing(served: Served, name: str) -> None:
    """By somebody who may call it: what is not an answer must be a clear no, never a fault."""
    state, _, handler = name.partition(".")
    page = ROWS[state]
    row = page.handlers[handler]
    who = next(actor for actor in ACTORS if actor in row.may)
    good = row.args(served.world)
    try:
        async with served.tab(who, place(row.path or page.path, served.world)) as found:
            for before, arguments in row.before:
                await call(found, before, arguments(served.world))
            for parameter in parameters(name):
                for value in VALUES:
                    await call(found, name, good | {parameter: value})
                    await answered(found)
                    codes = {v for k, v in words(found, 0) if k == "notice_code"}
                    assert "unexpected" not in codes, f"{name}({parameter}={value!r:.60})"
            assert not canaries_in(" ".join(found.raw), SECRETS[who])
    finally:
        served.restore()


NUMBERS = ("9" * 5_000, "²")
FORMS = sorted(
    name
    for state, page in ROWS.items()
    for name in (f"{state}.{handler}" for handler in page.handlers)
    if state not in TALKS_TO_ITSELF and {"form", "data"} & set(parameters(name))
)


@pytest.mark.parametrize("name", FORMS)
async def test_numbers_in_forms_that_are_none(served: Served, name: str) -> None:
    """Each field of each form: the framework looks at arguments, not into them."""
    state, _, handler = name.partition(".")
    page = ROWS[state]
    row = page.handlers[handler]
    who = next(actor for actor in ACTORS if actor in row.may)
    good = row.args(served.world)
    (form,) = {"form", "data"} & set(good)
    try:
        async with served.tab(who, place(row.path or page.path, served.world)) as found:
            for before, arguments in row.before:
                await call(found, before, arguments(served.world))
            for field in good[form]:
                for value in NUMBERS:
                    await call(found, name, good | {form: good[form] | {field: value}})
                    await answered(found)
                    codes = {v for k, v in words(found, 0) if k == "notice_code"}
                    assert "unexpected" not in codes, f"{name}({field}={value!r:.60})"
    finally:
        served.restore()


IDS = (
    "0",
    "-1",
    "1e3",
    "٣",
    "3000000000",
    "9" * 18,
    "9" * 20,
    "1%00",
    "1;--",
    "..%2f..",
    "%27",
    "x" * 3_000,
)


@pytest.fixture(scope="module", params=KINDS)
def both(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A server on each database: they choke on different things."""
    kind = str(request.param)
    with served_world(tmp_path_factory.mktemp(f"hostile-{kind}"), kind=kind) as found:
        yield found


async def test_ids_in_paths_that_are_none(both: Served) -> None:
    """A page, a file and a payment of such an id do not exist, for those who are at home there."""
    space = both.world.mine.space
    for bad in IDS:
        pages = (
            ("agent", f"/staff/{ALFA}/billing/{bad}"),
            ("agent", f"/staff/{ALFA}/accounts/{bad}"),
            ("agent", f"/staff/{ALFA}/contacts/{bad}"),
            ("customer", f"/portal/{space}/documents/{bad}"),
            ("customer", f"/portal/{space}/pay/{bad}"),
            ("customer", f"/portal/{bad}/documents"),
            ("agent", f"/staff/{bad}/today"),
        )
        for who, path in pages:
            async with both.tab(who, path) as found:
                await until(found, lambda t=found: t.var("visitor", "refused") == "not_found", path)
        with both.client("agent") as client:
            for path in (f"/files/documents/{bad}.pdf", f"/files/imports/{ALFA}/{bad}.csv"):
                assert client.get(path).status_code == 404, path
    assert not both.changes()


QUERIES = ("q=%00", "q=%ff", "at=%00", "at=" + "A" * 5_000, "sort=%00", "currency=%00&company=%00",
           "issued_from=9999-99-99", "account=1e9&account=%00", "choose=%00", "choose=" + "9" * 40,
           "run=%00", "tab=%00&cursor=%00", "state=%27", "q=" + "%F0%9F%A7%BE" * 500)  # fmt: skip


async def test_query_strings_that_are_none(both: Served) -> None:
    """Filters that cannot be meant are left out; the page shows, or says that it is not there."""
    pages = (
        ("agent", f"/staff/{ALFA}/billing", "staff_billing"),
        ("agent", f"/staff/{ALFA}/accounts", "accounts_state"),
        ("agent", f"/staff/{ALFA}/contacts", "contacts_state"),
        ("agent", f"/staff/{ALFA}/today", "staff_today"),
        ("agent", f"/staff/{ALFA}/imports", "staff_imports"),
        ("customer", f"/portal/{both.world.mine.space}/documents", "portal_documents"),
    )
    for who, path, state in pages:
        for query in QUERIES:
            async with both.tab(who, f"{path}?{query}") as found:
                title = f"{path}?{query:.60}"
                await until(found, lambda t=found, s=state: t.var(s, "loaded"), title)
                assert found.var("visitor", "refused") == "", title
    assert not both.changes()


@pytest.mark.parametrize("cookie", COOKIES)
async def test_a_cookie_that_lies_is_nobody(both: Served, cookie: str) -> None:
    world = both.world
    headers = {"Cookie": cookie, "Origin": both.server.url, "X-Forwarded-For": both.address()}
    pdf = httpx.get(f"{both.server.url}/files/documents/{world.mine.invoice}.pdf", headers=headers)
    assert pdf.status_code in {303, 401}
    fields = {"space": world.mine.space, "method": "sandbox", "document": str(world.mine.invoice)}
    pay = httpx.post(f"{both.server.url}/pay/start", data=fields, headers=headers)
    assert "error=not_signed_in" in pay.headers["location"]
    path = f"/portal/{world.mine.space}/documents"
    address = both.address()
    async with tab(both.server.url, path, cookie=cookie, forwarded_for=address) as found:
        await found.until(lambda t: str(t.var("visitor", "leave_to")).startswith("/sign-in"))
        assert not canaries_in(" ".join(found.raw), SECRETS["nobody"])
    assert not both.changes()


@pytest.mark.parametrize("value", [SQL, HTML, "\x00", "x" * 30_000, "\u202e\u200b"])
def test_fields_of_plain_forms_break_nothing(both: Served, value: str) -> None:
    """Every field of every form, one at a time, by somebody who may send it."""
    world = both.world
    forms = {
        "/auth/password": ({"email": LUZ, "password": "x"}, "nobody"),
        "/auth/code": ({"email": LUZ}, "nobody"),
        "/auth/verify": ({"email": LUZ, "code": "1"}, "nobody"),
        "/pay/start": (
            {"space": world.mine.space, "method": "sandbox", "document": "1"},
            "customer",
        ),
        "/pay/again": ({"space": world.mine.space, "reference": world.mine.reference}, "customer"),
    }
    for path, (good, who) in forms.items():
        for name in good:
            with both.client(who) as client:
                answer = client.post(path, data=good | {name: value})
            assert answer.status_code == 303, f"{path} {name}: {answer.status_code}"
            assert "<script" not in answer.headers["location"]
    webhook = httpx.post(f"{both.server.url}/webhooks/sandbox/{ALFA}", content=value.encode())
    assert webhook.status_code == 401


async def test_an_expired_and_a_tampered_session_are_nobody(served: Served) -> None:
    token = served.tokens["customer"]
    path = f"/portal/{served.world.mine.space}/documents"
    tampered = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert await _is_sent_away(served, path, tampered)
    with served.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE user_session SET expires_at = '2020-01-01 00:00:00.000000'"
        )
    try:
        assert await _is_sent_away(served, path, token)
    finally:
        served.restore()
        await asyncio.sleep(FRESH_SECONDS)  # until then the server knows this cookie as nobody's


async def _is_sent_away(served: Served, path: str, token: str) -> bool:
    cookie = f"{settings().session_cookie}={token}"
    url, address = served.server.url, served.address()
    # The gate knows an answer for three seconds; another tab of the same cookie would, too.
    async with tab(url, path, cookie=cookie, forwarded_for=address) as found:
        await found.until(lambda t: bool(t.var("visitor", "leave_to")), 15)
        return not canaries_in(" ".join(found.raw), SECRETS["nobody"])


def open_pages(served: Served) -> int:
    """Sockets that the server holds; while the owner is there a thief gets a tab of their own."""
    numbers = httpx.get(f"{served.server.url}/metrics").text
    line = next(x for x in numbers.splitlines() if x.startswith("clientportal_open_pages "))
    return int(float(line.partition(" ")[2]))


async def test_a_stolen_tab_token_opens_an_empty_tab(served: Served) -> None:
    """The owner has left; whoever comes with the same token gets nothing of what was there."""
    path = f"/portal/{served.world.mine.space}/documents"
    async with served.tab("customer", path) as owner:
        await until(owner, lambda: _rows(owner), "the owner's own list")
        token = owner.token
    until_true(lambda: open_pages(served) == 0)
    for who in ("nobody", "stranger", "foreign_admin"):
        thief = tab(
            served.server.url,
            path,
            cookie=served.cookie(who),
            token=token,
            forwarded_for=served.address(),
        )
        async with thief as found:
            await answered(found)
            leaked = canaries_in(" ".join(found.raw), SECRETS[who])
            assert not leaked, f"{who} was sent {leaked} with a stolen token"
        until_true(lambda: open_pages(served) == 0)


async def test_a_token_in_use_is_not_shared(served: Served) -> None:
    path = f"/portal/{served.world.mine.space}/documents"
    async with served.tab("customer", path) as owner:
        await until(owner, lambda: _rows(owner), "the owner's own list")
        second = tab(
            served.server.url,
            path,
            cookie=served.cookie("stranger"),
            token=owner.token,
            forwarded_for=served.address(),
        )
        async with second as found:
            await found.until(lambda t: t.var("visitor", "refused") == "not_found")
            assert not canaries_in(" ".join(found.raw), SECRETS["stranger"])
        assert _rows(owner)


def _rows(found: Tab) -> list[Any]:
    return list(found.var("portal_documents", "rows"))


async def test_events_that_are_none_leave_the_tab_alive(served: Served) -> None:
    async with served.tab("agent", f"/staff/{BETA}/today") as found:
        for event in (
            {"name": HANDLERS["visitor.tell"], "payload": None, "router_data": {}},
            {"name": "no.such.handler", "payload": {}, "router_data": {}},
            {"name": HANDLERS["visitor.tell"], "payload": {"extra": 1}, "router_data": {}},
            {"name": 7, "payload": {}, "router_data": {}},
            {"name": HANDLERS["staff_today.load"], "payload": {}, "router_data": {"asPath": 7}},
            {"payload": {}},
        ):
            await found.send_event(event)
        await answered(found)
    assert httpx.get(f"{served.server.url}/healthz").status_code == 200
