"""Before sign-in: start page, sign-in, its code, set-up; hostile addresses change nothing."""

from datetime import datetime

import pytest
import reflex as rx
import sqlalchemy as sa

from clientportal.services import identity, spaces
from clientportal.settings import settings
from clientportal.storage.session import unit_of_work
from clientportal.ui.public.set_up_state import SetUpState, slug_of
from clientportal.ui.public.sign_in_state import SignInState
from tests.support import people
from tests.ui.conftest import OpenTab
from tests.ui.pages import call, follow, part, place


@pytest.fixture(autouse=True)
def _data(database: sa.Engine, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    assert database is not None
    monkeypatch.setattr("clientportal.ui.session.utc_now", lambda: now)


def token_of(email: str, now: datetime) -> str:
    with unit_of_work() as db:
        signed_in = identity.sign_in_as(db, email=email, now=now)
        assert signed_in is not None
        spaces.spaces_of(db, signed_in.user_id, now=now)
        return signed_in.token


async def started(open_tab: OpenTab, token: str = "") -> tuple[rx.State, SignInState, object]:
    root = place(open_tab("/", token=token), "/", "/")
    state = part(root, SignInState)
    return root, state, await call(state, SignInState.load_start)


async def test_without_data_the_start_page_leads_to_set_up(open_tab: OpenTab) -> None:
    root, state, away = await started(open_tab)
    assert follow(root, away) == "/set-up"
    assert not state.loaded


async def test_one_door_is_entered_at_once_and_several_are_offered(
    open_tab: OpenTab, now: datetime
) -> None:
    with unit_of_work() as db:
        uno, dos = people.company(db, "uno", now), people.company(db, "dos", now)
        account = people.account(db, uno.admin, now)
        contact = people.contact(db, uno.admin, [account], "rosa@sol.example", now)
        people.customer(db, uno.admin, account, contact, "rosa@sol.example", now)
        for staff in (uno, dos):
            other = people.account(db, staff.admin, now, name=f"Luz {staff.slug}")
            luz = people.contact(db, staff.admin, [other], "luz@sol.example", now)
            people.customer(db, staff.admin, other, luz, "luz@sol.example", now)
    root, _, away = await started(open_tab, token_of("viewer@uno.example", now))
    assert follow(root, away) == "/staff/uno/today"
    root, _, away = await started(open_tab, token_of("rosa@sol.example", now))
    assert follow(root, away).startswith("/portal/")
    root, state, away = await started(open_tab, token_of("luz@sol.example", now))
    assert away is None
    assert [(door.name, door.detail) for door in state.doors] == [
        ("Luz dos", "Dos"),
        ("Luz uno", "Uno"),
    ]
    assert state.customers == []


async def test_the_cast_shows_only_where_demo_tools_may(
    open_tab: OpenTab, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work() as db:
        people.company(db, "papelera-del-valle", now)
    _, state, _ = await started(open_tab)
    assert state.loaded
    assert (state.staff, state.customers) == ([], [])
    monkeypatch.setenv("CLIENTPORTAL_DEMO", "1")
    settings.cache_clear()
    _, state, _ = await started(open_tab)
    assert "carolina" in {line.key for line in state.staff}
    assert "luisa" in {line.key for line in state.customers}
    monkeypatch.setenv("CLIENTPORTAL_ENV", "production")
    settings.cache_clear()
    _, state, _ = await started(open_tab)
    assert (state.staff, state.customers) == ([], [])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ("code", "", "", "")),
        ("?error=sign_in_failed&field=", ("password", "sign_in_failed", "", "")),
        ("?error=email_invalid&field=email", ("code", "email_invalid", "email", "")),
        ("?error=Tu+cuenta+fue+robada&field=<b>", ("code", "", "", "")),
        ("?next=/staff/uno/billing", ("code", "", "", "/staff/uno/billing")),
        ("?next=//evil.example", ("code", "", "", "")),
        ("?next=/%5Cevil.example", ("code", "", "", "")),
        ("?next=https://evil.example", ("code", "", "", "")),
        ("?way=password", ("password", "", "", "")),
    ],
)
async def test_the_sign_in_page_believes_only_codes_and_local_paths(
    open_tab: OpenTab, query: str, expected: tuple[str, str, str, str]
) -> None:
    root = place(open_tab("/sign-in"), "/sign-in", f"/sign-in{query}")
    state = part(root, SignInState)
    await call(state, SignInState.load)
    assert (state.way, state.error, state.field, state.next) == expected


