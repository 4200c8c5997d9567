"""The statement's pages by their states, and rows of lists that are picked to be downloaded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import reflex as rx
import sqlalchemy as sa

from clientportal.domain.documents import Kind
from clientportal.domain.errors import NotFound
from clientportal.services import drafts, identity, receipts, spaces, statements
from clientportal.storage.session import unit_of_work
from clientportal.ui import session
from clientportal.ui.documents import picking, statement_state
from clientportal.ui.portal.documents_state import PortalDocuments
from clientportal.ui.portal.statement_state import PortalStatement
from clientportal.ui.staff.billing_state import StaffBilling
from clientportal.ui.staff.statement_state import StaffStatement
from tests.support import ledger
from tests.ui import conftest
from tests.ui.conftest import OpenTab
from tests.ui.staff_tabs import Desk, call, desk_of

PORTAL = {"statement": "/portal/[space]/statement", "documents": "/portal/[space]/documents"}


@pytest.fixture
def database_kind() -> str:
    return "sqlite"


@pytest.fixture
def desk(database: sa.Engine, open_tab: OpenTab, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return desk_of(database, open_tab, monkeypatch)


def bill(desk: Desk, total: str = "100", **more: Any) -> int:
    with unit_of_work(bind=desk.engine) as db:
        return ledger.invoice(db, desk.world, total, **more)


async def at_statement(desk: Desk, query: str = "", **more: Any) -> StaffStatement:
    account = more.pop("account", desk.world.accounts[0])
    path = f"accounts/{account}/statement{query}"
    state = await desk.at("statement", StaffStatement, path, **more)
    await call(StaffStatement.load, state)
    return state


@dataclass(slots=True)
class Space:
    """The portal of the customer of the first two accounts."""

    key: str
    open: Callable[[str, str], rx.State]

    async def at(self, page: str, state: type[Any], query: str = "") -> Any:
        root = self.open(PORTAL[page], f"/portal/{self.key}/{page}{query}")
        found = await root.get_state(state)
        await call(state.load, found)
        return found


@pytest.fixture
def space(desk: Desk, open_tab: OpenTab, monkeypatch: pytest.MonkeyPatch) -> Space:
    with unit_of_work(bind=desk.engine) as db:
        [view] = spaces.spaces_of(db, desk.world.customer.user_id)
        signed = identity.sign_in_as(db, email=desk.world.customer.email, now=session.utc_now())
        assert signed is not None
        token = signed.token

    def opened(pattern: str, path: str) -> rx.State:
        monkeypatch.setitem(conftest.ROUTES, "portal", pattern)
        return open_tab(path, token)

    return Space(view.key, opened)


async def test_a_statement_is_what_the_address_says(desk: Desk) -> None:
    first = bill(desk, "100", issued_on=ledger.TODAY - timedelta(days=40))
    second = bill(desk, "40", issued_on=ledger.TODAY - timedelta(days=10))
    bill(desk, "9000", currency="COP")
    since, until = ledger.TODAY - timedelta(days=20), ledger.TODAY
    state = await at_statement(desk, f"?from={since}&to={until}&currency=USD")
    assert [tab.currency for tab in state.tabs] == ["COP", "USD"]
    assert (state.shown.currency, state.preset, state.opens) == ("USD", "", True)
    assert (state.shown.opening_minor, state.shown.charges_minor, state.shown.closing_minor) == (
        10_000,
        4_000,
        14_000,
    )
    assert [(line.document_id, line.balance_minor) for line in state.lines] == [(second, 14_000)]
    assert (state.account_name, state.leaf.before_minor) == ("Papelera del Valle", 10_000)
    assert sum(state.shown.ageing) == state.shown.owed_minor == 14_000
    assert state.file_href.endswith(f"/staff/molino/{desk.world.accounts[0]}")
    assert state.file_query == f"?from={since}&to={until}"
    whole = await at_statement(desk, "?period=all&currency=nonsense")
    assert (whole.shown.currency, whole.opens, whole.preset) == ("COP", False, "all")
    assert first not in [line.document_id for line in whole.lines]


async def test_a_long_statement_has_pages_that_carry_their_balance(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_state, "PAGE_SIZE", 2)
    for total in ("1", "2", "3", "4", "5"):
        bill(desk, total)
    last = await at_statement(desk, "?period=all")
    assert [line.charge_minor for line in last.lines] == [500]
    assert (last.leaf.first, last.leaf.before_minor, last.leaf.next) == (4, 1_000, "")
    assert last.leaf.previous.endswith("/statement?period=all&page=2")
    middle = await at_statement(desk, "?period=all&page=2")
    assert [line.balance_minor for line in middle.lines] == [600, 1_000]
    assert (middle.leaf.before_minor, middle.leaf.next != "") == (300, True)
    for page in ("0", "-1", "99999999999", "x", "1e3"):
        state = await at_statement(desk, f"?period=all&page={page}")
        assert 0 < len(state.lines) <= 2
    monkeypatch.setattr(statement_state, "MOST_LINES", 4)
    assert (await at_statement(desk, "?period=all")).on_paper is False


async def test_a_period_of_too_many_documents_is_not_read(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for total in ("1", "2", "3"):
        bill(desk, total)
    monkeypatch.setattr(statements, "MOST_SHOWN", 3)
    assert (await at_statement(desk, "?period=all")).too_long is False
    monkeypatch.setattr(statements, "MOST_SHOWN", 2)
    state = await at_statement(desk, "?period=all")
    assert (state.too_long, state.on_paper, state.lines, state.tabs) == (True, False, [], [])
    assert state.account_name == "Papelera del Valle"
    early = await at_statement(desk, "?to=2020-01-01")
    assert early.too_long is False


async def test_an_account_of_others_or_of_nobody_has_no_statement(desk: Desk) -> None:
    bill(desk)
    for account in (desk.other.accounts[0], 99_999, "x", "-1", "0", "9" * 18):
        with pytest.raises(NotFound):
            await at_statement(desk, account=account)


async def test_two_fields_make_the_address_of_a_period(desk: Desk) -> None:
    bill(desk)
    state = await at_statement(desk, "?period=all")
    spec = await call(StaffStatement.set_days, state, {"from": "2026-01-01", "to": "2026-02-01"})
    assert "/statement?from=2026-01-01&to=2026-02-01" in str(spec.args)
    assert await call(StaffStatement.set_days, state, ["2026"]) is None
    odd = await call(StaffStatement.set_days, state, {"from": 5, "to": "x" * 500, "a": "b"})
    assert "to=xxxxxxxxxx" in str(odd.args)
    assert "x" * 11 not in str(odd.args)


async def test_it_changes_with_the_account(desk: Desk) -> None:
    bill(desk)
    state = await at_statement(desk, "?period=all")
    with unit_of_work(bind=desk.engine) as db:
        receipts.issue_advance(
            db,
            desk.world.agent,
            account_id=desk.world.accounts[0],
            currency="USD",
            amount_minor=2_500,
            method="cash",
            received_on=ledger.TODAY,
            concept="",
            now=ledger.NOW,
        )
    await call(StaffStatement.refresh, state)
    assert (state.shown.closing_minor, state.shown.owed_minor, state.shown.available_minor) == (
        7_500,
        10_000,
        2_500,
    )


@pytest.mark.spec(44)
async def test_a_customer_reads_where_they_stand_with_each_of_their_accounts(
    desk: Desk, space: Space
) -> None:
    bill(desk, "100")
    bill(desk, "7", account_id=desk.world.accounts[1])
    away = desk.world.accounts[2]
    bill(desk, "999", account_id=away)
    state = await space.at("statement", PortalStatement, "?period=all")
    assert (state.shown.closing_minor, state.company, len(state.accounts)) == (10_000, "Molino", 2)
    assert state.account == str(desk.world.accounts[0])
    spec = await call(PortalStatement.choose_account, state, str(desk.world.accounts[1]))
    assert f"/statement?account={desk.world.accounts[1]}&period=all" in str(spec.args)
    second = f"?account={desk.world.accounts[1]}&period=all"
    other = await space.at("statement", PortalStatement, second)
    assert (other.shown.closing_minor, other.account_name) == (700, "Núñez Hermanos")
    assert f"account={desk.world.accounts[1]}" in other.preset_href["year"]
    for forged in (str(away), "x", "0"):
        with pytest.raises(NotFound):
            await call(PortalStatement.choose_account, state, forged)
        with pytest.raises(NotFound):
            await space.at("statement", PortalStatement, f"?account={forged}")


# Rows that are picked


async def test_staff_pick_rows_of_the_page_and_keep_them_on_others(desk: Desk) -> None:
    rows = [bill(desk, total) for total in ("1", "2", "3")]
    state = await desk.at("billing", StaffBilling)
    await call(StaffBilling.load, state)
    await call(StaffBilling.pick, state, rows[0], True)
    await call(StaffBilling.pick, state, 99_999, True)  # not on this page
    assert (state.picked, state.all_picked) == ([rows[0]], False)
    await call(StaffBilling.pick_all, state, True)
    assert (sorted(state.picked), state.all_picked) == (rows, True)
    await call(StaffBilling.pick, state, rows[1], False)
    assert sorted(state.picked) == [rows[0], rows[2]]
    await call(StaffBilling.pick_none, state)
    assert state.picked == []


async def test_what_is_gone_is_no_longer_picked(desk: Desk) -> None:
    kept = bill(desk)
    with unit_of_work(bind=desk.engine) as db:
        draft = drafts.create(
            db, desk.world.agent, draft=ledger.draft_of(desk.world.accounts[0]), now=ledger.NOW
        )
        gone = ledger.key(draft)
    state = await desk.at("billing", StaffBilling)
    await call(StaffBilling.load, state)
    await call(StaffBilling.pick_all, state, True)
    assert sorted(state.picked) == [kept, gone]
    with unit_of_work(bind=desk.engine) as db:
        drafts.discard(db, desk.world.agent, document_id=gone, now=ledger.NOW)
    await call(StaffBilling.refresh, state)
    assert state.picked == [kept]


async def test_a_tab_remembers_only_so_many(desk: Desk) -> None:
    state = await desk.at("billing", StaffBilling)
    state._pick(range(-5, 1_000), True)
    assert len(state.picked) == picking.MOST_PICKED
    assert min(state.picked) == 1


async def test_a_customer_picks_what_is_paid_beside_what_is_to_pay(
    desk: Desk, space: Space
) -> None:
    owed = bill(desk, "100")
    with unit_of_work(bind=desk.engine) as db:
        note = ledger.key(
            ledger.issued(
                db,
                desk.world,
                ledger.draft_of(desk.world.accounts[0], "5", kind=Kind.CREDIT_NOTE),
            )
        )
    state = await space.at("documents", PortalDocuments)
    await call(PortalDocuments.pick, state, note, True)
    await call(PortalDocuments.pick, state, owed, True)  # that one is ticked to be paid
    assert (state.picked, state.chosen_ids) == ([note], [])
    await call(PortalDocuments.pick_all, state, True)
    assert (state.picked, state.chosen_ids, state.all_picked) == ([note], [owed], True)
    await call(PortalDocuments.refresh, state)
    assert (state.picked, state.chosen_ids) == ([note], [owed])
    await call(PortalDocuments.pick_all, state, False)
    assert (state.picked, state.chosen_ids) == ([], [])
    await call(PortalDocuments.pick_all, state, True)
    await call(PortalDocuments.pick_none, state)
    assert (state.picked, state.chosen_ids) == ([], [])
