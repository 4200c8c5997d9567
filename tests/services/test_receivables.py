"""The customers' tray: who stands where, what each owes, how each can be reached; live figures."""

import threading
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from clientportal.domain.actors import Nobody
from clientportal.domain.contactability import AlertReason, Segment
from clientportal.domain.delivery import MessageState
from clientportal.domain.documents import Kind
from clientportal.domain.errors import NotAllowed, NotSignedIn
from clientportal.domain.receivables import (
    Reach,
    ReceivableFilters,
    ReceivableSort,
    Situation,
)
from clientportal.services import (
    account_views,
    accounts,
    alerts,
    checks,
    contacts,
    disputes,
    drafts,
    imports,
    manual_payments,
    messages,
    receipts,
    receivables,
)
from clientportal.services.accounts import AccountFields
from clientportal.services.contacts import ContactFields, NewPoint
from clientportal.services.receivables import ReceivableRow
from clientportal.storage import receivables as storage
from clientportal.storage.models import Channel, Message
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, TODAY, World, draft_of, invoice, issued, make_world


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        world = make_world(session)
        stranger = make_world(session, "ajena")
        invoice(session, stranger, "999")
        return world


def rows(session: Session, world: World, **filters: Any) -> tuple[ReceivableRow, ...]:
    return receivables.listing(
        session, world.viewer, filters=ReceivableFilters(**filters), today=TODAY
    ).rows


def names(session: Session, world: World, **filters: Any) -> list[str]:
    return [row.name for row in rows(session, world, **filters)]


def late(session: Session, world: World, account: int, days: int, total: str = "100") -> int:
    return invoice(
        session,
        world,
        total,
        account_id=account,
        issued_on=TODAY - timedelta(days=max(200, days + 1)),
        due_on=TODAY - timedelta(days=days),
    )


def reach(session: Session, world: World, account: int, *addresses: str) -> None:
    """A person with e-mails; a telephone number alone makes nobody contactable."""
    points = [NewPoint("email" if "@" in one else "whatsapp", one) for one in addresses]
    contacts.create(
        session,
        world.agent,
        fields=ContactFields(f"Persona {account}"),
        points=points,
        account_ids=[account],
        now=NOW,
    )


def fail(session: Session, world: World, address: str, channel: Channel = Channel.EMAIL) -> None:
    alerts.raise_alert(
        session,
        world.system,
        channel=channel,
        address=address,
        reason=AlertReason.HARD_BOUNCE,
        now=NOW,
    )


@pytest.mark.spec(98)
def test_the_tray_has_who_owes_and_who_has_history(database: sa.Engine, world: World) -> None:
    first, second, third = world.accounts
    with unit_of_work(bind=database) as session:
        late(session, world, first, 45)
        paid = late(session, world, second, 10, "50")
        drafts.create(session, world.agent, draft=draft_of(third), now=NOW)
    with unit_of_work(bind=database) as session:
        manual_payments.record(
            session,
            world.agent,
            account_id=second,
            currency="USD",
            amount_minor=5_000,
            lines=[(paid, 5_000)],
            method="cash",
            received_on=TODAY,
            client_key="tray-payment-1",
            now=NOW,
        )
    with unit_of_work(bind=database, read_only=True) as session:
        found = rows(session, world)
        assert [(row.id, row.situation, row.days_late) for row in found] == [
            (first, Situation.LATE_30, 45),
            (second, Situation.SETTLED, 0),
        ]
        assert found[0].oldest_due == TODAY - timedelta(days=45)
        assert (found[1].oldest_due, found[1].balances) == (None, ())
        assert checks.audit(session, world.viewer) == []


@pytest.mark.parametrize(
    ("days", "situation"),
    [(-3, "current"), (0, "current"), (1, "early"), (29, "early"), (30, "late_30"),
     (60, "late_60"), (89, "late_60"), (90, "late_90")],
)  # fmt: skip
def test_each_situation_is_found_by_its_filter_alone(
    database: sa.Engine, world: World, days: int, situation: str
) -> None:
    with unit_of_work(bind=database) as session:
        late(session, world, world.accounts[0], days)
        late(session, world, world.accounts[1], 500 if situation != "late_90" else -9)
        for wanted in Situation:
            shown = [row.id for row in rows(session, world, situations=(wanted,))]
            assert (world.accounts[0] in shown) == (wanted == situation)
        both = (Situation(situation), Situation.LATE_90, Situation.CURRENT)
        assert len(rows(session, world, situations=both)) == 2


