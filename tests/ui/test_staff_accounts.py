"""Staff: the list of accounts, an account's page, its people and their logins, contacts."""

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import reflex as rx
import sqlalchemy as sa
from sqlmodel import col, select

from clientportal.domain.errors import NotAllowed, NotFound, NotSignedIn
from clientportal.services import access, contact_views
from clientportal.storage.models import Account
from clientportal.storage.session import unit_of_work
from clientportal.ui.staff import timeline
from clientportal.ui.staff.account_edit import AccountEditState
from clientportal.ui.staff.account_state import AccountState
from clientportal.ui.staff.accounts_state import AccountsState
from clientportal.ui.staff.common import StaffFrame
from clientportal.ui.staff.contact_state import ContactState
from clientportal.ui.staff.contacts import ContactsState
from clientportal.ui.staff.people_state import PeopleState
from tests.support import people
from tests.ui.conftest import OpenTab
from tests.ui.pages import Site, call, follow, make_site, part, place

LIST = "/staff/[company_slug]/accounts"
ONE = "/staff/[company_slug]/accounts/[account_id]"
EDIT = "/staff/[company_slug]/accounts/[account_id]/edit"
CONTACT = "/staff/[company_slug]/contacts/[contact_id]"


@pytest.fixture
def site(
    database: sa.Engine, open_tab: OpenTab, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> Site:
    assert database is not None
    monkeypatch.setattr("clientportal.ui.session.utc_now", lambda: now)
    monkeypatch.setattr("clientportal.ui.staff.common.utc_now", lambda: now)
    return make_site(open_tab, now)


@pytest.fixture
def account(site: Site, now: datetime) -> Callable[..., int]:
    """Creates an account of ours."""

    def make(**fields: Any) -> int:
        with unit_of_work() as db:
            return people.account(db, site.ours.admin, now, **fields)

    return make


def account_tab(site: Site, role: str, account_id: int, tab: str = "") -> rx.State:
    query = f"?tab={tab}" if tab else ""
    return site.tab(role, ONE, f"/staff/uno/accounts/{account_id}{query}")


async def people_page(site: Site, role: str, account_id: int) -> tuple[AccountState, PeopleState]:
    root = account_tab(site, role, account_id, "contacts")
    shown = part(root, AccountState)
    await call(shown, AccountState.load)
    return shown, part(root, PeopleState)


async def test_the_list_is_rebuilt_from_its_address(
    site: Site, account: Callable[..., int]
) -> None:
    account(name="Papelería Sol", tags=("Norte",))
    account(name="Ferretería Luna", kind="supplier")
    root = site.tab("viewer", LIST, "/staff/uno/accounts?q=sol&login=none&color=red")
    state = part(root, AccountsState)
    await call(state, AccountsState.load)
    assert [row.name for row in state.rows] == ["Papelería Sol"]
    assert state.q == "sol"
    assert state.filters["login"] == ["none"]
    place(root, LIST, "/staff/uno/accounts?kind=supplier")
    await call(state, AccountsState.load)
    assert [row.name for row in state.rows] == ["Ferretería Luna"]
    assert state.tags == ["Norte"]


async def test_filters_change_the_address_and_ignore_what_is_none(
    site: Site, account: Callable[..., int]
) -> None:
    account()
    root = site.tab("viewer", LIST, "/staff/uno/accounts?q=tor")
    state = part(root, AccountsState)
    chosen = await call(state, AccountsState.choose, "kind", ["customer"])
    assert follow(root, chosen) == "/staff/uno/accounts?q=tor&kind=customer"
    dropped = await call(state, AccountsState.choose, "kind", [])
    assert follow(root, dropped) == "/staff/uno/accounts?q=tor"
    typed = await call(state, AccountsState.find, "niño & cía")
    assert follow(root, typed) == "/staff/uno/accounts?q=ni%C3%B1o+%26+c%C3%ADa"
    assert await call(state, AccountsState.choose, "company", ["dos"]) is None
    assert await call(state, AccountsState.choose, "kind", "customer") is None
    forged: Any = await call(state, AccountsState.find, {"$ne": 1})
    assert follow(root, forged) == "/staff/uno/accounts"


async def test_an_empty_list_says_how_many_are_behind_the_filters(
    site: Site, account: Callable[..., int]
) -> None:
    account(name="Una")
    account(name="Otra")
    root = site.tab("viewer", LIST, "/staff/uno/accounts?q=ninguna")
    state = part(root, AccountsState)
    await call(state, AccountsState.load)
    assert state.rows == []
    assert state.narrowed
    assert state.others == 2


async def test_a_strangers_company_and_account_do_not_exist(
    site: Site, account: Callable[..., int]
) -> None:
    mine = account()
    there = site.tab("owner", LIST, "/staff/uno/accounts", company=site.theirs)
    with pytest.raises(NotFound):
        await call(part(there, AccountsState), AccountsState.load)
    forged = site.tab("owner", ONE, f"/staff/dos/accounts/{mine}", company=site.theirs)
    shown = part(forged, AccountState)
    with pytest.raises(NotFound):
        await call(shown, AccountState.load)
    assert shown.name == ""
    for bad in ("abc", "-1", "9" * 30):
        root = site.tab("owner", ONE, f"/staff/uno/accounts/{bad}")
        with pytest.raises(NotFound):
            await call(part(root, AccountState), AccountState.load)
    nobody = place(site.open_tab("/"), LIST, "/staff/uno/accounts")
    with pytest.raises(NotSignedIn):
        await call(part(nobody, AccountsState), AccountsState.load)


async def test_only_the_open_tab_is_loaded(site: Site, account: Callable[..., int]) -> None:
    account_id = account(name="Hotel Sol", tax_id="900.373.913-4")
    account(name="Hotel Sol Cali", tax_id="900373913-4", code="C-2")
    root = account_tab(site, "viewer", account_id)
    shown = part(root, AccountState)
    await call(shown, AccountState.load)
    assert shown.tab == "summary"
    assert [other.code for other in shown.same] == ["C-2"]
    assert shown.events == []
    place(root, ONE, f"/staff/uno/accounts/{account_id}?tab=activity&before=x")
    await call(shown, AccountState.load)
    assert [line.action for line in shown.events] == ["account_created"]
    place(root, ONE, f"/staff/uno/accounts/{account_id}?tab=<script>")
    await call(shown, AccountState.load)
    assert shown.tab == "summary"


@pytest.mark.spec(180, 181, 182, 194, 256, 257, 258, 259, 260)
async def test_people_are_added_linked_and_given_more_addresses(
    site: Site, account: Callable[..., int], now: datetime
) -> None:
    first, second = account(name="Sede A"), account(name="Sede B")
    shown, edit = await people_page(site, "agent", first)
    await call(edit, PeopleState.show, "new", 0, "")
    assert edit.emails == 1
    await call(edit, PeopleState.more_emails)
    assert edit.emails == 2
    typed = {"name": "Rosa", "email0": "rosa@sol.example", "email1": "Pagos@Sol.example"}
    await call(edit, PeopleState.create, typed | {"whatsapp": "315 482 9016"})
    await call(shown, AccountState.refresh)
    [rosa] = shown.people
    assert [line.email for line in rosa.emails] == ["rosa@sol.example", "pagos@sol.example"]
    assert [(line.channel, line.address) for line in rosa.others] == [
        ("whatsapp", "+57 315 4829016")
    ]
    await call(edit, PeopleState.show, "point", rosa.id, rosa.name)
    await call(edit, PeopleState.add_point, {"channel": "email", "address": "rosa@casa.example"})
    await call(shown, AccountState.refresh)
    assert len(shown.people[0].emails) == 3

    other, linking = await people_page(site, "agent", second)
    await call(linking, PeopleState.show, "link", 0, "")
    assert [person.name for person in linking.linkable] == ["Rosa"]
    await call(linking, PeopleState.link, rosa.id)
    with unit_of_work() as db:
        people.contact(db, site.ours.admin, [second], "luis@sol.example", now)
    await call(other, AccountState.refresh)
    assert [person.name for person in other.people] == ["Luis", "Rosa"]
    assert other.people[1].elsewhere == 1
    await call(linking, PeopleState.unlink, rosa.id)
    await call(other, AccountState.refresh)
    assert [person.name for person in other.people] == ["Luis"]


async def test_a_refused_person_is_told_beside_the_field_and_kept_open(
    site: Site, account: Callable[..., int], now: datetime
) -> None:
    account_id = account()
    with unit_of_work() as db:
        people.contact(db, site.ours.admin, [account_id], "rosa@sol.example", now)
    _, edit = await people_page(site, "agent", account_id)
    await call(edit, PeopleState.show, "new", 0, "")
    await call(edit, PeopleState.create, {"name": "Eva", "email0": "rosa@sol.example"})
    assert (edit.panel, edit.field, edit.code) == ("new", "email", "contact_point_taken")
    assert edit.params["name"] == "Rosa"
    await call(edit, PeopleState.create, {"name": "", "email0": ["x"]})
    assert (edit.field, edit.code) == ("name", "required")
    with pytest.raises(NotFound):
        await call(edit, PeopleState.link, True)
    with pytest.raises(NotFound):
        await call(edit, PeopleState.unlink, 987654)


@pytest.mark.spec(187, 190, 191, 192, 193, 203, 211, 212)
async def test_login_is_switched_per_e_mail_after_a_question(
    site: Site, account: Callable[..., int], now: datetime
) -> None:
    account_id, second = account(name="Sede A"), account(name="Sede B")
    with unit_of_work() as db:
        rosa = people.contact(db, site.ours.admin, [account_id, second], "rosa@sol.example", now)
        people.contact(db, site.ours.admin, [account_id], "luis@sol.example", now)
    shown, switch = await people_page(site, "admin", account_id)
    await call(switch, PeopleState.ask_login, rosa, "Rosa", "rosa@sol.example", True)
    assert switch.asked
    assert switch.ask_on
    assert logins(site, account_id) == {"rosa@sol.example": "none", "luis@sol.example": "none"}
    await call(switch, PeopleState.turn_login)
    assert not switch.asked
    await call(shown, AccountState.refresh)
    found = {line.email: line.login for person in shown.people for line in person.emails}
    assert found == {"rosa@sol.example": "pending", "luis@sol.example": "none"}
    assert shown.login == "pending"
    assert logins(site, second) == {"rosa@sol.example": "none"}

    await call(switch, PeopleState.ask_login, rosa, "Rosa", "rosa@sol.example", False)
    await call(switch, PeopleState.keep_login)
    assert logins(site, account_id)["rosa@sol.example"] == "pending"
    await call(switch, PeopleState.ask_login, rosa, "Rosa", "rosa@sol.example", False)
    await call(switch, PeopleState.turn_login)
    assert logins(site, account_id)["rosa@sol.example"] == "none"
    await call(shown, AccountState.refresh)
    assert shown.contacts == 2


def logins(site: Site, account_id: int) -> dict[str, str]:
    with unit_of_work(read_only=True) as db:
        rows = access.of_account(db, site.ours.admin, account_id=account_id)
        return {row.email: row.login.value for row in rows}


async def test_an_agent_cannot_turn_a_login_even_without_the_gate(
    site: Site, account: Callable[..., int], now: datetime
) -> None:
    account_id = account()
    with unit_of_work() as db:
        rosa = people.contact(db, site.ours.admin, [account_id], "rosa@sol.example", now)
    _, switch = await people_page(site, "agent", account_id)
    await call(switch, PeopleState.ask_login, rosa, "Rosa", "rosa@sol.example", True)
    with pytest.raises(NotAllowed):
        await call(switch, PeopleState.turn_login)
    assert logins(site, account_id) == {"rosa@sol.example": "none"}


@pytest.mark.spec(41)
async def test_the_identification_is_checked_while_one_writes(site: Site) -> None:
    root = site.tab("agent", f"{LIST}/new", "/staff/uno/accounts/new")
    form = part(root, AccountEditState)
    await call(form, AccountEditState.load)
    assert form.is_new
    assert form.kinds[0] == "nit"
    await call(form, AccountEditState.check_tax_id, "900373913-5")
    assert (form.field, form.code, form.params["expected"]) == ("tax_id", "tax_id_digit", "4")
    await call(form, AccountEditState.check_tax_id, "900373913-4")
    assert (form.field, form.tax_shown) == ("", "900.373.913-4")
    await call(form, AccountEditState.choose_country, "MX")
    assert form.kinds[0] == "rfc"
    await call(form, AccountEditState.choose_country, "../etc")
    assert form.country == ""
    typed = {
        "name": "Hotel Sol",
        "country": "CO",
        "kind": "both",
        "tax_id_kind": "nit",
        "tax_id": "900373913-5",
    }
    assert await call(form, AccountEditState.save, typed) is None
    assert form.code == "tax_id_digit"
    typed |= {"tax_id": "900373913-4", "street": "Calle 1", "tags": "Norte, Sur"}
    [_, away] = await call(form, AccountEditState.save, typed)
    path = follow(root, away)
    place(root, ONE, path)
    shown = part(root, AccountState)
    await call(shown, AccountState.load)
    assert (shown.kind, shown.tax_id, shown.tags) == ("both", "900.373.913-4", ["Norte", "Sur"])
    assert shown.address[0] == "Calle 1"


@pytest.mark.spec(41)
@pytest.mark.parametrize(
    ("country", "kind", "wrong", "code", "right", "written"),
    [
        ("MX", "rfc", "MAB9313148T4", "tax_id_wrong", "mab9307148t4", "MAB 930714 8T4"),
        ("PE", "ruc", "20100070971", "tax_id_digit", "20-100070970", "20100070970"),
        ("BR", "cnpj", "00000000000192", "tax_id_digit", "00000000000191", "00.000.000/0001-91"),
    ],
)
async def test_the_form_takes_identifications_of_other_countries(
    site: Site, country: str, kind: str, wrong: str, code: str, right: str, written: str
) -> None:
    root = site.tab("agent", f"{LIST}/new", "/staff/uno/accounts/new")
    form = part(root, AccountEditState)
    await call(form, AccountEditState.load)
    await call(form, AccountEditState.choose_country, country)
    assert form.kinds[0] == kind
    await call(form, AccountEditState.check_tax_id, wrong)
    assert (form.field, form.code, form.params["kind"]) == ("tax_id", code, kind.upper())
    typed = {"name": "Sol", "country": country, "kind": "customer", "tax_id_kind": kind}
    assert await call(form, AccountEditState.save, {**typed, "tax_id": wrong}) is None
    assert form.code == code
    [_, away] = await call(form, AccountEditState.save, {**typed, "tax_id": right})
    place(root, ONE, follow(root, away))
    shown = part(root, AccountState)
    await call(shown, AccountState.load)
    assert shown.tax_id == written


async def test_a_new_account_is_created_once_however_often_its_form_is_sent(site: Site) -> None:
    root = site.tab("agent", f"{LIST}/new", "/staff/uno/accounts/new")
    form = part(root, AccountEditState)
    await call(form, AccountEditState.load)
    typed = {"name": "Sol", "country": "CO", "kind": "customer"}
    leads = [await call(form, AccountEditState.save, typed) for _ in range(3)]
    with unit_of_work(read_only=True) as db:
        assert len(db.exec(select(Account).where(col(Account.name) == "Sol")).all()) == 1
    assert len({follow(root, away) for _, away in leads}) == 1
    await call(form, AccountEditState.load)
    await call(form, AccountEditState.save, typed | {"name": "Luna"})
    with unit_of_work(read_only=True) as db:
        assert db.exec(select(Account).where(col(Account.name) == "Luna")).one()


async def test_two_edits_of_one_account_do_not_overwrite_each_other(
    site: Site, account: Callable[..., int]
) -> None:
    account_id = account(name="Antes")
    path = f"/staff/uno/accounts/{account_id}/edit"
    forms = [part(site.tab(role, EDIT, path), AccountEditState) for role in ("agent", "admin")]
    for form in forms:
        await call(form, AccountEditState.load)
    typed = {"name": "Segunda", "country": "CO", "kind": "customer"}
    assert await call(forms[0], AccountEditState.save, typed | {"name": "Primera"})
    assert await call(forms[1], AccountEditState.save, typed) is None
    assert forms[1].conflict == "conflict"
    await call(forms[1], AccountEditState.load)
    assert forms[1].values["name"] == "Primera"


async def test_a_viewers_forged_save_changes_nothing(
    site: Site, account: Callable[..., int]
) -> None:
    account_id = account(name="Antes")
    form = part(
        site.tab("viewer", EDIT, f"/staff/uno/accounts/{account_id}/edit"), AccountEditState
    )
    await call(form, AccountEditState.load)
    with pytest.raises(NotAllowed):
        await call(form, AccountEditState.save, {"name": "Después", "kind": "both"})


@pytest.mark.spec(197)
async def test_contacts_are_listed_found_and_edited(
    site: Site, account: Callable[..., int], now: datetime
) -> None:
    account_id = account(name="Sede A")
    with unit_of_work() as db:
        rosa = people.contact(db, site.ours.admin, [account_id], "rosa@sol.example", now)
        people.contact(db, site.ours.admin, [account_id], "luis@sol.example", now)
    root = site.tab("agent", "/staff/[company_slug]/contacts", "/staff/uno/contacts?q=rosa@sol")
    found = part(root, ContactsState)
    await call(found, ContactsState.load)
    assert [(row.name, row.email, row.account) for row in found.rows] == [
        ("Rosa", "rosa@sol.example", "Sede A")
    ]
    accounts = part(root, AccountsState)
    place(root, LIST, "/staff/uno/accounts")
    await call(accounts, AccountsState.load)
    assert accounts.rows[0].contacts == 2

    place(root, CONTACT, f"/staff/uno/contacts/{rosa}")
    page = part(root, ContactState)
    await call(page, ContactState.load)
    assert [line.logins[0].login for line in page.accounts] == ["none"]
    await call(page, ContactState.save, {"name": "Rosa Elvira", "position": "", "language": "en"})
    await call(page, ContactState.load)
    assert (page.name, page.language) == ("Rosa Elvira", "en")
    await call(page, ContactState.add_point, {"channel": "email", "address": "no es"})
    assert (page.field, page.code) == ("email", "email_invalid")
    with pytest.raises(NotFound):
        await call(page, ContactState.remove_point, "1; drop table contact")
    [point] = page.points
    await call(page, ContactState.remove_point, point.id)
    with unit_of_work(read_only=True) as db:
        row = contact_views.read(db, site.ours.admin, contact_id=rosa)
    assert row.points == ()


async def test_another_persons_address_cannot_be_removed_from_here(
    site: Site, account: Callable[..., int], now: datetime
) -> None:
    account_id = account()
    with unit_of_work() as db:
        rosa = people.contact(db, site.ours.admin, [account_id], "rosa@sol.example", now)
        luis = people.contact(db, site.ours.admin, [account_id], "luis@sol.example", now)
        other = contact_views.read(db, site.ours.admin, contact_id=luis).points[0].id
    page = part(site.tab("agent", CONTACT, f"/staff/uno/contacts/{rosa}"), ContactState)
    await call(page, ContactState.load)
    with pytest.raises(NotFound):
        await call(page, ContactState.remove_point, other)


async def test_the_palette_finds_only_what_is_ours(
    site: Site, account: Callable[..., int], now: datetime
) -> None:
    account_id = account(name="Papelería Cometa")
    with unit_of_work() as db:
        people.account(db, site.theirs.admin, now, name="Papelería Cometa Ajena")
    root = site.tab("viewer", LIST, "/staff/uno/accounts")
    frame = part(root, StaffFrame)
    await call(frame, StaffFrame.search, "cometa")
    assert [(hit["group"], hit["title"], hit["href"]) for hit in frame.results] == [
        ("account", "Papelería Cometa", f"/staff/uno/accounts/{account_id}")
    ]
    await call(frame, StaffFrame.search, ["cometa"])
    assert frame.results == []
    assert frame.companies == [{"name": "Uno", "href": "/staff/uno/today", "current": True}]


async def test_a_role_is_told_whom_to_ask(site: Site) -> None:
    for role, ask in (("viewer", "Owner"), ("agent", "Owner"), ("admin", "")):
        root = site.tab(role, LIST, "/staff/uno/accounts")
        await call(part(root, AccountsState), AccountsState.load)
        frame = part(root, StaffFrame)
        assert (frame.role, frame.ask) == (role, ask)
        assert ("access:edit" in frame.can) == (role == "admin")


def test_everything_that_is_audited_about_a_company_has_words() -> None:
    nouns = "access|account|accounts|advance|allocation|company|contact|contact_point|credit"
    nouns += "|document|documents|member|number_series|payment|receipt"
    found: set[str] = set()
    for file in Path("clientportal/services").glob("*.py"):
        found |= set(re.findall(rf'"((?:{nouns})\.[a-z_]+)"', file.read_text()))
    assert {action.replace(".", "_") for action in found} <= set(timeline.ACTIONS)
