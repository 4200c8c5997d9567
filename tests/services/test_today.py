"""The figures of the page Today, per currency and by the company's own day."""

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from clientportal.domain.ageing import due_days
from clientportal.domain.document_filters import DocumentFilters, DocumentState, Sort
from clientportal.domain.documents import MONEY_IN
from clientportal.domain.errors import NotAllowed
from clientportal.services import document_lists, drafts, manual_payments, today
from clientportal.services.document_lists import CurrencySum
from clientportal.storage import today as storage
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


def listed(session: Session, world: World, currency: str, **filters: object) -> CurrencySum:
    """What the list of documents says below these filters, which say what its rows are."""
    page = document_lists.list_documents(
        session,
        world.viewer,
        filters=DocumentFilters(currencies=(currency,), **filters),  # type: ignore[arg-type]
        sort=Sort(),
        cursor="",
        now=NOW,
    )
    assert page.count == sum(row.count for row in page.sums)
    return page.sums[0] if page.sums else CurrencySum(currency, 0, 0, 0, 0, 0, 0)


@pytest.fixture
def busy(database: sa.Engine, world: World) -> World:
    """Three accounts that owe and paid in two currencies over fourteen months."""
    with unit_of_work(bind=database) as session:
        make_and_pay(session, make_world(session, "ajena"))
        for n, days in enumerate((-40, -1, 0, 1, 15, 30, 31, 60, 61, 90, 91, 400)):
            due = TODAY - timedelta(days=days)
            code, account = ("USD", "COP")[n % 2], world.accounts[n % 3]
            for currency, total in ((code, f"{n + 1}.5"), ("USD", "7")):
                invoice(
                    session,
                    world,
                    total,
                    account_id=account,
                    currency=currency,
                    issued_on=min(due, TODAY),
                    due_on=due,
                )
        for n, days in enumerate((0, 0, 1, 2, 28, 59, 330, 334, 335, 336, 400)):
            day = TODAY - timedelta(days=days)
            gone = make_and_pay(session, world, day, f"key-{n}-gone")
            drafts.void(session, world.owner, document_id=gone.id or 0, reason="x", now=NOW)
            make_and_pay(session, world, day, f"key-{n}-kept")
    return world


def figures(session: Session, world: World) -> dict[str, today.CurrencyFigures]:
    """The figures by currency."""
    return {row.currency: row for row in today.figures(session, world.viewer, now=NOW).currencies}


def test_every_figure_is_what_its_list_sums_up_to(database: sa.Engine, busy: World) -> None:
    with unit_of_work(bind=database, read_only=True) as session:
        found = today.figures(session, busy.viewer, now=NOW)
        for row in found.currencies:
            ask = (session, busy, row.currency)
            late = listed(*ask, state=DocumentState.OVERDUE)
            assert (row.overdue_minor, row.overdue_count) == (late.balance_minor, late.count)
            owed = listed(*ask, state=DocumentState.OPEN)
            assert (row.open_minor, row.open_count) == (owed.balance_minor, owed.count)
            assert row.credit_minor == listed(*ask, state=DocumentState.CREDIT).credit_minor
            for bucket, (first, last) in due_days(found.on).items():
                aged = listed(*ask, state=DocumentState.OPEN, due_from=first, due_to=last)
                figures = row.ageing[bucket], row.ageing_counts[bucket]
                assert figures == (aged.balance_minor, aged.count)
            _check_money(session, busy, row, found.on)
            for debtor in row.debtors:
                theirs = listed(*ask, state=DocumentState.OPEN, account_id=debtor.account_id)
                assert (debtor.owed_minor, debtor.count) == (theirs.balance_minor, theirs.count)
                late = listed(*ask, state=DocumentState.OVERDUE, account_id=debtor.account_id)
                assert debtor.overdue_minor == late.balance_minor


def _check_money(session: Session, world: World, row: today.CurrencyFigures, on: date) -> None:
    """What came in today and in each month, and that no month overlaps another."""

    def came_in(first: date, last: date) -> tuple[int, int]:
        found = listed(
            session,
            world,
            row.currency,
            kinds=tuple(MONEY_IN),
            state=DocumentState.ISSUED,
            issued_from=first,
            issued_to=last,
        )
        return found.received_minor, found.count

    assert (row.received_minor, row.received_count) == came_in(on, on)
    for month in row.months:
        assert (month.amount_minor, month.count) == came_in(month.first, month.last)
    together = sum(month.amount_minor for month in row.months)
    assert together == came_in(row.months[-1].first, on)[0]


def test_collection_is_of_twelve_months_that_end_today(database: sa.Engine, busy: World) -> None:
    with unit_of_work(bind=database, read_only=True) as session:
        rows = figures(session, busy)
    months = rows["USD"].months
    assert (months[0].first, months[0].last) == (date(2026, 3, 1), TODAY)
    assert (months[-1].first, months[-1].last) == (date(2025, 4, 1), date(2025, 4, 30))
    counts = {month.first.isoformat()[:7]: month.count for month in months if month.count}
    assert counts == {"2026-03": 3, "2026-02": 2, "2026-01": 1, "2025-04": 3}
    assert rows["USD"].received_count == 2
    assert {month.amount_minor for month in rows["COP"].months} == {0}


def test_the_largest_debtors_come_first_and_currencies_never_mix(
    database: sa.Engine, busy: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work(bind=database, read_only=True) as session:
        rows = figures(session, busy)
        for row in rows.values():
            owed = [debtor.owed_minor for debtor in row.debtors]
            assert owed == sorted(owed, reverse=True)
            assert sum(owed) == row.open_minor
            assert [debtor.name for debtor in row.debtors]
        monkeypatch.setattr(today, "DEBTORS", 1)
        few = today.figures(session, busy.viewer, now=NOW).currencies
        assert [row.debtors for row in few] == [rows[row.currency].debtors[:1] for row in few]
        assert not storage.debtors(session, busy.customer, TODAY, 0)


def test_debtors_stay_unnamed_without_the_right_to_read_accounts(
    database: sa.Engine, busy: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(today, "may", lambda _actor, _permission: False)
    with unit_of_work(bind=database, read_only=True) as session:
        found = today.figures(session, busy.viewer, now=NOW)
    assert all(row.open_minor and not row.debtors for row in found.currencies)


def test_the_indexes_alone_answer(database: sa.Engine, world: World) -> None:
    """Neither the accounts that owe nor the months' money read a row of the documents."""
    if database.dialect.name != "sqlite":
        return
    asked: list[str] = []

    def note(_c: object, _k: object, statement: str, values: object, *_rest: object) -> None:
        if "FROM document" in statement:
            asked.append(statement)

    with unit_of_work(bind=database, read_only=True) as session:
        connection = session.connection()
        sa.event.listen(connection, "before_cursor_execute", note)
        storage.collected(session, world.viewer, TODAY, TODAY)
        storage.debtors(session, world.viewer, TODAY, 8)
        sa.event.remove(connection, "before_cursor_execute", note)
        assert len(asked) == 2
        for statement in asked:
            plan = connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN {statement}", (1,) * statement.count("?")
            ).all()
            assert "COVERING INDEX ix_document_company_" in " ".join(row[3] for row in plan)
