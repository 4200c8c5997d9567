"""The gate: deny by default, one principal per tree, the role of the page's company, a rate."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import reflex as rx
import sqlalchemy as sa
from reflex.state import StateUpdate
from reflex_base.event import Event
from sqlmodel import col, select

from clientportal.domain.permissions import Permission
from clientportal.services import identity, sessions, spaces
from clientportal.storage.models import User
from clientportal.storage.session import unit_of_work
from clientportal.ui import session
from clientportal.ui.base import Visitor
from clientportal.ui.gate import LOOK, Gate, portal, public, signed_in, staff
from tests.support import people
from tests.ui.conftest import OpenTab


class Probe(rx.State):
    """One handler per kind of policy."""

    seen: str = ""

    @rx.event
    def unmarked(self) -> None:
        self.seen = "unmarked"

    def helper(self) -> None:
        self.seen = "helper"

    @rx.event
    @public
    def anybody(self) -> None:
        self.seen = "anybody"

    @rx.event
    @signed_in
    def person(self) -> None:
        self.seen = "person"

    @rx.event
    @staff(Permission.DOCUMENTS_READ)
    def reads(self) -> None:
        self.seen = "reads"

    @rx.event
    @staff(Permission.DOCUMENTS_VOID)
    def voids(self) -> None:
        self.seen = "voids"

    @rx.event
    @portal(Permission.PAYMENTS_PAY)
    def pays(self) -> None:
        self.seen = "pays"


PROBE = "tests___ui___test_gate____probe"
ALL = ("unmarked", "helper", "anybody", "person", "reads", "voids", "pays")


class Cast:
    """Session tokens of everybody, in one database with two companies."""

    def __init__(self, engine: sa.Engine, now: datetime) -> None:
        with unit_of_work(bind=engine) as db:
            first = people.company(db, "uno", now)
            people.company(db, "dos", now)
            account = people.account(db, first.owner, now)
            contact = people.contact(db, first.owner, [account], "luz@uno.example", now)
            luz = people.customer(db, first.owner, account, contact, "luz@uno.example", now)
            spaces.refresh(db, luz.user_id, now=now)
        self.tokens = {
            name: self._token(engine, email, now)
            for name, email in {
                "agent": "agent@uno.example",
                "viewer": "viewer@uno.example",
                "admin": "admin@uno.example",
                "stranger": "admin@dos.example",
                "customer": "luz@uno.example",
            }.items()
        }
        with unit_of_work(bind=engine) as db:
            row = db.execute(sa.text("SELECT key FROM space")).scalar()
        self.space = str(row)

    @staticmethod
    def _token(engine: sa.Engine, email: str, now: datetime) -> str:
        with unit_of_work(bind=engine) as db:
            signed = identity.sign_in_as(db, email=email, now=now)
            assert signed is not None
            return signed.token


@pytest.fixture
def moment() -> datetime:
    """Sessions are looked up at the edge's own clock."""
    return session.utc_now()


@pytest.fixture
def cast(database: sa.Engine, moment: datetime) -> Cast:
    return Cast(database, moment)


async def ask(app: rx.App, root: rx.State, handler: str, gate: Gate | None = None) -> Any:
    """What the gate says to one event: None lets it run."""
    name = handler if "." in handler else f"reflex___state____state.{PROBE}.{handler}"
    return await (gate or Gate()).preprocess(app, root, Event(name=name, payload={}))


async def visitor(root: rx.State) -> Visitor:
    found: Visitor = await root.get_state(Visitor)
    return found


@pytest.mark.parametrize(
    ("who", "path", "allowed"),
    [
        ("", "/", {"anybody"}),
        ("", "/staff/uno/probe", {"anybody"}),
        ("customer", "/staff/uno/probe", {"anybody", "person"}),
        ("customer", "/portal/{space}/probe", {"anybody", "person", "pays"}),
        ("stranger", "/portal/{space}/probe", {"anybody", "person"}),
        ("stranger", "/staff/uno/probe", {"anybody", "person"}),
        ("stranger", "/staff/nobody-has-this/probe", {"anybody", "person"}),
        ("viewer", "/staff/uno/probe", {"anybody", "person", "reads"}),
        ("agent", "/staff/uno/probe", {"anybody", "person", "reads"}),
        ("admin", "/staff/uno/probe", {"anybody", "person", "reads", "voids"}),
        ("admin", "/staff/dos/probe", {"anybody", "person"}),
        ("admin", "/", {"anybody", "person"}),
    ],
)
async def test_each_handler_runs_only_for_whom_its_policy_names(
    app: rx.App, open_tab: OpenTab, cast: Cast, who: str, path: str, allowed: set[str]
) -> None:
    root = open_tab(path.format(space=cast.space), cast.tokens.get(who, ""))
    let_in = {handler for handler in ALL if await ask(app, root, handler) is None}
    assert let_in == allowed


