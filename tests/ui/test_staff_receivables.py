"""Receivables at the socket: the tray from its address, the filter, views, editor and alerts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from clientportal.domain.actors import System
from clientportal.domain.contactability import AlertReason
from clientportal.domain.errors import NotFound, NotSignedIn
from clientportal.domain.permissions import Permission
from clientportal.services import alerts
from clientportal.storage.models import Channel
from clientportal.storage.session import unit_of_work
from clientportal.ui.policy import policy_of
from clientportal.ui.staff.account_edit import AccountEditState
from clientportal.ui.staff.account_state import AccountState
from clientportal.ui.staff.receivables_state import ReceivablesState
from clientportal.ui.staff.today_state import StaffToday
from tests.services.test_accounts import invoice
from tests.support import people
from tests.ui.conftest import OpenTab
from tests.ui.pages import Site, call, follow, make_site, part, place

LIST = "/staff/[company_slug]/receivables"
EDIT = "/staff/[company_slug]/accounts/[account_id]/edit"
ACCOUNT = "/staff/[company_slug]/accounts/[account_id]"
TODAY = "/staff/[company_slug]/today"


@pytest.fixture
def site(
    database: sa.Engine, open_tab: OpenTab, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> Site:
    assert database is not None
    monkeypatch.setattr("clientportal.ui.session.utc_now", lambda: now)
    monkeypatch.setattr("clientportal.ui.staff.common.utc_now", lambda: now)
    return make_site(open_tab, now)


@pytest.fixture
def debtor(site: Site, now: datetime) -> Callable[..., int]:
    """An account of ours that owes 100, so many days late, with e-mails; `dead` ones bounced."""

    def make(name: str, days: int, *emails: str, dead: tuple[str, ...] = (), **more: Any) -> int:
        with unit_of_work() as db:
            account = people.account(db, site.ours.admin, now, name=name, **more)
            due = now.date() - timedelta(days=days)
            invoice(db, site.ours, account, 100, due, now)
            for email in emails:
                people.contact(db, site.ours.admin, [account], email, now)
            for email in dead:
                alerts.raise_alert(
                    db,
                    System(site.ours.id),
                    channel=Channel.EMAIL,
                    address=email,
                    reason=AlertReason.HARD_BOUNCE,
                    now=now,
                )
        return account

    return make


async def tray(site: Site, query: str = "", role: str = "viewer") -> tuple[Any, ReceivablesState]:
    root = site.tab(role, LIST, f"/staff/uno/receivables{query}")
    state = part(root, ReceivablesState)
    await call(state, ReceivablesState.load)
    return root, state


@pytest.mark.spec(97, 98)
async def test_the_tray_opens_with_the_longest_overdue_first(
    site: Site, debtor: Callable[..., int]
) -> None:
    debtor("Al día", -5, "a@a.example")
    debtor("Tarde", 95, "b@b.example", "c@b.example", dead=("c@b.example",))
    debtor("Mudo", 10, "d@d.example", dead=("d@d.example",))
    debtor("Sin datos", 40)
    _, state = await tray(site)
    assert [(row.name, row.situation, row.days_late) for row in state.rows] == [
        ("Tarde", "late_90", 95),
        ("Sin datos", "late_30", 40),
        ("Mudo", "early", 10),
        ("Al día", "current", 0),
    ]
    assert [(row.reach, row.alerted, row.addresses) for row in state.rows] == [
        ("mail_bounces", 1, 2),
        ("unreachable", 0, 0),
        ("unreachable", 1, 1),
        ("fine", 0, 1),
    ]
    assert (state.total, state.narrowed, state.savable) == (4, False, False)


@pytest.mark.spec(99)
async def test_the_filter_is_applied_as_a_whole_and_dropped_piece_by_piece(
    site: Site, debtor: Callable[..., int]
) -> None:
    debtor("Bueno", 10, "a@a.example")
    debtor("Malo", 20, "b@b.example", dead=("b@b.example",))
    root, state = await tray(site, "?q=o&sort=name")
    event = await call(
        state, ReceivablesState.apply, {"contact-problems": "yes", "owing-1": "yes", "x": "1"}
    )
    path = follow(root, event)
    assert path == "/staff/uno/receivables?q=o&contact=problems&owing=1&sort=name"
    place(root, LIST, path)
    await call(state, ReceivablesState.load)
    assert [row.name for row in state.rows] == ["Malo"]
    assert state.ticked == ["contact-problems", "owing-1"]
    dropped = follow(root, await call(state, ReceivablesState.drop, "contact", "problems"))
    assert dropped == "/staff/uno/receivables?q=o&owing=1&sort=name"
    assert await call(state, ReceivablesState.drop, "contact", "fine") is None
    assert await call(state, ReceivablesState.drop, "sort", "name") is None
    for forged in ({"currency": "usd'; --"}, {"contact-x": "yes"}, [], "x"):
        event = await call(state, ReceivablesState.apply, forged)
        assert follow(root, event) == "/staff/uno/receivables?q=o&sort=name"
    ordered = follow(root, await call(state, ReceivablesState.order, ["balance"]))
    assert ordered.endswith("&sort=balance")


async def test_an_empty_tray_says_how_many_are_behind_the_filters(
    site: Site, debtor: Callable[..., int]
) -> None:
    debtor("Una", 1)
    _, state = await tray(site, "?contact=contactable")
    assert (state.rows, state.others, state.narrowed) == ([], 1, True)


async def test_strangers_see_nothing(site: Site, debtor: Callable[..., int]) -> None:
    debtor("Una", 1)
    there = site.tab("owner", LIST, "/staff/uno/receivables", company=site.theirs)
    with pytest.raises(NotFound):
        await call(part(there, ReceivablesState), ReceivablesState.load)
    nobody = place(site.open_tab("/"), LIST, "/staff/uno/receivables")
    with pytest.raises(NotSignedIn):
        await call(part(nobody, ReceivablesState), ReceivablesState.load)
    for name in ("load", "refresh", "find", "apply", "drop", "order", "clear", "keep_view"):
        policy = policy_of(getattr(ReceivablesState, name).fn)
        assert policy is not None


async def test_a_view_is_saved_chosen_renamed_and_deleted(
    site: Site, debtor: Callable[..., int]
) -> None:
    debtor("Una", 95)
    root, state = await tray(site, "?situation=late_90&sort=balance")
    assert state.savable
    await call(state, ReceivablesState.ask_view, "save")
    await call(state, ReceivablesState.keep_view, {"name": "  "})
    assert (state.view_error, state.view_panel) == ("required", "save")
    await call(state, ReceivablesState.keep_view, {"name": "Llamar hoy"})
    assert (state.view_panel, state.view_name, state.savable) == ("", "Llamar hoy", False)
    assert [view.href for view in state.views] == [
        "/staff/uno/receivables?situation=late_90&sort=balance"
    ]
    await call(state, ReceivablesState.ask_view, "rename")
    await call(state, ReceivablesState.keep_view, {"name": "Mañana"})
    assert state.view_name == "Mañana"
    _, other = await tray(site, "?situation=late_90&sort=balance", role="agent")
    assert other.views == []
    place(root, LIST, "/staff/uno/receivables")
    await call(state, ReceivablesState.load)
    assert (state.view_id, len(state.views)) == (0, 1)
    place(root, LIST, state.views[0].href)
    await call(state, ReceivablesState.load)
    assert state.view_id == state.views[0].id
    await call(state, ReceivablesState.delete_view)
    assert (state.views, state.view_id, state.savable) == ([], 0, True)


@pytest.mark.spec(100, 101, 102, 103)
async def test_the_pencil_leads_to_the_contacts_and_their_alert_is_taken_off(
    site: Site, debtor: Callable[..., int]
) -> None:
    account = debtor("Malo", 20, "b@b.example", dead=("b@b.example",))
    _, state = await tray(site, "?contact=problems")
    path = f"/staff/uno/accounts/{account}/edit{state.edit_query}"
    root = site.tab("agent", EDIT, path)
    form = section = part(root, AccountEditState)
    await call(form, AccountEditState.load)
    assert form.back == "/staff/uno/receivables?contact=problems"
    (person,) = section.people
    (point,) = person.points
    assert (point.address, point.alert) == ("b@b.example", "hard_bounce")
    await call(section, AccountEditState.ask_alert, point.alert_id)
    assert section.alert_open
    await call(section, AccountEditState.remove_alert, {"note": ""})
    assert (section.alert_open, section.alert_error) == (True, "required")
    await call(section, AccountEditState.choose_removal, "verified")
    await call(section, AccountEditState.remove_alert, {"note": "Llamé"})
    assert not section.alert_open
    await call(section, AccountEditState.refresh_people)
    assert section.people[0].points[0].alert == ""
    _, after = await tray(site, "?contact=problems")
    assert after.rows == []


async def test_an_editor_goes_back_to_a_list_of_ours_alone(
    site: Site, debtor: Callable[..., int]
) -> None:
    account = debtor("Una", 1)
    for given in ("https://evil.example", "receivables/../x", "//evil", "billing"):
        root = site.tab("agent", EDIT, f"/staff/uno/accounts/{account}/edit?from={given}")
        form = part(root, AccountEditState)
        await call(form, AccountEditState.load)
        assert form.back == f"/staff/uno/accounts/{account}"


@pytest.mark.spec(92, 93)
async def test_account_and_today_say_who_cannot_be_reached(
    site: Site, debtor: Callable[..., int]
) -> None:
    bad = debtor("Malo", 20, "b@b.example", dead=("b@b.example",))
    debtor("Medio", 5, "m@m.example", "n@m.example", dead=("n@m.example",))
    debtor("Sin datos", 2)
    today = part(site.tab("viewer", TODAY, "/staff/uno/today"), StaffToday)
    await call(today, StaffToday.load)
    assert (today.unreachable, today.alerted) == (2, 2)
    root = site.tab("viewer", ACCOUNT, f"/staff/uno/accounts/{bad}")
    page = part(root, AccountState)
    await call(page, AccountState.load)
    assert (page.reach, page.alerted, page.addresses) == ("unreachable", 1, 1)
    with unit_of_work() as db:
        people.contact(db, site.ours.admin, [bad], "new@b.example", site.now)
    await call(page, AccountState.refresh)
    assert (page.reach, page.alerted, page.addresses) == ("mail_bounces", 1, 2)
    await call(today, StaffToday.refresh)
    assert (today.unreachable, today.alerted) == (1, 2)


def test_the_tray_is_for_those_who_read_accounts() -> None:
    policy = policy_of(ReceivablesState.load.fn)
    assert policy is not None
    assert policy.permission is Permission.ACCOUNTS_READ
