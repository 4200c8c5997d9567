"""The figures of the page Today, per currency and by the company's own day."""

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from clientportal.domain.errors import NotAllowed
from clientportal.services import drafts, manual_payments, today
from clientportal.storage.models import Document
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, TODAY, World, invoice, make_world


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


def test_received_overdue_open_ageing_and_credit(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        make_and_pay(session, make_world(session, "ajena"))
        for days, total in ((0, "10"), (1, "20"), (30, "30"), (31, "40"), (90, "50"), (91, "60")):
            due = TODAY - timedelta(days=days)
            invoice(session, world, total, issued_on=date(2025, 11, 1), due_on=due)
        invoice(session, world, "70", currency="COP", due_on=TODAY + timedelta(days=1))
        make_and_pay(session, world)
    with unit_of_work(bind=database, read_only=True) as session:
        found = today.figures(session, world.viewer, now=NOW)
    rows = {row.currency: row for row in found.currencies}
    assert list(rows) == ["COP", "USD"]
    usd = rows["USD"]
    assert found.on == TODAY
    assert usd.ageing == {"current": 1000, "1-30": 5000, "31-60": 4000, "61-90": 5000, "90+": 6000}
    assert (usd.open_minor, usd.open_count) == (21000, 6)
    assert (usd.overdue_minor, usd.overdue_count) == (20000, 5)
    assert (usd.received_minor, usd.received_count, usd.credit_minor) == (500, 1, 500)
    assert (rows["COP"].open_minor, rows["COP"].overdue_minor) == (7000, 0)
    assert [event.action for event in found.events[:2]] == ["advance.issued", "document.issued"]
    accounts = {event.account_id for event in found.events if event.account_id}
    assert set(found.account_names) == accounts == {world.accounts[0]}
    assert all(found.account_names.values())


def make_and_pay(
    session: Session, world: World, received_on: date = TODAY, key: str = "today-0001"
) -> Document:
    return manual_payments.record_advance(
        session,
        world.agent,
        account_id=world.accounts[0],
        currency="USD",
        amount_minor=500,
        method="cash",
        received_on=received_on,
        client_key=key,
        now=NOW,
    )


def test_only_money_of_the_companys_day_and_not_annulled(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        make_and_pay(session, world, TODAY - timedelta(days=1), "yesterday-1")
        gone = make_and_pay(session, world, key="mistake-1")
        make_and_pay(session, world)
        drafts.void(session, world.owner, document_id=gone.id or 0, reason="x", now=NOW)

        def received(now: datetime) -> int:
            return {
                row.currency: row.received_minor
                for row in today.figures(session, world.viewer, now=now).currencies
            }["USD"]

        assert received(NOW) == 500
        assert received(NOW.replace(day=3, hour=4)) == 500  # 23:00 in Bogotá
        assert received(NOW.replace(day=3, hour=5)) == 0  # midnight there
        with pytest.raises(NotAllowed):
            today.figures(session, world.customer, now=NOW)


def test_names_of_accounts_need_the_permission_to_read_them(
    database: sa.Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work(bind=database) as session:
        make_and_pay(session, world)
    monkeypatch.setattr(today, "may", lambda _actor, _permission: False)
    with unit_of_work(bind=database, read_only=True) as session:
        found = today.figures(session, world.viewer, now=NOW)
    assert found.events
    assert found.account_names == {}
