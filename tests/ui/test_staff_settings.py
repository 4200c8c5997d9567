"""Staff: settings with their effects, number series, team, the logo's upload."""

from datetime import datetime
from typing import Any

import httpx
import pytest
import reflex as rx
import sqlalchemy as sa
from starlette.applications import Starlette

from clientportal.domain.errors import Invalid, NotAllowed, NotFound
from clientportal.services import companies, identity, number_series, passwords
from clientportal.services.companies import CompanySettings
from clientportal.settings import settings
from clientportal.storage.models import User
from clientportal.storage.session import unit_of_work
from clientportal.ui.base import Visitor
from clientportal.ui.staff.settings_state import SettingsState
from clientportal.ui.staff.team_state import MemberLine
from clientportal.web import company_files
from clientportal.web.pages import EXCEPTION_HANDLERS
from tests.support.people import PASSWORD
from tests.support.tenants import picture
from tests.ui.conftest import OpenTab
from tests.ui.pages import Site, call, follow, make_site, part

PAGE = "/staff/[company_slug]/settings"
ORIGIN = "http://testserver"
LOGO = picture("logo")
NEW = "ventana ancha 52"


@pytest.fixture
def site(
    database: sa.Engine, open_tab: OpenTab, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> Site:
    assert database is not None
    monkeypatch.setattr("clientportal.ui.staff.common.utc_now", lambda: now)
    monkeypatch.setattr("clientportal.ui.session.utc_now", lambda: now)
    return make_site(open_tab, now)


async def opened(site: Site, role: str, tab: str = "company") -> SettingsState:
    root: rx.State = site.tab(role, PAGE, f"/staff/uno/settings?tab={tab}")
    state = part(root, SettingsState)
    await call(state, SettingsState.load)
    return state


def stored(site: Site) -> CompanySettings:
    with unit_of_work(read_only=True) as db:
        return companies.read(db, site.ours.viewer, company_id=site.ours.id)


def form_of(state: SettingsState, **changes: str) -> dict[str, str]:
    """What the browser sends: every field, changed ones among them."""
    return {**state.values, "tax_id_kind": state.tax_kind, **changes}


async def test_each_field_shows_its_effect_before_it_is_saved(site: Site) -> None:
    state = await opened(site, "admin")
    await call(state, SettingsState.type, "accent", "#c00000")
    assert state.draft["accent"] == "#c00000"
    assert state.sample["light"]["accent-solid"] != state.sample["dark"]["accent-solid"]
    before = dict(state.sample["light"])
    await call(state, SettingsState.type, "accent", "red")
    assert (state.field, state.code) == ("accent", "accent_invalid")
    assert state.sample["light"] == before
    await call(state, SettingsState.type, "currencies", "usd, clp")
    assert state.sample_currencies == ["USD", "CLP"]
    await call(state, SettingsState.type, "currencies", "USD, XXQ")
    assert state.code == "currency_unknown"
    await call(state, SettingsState.type, "time_zone", "Mars/Olympus")
    assert state.draft["time_zone"] == "UTC"
    await call(state, SettingsState.turn, "allow_partial_payment", True)
    assert state.partial
    await call(state, SettingsState.type, "version", "7")
    assert "version" not in state.draft
    assert stored(site).accent != "#c00000"


async def test_saving_stores_everything_and_a_wrong_field_nothing(site: Site) -> None:
    state = await opened(site, "owner")
    await call(state, SettingsState.turn, "is_test", True)
    await call(state, SettingsState.turn, "fallback_channel", True)
    wrong = form_of(state, name="Otra", reply_email="sin arroba")
    assert await call(state, SettingsState.save, wrong) is None
    assert (state.field, state.code) == ("reply_email", "email_invalid")
    assert stored(site).name == "Uno"
    right = form_of(state, name="Otra", currencies="USD", time_zone="America/Lima", language="en")
    await call(state, SettingsState.save, right)
    found = stored(site)
    assert (found.name, found.currencies, found.time_zone) == ("Otra", ("USD",), "America/Lima")
    assert (found.language, found.is_test, found.fallback_channel) == ("en", True, True)


async def test_a_save_over_somebody_elses_is_refused_and_told(site: Site) -> None:
    first, second = await opened(site, "admin"), await opened(site, "owner")
    await call(first, SettingsState.save, form_of(first, name="De la primera"))
    await call(second, SettingsState.refresh)
    assert second.moved
    second.moved = False
    assert await call(second, SettingsState.save, form_of(second, name="De la segunda")) is None
    assert second.moved
    assert stored(site).name == "De la primera"
    await call(second, SettingsState.load)
    assert second.values["name"] == "De la primera"
    assert not second.moved


@pytest.mark.parametrize("role", ["viewer", "agent"])
async def test_who_may_not_edit_reads_but_changes_nothing(site: Site, role: str) -> None:
    state = await opened(site, role)
    assert state.values["name"] == "Uno"
    with pytest.raises(NotAllowed):
        await call(state, SettingsState.save, form_of(state, name="Forzada"))
    with pytest.raises(NotAllowed):
        await call(state, SettingsState.save_series, {"kind": "invoice", "next_number": "5"})
    assert stored(site).name == "Uno"


async def test_strangers_find_no_settings(site: Site) -> None:
    root = site.tab("owner", PAGE, "/staff/uno/settings", company=site.theirs)
    with pytest.raises(NotFound):
        await call(part(root, SettingsState), SettingsState.load)


async def test_a_series_shows_its_next_number_as_one_types(site: Site) -> None:
    state = await opened(site, "admin", "series")
    assert {line.kind for line in state.series} >= {"invoice", "cash_receipt"}
    await call(state, SettingsState.try_series, "invoice", "prefix", "FV-")
    await call(state, SettingsState.try_series, "invoice", "padding", "6")
    await call(state, SettingsState.try_series, "invoice", "next_number", "41")
    await call(state, SettingsState.try_series, "invoice", "kind", "advance")
    [line] = [line for line in state.series if line.kind == "invoice"]
    assert line.typed == "FV-000041"
    typed = {"kind": "invoice", "prefix": "FV-", "next_number": "41", "padding": "6"}
    await call(state, SettingsState.save_series, typed)
    with unit_of_work(read_only=True) as db:
        views = number_series.listing(db, site.ours.viewer)
    assert [view.example for view in views if view.kind == "invoice"] == ["FV-000041"]
    assert await call(state, SettingsState.save_series, typed | {"next_number": "cero"}) is None
    assert (state.series_kind, state.field, state.code) == ("invoice", "next_number", "series_next")
    with pytest.raises(NotFound):
        await call(state, SettingsState.save_series, {"kind": "../users"})


async def test_the_team_is_listed_with_roles(site: Site) -> None:
    state = await opened(site, "viewer", "team")
    assert {(line.role, line.me) for line in state.team} == {
        ("owner", False),
        ("admin", False),
        ("agent", False),
        ("viewer", True),
    }


async def team_of(site: Site, role: str) -> tuple[SettingsState, dict[str, MemberLine]]:
    """The team's tab as somebody sees it, with its lines by role."""
    state = await opened(site, role, "team")
    return state, {line.role: line for line in state.team}


def asked(line: MemberLine, role: str, **changes: Any) -> dict[str, Any]:
    """What the form beside a member sends."""
    return {"user_id": str(line.user_id), "seen": line.role, "role": role, **changes}


async def test_each_sees_changes_only_where_they_may_decide(site: Site) -> None:
    may = {role: (await team_of(site, role))[1] for role in ("owner", "admin", "viewer")}
    assert [line.open for line in may["owner"].values()] == [True] * 4
    assert {role for role, line in may["admin"].items() if line.open} == {
        "admin",
        "agent",
        "viewer",
    }
    assert not any(line.open for line in may["viewer"].values())


async def test_a_member_gets_another_role_and_leaves(site: Site) -> None:
    state, lines = await team_of(site, "admin")
    told = await call(state, SettingsState.change_role, asked(lines["viewer"], "agent"))
    assert "role_changed" in str(told.args)
    assert [line.role for line in state.team] == ["owner", "admin", "agent", "agent"]
    told = await call(state, SettingsState.remove_member, lines["viewer"].user_id, "agent")
    assert "member_removed" in str(told.args)
    assert [line.name for line in state.team] == ["Owner", "Admin", "Agent"]


async def test_who_changed_meanwhile_and_the_last_owner_stay_and_it_is_said(site: Site) -> None:
    state, lines = await team_of(site, "owner")
    _, seen = await team_of(site, "admin")
    await call(state, SettingsState.change_role, asked(lines["agent"], "admin"))
    told = await call(state, SettingsState.change_role, asked(seen["agent"], "viewer"))
    assert "member_changed" in str(told.args)
    assert "Agent" in str(told.args)
    told = await call(state, SettingsState.remove_member, seen["agent"].user_id, "agent")
    assert "member_changed" in str(told.args)
    for told in (
        await call(state, SettingsState.change_role, asked(lines["owner"], "admin")),
        await call(state, SettingsState.remove_member, lines["owner"].user_id, "owner"),
    ):
        assert "last_owner" in str(told.args)
    assert [line.role for line in state.team] == ["owner", "admin", "admin", "viewer"]


async def test_who_leaves_goes_where_they_still_may_be(site: Site) -> None:
    state, lines = await team_of(site, "admin")
    left = await call(state, SettingsState.remove_member, lines["admin"].user_id, "admin")
    assert follow(state, left) == "/"
    with pytest.raises(NotAllowed):
        await call(state, SettingsState.remove_member, lines["agent"].user_id, "agent")


async def test_what_a_browser_makes_up_about_members_changes_nothing(site: Site) -> None:
    state, lines = await team_of(site, "admin")
    stranger = lines["viewer"].user_id + 4
    with pytest.raises(NotAllowed):
        await call(state, SettingsState.change_role, asked(lines["agent"], "owner"))
    with pytest.raises(NotAllowed):
        await call(state, SettingsState.remove_member, lines["owner"].user_id, "owner")
    for user_id in (str(stranger), "-1", "x", "9" * 30, ""):
        with pytest.raises(NotFound):
            await call(
                state,
                SettingsState.change_role,
                asked(lines["agent"], "viewer", user_id=user_id),
            )
    for user_id in (stranger, -1, 0, "7", True, None, 10**30):
        with pytest.raises(NotFound):
            await call(state, SettingsState.remove_member, user_id, "viewer")
    for word in ("emperor", None, 5, ["owner"]):
        with pytest.raises(Invalid):
            await call(state, SettingsState.remove_member, lines["agent"].user_id, word)
        with pytest.raises(Invalid):
            await call(state, SettingsState.change_role, asked(lines["agent"], "viewer", seen=word))
    for role in ("agent", "viewer"):
        state, mine = await team_of(site, role)
        with pytest.raises(NotAllowed):
            await call(state, SettingsState.remove_member, mine[role].user_id, role)
    assert [line.role for line in state.team] == ["owner", "admin", "agent", "viewer"]


def client_of(site: Site, role: str = "", slug: str = "uno") -> httpx.AsyncClient:
    """A browser at the logo's routes, with the cookie of somebody of a company's staff."""
    cookies = {}
    if role:
        with unit_of_work() as db:
            signed_in = identity.sign_in_as(db, email=f"{role}@{slug}.example", now=site.now)
        assert signed_in is not None
        cookies[settings().session_cookie] = signed_in.token
    app = Starlette(routes=company_files.routes(), exception_handlers=EXCEPTION_HANDLERS)
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies=cookies)