async def test_a_path_that_does_not_match_its_route_selects_nothing(
    app: rx.App, open_tab: OpenTab, cast: Cast
) -> None:
    root = open_tab("/staff/uno/probe", cast.tokens["admin"])
    lie = dict(root.router_data) | {"asPath": "/elsewhere/uno/probe"}
    root._update_router_vars(lie, root.router_data)
    root.router_data = lie
    assert isinstance(await ask(app, root, "reads"), StateUpdate)


async def test_nobody_is_sent_to_sign_in_and_back(
    app: rx.App, open_tab: OpenTab, database: sa.Engine
) -> None:
    root = open_tab("/staff/uno/probe")
    update = await ask(app, root, "reads")
    assert (await visitor(root)).leave_to == "/sign-in?next=/staff/uno/probe"
    assert any("leave_to" in name for delta in update.delta.values() for name in delta)


async def test_a_tab_that_arrives_is_not_sent_away_again(
    app: rx.App, open_tab: OpenTab, database: sa.Engine
) -> None:
    root = open_tab("/staff/uno/probe")
    await ask(app, root, "reads")
    await ask(app, root, "reflex___state____state.hydrate_and_load")
    assert (await visitor(root)).leave_to == ""


async def test_a_refused_click_is_told_and_not_run(
    app: rx.App, open_tab: OpenTab, cast: Cast
) -> None:
    root = open_tab("/staff/uno/probe", cast.tokens["viewer"])
    await ask(app, root, "voids")
    assert (await visitor(root)).notice_code == "not_allowed"


@pytest.mark.parametrize(
    ("who", "path", "refused", "leave_to"),
    [
        ("viewer", "/staff/uno/probe", "", ""),
        ("stranger", "/staff/uno/probe", "not_found", ""),
        ("stranger", "/portal/{space}/probe", "not_found", ""),
        ("customer", "/portal/{space}/probe", "", ""),
        ("", "/staff/uno/probe", "", "/sign-in?next=/staff/uno/probe"),
        ("viewer", "/", "", ""),
        ("", "/", "", ""),
    ],
)
async def test_a_page_that_reads_nothing_again_ends_where_one_may_not_be(
    app: rx.App,
    open_tab: OpenTab,
    cast: Cast,
    who: str,
    path: str,
    refused: str,
    leave_to: str,
) -> None:
    root = open_tab(path.format(space=cast.space), cast.tokens.get(who, ""))
    answer = await ask(app, root, LOOK)
    assert (answer is None) == (refused == leave_to == "")
    found = await visitor(root)
    assert (found.refused, found.leave_to) == (refused, leave_to)


@pytest.mark.parametrize("name", ["setvar", "set_is_hydrated.x", "nonsense"])
async def test_framework_extras_and_unknown_names_do_nothing(
    app: rx.App, open_tab: OpenTab, database: sa.Engine, name: str
) -> None:
    root = open_tab("/")
    assert isinstance(await ask(app, root, f"reflex___state____state.{name}"), StateUpdate)


async def test_what_a_page_says_of_its_place_does_not_pile_up(
    app: rx.App, open_tab: OpenTab, database: sa.Engine
) -> None:
    root = open_tab("/")
    for name in ("one", "two"):
        root.router_data = root.router_data | {name: "x" * 1_000}
        assert await ask(app, root, "anybody") is None
        assert name not in root.router_data
    assert root.router.url.path == "/"
    assert session.client_address(root) == "127.0.0.1"


@pytest.mark.parametrize("address", ["/" + "x" * 8_000, "/\ud800", "/\0", 7, ["/"]])
async def test_an_address_that_is_none_is_not_kept(
    app: rx.App, open_tab: OpenTab, cast: Cast, address: Any
) -> None:
    root = open_tab("/staff/uno/probe", cast.tokens["admin"])
    said = root.router_data | {"asPath": address}
    if isinstance(address, str):
        root._update_router_vars(said, root.router_data)
    root.router_data = said
    assert isinstance(await ask(app, root, "reads"), StateUpdate)
    assert root.router_data["asPath"] == "/"
    assert root.router.url.path == "/"


