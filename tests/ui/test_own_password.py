"""One's own password at the pages: the portal's More and the staff's profile, and the way there."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select
from starlette.applications import Starlette

from clientportal.services import identity, passwords, sessions, sign_in_codes, spaces
from clientportal.services.sessions import SignedIn
from clientportal.settings import settings
from clientportal.storage.models import Message, SignInCode, User
from clientportal.storage.session import unit_of_work
from clientportal.ui.portal.more import PortalMore
from clientportal.ui.staff.settings_state import SettingsState
from clientportal.web import auth
from clientportal.web.pages import EXCEPTION_HANDLERS
from tests.support import people
from tests.support.people import PASSWORD
from tests.ui.conftest import OpenTab
from tests.ui.pages import Site, call, make_site, part, place

NEW = "ventana ancha 52"
LUZ = "luz@hotel.example"
ORIGIN = "http://testserver"


@pytest.fixture
def site(
    database: sa.Engine, open_tab: OpenTab, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> Site:
    assert database is not None
    for where in ("staff.common", "session", "own_password", "portal.more"):
        monkeypatch.setattr(f"clientportal.ui.{where}.utc_now", lambda: now)
    monkeypatch.setattr("clientportal.web.forms.moment", lambda: now)
    found = make_site(open_tab, now)
    with unit_of_work() as db:
        account = people.account(db, found.ours.agent, now)
        contact = people.contact(db, found.ours.agent, [account], LUZ, now)
        people.customer(db, found.ours.admin, account, contact, LUZ, now)
    return found


def session_of(db: Session, email: str, now: datetime, by: str) -> SignedIn:
    """A customer's session, opened in some way."""
    user = db.exec(select(User).where(col(User.email) == email)).one()
    return sessions.open_session(
        db, user, sessions.CUSTOMER, by=by, user_agent="", address="", now=now
    )


async def more(site: Site, by: str, opened: datetime) -> PortalMore:
    """The More page of the customer, whose session was opened `by` something at a moment."""
    with unit_of_work() as db:
        signed_in = session_of(db, LUZ, opened, by)
        [space] = spaces.spaces_of(db, signed_in.user_id, now=site.now)
        path = f"/portal/{space.key}/more"
    root = place(site.open_tab("/", token=signed_in.token), "/portal/[space]/more", path)
    state = part(root, PortalMore)
    await call(state, PortalMore.load)
    return state


def hash_of(email: str) -> str | None:
    with unit_of_work(read_only=True) as db:
        return db.exec(select(col(User.password_hash)).where(col(User.email) == email)).one()


async def save(state: Any, **data: str) -> Any:
    return await call(state, type(state).change_password, data)


async def test_a_customer_creates_a_password_and_changes_it_later(site: Site) -> None:
    state = await more(site, sessions.BY_CODE, site.now - timedelta(minutes=9))
    assert state.password_way == "set"
    await save(state, password="corta")
    assert (state.own_field, state.own_code) == ("password", "password_short")
    assert hash_of(LUZ) is None
    done = await save(state, password=NEW)
    assert "password_set" in str(done.args)
    assert (state.password_way, state.own_field, state.password_seq) == ("change", "", 1)
    assert passwords.verify_password(NEW, hash_of(LUZ) or "")
    assert NEW not in str(state.dict())

    await save(state, password=PASSWORD)
    assert (state.own_field, state.own_code) == ("current", "required")
    await save(state, current="not it at all", password=PASSWORD)
    assert (state.own_field, state.own_code) == ("current", "password_wrong")
    done = await save(state, current=NEW, password=PASSWORD)
    assert "password_changed" in str(done.args)
    assert passwords.verify_password(PASSWORD, hash_of(LUZ) or "")


@pytest.mark.parametrize("by", [sessions.BY_CODE, sessions.BY_DEMO, sessions.BY_PASSWORD])
async def test_without_a_fresh_code_the_page_asks_for_one(site: Site, by: str) -> None:
    state = await more(site, by, site.now - timedelta(minutes=11))
    assert state.password_way == "prove"
    told = await save(state, password=NEW)  # whatever a browser sends
    assert "password_proof" in str(told.args)
    assert state.password_way == "prove"
    assert hash_of(LUZ) is None


async def test_a_code_that_grew_old_meanwhile_is_told_on_the_page(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = await more(site, sessions.BY_CODE, site.now)
    assert state.password_way == "set"
    late = site.now + timedelta(minutes=11)
    monkeypatch.setattr("clientportal.ui.own_password.utc_now", lambda: late)
    told = await save(state, password=NEW)
    assert "password_proof" in str(told.args)
    assert state.password_way == "prove"
    assert hash_of(LUZ) is None


@pytest.mark.parametrize("hostile", [None, [], "text", {"password": ["x"]}, {"password": 7}])
async def test_what_is_no_form_stores_nothing(site: Site, hostile: Any) -> None:
    state = await more(site, sessions.BY_CODE, site.now)
    await call(state, PortalMore.change_password, hostile)
    assert (state.own_field, state.own_code) == ("password", "password_short")
    assert hash_of(LUZ) is None


def newest_code(email: str) -> str:
    """Run the job of the newest request; the code that it mailed."""
    with unit_of_work() as db:
        row = db.exec(select(SignInCode).order_by(col(SignInCode.id).desc())).first()
        assert row is not None
        assert row.email == email
        sign_in_codes.issue_code(db, row.id or 0, row.created_at)
        mail = db.exec(select(Message).where(Message.dedupe_key == f"code:{row.id}")).one()
        return str(mail.variables["code"])


async def test_staff_without_a_password_are_led_to_a_code_and_back_as_staff(site: Site) -> None:
    email = "viewer@uno.example"
    pattern, path = "/staff/[company_slug]/settings", "/staff/uno/settings?tab=you"
    with unit_of_work() as db:
        before = identity.sign_in_as(db, email=email, now=site.now)
    assert before is not None
    state = part(place(site.open_tab("/", token=before.token), pattern, path), SettingsState)
    await call(state, SettingsState.load)
    assert state.password_way == "prove"

    app = Starlette(routes=auth.routes(), exception_handlers=EXCEPTION_HANDLERS)
    transport = httpx.ASGITransport(app=app)
    cookies = {settings().session_cookie: before.token}
    headers = {"origin": ORIGIN}
    async with httpx.AsyncClient(
        transport=transport, base_url=ORIGIN, cookies=cookies, headers=headers
    ) as client:
        asked = await client.post("/auth/code", data={"email": email, "next": path})
        assert asked.headers["location"].startswith("/sign-in/code?next=")
        given = {"email": email, "code": newest_code(email), "next": path}
        entered = await client.post("/auth/verify", data=given)
        assert entered.headers["location"] == path
        token = entered.cookies[settings().session_cookie]
    assert token != before.token

    state = part(place(site.open_tab("/", token=token), pattern, path), SettingsState)
    await call(state, SettingsState.load)
    assert state.password_way == "set"
    done = await save(state, password=NEW)
    assert "password_set" in str(done.args)
    assert passwords.verify_password(NEW, hash_of(email) or "")