def test_the_oldest_open_document_decides_for_the_account(
    database: sa.Engine, world: World
) -> None:
    first = world.accounts[0]
    with unit_of_work(bind=database) as session:
        late(session, world, first, 5)
        old = late(session, world, first, 95)
        issued(session, world, draft_of(first, "70", currency="COP", due_on=date(2026, 5, 1)))
    with unit_of_work(bind=database) as session:
        assert rows(session, world)[0].situation is Situation.LATE_90
        disputes.open_dispute(session, world.agent, document_id=old, reason="No", now=NOW)
        row = rows(session, world, situations=(Situation.CLAIM,))[0]
        assert (row.disputed, row.situation) == (1, Situation.LATE_90)
        drafts.void(session, world.owner, document_id=old, reason="Error", now=NOW)
        row = rows(session, world)[0]
        assert (row.disputed, row.situation, row.days_late) == (0, Situation.EARLY, 5)
        assert [(b.currency, b.owed_minor) for b in row.balances] == [
            ("COP", 7_000),
            ("USD", 10_000),
        ]
    with unit_of_work(bind=database, read_only=True) as session:
        assert checks.audit(session, world.viewer) == []


def test_credit_stands_beside_what_is_owed_and_makes_nobody_late(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        receipts.issue_advance(
            session,
            world.agent,
            account_id=world.accounts[0],
            currency="USD",
            amount_minor=2_500,
            method="cash",
            received_on=TODAY - timedelta(days=120),
            concept="",
            now=NOW,
        )
    with unit_of_work(bind=database, read_only=True) as session:
        (row,) = rows(session, world)
        assert row.situation is Situation.SETTLED
        assert [(b.owed_minor, b.credit_minor) for b in row.balances] == [(0, 2_500)]
        assert rows(session, world, owing=True) == ()
        assert checks.audit(session, world.viewer) == []


@pytest.mark.spec(99)
def test_the_filter_by_contactability(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        made = {
            name: accounts.create(
                session, world.agent, fields=AccountFields(name, code=name), now=NOW
            )
            for name in ("fine", "half", "dead", "none")
        }
        for account in made.values():
            late(session, world, account, 3)
        reach(session, world, made["fine"], "ok@fine.example")
        reach(session, world, made["half"], "ok@half.example", "bad@half.example")
        reach(session, world, made["dead"], "bad@dead.example", "+573001112233")
        fail(session, world, "bad@half.example")
        fail(session, world, "bad@dead.example")
        fail(session, world, "+573001112233", Channel.WHATSAPP)

        def left(*wanted: Reach) -> set[str]:
            return set(names(session, world, reach=wanted))

        assert left(Reach.PROBLEMS) == {"half", "dead"}
        assert left(Reach.UNREACHABLE) == {"dead"}
        assert left(Reach.NO_DATA) == {"none"}
        assert left(Reach.CONTACTABLE) == {"fine", "half"}
        assert left(Reach.UNREACHABLE, Reach.NO_DATA) == {"dead", "none"}
        shown = {row.name: row.reach for row in rows(session, world)}
        assert (shown["half"].alerted, shown["half"].addresses) == (1, 2)
        assert shown["half"].mail_alerted
        assert (shown["dead"].alerted, shown["dead"].addresses) == (2, 2)
        assert shown["none"].segment is Segment.NO_DATA
        of_one = receivables.contactability(session, world.viewer, account_id=made["half"])
        assert of_one == shown["half"]
        count = receivables.count(
            session, world.viewer, filters=receivables.OUT_OF_REACH, today=TODAY
        )
        assert count == 2


def test_text_tag_and_currency_narrow(database: sa.Engine, world: World) -> None:
    first, second, _ = world.accounts
    with unit_of_work(bind=database) as session:
        late(session, world, first, 3)
        invoice(session, world, "7000", account_id=second, currency="COP")
        accounts.edit(
            session,
            world.agent,
            account_id=second,
            fields=AccountFields("Núñez Hermanos", tags=("Norte",)),
            now=NOW,
        )
        assert names(session, world, text="nunez") == ["Núñez Hermanos"]
        assert names(session, world, tag="Norte") == ["Núñez Hermanos"]
        assert names(session, world, currency="COP") == ["Núñez Hermanos"]
        assert names(session, world, currency="USD") == ["Papelera del Valle"]
        currencies, tags = receivables.choices(session, world.viewer)
        assert (currencies, tags) == (["COP", "USD"], ["Norte"])


@pytest.mark.parametrize("sort", list(ReceivableSort))
def test_pages_in_every_order_forwards_and_back(
    database: sa.Engine, world: World, sort: ReceivableSort
) -> None:
    with unit_of_work(bind=database) as session:
        for number in range(9):
            account = accounts.create(
                session,
                world.agent,
                fields=AccountFields(f"Cliente {number % 4}", code=f"K{number}"),
                now=NOW,
            )
            late(session, world, account, (number * 7) % 5, str(10 * (number % 3) + 1))
        filters = ReceivableFilters(sort=sort)

        def page(cursor: str | None, limit: int) -> receivables.ReceivablePage:
            return receivables.listing(
                session, world.viewer, filters=filters, today=TODAY, cursor=cursor, limit=limit
            )

        whole = [row.id for row in page(None, 100).rows]
        assert len(whole) == 9
        seen: list[int] = []
        cursor: str | None = None
        pages: list[receivables.ReceivablePage] = []
        while True:
            pages.append(page(cursor, 4))
            seen += [row.id for row in pages[-1].rows]
            assert pages[-1].total == 9
            if (cursor := pages[-1].next) is None:
                break
        assert seen == whole
        assert pages[0].previous is None
        before = page(pages[-1].previous, 4)
        assert [row.id for row in before.rows] == [row.id for row in pages[-2].rows]
        assert page("forged", 4).rows == pages[0].rows


def test_orders_are_what_they_say(database: sa.Engine, world: World) -> None:
    first, second, third = world.accounts
    with unit_of_work(bind=database) as session:
        late(session, world, first, 3, "10")
        late(session, world, second, 9, "500")
        invoice(session, world, "900", account_id=third, currency="COP")
        by = {
            sort: [row.id for row in rows(session, world, sort=sort, currency="")]
            for sort in ReceivableSort
        }
        assert by[ReceivableSort.OLDEST][:1] == [third]  # due on 20 February
        assert by[ReceivableSort.NAME] == [second, first, third]
        assert by[ReceivableSort.BALANCE][0] == third  # the company's first currency is COP
        dollars = rows(session, world, sort=ReceivableSort.BALANCE, currency="USD")
        assert [row.id for row in dollars] == [second, first]


def test_the_last_contact_is_the_last_message_that_left(database: sa.Engine, world: World) -> None:
    first = world.accounts[0]
    with unit_of_work(bind=database) as session:
        late(session, world, first, 3)
        for number, channel in enumerate((Channel.EMAIL, Channel.WHATSAPP, Channel.EMAIL)):
            message_id = messages.plan(
                session,
                kind="document",
                to="ana@papelera.example",
                language="es",
                variables={},
                dedupe_key=f"last:{number}",
                company_id=world.company_id,
                account_id=first,
                now=NOW,
            )
            row = session.get_one(Message, message_id)
            row.channel = channel.value
            if number < 2:  # the third still waits
                row.state, row.sent_at = MessageState.SENT, NOW + timedelta(hours=number)
        session.flush()
        (shown,) = rows(session, world)
        assert (shown.channel, shown.contacted_at) == ("whatsapp", NOW + timedelta(hours=1))


def test_two_payments_of_one_customer_at_once(database: sa.Engine, world: World) -> None:
    """Each settles a document of its own; what the account owes is right after both."""
    first = world.accounts[0]
    with unit_of_work(bind=database) as session:
        bills = [late(session, world, first, 3 + n, "100") for n in range(4)]
    barrier = threading.Barrier(4)
    failures: list[BaseException] = []

    def pay(number: int) -> None:
        try:
            barrier.wait()
            with unit_of_work(bind=database) as session:
                manual_payments.record(
                    session,
                    world.agent,
                    account_id=first,
                    currency="USD",
                    amount_minor=6_000 + number,
                    lines=[(bills[number], 6_000 + number)],
                    method="cash",
                    received_on=TODAY,
                    client_key=f"at-once-{number}",
                    now=NOW,
                )
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=pay, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with unit_of_work(bind=database, read_only=True) as session:
        (row,) = rows(session, world)
        assert [b.owed_minor for b in row.balances] == [40_000 - 24_006]
        assert checks.audit(session, world.viewer) == []


def test_a_savepoint_that_is_taken_back_leaves_no_trace(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        late(session, world, world.accounts[0], 3)
        inner = session.begin_nested()
        late(session, world, world.accounts[1], 3)
        inner.rollback()
    with unit_of_work(bind=database, read_only=True) as session:
        assert [row.id for row in rows(session, world)] == [world.accounts[0]]
        assert checks.audit(session, world.viewer) == []


def test_an_import_brings_its_accounts_into_the_tray(database: sa.Engine, world: World) -> None:
    content = (
        b"type;number;customer;invoice date;due date;currency;total;settled date;paid;disputed\n"
        b"invoice;I-1;N-1;2025-11-01;2025-12-01;COP;1000;;;yes\n"
        b"invoice;I-2;N-1;2026-01-01;2026-02-20;USD;80;2026-02-25;;\n"
        b"invoice;I-3;N-2;2026-01-01;2026-02-20;USD;80;2026-02-25;;\n"
    )
    with unit_of_work(bind=database) as session:
        done = imports.run(session, world.agent, kind="documents", content=content, now=NOW)
        assert not done.errors
    with unit_of_work(bind=database, read_only=True) as session:
        found = {row.code: row for row in rows(session, world)}
        assert (found["N-1"].situation, found["N-1"].disputed) == (Situation.LATE_90, 1)
        assert [(b.currency, b.owed_minor) for b in found["N-1"].balances] == [("COP", 100_000)]
        assert found["N-2"].situation is Situation.SETTLED
        assert checks.audit(session, world.viewer) == []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE account_balance SET owed_minor = owed_minor + 1",
        "DELETE FROM account_balance",
        "UPDATE account_standing SET oldest_due = '2020-01-01'",
        "UPDATE account_standing SET disputed_count = 7",
        "DELETE FROM account_standing",
    ],
)
def test_the_check_finds_a_wrong_standing(database: sa.Engine, world: World, damage: str) -> None:
    with unit_of_work(bind=database) as session:
        late(session, world, world.accounts[0], 3)
    with unit_of_work(bind=database) as session:
        assert checks.audit(session, world.viewer) == []
        session.execute(sa.text(damage))
        assert {row.code for row in checks.audit(session, world.viewer)} == {"standing"}


def test_a_long_list_stops_counting(
    database: sa.Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "COUNT_CAP", 1)
    monkeypatch.setattr(storage.count, "__defaults__", (1,))
    with unit_of_work(bind=database) as session:
        for account in world.accounts:
            late(session, world, account, 3)
        page = receivables.listing(session, world.viewer, filters=ReceivableFilters(), today=TODAY)
        assert (page.total, page.capped, len(page.rows)) == (1, True, 3)


def test_only_staff_looks(database: sa.Engine, world: World) -> None:
    readers: Sequence[tuple[Any, type[Exception]]] = [
        (Nobody(), NotSignedIn),
        (world.customer, NotAllowed),
    ]
    with unit_of_work(bind=database, read_only=True) as session:
        for actor, refusal in readers:
            with pytest.raises(refusal):
                receivables.listing(session, actor, filters=ReceivableFilters(), today=TODAY)


def test_balances_agree_with_the_list_of_accounts(database: sa.Engine, world: World) -> None:
    """Two ways to the same figures: stored, and summed up from the documents."""
    with unit_of_work(bind=database) as session:
        for number, account in enumerate(world.accounts):
            late(session, world, account, number, str(100 + number))
            issued(session, world, draft_of(account, "20", kind=Kind.CREDIT_NOTE))
        listed = {
            row.id: [(b.currency, b.owed_minor, b.credit_minor) for b in row.balances]
            for row in account_views.listing(
                session, world.viewer, filters=account_views.AccountFilters(), today=TODAY
            ).rows
        }
        shown = {
            row.id: [(b.currency, b.owed_minor, b.credit_minor) for b in row.balances]
            for row in rows(session, world)
        }
        assert shown == listed
