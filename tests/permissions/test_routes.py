"""Every plain HTTP route × every kind of actor, through the real server."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.routing import BaseRoute, Mount, Route

from clientportal.settings import settings
from clientportal.web.routes import all_routes
from tests.permissions.route_rows import ROWS, RouteRow
from tests.support.canary import canaries_in
from tests.support.matrix import ACTORS, SECRETS, Rows
from tests.support.served import Served, served_world

pytestmark = [pytest.mark.server]

# Shows all mail of a demonstration on this machine, and enters as anybody: never in production.
DEMO_ROUTES = frozenset(
    {
        "GET /outbox",
        "GET /outbox/page.js",
        "GET /outbox/{message_id:int}",
        "GET /outbox/{message_id:int}/html",
        "POST /auth/cast/{person}",
    }
)
DEVELOPMENT_ROUTES = frozenset({"GET /csp-report"})
POLICY = (401, 403, 404)
POLICY_CODES = ("not_signed_in", "not_allowed", "not_found")


@pytest.fixture(autouse=True)
def _own_settings() -> None:
    """Settings belong to the module's world here, not to one test."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_world(tmp_path_factory.mktemp("routes")) as found:
        yield found


def names(routes: list[BaseRoute]) -> set[str]:
    """`METHOD /path` of each route; HEAD answers as GET does."""
    found: set[str] = set()
    for route in routes:
        if isinstance(route, Mount):
            found.add(f"* {route.path}")
        elif isinstance(route, Route):
            found |= {f"{m} {route.path}" for m in (route.methods or {"GET"}) if m != "HEAD"}
    return found


@pytest.fixture
def _plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CLIENTPORTAL_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.usefixtures("_plain")
def test_every_route_has_a_row() -> None:
    rows = {name.partition("#")[0] for name in ROWS}
    assert names(all_routes()) - rows == set(), "routes without a row in the matrix"
    assert rows - names(all_routes()) == set(), "rows of routes that do not exist"


@pytest.mark.usefixtures("_plain")
def test_the_demo_s_tools_are_routes_of_a_demonstration_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = names(all_routes())
    monkeypatch.setenv("CLIENTPORTAL_DEMO", "1")
    settings.cache_clear()
    assert names(all_routes()) - plain == DEMO_ROUTES
    monkeypatch.setenv("CLIENTPORTAL_ENV", "production")
    settings.cache_clear()
    assert names(all_routes()) == plain - DEVELOPMENT_ROUTES


@pytest.mark.parametrize("name", sorted(ROWS))
def test_the_route_is_for_those_whom_its_row_names(served: Served, name: str) -> None:
    row = ROWS[name]
    for who in ACTORS:
        with served.client(who) as client:
            answer = row.ask(served, client)
        try:
            _judge(f"{name} as {who}", row, who, answer, served.changes())
        finally:
            served.restore()


def _judge(title: str, row: RouteRow, who: str, answer: httpx.Response, diff: Rows) -> None:
    heads = "\n".join(f"{key}: {value}" for key, value in answer.headers.items())
    sent = heads + answer.content.decode("latin-1")
    secrets = SECRETS[who]
    assert not canaries_in(sent, secrets), f"{title} was sent {canaries_in(sent, secrets)}"
    what = f"{title}: {answer.status_code} {answer.headers.get('location', '')}"
    touched = {key for key in diff if key[0] not in row.leaves}
    if who not in row.may:
        assert _is_refusal(answer), what
        assert not touched, f"{title}: refused, but changed {touched}"
        return
    assert row.good(answer), what
    assert bool(touched) is row.writes, f"{what}: changed {touched}"


def _is_refusal(answer: httpx.Response) -> bool:
    if answer.status_code == 303:
        target = answer.headers["location"]
        signs_in = target.startswith("/sign-in")
        return signs_in or any(f"error={code}" in target for code in POLICY_CODES)
    return answer.status_code in POLICY
