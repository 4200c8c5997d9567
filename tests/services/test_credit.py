"""Manual payments, advances, applying, returning, taking back, and their races."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from clientportal.domain import documents as rules
from clientportal.domain import ledger
from clientportal.domain.actors import Actor
from clientportal.domain.documents import Kind
from clientportal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, PortalError
from clientportal.services import (
    audit,
    checks,
    credit,
    documents,
    drafts,
    manual_payments,
    receipts,
)
from clientportal.services.document_support import CurrencyNotUsed, DateInFuture, OtherAccount
from clientportal.storage.models import (
    AttemptLine,
    Document,
    Payment,
    PaymentAttempt,
)
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, TODAY, World, draft_of, invoice, issued, key, make_world


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


def pay(
    session: Session,
    world: World,
    amount: int,
    lines: list[tuple[int, int]] | None = None,
    **more: Any,
) -> Document:
    values: dict[str, Any] = {
        "account_id": world.accounts[0],
        "currency": "USD",
        "amount_minor": amount,
        "lines": lines,
        "method": "transfer",
        "received_on": TODAY,
        "client_key": "payment-0001",
        "now": NOW,
    } | more
    return manual_payments.record(session, world.agent, **values)


def balances(session: Session, *ids: int) -> list[int]:
    return [session.get_one(Document, key).balance_minor for key in ids]


@pytest.mark.spec(87)
def test_a_payment_goes_to_the_oldest_first_and_the_rest_stays_credit(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        late = invoice(session, world, "100", due_on=date(2026, 2, 25))
        first = invoice(session, world, "50", due_on=date(2026, 2, 10))
        invoice(session, world, "70", account_id=world.accounts[1])
        invoice(session, world, "70", currency="COP")
        shown, rest = credit.spread(
            session, world.agent, account_id=world.accounts[0], currency="USD", amount_minor=20000
        )
        assert (shown, rest) == ([(first, 5000), (late, 10000)], 5000)
        receipt = pay(session, world, 20000)
        assert (receipt.kind, receipt.number, receipt.total_minor) == (
            Kind.CASH_RECEIPT,
            "RC-1",
            20000,
        )
        assert balances(session, first, late, key(receipt)) == [0, 0, 5000]
        page = documents.detail(session, world.agent, document_id=key(receipt), now=NOW)
        assert (page.paid_minor, page.balance_minor, page.badge.code) == (
            15000,
            5000,
            "partly_applied",
        )
        found = credit.balances(session, world.customer)
        assert [(row.account_id, row.currency, row.available_minor) for row in found] == [
            (world.accounts[0], "USD", 5000)
        ]
        assert checks.audit(session, world.system) == []


def test_the_same_key_books_once_and_another_amount_is_a_conflict(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        document_id = invoice(session, world)
        first = pay(session, world, 4000)
        again = pay(session, world, 4000)
        assert first.id == again.id
        assert balances(session, document_id) == [6000]
        with pytest.raises(Conflict, match="key_used"):
            pay(session, world, 4001)
        foreign = make_world(session, "ajena")
        invoice(session, foreign)
        other = pay(session, foreign, 4000)
        assert other.company_id == foreign.company_id


def test_wrong_payments_are_refused_by_name(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        mine = invoice(session, world)
        theirs = invoice(session, world, account_id=world.accounts[1])
        foreign_world = make_world(session, "ajena")
        foreign = invoice(session, foreign_world)
        draft = drafts.create(session, world.agent, draft=draft_of(world.accounts[0]), now=NOW).id
        note = issued(session, world, draft_of(world.accounts[0], "5", kind=Kind.CREDIT_NOTE)).id
        cop = invoice(session, world, "5", currency="COP")
    cases: list[tuple[type[PortalError], dict[str, object]]] = [
        (ledger.MoreThanBalance, {"amount_minor": 10001, "lines": [(mine, 10001)]}),
        (ledger.MoreThanBalance, {"lines": [(mine, 6000), (mine, 6000)], "amount_minor": 12000}),
        (receipts.MoreThanReceived, {"amount_minor": 1, "lines": [(mine, 2)]}),
        (OtherAccount, {"lines": [(theirs, 100)]}),
        (NotFound, {"lines": [(foreign, 100)]}),
        (NotFound, {"account_id": foreign_world.accounts[0]}),
        (rules.DocumentNotIssued, {"lines": [(draft, 100)]}),
        (rules.NotPayable, {"lines": [(note, 100)]}),
        (ledger.CurrencyMismatch, {"lines": [(cop, 100)]}),
        (ledger.NotPositive, {"lines": [(mine, -5)]}),
        (ledger.NotPositive, {"amount_minor": 0, "lines": []}),
        (CurrencyNotUsed, {"currency": "EUR", "lines": []}),
        (DateInFuture, {"received_on": TODAY + timedelta(days=1)}),
        (Invalid, {"method": "barter"}),
        (Invalid, {"client_key": "short"}),
        (Invalid, {"amount_minor": 10**15 + 1, "lines": []}),
    ]
    for error, change in cases:
        with pytest.raises(error), unit_of_work(bind=database) as session:
            pay(session, world, change.pop("amount_minor", 1000), **change)  # type: ignore[arg-type]
    with unit_of_work(bind=database) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Payment)) == 0
        assert balances(session, mine, theirs, foreign) == [10000] * 3
        for denied in (world.viewer, world.customer):
            with pytest.raises(NotAllowed):
                manual_payments.record(
                    session,
                    denied,
                    account_id=world.accounts[0],
                    currency="USD",
                    amount_minor=1,
                    lines=[],
                    method="cash",
                    received_on=TODAY,
                    client_key="denied-0001",
                    now=NOW,
                )


def test_an_advance_is_applied_later_and_what_is_left_is_returned(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        advance = manual_payments.record_advance(
            session,
            world.agent,
            account_id=world.accounts[0],
            currency="USD",
            amount_minor=15000,
            method="transfer",
            received_on=date(2026, 1, 10),
            client_key="advance-0001",
            now=NOW,
        )
        assert (advance.kind, advance.number, advance.balance_minor) == (
            Kind.ADVANCE,
            "AN-1",
            15000,
        )
        document_id = invoice(session, world)
    with unit_of_work(bind=database) as session:
        credit.apply_credit(session, world.agent, credit_id=key(advance), lines=None, now=NOW)
        assert balances(session, key(advance), document_id) == [5000, 0]
        row = session.get_one(Document, document_id)
        assert (row.settled_on, row.payment_method) == (TODAY, "transfer")
        with pytest.raises(NotAllowed):
            give_back(session, world.agent, key(advance), 5000)
        with pytest.raises(ledger.MoreThanBalance):
            give_back(session, world.owner, key(advance), 5001)
        give_back(session, world.owner, key(advance), 5000)
        page = documents.detail(session, world.owner, document_id=key(advance), now=NOW)
        assert (page.balance_minor, page.badge.code) == (0, "applied")
        assert [row.amount_minor for row in page.returns] == [5000]
        assert checks.audit(session, world.system) == []


def give_back(session: Session, actor: Actor, credit_id: int, amount: int) -> None:
    credit.return_credit(
        session,
        actor,
        credit_id=credit_id,
        amount_minor=amount,
        returned_on=TODAY,
        method="transfer",
        note="",
        now=NOW,
    )


def test_an_allocation_is_taken_back_once_and_the_credit_is_free_again(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        document_id = invoice(session, world)
        receipt = pay(session, world, 10000)
        page = documents.detail(session, world.agent, document_id=document_id, now=NOW)
        [row] = page.applied
        foreign = make_world(session, "ajena")
        with pytest.raises(NotFound):
            credit.reverse_allocation(session, foreign.owner, allocation_id=row.id, now=NOW)
        credit.reverse_allocation(session, world.agent, allocation_id=row.id, now=NOW)
        assert balances(session, document_id, key(receipt)) == [10000, 10000]
        with pytest.raises(ledger.AlreadyReversed):
            credit.reverse_allocation(session, world.agent, allocation_id=row.id, now=NOW)
        credit.apply_credit(
            session, world.agent, credit_id=key(receipt), lines=[(document_id, 4000)], now=NOW
        )
        assert balances(session, document_id, key(receipt)) == [6000, 6000]
        assert checks.audit(session, world.system) == []
        actions = [
            e.action for e in audit.timeline(session, world.agent, account_id=world.accounts[0])
        ]
        assert actions == [
            "credit.applied",
            "allocation.reversed",
            "receipt.issued",
            "document.issued",
            "document.drafted",
        ]


def test_what_is_being_paid_online_waits(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        held = invoice(session, world, "100", due_on=date(2026, 2, 2))
        free = invoice(session, world, "100")
        attempt = PaymentAttempt(
            company_id=world.company_id,
            account_id=world.accounts[0],
            reference="R-1",
            gateway="sandbox",
            currency="USD",
            amount_minor=10000,
            created_at=NOW,
            expires_at=NOW + timedelta(minutes=30),
        )
        session.add(attempt)
        session.flush()
        session.add(
            AttemptLine(
                company_id=world.company_id,
                attempt_id=key(attempt),
                document_id=held,
                account_id=world.accounts[0],
                amount_minor=10000,
            )
        )
    with unit_of_work(bind=database) as session:
        page = documents.detail(session, world.customer, document_id=held, now=NOW)
        assert (page.badge.code, page.actions.pay) == ("being_paid", False)
        with pytest.raises(rules.DocumentBeingPaid):
            pay(session, world, 10000, lines=[(held, 10000)])
        with pytest.raises(rules.DocumentBeingPaid):
            drafts.void(session, world.owner, document_id=held, reason="x", now=NOW)
        pay(session, world, 10000)  # oldest first passes over it
        assert balances(session, held, free) == [10000, 0]


def test_a_receipt_of_online_money_cannot_be_annulled(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        document_id = invoice(session, world)
        receipt = receipts.book_receipt(
            session,
            world.system,
            company_id=world.company_id,
            account_id=world.accounts[1],  # another account of the same customer
            currency="USD",
            amount_minor=12000,
            lines=[(document_id, 10000)],
            method="card",
            received_on=TODAY,
            now=NOW,
        )
        session.add(
            Payment(
                company_id=world.company_id,
                account_id=world.accounts[1],
                gateway="sandbox",
                provider_payment_id="p-1",
                currency="USD",
                amount_minor=12000,
                state="succeeded",
                receipt_id=receipt.id,
                received_at=NOW,
                created_at=NOW,
            )
        )
    with unit_of_work(bind=database) as session:
        assert balances(session, document_id, key(receipt)) == [0, 2000]
        with pytest.raises(drafts.ReceiptOfOnlinePayment):
            drafts.void(
                session, world.owner, document_id=key(receipt), reason="x", now=NOW, reverse=True
            )
        assert checks.audit(session, world.system) == []


def at_once(tasks: list[Callable[[], object]]) -> list[object]:
    """Run all tasks in threads that start together; results or the errors they raised."""
    barrier = threading.Barrier(len(tasks))

    def one(task: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return task()
        except PortalError as error:
            return error

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(one, tasks))


def test_parallel_payments_of_one_document_never_overpay_it(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        document_id = invoice(session, world)

    def once(number: int) -> object:
        with unit_of_work(bind=database) as session:
            return pay(
                session, world, 10000, lines=[(document_id, 10000)], client_key=f"race-{number:05}"
            ).number

    results = at_once([lambda n=n: once(n) for n in range(12)])  # type: ignore[misc]
    assert [r for r in results if isinstance(r, str)] == ["RC-1"]
    assert all(isinstance(r, str | ledger.MoreThanBalance) for r in results)
    with unit_of_work(bind=database) as session:
        assert balances(session, document_id) == [0]
        assert checks.audit(session, world.system) == []


def test_a_double_click_in_parallel_books_once(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        document_id = invoice(session, world)

    def once() -> object:
        with unit_of_work(bind=database) as session:
            return pay(session, world, 4000, lines=[(document_id, 4000)]).number

    assert at_once([once] * 12) == ["RC-1"] * 12
    with unit_of_work(bind=database) as session:
        assert balances(session, document_id) == [6000]


def test_payment_credit_and_taking_back_at_once_keep_the_ledger_sound(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        ids = [invoice(session, world, "100") for _ in range(3)]
        receipt = pay(session, world, 5000, lines=[(ids[0], 5000)])
        notes = [
            issued(session, world, draft_of(world.accounts[0], "80", kind=Kind.CREDIT_NOTE)).id
            for _ in range(3)
        ]
        [row] = documents.detail(session, world.agent, document_id=ids[0], now=NOW).applied

    def work(task: Callable[..., object], **arguments: object) -> object:
        with unit_of_work(bind=database) as session:
            return task(session, world.agent, now=NOW, **arguments)

    tasks: list[Callable[[], object]] = [
        lambda n=n: work(credit.apply_credit, credit_id=n, lines=None)  # type: ignore[misc]
        for n in notes
    ]
    tasks += [lambda: work(credit.reverse_allocation, allocation_id=row.id)] * 3
    tasks += [
        lambda n=n: work(  # type: ignore[misc]
            manual_payments.record,
            account_id=world.accounts[0],
            currency="USD",
            amount_minor=7000,
            lines=[(ids[n], 7000)],
            method="cash",
            received_on=TODAY,
            client_key=f"mixed-{n:04}",
        )
        for n in range(3)
    ]
    at_once(tasks)
    with unit_of_work(bind=database) as session:
        assert checks.audit(session, world.system) == []
        assert receipt.number == "RC-1"


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["pay", "note", "apply", "back", "void"]), st.integers(1, 20000)),
        max_size=12,
    )
)
def test_any_sequence_of_use_cases_keeps_the_ledger_sound(
    database: sa.Engine, steps: list[tuple[str, int]]
) -> None:
    """Invariants of contracts/payments.md §6 after every sequence, refused steps included."""
    with unit_of_work(bind=database) as session:
        world = make_world(session, f"w{threading.get_ident()}-{id(steps)}"[:50])
        invoices = [invoice(session, world, str(total)) for total in (50, 120)]
        for number, (step, amount) in enumerate(steps):
            with session.begin_nested() as nested:
                try:
                    _step(session, world, invoices, step, amount, number)
                except PortalError:
                    nested.rollback()
        assert checks.audit(session, world.system) == []
        session.rollback()


def _step(
    session: Session, world: World, invoices: list[int], step: str, amount: int, number: int
) -> None:
    target = invoices[amount % 2]
    if step == "pay":
        pay(session, world, amount, lines=[(target, amount)], client_key=f"step-{number:05}")
    elif step == "note":
        draft = draft_of(world.accounts[0], str(amount), kind=Kind.CREDIT_NOTE)
        issued(session, world, draft)
    elif step == "void":
        drafts.void(
            session, world.owner, document_id=target, reason="x", now=NOW, reverse=amount % 3 > 0
        )
    elif step == "apply":
        notes = select(col(Document.id)).where(
            col(Document.company_id) == world.company_id, col(Document.kind) == Kind.CREDIT_NOTE
        )
        mine = session.exec(notes.order_by(col(Document.id))).all()
        if mine:
            credit.apply_credit(
                session,
                world.agent,
                credit_id=mine[amount % len(mine)] or 0,
                lines=[(target, amount)],
                now=NOW,
            )
    else:
        for row in documents.detail(session, world.agent, document_id=target, now=NOW).applied:
            if row.reversible:
                credit.reverse_allocation(session, world.agent, allocation_id=row.id, now=NOW)
                return