async def send(
    client: httpx.AsyncClient, content: bytes, *, origin: str = ORIGIN, **data: Any
) -> tuple[int, str]:
    """Upload a logo; status and where the browser is sent."""
    answer = await client.post(
        "/files/logos/uno",
        files={"logo": ("logo.png", content, "image/png")},
        data=data,
        headers={"origin": origin},
    )
    return answer.status_code, answer.headers.get("location", "")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr("clientportal.web.forms.moment", lambda: now)


@pytest.mark.usefixtures("clock")
async def test_a_logo_is_uploaded_and_removed(site: Site) -> None:
    client = client_of(site, "admin")
    assert await send(client, LOGO) == (303, "/staff/uno/settings?done=logo")
    assert stored(site).logo_sha256
    gone = await client.post("/files/logos/uno/remove", data={}, headers={"origin": ORIGIN})
    assert gone.headers["location"] == "/staff/uno/settings?done=logo_removed"
    assert stored(site).logo_sha256 is None


@pytest.mark.usefixtures("clock")
async def test_a_bad_logo_comes_back_with_its_reason(site: Site) -> None:
    client = client_of(site, "admin")
    assert "error=logo_type" in (await send(client, b"<svg onload=alert(1)>"))[1]
    too_large = (await send(client, b"x" * 600_000))[1]
    assert "error=logo_too_large" in too_large
    assert "most_kb=512" in too_large
    assert "error=logo_missing" in (await send(client, b""))[1]
    assert "error=conflict" in (await send(client, LOGO, version="99"))[1]
    assert stored(site).logo_sha256 is None


