"""The portal's home and what can be paid together: figures by hand, strangers, both databases."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.documents import Kind
from clientportal.domain.errors import NotAllowed, NotFound
from clientportal.services import (
    checkout,
    disputes,
    document_lists,
    portal_home,
    portal_paying,
    receipts,
)
from clientportal.services.checkout import Choice
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, TODAY, World, draft_of, invoice, issued, key, make_world

SPEC = pytest.mark.spec


@pytest.fixture
def session(database: sa.Engine) -> Iterator[Session]:
    with unit_of_work() as opened:
        yield opened


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


def due(days: int) -> date:
    """So many days from today."""
    return TODAY + timedelta(days=days)


@SPEC(44, 86)
def test_what_is_due_is_told_per_currency_with_the_next_date(
    session: Session, world: World
) -> None:
    invoice(session, world, "100", due_on=due(-12))
    invoice(session, world, "50", due_on=due(-3))
    invoice(session, world, "30", due_on=due(5))
    invoice(session, world, "20", due_on=due(40))
    invoice(session, world, "7000", currency="COP", due_on=due(0))

    home = portal_home.read(session, world.customer, now=NOW)

    dollars, pesos = home.dues
    assert (dollars.currency, pesos.currency) == ("USD", "COP")
    assert (dollars.balance_minor, dollars.overdue_minor, dollars.overdue_count) == (
        20000,
        15000,
        2,
    )
    assert (dollars.oldest_days, dollars.next_on, dollars.next_minor) == (12, due(5), 3000)
    assert (pesos.balance_minor, pesos.overdue_minor, pesos.next_on) == (700000, 0, TODAY)
    assert home.next_on == TODAY


@SPEC(86)
def test_the_main_button_pays_what_is_overdue_first(session: Session, world: World) -> None:
    invoice(session, world, "7000", currency="COP", due_on=due(10))
    invoice(session, world, "100", due_on=due(-1))
    invoice(session, world, "900", due_on=due(20))

    first, second = portal_home.read(session, world.customer, now=NOW).payables

    assert (first.currency, first.amount_minor, first.count, first.overdue) == (
        "USD",
        10000,
        1,
        True,
    )
    assert (second.currency, second.amount_minor, second.overdue) == ("COP", 700000, False)


def test_to_do_shows_what_is_late_or_near_and_what_is_being_paid(
    session: Session, world: World
) -> None:
    late = invoice(session, world, "1", due_on=due(-2))
    near = invoice(session, world, "2", due_on=due(7))
    invoice(session, world, "3", due_on=due(8))
    held = invoice(session, world, "4", due_on=due(60))
    checkout.begin(session, world.customer, choices=[Choice(held)], method="sandbox", now=NOW)

    todos = portal_home.read(session, world.customer, now=NOW).todos

    assert [(todo.id, todo.badge.code, todo.badge.params.get("days")) for todo in todos] == [
        (late, "overdue", 2),
        (near, "due_soon", 7),
        (held, "being_paid", None),
    ]
    assert [todo.being_paid for todo in todos] == [False, False, True]


def test_a_document_has_one_badge_and_still_says_how_late_it_is(
    session: Session, world: World
) -> None:
    """By the one precedence: being paid, then disputed, then overdue."""
    claimed = invoice(session, world, "1", due_on=due(-5))
    held = invoice(session, world, "2", due_on=due(-2))
    disputes.open_dispute(
        session, world.agent, document_id=claimed, reason="Llegó incompleto", now=NOW
    )
    checkout.begin(session, world.customer, choices=[Choice(held)], method="sandbox", now=NOW)

    todos = portal_home.read(session, world.customer, now=NOW).todos
    listed = document_lists.list_documents(
        session, world.customer, filters=DocumentFilters(), sort=Sort(), cursor="", now=NOW
    )

    assert [(todo.id, todo.badge.code, todo.overdue_days) for todo in todos] == [
        (claimed, "disputed", 5),
        (held, "being_paid", 2),
    ]
    assert {row.id: row.badge for row in listed.rows} == {todo.id: todo.badge for todo in todos}


@SPEC(50, 86)
def test_what_is_being_paid_is_not_offered_to_be_paid_again(session: Session, world: World) -> None:
    held = invoice(session, world, "100", due_on=due(-12))
    invoice(session, world, "50", due_on=due(-3))
    invoice(session, world, "30", due_on=due(5))
    checkout.begin(session, world.customer, choices=[Choice(held)], method="sandbox", now=NOW)

    home = portal_home.read(session, world.customer, now=NOW)

    [owed] = home.dues
    assert (owed.balance_minor, owed.paying_minor, owed.paying_count) == (18000, 10000, 1)
    assert (owed.overdue_minor, owed.overdue_count, owed.oldest_days) == (5000, 1, 3)
    assert (owed.next_on, owed.next_minor) == (due(5), 3000)
    [offered] = home.payables
    assert (offered.amount_minor, offered.count, offered.overdue) == (5000, 1, True)


@SPEC(44)
def test_what_the_customer_contests_is_owed_and_not_offered_by_the_main_button(
    session: Session, world: World
) -> None:
    contested = invoice(session, world, "100", due_on=due(-12))
    invoice(session, world, "50", due_on=due(-3))
    disputes.open_dispute(
        session, world.owner, document_id=contested, reason="No es lo pactado", now=NOW
    )

    home = portal_home.read(session, world.customer, now=NOW)

    assert (home.dues[0].balance_minor, home.dues[0].overdue_minor) == (15000, 15000)
    assert [(row.amount_minor, row.count) for row in home.payables] == [(5000, 1)]


def test_when_everything_is_being_paid_nothing_is_offered(session: Session, world: World) -> None:
    held = invoice(session, world, "100", due_on=due(-12))
    checkout.begin(session, world.customer, choices=[Choice(held)], method="sandbox", now=NOW)

    home = portal_home.read(session, world.customer, now=NOW)

    assert (home.payables, home.dues[0].overdue_minor, home.dues[0].paying_minor) == ((), 0, 10000)


@SPEC(50)
def test_a_payment_in_progress_can_be_found_again_by_its_payer(
    session: Session, world: World
) -> None:
    first = invoice(session, world, "100", due_on=due(-12))
    second = invoice(session, world, "40", due_on=due(3))
    choices = [Choice(first), Choice(second)]
    checkout.begin(session, world.customer, choices=choices, method="sandbox", now=NOW)

    [mine] = portal_paying.underway(session, world.customer)

    assert (mine.phase, mine.company, mine.currency) == ("unfinished", "Molino", "USD")
    assert (mine.amount_minor, mine.document_ids) == (14000, (first, second))
    assert mine.reference == portal_paying.held_by(session, world.customer, document_id=first)
    assert portal_paying.underway(session, world.stranger) == ()


def test_the_last_receipts_name_what_they_paid(session: Session, world: World) -> None:
    paid = invoice(session, world, "100")
    receipts.book_receipt(
        session,
        world.system,
        company_id=world.company_id,
        account_id=world.accounts[0],
        currency="USD",
        amount_minor=12000,
        lines=[(paid, 10000)],
        method="transfer",
        received_on=TODAY,
        now=NOW,
    )

    home = portal_home.read(session, world.customer, now=NOW)

    [receipt] = home.receipts
    assert (receipt.kind, receipt.total_minor, receipt.method) == (
        Kind.CASH_RECEIPT,
        12000,
        "transfer",
    )
    assert len(receipt.settles) == 1
    assert home.dues == ()
    assert home.issuers[0].reply_email == "cartera@molino.example"


def test_a_stranger_sees_nothing_of_it(session: Session, world: World) -> None:
    mine = invoice(session, world, "100", due_on=due(-1))

    home = portal_home.read(session, world.stranger, now=NOW)

    assert (home.dues, home.todos, home.payables, home.receipts) == ((), (), (), ())
    with pytest.raises(NotFound):
        portal_paying.offer(session, world.stranger, document_ids=[mine])
    assert portal_paying.owed_by_account(session, world.stranger) == {}
    assert portal_paying.held_by(session, world.stranger, document_id=mine) == ""


def test_staff_do_not_pay(session: Session, world: World) -> None:
    mine = invoice(session, world, "100")

    with pytest.raises(NotAllowed):
        portal_paying.offer(session, world.agent, document_ids=[mine])  # type: ignore[arg-type]


@SPEC(50, 58)
def test_an_offer_holds_one_company_and_currency_and_its_methods(
    session: Session, world: World
) -> None:
    first = invoice(session, world, "100", due_on=due(9))
    second = invoice(session, world, "40", due_on=due(3))
    pesos = invoice(session, world, "9000", currency="COP")
    note = key(issued(session, world, draft_of(world.accounts[0], "5", kind=Kind.CREDIT_NOTE)))

    offer = portal_paying.offer(session, world.customer, document_ids=[first, pesos, note, second])

    assert (offer.currency, offer.methods, offer.allow_partial) == ("USD", ("sandbox",), False)
    payable = {row.id: row.payable for row in offer.documents}
    assert payable == {first: True, second: True, note: False}


def test_a_ticked_document_that_somebody_else_pays_says_so(session: Session, world: World) -> None:
    mine = invoice(session, world, "100")
    checkout.begin(session, world.customer, choices=[Choice(mine)], method="sandbox", now=NOW)

    [row] = portal_paying.offer(session, world.customer, document_ids=[mine]).documents

    assert (row.payable, row.being_paid, row.balance_minor) == (False, True, 10000)
    assert portal_paying.held_by(session, world.customer, document_id=mine).startswith("CP-")


def test_a_payment_is_told_to_its_payer_only(session: Session, world: World) -> None:
    mine = invoice(session, world, "100")
    checkout.begin(session, world.customer, choices=[Choice(mine)], method="sandbox", now=NOW)
    reference = portal_paying.held_by(session, world.customer, document_id=mine)

    story = portal_paying.story(session, world.customer, reference=reference)

    assert (story.phase, story.amount_minor, story.currency) == ("unfinished", 10000, "USD")
    assert [share.document_id for share in story.shares] == [mine]
    with pytest.raises(NotFound):
        portal_paying.story(session, world.stranger, reference=reference)
