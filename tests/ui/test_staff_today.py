"""The staff page Today: figures of one currency, what waits, what is late, an empty company."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from clientportal.domain.permissions import Permission
from clientportal.services import audit, disputes, drafts, manual_payments, today
from clientportal.storage.session import unit_of_work
from clientportal.ui import session
from clientportal.ui.policy import policy_of
from clientportal.ui.staff.timeline import ACTIONS, lines_of
from clientportal.ui.staff.today_state import StaffToday
from tests.support import ledger
from tests.ui.conftest import OpenTab
from tests.ui.staff_tabs import Desk, call, desk_of


@pytest.fixture
def desk(database: sa.Engine, open_tab: OpenTab, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return desk_of(database, open_tab, monkeypatch)


def _bill(desk: Desk) -> None:
    """Two late invoices in USD, one of them disputed and half paid today, and one in COP."""
    now = session.utc_now()
    with unit_of_work(bind=desk.engine) as db:
        first = ledger.invoice(db, desk.world, "100")
        ledger.invoice(db, desk.world, "60", account_id=desk.world.accounts[1])
        ledger.invoice(db, desk.world, "5000", currency="COP")
        ledger.invoice(db, desk.other, "777")
        disputes.open_dispute(db, desk.world.agent, document_id=first, reason="Faltan", now=now)
        manual_payments.record(
            db,
            desk.world.agent,
            account_id=desk.world.accounts[0],
            currency="USD",
            amount_minor=5000,
            lines=[(first, 5000)],
            method="cash",
            received_on=(now - timedelta(hours=5)).date(),
            client_key="today-key-1",
            now=now,
        )


async def test_figures_are_of_one_currency_and_one_company(desk: Desk) -> None:
    _bill(desk)
    state = await desk.at("today", StaffToday, "today?currency=USD")
    await call(StaffToday.load, state)
    shown = state.shown
    assert (shown.currency, shown.open_minor, shown.overdue_minor) == ("USD", 11_000, 11_000)
    assert (shown.open_count, shown.overdue_count, shown.overdue_share) == (2, 2, 1.0)
    assert sum(age.amount_minor for age in shown.ageing) == 11_000
    assert shown.ageing[0].amount_minor == 0
    assert sum(age.share for age in shown.ageing) == pytest.approx(1, abs=0.001)
    assert (shown.ageing[0].last, shown.ageing[4].first) == ("", "")
    assert [(row.id, row.owed_minor) for row in shown.debtors] == [
        (desk.world.accounts[1], 6_000),
        (desk.world.accounts[0], 5_000),
    ]
    largest = shown.debtors[0]
    assert (largest.overdue_share, largest.current_share) == (1.0, 0.0)
    assert shown.debtors[1].overdue_share == pytest.approx(5 / 6, abs=0.001)
    assert [month.share for month in shown.months] == [1.0, *[0.0] * 11]
    assert (shown.collected_minor, shown.collected_count) == (5_000, 1)
    assert shown.since == shown.months[-1].first
    assert state.others == ["COP", "USD"]
    assert [row.balance_minor for row in state.latest] == [5_000, 6_000]
    assert (state.disputed, state.is_new, state.loaded) == (1, False, True)
    assert state.events[0].action in {"receipt_issued", "document_disputed"}
    first = desk.world.accounts[0]
    assert state.events[0].account_href == f"/staff/molino/accounts/{first}"
    assert state.events[0].account
    assert {line.account_href for line in state.events if line.action == "document_issued"} == {
        f"/staff/molino/accounts/{account}" for account in desk.world.accounts[:2]
    }


async def test_another_currency_is_part_of_the_address(desk: Desk) -> None:
    _bill(desk)
    state = await desk.at("today", StaffToday)
    await call(StaffToday.load, state)
    assert (state.shown.currency, state.shown.open_minor) == ("COP", 500_000)
    spec = await call(StaffToday.show_currency, state, "USD")
    assert "currency=USD" in str(spec.args)
    for nonsense in ("", "ZZZ", "<b>"):
        state = await desk.at("today", StaffToday, f"today?currency={nonsense}")
        await call(StaffToday.load, state)
        assert state.shown.currency == "COP"


async def test_a_company_without_documents_is_led_to_its_first(desk: Desk) -> None:
    state = await desk.at("today", StaffToday)
    await call(StaffToday.load, state)
    assert state.is_new
    with unit_of_work(bind=desk.engine) as db:
        ledger.invoice(db, desk.world, "1")
    await call(StaffToday.refresh, state)
    assert not state.is_new


async def test_drafts_wait_for_those_who_may_issue_them(desk: Desk) -> None:
    with unit_of_work(bind=desk.engine) as db:
        draft = ledger.draft_of(desk.world.accounts[0])
        drafts.create(db, desk.world.agent, draft=draft, now=ledger.NOW)
    for who, waiting in (("owner", 1), ("agent", 1), ("viewer", 0)):
        state = await desk.at("today", StaffToday, who=who)
        await call(StaffToday.load, state)
        assert state.drafts == waiting


def _happened(desk: Desk, *actions: str) -> None:
    with unit_of_work(bind=desk.engine) as db:
        account = desk.world.accounts[0]
        for action in actions:
            audit.record(db, desk.world.agent, action, now=ledger.NOW, account_id=account)


async def test_papers_that_went_came_and_were_seen_are_news(desk: Desk) -> None:
    _happened(
        desk, "document.imported", "document.sent", "document.seen", "payment.attempt_released"
    )
    state = await desk.at("today", StaffToday)
    await call(StaffToday.load, state)
    assert [(line.action, line.icon, line.tone) for line in state.events[:4]] == [
        ("payment_attempt_released", "undo", ""),
        ("document_seen", "eye", "info"),
        ("document_sent", "send", "info"),
        ("document_imported", "upload", ""),
    ]


def test_every_event_has_its_words_and_an_unknown_one_shows_no_code(desk: Desk) -> None:
    assert {action.replace(".", "_") for action in today.EVENTS} <= ACTIONS.keys()
    _happened(desk, "something.unheard_of")
    with unit_of_work(bind=desk.engine, read_only=True) as db:
        [line] = lines_of(audit.timeline(db, desk.world.agent, limit=1), "/staff/molino")
    assert (line.action, line.icon, line.detail) == ("other", "note", "")


def test_only_strong_roles_release_a_payment() -> None:
    policy = policy_of(StaffToday.release.fn)  # type: ignore[attr-defined]
    assert policy is not None
    assert policy.permission is Permission.PAYMENTS_RELEASE