async def test_the_code_page_knows_the_address_that_this_browser_typed(open_tab: OpenTab) -> None:
    root = place(
        open_tab("/sign-in/code"), "/sign-in/code", "/sign-in/code?error=code_wrong&field=code"
    )
    root.router_data["headers"]["cookie"] = "sign_in_email=rosa@sol.example"
    state = part(root, SignInState)
    await call(state, SignInState.load_code)
    assert state.email == "rosa@sol.example"
    assert state.error == "code_wrong"
    root.router_data["headers"]["cookie"] = "sign_in_email=\\N{bad"
    await call(state, SignInState.load_code)
    assert state.email == ""


async def test_set_up_guesses_from_the_browser_and_checks_while_one_writes(
    open_tab: OpenTab,
) -> None:
    state = part(place(open_tab("/set-up"), "/set-up", "/set-up"), SetUpState)
    assert await call(state, SetUpState.load) is None
    assert not state.needs_code
    await call(state, SetUpState.guess, "America/Lima")
    assert (state.country, state.currency, state.zone) == ("PE", "PEN", "America/Lima")
    await call(state, SetUpState.guess, "Mars/Olympus")
    assert (state.country, state.currency, state.ready) == ("", "USD", True)
    await call(state, SetUpState.choose_country, "CO")
    await call(state, SetUpState.check_tax_id, "900373913-5")
    assert state.tax_params["expected"] == "4"
    await call(state, SetUpState.check_tax_id, "900373913-4")
    assert (state.tax_error, state.tax_shown) == ("", "900.373.913-4")
    await call(state, SetUpState.name_left, "Papelera del Valle S.A.S.")
    assert state.slug == "papelera-del-valle"
    await call(state, SetUpState.slug_typed, "mia")
    await call(state, SetUpState.name_left, "Otra cosa")
    assert state.slug == "papelera-del-valle"


async def test_set_up_is_over_once_there_is_a_company(open_tab: OpenTab, now: datetime) -> None:
    with unit_of_work() as db:
        people.company(db, "uno", now)
    root = place(open_tab("/set-up"), "/set-up", "/set-up")
    away = await call(part(root, SetUpState), SetUpState.load)
    assert follow(root, away) == "/"


async def test_set_up_in_production_asks_for_the_operators_code(
    open_tab: OpenTab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLIENTPORTAL_ENV", "production")
    settings.cache_clear()
    root = place(
        open_tab("/set-up"), "/set-up", "/set-up?error=password_short&field=password&least=12"
    )
    state = part(root, SetUpState)
    await call(state, SetUpState.load)
    assert state.needs_code
    assert (state.field, state.error, state.numbers["least"]) == ("password", "password_short", 12)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Papelera del Valle", "papelera-del-valle"),
        ("ACME, S.A. de C.V.", "acme-c-v"),
        ("Ñandú & Hijos Ltda.", "nandu-hijos"),
        ("S.A.S.", "s-a-s"),
        ("???", ""),
    ],
)
def test_a_name_becomes_a_short_address(name: str, slug: str) -> None:
    assert slug_of(name) == slug


async def test_set_up_tells_the_digit_that_the_server_expected(open_tab: OpenTab) -> None:
    """And believes no more of the address than a short word."""
    for expected, shown in (("4", "4"), ("K", "K"), ("<b>", ""), ("call+555", "")):
        query = f"?error=tax_id_digit&field=tax_id&kind=NIT&expected={expected}"
        root = place(open_tab("/set-up"), "/set-up", f"/set-up{query}")
        state = part(root, SetUpState)
        await call(state, SetUpState.load)
        assert (state.field, state.tax_error) == ("tax_id", "tax_id_digit")
        assert state.tax_params.get("expected", "") == shown


async def test_a_way_chosen_before_the_page_was_read_stays_chosen(open_tab: OpenTab) -> None:
    root = place(open_tab("/sign-in"), "/sign-in", "/sign-in")
    state = part(root, SignInState)
    await call(state, SignInState.choose, "password")

    await call(state, SignInState.load)
    assert state.way == "password"

    place(root, "/sign-in", "/sign-in?error=code_wrong")  # another try says how it was made
    await call(state, SignInState.load)
    assert state.way == "code"