@pytest.mark.usefixtures("clock")
async def test_only_who_may_edit_uploads_a_logo_from_our_own_pages(site: Site) -> None:
    assert "error=not_allowed" in (await send(client_of(site, "viewer"), LOGO))[1]
    assert (await send(client_of(site, "owner", "dos"), LOGO))[0] == 404
    evil = "https://evil.example"
    assert (await send(client_of(site, "admin"), LOGO, origin=evil))[0] == 403
    assert (await send(client_of(site), LOGO))[0] == 401
    assert stored(site).logo_sha256 is None


async def test_the_page_tells_why_a_logo_was_refused(site: Site) -> None:
    root = site.tab("admin", PAGE, "/staff/uno/settings?error=logo_side&least=16&most=2000")
    state = part(root, SettingsState)
    await call(state, SettingsState.load)
    assert (state.logo_error, state.numbers["most"]) == ("logo_side", 2000)
    root = site.tab("admin", PAGE, "/staff/uno/settings?error=<b>tu+cuenta+fue+robada</b>")
    state = part(root, SettingsState)
    await call(state, SettingsState.load)
    assert state.logo_error == "invalid"


async def test_the_profile_keeps_name_and_language_and_nothing_of_a_password(site: Site) -> None:
    root = site.tab("viewer", PAGE, "/staff/uno/settings?tab=you")
    state = part(root, SettingsState)
    await call(state, SettingsState.load)
    assert state.mail_language == "es"
    await call(state, SettingsState.choose_language, "en")
    await call(state, SettingsState.rename, {"name": "Vera Ríos"})
    assert part(root, Visitor).name == "Vera Ríos"
    await call(state, SettingsState.rename, {"name": " "})
    assert (state.own_field, state.own_code) == ("name", "required")
    with unit_of_work() as db:
        user = db.get(User, site.ours.viewer.user_id)
        assert user is not None
        assert (user.name, user.language) == ("Vera Ríos", "en")
        user.password_hash = passwords.hash_password(PASSWORD)
        db.add(user)
    for current, new, wrong in (
        ("", NEW, ("current", "required")),
        ("not it at all", NEW, ("current", "password_wrong")),
        (PASSWORD, "corta", ("password", "password_short")),
    ):
        await call(state, SettingsState.change_password, {"current": current, "password": new})
        assert (state.own_field, state.own_code) == wrong
    done = await call(state, SettingsState.change_password, {"current": PASSWORD, "password": NEW})
    assert "password_changed" in str(done.args)
    assert (state.own_field, state.password_seq) == ("", 1)
    assert NEW not in str(state.dict())
    with unit_of_work(read_only=True) as db:
        user = db.get(User, site.ours.viewer.user_id)
        assert user is not None
        assert passwords.verify_password(NEW, user.password_hash or "")


async def test_keys_of_fiscal_codes_are_kept_and_never_sent_to_the_browser(site: Site) -> None:
    state = await opened(site, "admin")
    assert (state.kept_key, state.kept_pin) == ("", "")
    key = "693ff6f2a553c3646a063436fd4dd9ded0311471"
    await call(state, SettingsState.save_keys, {"technical_key": key, "pin": ""})
    assert (state.kept_key, state.kept_pin, state.key_errors) == ("••••1471", "", {})
    assert key not in str(state.dict())
    await call(state, SettingsState.save_keys, {"technical_key": "", "pin": "con espacio"})
    assert state.key_errors == {"pin": "fiscal_key_invalid"}
    assert (await opened(site, "viewer")).kept_key == "••••1471"
    for hostile in ({}, [], None, {"pin": 5}):
        await call(state, SettingsState.save_keys, hostile)
    for name in ("secret_key", None, 5):
        await call(state, SettingsState.forget_key, name)
    assert state.kept_key == "••••1471"
    await call(state, SettingsState.forget_key, "technical_key")
    assert state.kept_key == ""