async def test_a_code_does_not_open_what_a_password_opened(
    app: rx.App, open_tab: OpenTab, cast: Cast, database: sa.Engine, moment: datetime
) -> None:
    """The same person, at the same time, in two browsers: only one of them proved the password."""
    with unit_of_work(bind=database) as db:
        user = db.exec(select(User).where(col(User.email) == "admin@uno.example")).one()
        by_code = sessions.open_session(
            db,
            user,
            sessions.CUSTOMER,
            by=sessions.BY_CODE,
            user_agent="",
            address="127.0.0.1",
            now=moment,
        )
    strong = open_tab("/staff/uno/probe", cast.tokens["admin"])
    weak = open_tab("/staff/uno/probe", by_code.token)
    assert await ask(app, strong, "reads") is None
    assert isinstance(await ask(app, weak, "reads"), StateUpdate)
    assert await ask(app, strong, "voids") is None


async def test_another_principal_finds_an_empty_tree(
    app: rx.App, open_tab: OpenTab, cast: Cast
) -> None:
    root = open_tab("/staff/uno/probe", cast.tokens["admin"])
    assert await ask(app, root, "reads") is None
    probe: Probe = await root.get_state(Probe)
    probe.seen = "secret of the admin"
    for token in ("", cast.tokens["stranger"]):
        root.router_data = root.router_data | {
            "headers": {"cookie": f"session={token}" if token else ""}
        }
        await ask(app, root, "anybody")
        assert probe.seen == ""
        assert "uno.example" not in (await visitor(root)).email
        probe.seen = "again"


async def test_the_same_principal_keeps_the_tree(
    app: rx.App, open_tab: OpenTab, cast: Cast
) -> None:
    root = open_tab("/staff/uno/probe", cast.tokens["admin"])
    await ask(app, root, "reads")
    probe: Probe = await root.get_state(Probe)
    probe.seen = "kept"
    await ask(app, root, "voids")
    assert probe.seen == "kept"


async def test_a_revoked_session_is_nobody_as_soon_as_the_topic_says_so(
    app: rx.App, open_tab: OpenTab, cast: Cast, database: sa.Engine, moment: datetime
) -> None:
    root = open_tab("/staff/uno/probe", cast.tokens["admin"])
    assert await ask(app, root, "reads") is None
    who = await session.principal(root)
    with unit_of_work(bind=database) as db:
        sessions.sign_out(db, who.session_id, moment)
    session.forget(f"session:{who.session_id}")
    assert isinstance(await ask(app, root, "reads"), StateUpdate)
    assert not (await visitor(root)).signed_in


async def test_arriving_slides_a_session_that_was_not_seen_for_long(
    app: rx.App, open_tab: OpenTab, cast: Cast, database: sa.Engine, moment: datetime
) -> None:
    earlier = moment - timedelta(hours=1)
    with unit_of_work(bind=database) as db:
        db.execute(sa.text("UPDATE user_session SET seen_at = :at"), {"at": earlier})
    root = open_tab("/staff/uno/probe", cast.tokens["admin"])
    assert (await session.principal(root)).touch_due
    await ask(app, root, "reflex___state____state.hydrate_and_load")
    assert not (await session.principal(root)).touch_due


async def test_the_rate_counts_the_person_over_all_tabs(
    app: rx.App, open_tab: OpenTab, cast: Cast
) -> None:
    gate = Gate()
    gate.rate.rate, gate.rate.burst = 0.001, 5
    tabs = [open_tab("/staff/uno/probe", cast.tokens["admin"]) for _ in range(2)]
    ran = [await ask(app, tabs[n % 2], "person", gate) is None for n in range(8)]
    assert ran == [True] * 5 + [False] * 3
    other = open_tab("/staff/uno/probe", cast.tokens["viewer"])
    assert await ask(app, other, "person", gate) is None


async def test_route_numbers_are_parsed_strictly(open_tab: OpenTab) -> None:
    root = open_tab("/staff/uno/probe")
    assert session.route_args(root) == {"company_slug": "uno"}
    with pytest.raises(session.NotFound):
        session.route_id(root, "company_slug")
    with pytest.raises(session.NotFound):
        session.route_id(root, "document_id")
