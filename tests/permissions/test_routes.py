"""Every plain HTTP route × every kind of actor, through the real server."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from starlette.routing import BaseRoute, Mount, Route

from clientportal.domain.actors import Role
from clientportal.services import demo_cast
from clientportal.settings import settings
from clientportal.storage import session as storage_session
from clientportal.storage.models import CompanyMember, User
from clientportal.storage.session import unit_of_work
from clientportal.web.routes import all_routes
from tests.permissions.route_rows import CAST, DEMO_ROWS, ROWS, RouteRow
from tests.support.canary import canaries_in
from tests.support.matrix import ACTORS, Rows, actor_of
from tests.support.matrix_secrets import SECRETS
from tests.support.outgoing import deliver
from tests.support.owners import strays
from tests.support.readable import readable
from tests.support.served import Served, served_world

pytestmark = [pytest.mark.server]

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
    assert names(all_routes()) - plain == {name.partition("#")[0] for name in DEMO_ROWS}
    monkeypatch.setenv("CLIENTPORTAL_ENV", "production")
    settings.cache_clear()
    assert names(all_routes()) == plain - DEVELOPMENT_ROUTES


@pytest.mark.parametrize("name", sorted(ROWS))
def test_the_route_is_for_those_whom_its_row_names(served: Served, name: str) -> None:
    _try(served, name, ROWS[name])


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A world with the demo's tools: its mail is made, and one of the cast works there."""
    folder = tmp_path_factory.mktemp("demo-routes")
    with served_world(folder, extra={"DEMO": "1"}) as found:
        now = found.world.now
        person = demo_cast.person(CAST)
        assert person is not None
        with unit_of_work(bind=found.engine) as session:
            user = User(email=person.email, name=person.name, created_at=now)
            session.add(user)
            session.flush()
            facts = {"company_id": found.world.alfa.id, "user_id": user.id, "created_at": now}
            session.add(CompanyMember(role=Role.VIEWER, **facts))
            # The canaries stand in the bodies as well, as if they had been made and frozen before.
            session.execute(sa.text("UPDATE message SET subject = '', html = '', text = ''"))
        storage_session.engine.cache_clear()
        deliver(found.engine)
        storage_session.engine().dispose()
        storage_session.engine.cache_clear()
        found.before = found.rows()
        yield found


@pytest.mark.parametrize("name", sorted(DEMO_ROWS))
def test_the_demo_s_route_is_for_those_whom_its_row_names(demonstration: Served, name: str) -> None:
    _try(demonstration, name, DEMO_ROWS[name])


def _try(served: Served, name: str, row: RouteRow) -> None:
    for who in ACTORS:
        try:
            served.prepared = row.before(served) if row.before else ""
            rows = served.rows()
            with served.client(who) as client:
                answer = row.ask(served, client)
            touched = served.since(rows)
            _judge(f"{name} as {who}", row, who, answer, touched)
            letters = served.letters(touched)
            assert not letters, f"{name} as {who}: letters with {letters}"
            if who in row.may:
                _judge_tenant(f"{name} as {who}", served, row, who, rows, touched)
        finally:
            served.restore()


def _judge(title: str, row: RouteRow, who: str, answer: httpx.Response, diff: Rows) -> None:
    heads = "\n".join(f"{key}: {value}" for key, value in answer.headers.items())
    packed = answer.headers.get("content-encoding", "identity")
    assert packed in {"identity", *answer.request.headers["accept-encoding"].split(", ")}, packed
    sent = heads + readable(answer.content)
    secrets = "".join(set(SECRETS[who]) - set(row.shows))
    assert not canaries_in(sent, secrets), f"{title} was sent {canaries_in(sent, secrets)}"
    what = f"{title}: {answer.status_code} {answer.headers.get('location', '')}"
    touched = {key for key in diff if key[0] not in row.leaves}
    if who not in row.may:
        assert _is_refusal(answer), what
        assert not touched, f"{title}: refused, but changed {touched}"
        return
    assert row.good(answer), what
    assert bool(touched) is row.writes, f"{what}: changed {touched}"


def _judge_tenant(
    title: str, served: Served, row: RouteRow, who: str, before: Rows, diff: Rows
) -> None:
    """What changed is the tenant's whom the row is about, or the caller's own."""
    user = getattr(actor_of(served.world, who), "user_id", 0)
    kept = {key: values for key, values in diff.items() if key[0] not in row.leaves}
    foreign = strays(before, kept, {served.world.alfa.id}, {user})
    assert not foreign, f"{title}: touched what is another's: {foreign}"


def _is_refusal(answer: httpx.Response) -> bool:
    if answer.status_code == 303:
        target = answer.headers["location"]
        signs_in = target.startswith("/sign-in")
        return signs_in or any(f"error={code}" in target for code in POLICY_CODES)
    return answer.status_code in POLICY
