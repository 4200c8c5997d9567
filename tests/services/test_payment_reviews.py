"""Payments that do not match: seen by the staff, accepted as credit or dismissed, once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal import queue
from clientportal.domain.actors import Customer
from clientportal.domain.documents import DocumentInReview, Kind
from clientportal.domain.errors import Invalid, NotAllowed, NotFound
from clientportal.domain.payment_reviews import CREDITABLE, CUSTOMERS, WAITING
from clientportal.domain.payments import AttemptState, PaymentState, ProviderStatus, Review
from clientportal.gateways.base import ProviderPayment
from clientportal.services import (
    audit,
    checkout,
    checks,
    credit,
    documents,
    payment_checks,
    payment_reviews,
    payments,
    portal_paying,
    today,
)
from clientportal.services.attempts import PaymentPending, release
from clientportal.services.checkout import Choice
from clientportal.services.payment_reviews import NotCreditable, ReviewDecided
from clientportal.storage.models import Document, Message, Payment, PaymentAttempt
from clientportal.storage.session import unit_of_work
from tests.support import ledger
from tests.support.ledger import World, make_world

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Case:
    """An invoice of COP 1.000,00 that the customer began to pay."""

    world: World
    document: int
    attempt: int
    reference: str

    def reports(self, **changes: Any) -> None:
        """The gateway says what came; `changes` is where that differs from the attempt."""
        facts: dict[str, Any] = {
            "id": f"pay-{self.world.slug}",
            "reference": self.reference,
            "status": ProviderStatus.SUCCEEDED,
            "amount_minor": 100_000,
            "currency": "COP",
            "livemode": False,
            "refunded_minor": 0,
            "occurred_at": NOW,
            "method": "card",
            "raw": {},
        }
        with unit_of_work() as session:
            reported = ProviderPayment(**(facts | changes))
            payment_checks.apply(session, self.attempt, [reported], now=LATER)

    def waiting(self) -> tuple[payment_reviews.ReviewView, ...]:
        with unit_of_work(read_only=True) as session:
            return payment_reviews.waiting(session, self.world.viewer)

    def only(self) -> int:
        (row,) = self.waiting()
        return row.id

    def accept(self, payment: int) -> int:
        with unit_of_work() as session:
            receipt = payment_reviews.accept(
                session, self.world.owner, payment_id=payment, now=LATER
            )
            return ledger.key(receipt)

    def dismiss(self, payment: int, reason: str = "No es nuestro") -> None:
        with unit_of_work() as session:
            payment_reviews.dismiss(
                session, self.world.owner, payment_id=payment, reason=reason, now=LATER
            )

    def state(self) -> AttemptState:
        with unit_of_work(read_only=True) as session:
            row = session.get(PaymentAttempt, self.attempt)
            assert row is not None
            return row.state

    def phase(self) -> str:
        with unit_of_work(read_only=True) as session:
            story = portal_paying.story(session, self.world.customer, reference=self.reference)
            return story.phase

    def payable(self) -> bool:
        with unit_of_work(read_only=True) as session:
            found = documents.detail(
                session, self.world.customer, document_id=self.document, now=LATER
            )
            return found.actions.pay

    def told(self) -> list[tuple[str, str]]:
        with unit_of_work(read_only=True) as session:
            rows = session.exec(select(Message).order_by(col(Message.id))).all()
            return [(row.kind, row.to_address) for row in rows]

    def sound(self) -> bool:
        with unit_of_work(read_only=True) as session:
            return checks.audit(session, self.world.system) == []


@pytest.fixture
def case(database: sa.Engine) -> Iterator[Case]:
    with unit_of_work() as session:
        world = make_world(session, slug=f"molino{id(database) % 10_000_000}")
    with unit_of_work() as session:
        document = ledger.invoice(session, world, "1000", currency="COP")
    with unit_of_work() as session:
        attempt = checkout.begin(
            session, world.customer, choices=[Choice(document)], method="sandbox", now=NOW
        )
        row = session.get(PaymentAttempt, attempt)
        assert row is not None
        reference = row.reference
    yield Case(world, document, attempt, reference)
    queue.client.cache_clear()


def test_a_payment_of_another_amount_is_seen_by_the_staff(case: Case) -> None:
    case.reports(amount_minor=90_000)
    (row,) = case.waiting()
    assert (row.reason, row.amount_minor, row.expected_minor) == ("amount", 90_000, 100_000)
    assert [key for key, _ in row.documents] == [case.document]
    assert (row.account, row.payer, row.creditable) == ("Papelera del Valle", "Luz", True)
    with unit_of_work(read_only=True) as session:
        shown = today.figures(session, case.world.viewer, now=LATER).events
        assert [event.action for event in shown].count("payment.review") == 1
        of_document = payment_reviews.waiting(session, case.world.viewer, document_id=case.document)
        assert len(of_document) == 1
        assert payment_reviews.waiting(session, case.world.viewer, document_id=10**6) == ()
        (view,) = payments.open_views(session, case.world.viewer)
        assert view.review
    address = f"cartera@{case.world.slug}.example"
    assert case.told() == [("payment_review", address)]
    case.reports(amount_minor=90_000)
    assert case.told() == [("payment_review", address)]
    with unit_of_work(read_only=True) as session:
        seen = audit.timeline(session, case.world.owner, actions=["payment.review"])
        assert len(seen) == 1
    assert case.sound()


def test_its_customer_is_told_not_to_pay_again(case: Case) -> None:
    case.reports(amount_minor=90_000)
    assert (case.phase(), case.payable()) == ("review", False)
    with unit_of_work(read_only=True) as session:
        customer = case.world.customer
        assert portal_paying.in_review(session, customer, document_id=case.document)
        assert [row.phase for row in portal_paying.underway(session, customer)] == ["review"]
        stranger = case.world.stranger
        assert not portal_paying.in_review(session, stranger, document_id=case.document)
    with pytest.raises(PaymentPending):  # the truth is asked of nobody here: it waits for a person
        release_without_gateway(case)


def test_late_money_of_an_expired_attempt_keeps_its_document_from_being_paid_twice(
    case: Case,
) -> None:
    with unit_of_work() as session:
        payment_checks.apply(session, case.attempt, [], now=NOW + timedelta(hours=1))
    assert case.state() is AttemptState.EXPIRED
    case.reports(amount_minor=90_000)

    def pay_again() -> int:
        with unit_of_work() as session:
            choices = [Choice(case.document)]
            return checkout.begin(
                session, case.world.customer, choices=choices, method="sandbox", now=LATER
            )

    with pytest.raises(DocumentInReview):
        pay_again()
    case.dismiss(case.only())
    assert pay_again() != case.attempt


def release_without_gateway(case: Case) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(payment_checks, "check", lambda *_args, **_facts: True)
        release(unit_of_work, case.world.owner, case.attempt, now=LATER)


@pytest.mark.parametrize(
    ("changes", "minor", "currency"),
    [({"amount_minor": 90_000}, 90_000, "COP"), ({"currency": "USD"}, 100_000, "USD")],
)
def test_accepted_it_is_credit_and_the_document_is_free(
    case: Case, changes: dict[str, Any], minor: int, currency: str
) -> None:
    case.reports(**changes)
    payment = case.only()
    receipt = case.accept(payment)
    assert (case.waiting(), case.state()) == ((), AttemptState.SUCCEEDED)
    assert (case.phase(), case.payable()) == ("paid", True)
    with unit_of_work(read_only=True) as session:
        row = session.get(Document, receipt)
        assert row is not None
        assert (row.kind, row.total_minor, row.balance_minor) == (Kind.CASH_RECEIPT, minor, minor)
        assert (row.currency, row.account_id) == (currency, case.world.accounts[0])
        (left,) = credit.balances(session, case.world.owner)
        assert (left.currency, left.available_minor) == (currency, minor)
        seen = audit.timeline(session, case.world.owner, actions=["payment.review_accepted"])
        assert [event.actor_name for event in seen] == [case.world.owner.name]
        assert portal_paying.story(session, case.world.customer, reference=case.reference).reviewed
    kinds = [kind for kind, _ in case.told()]
    assert kinds == ["payment_review", "payment_as_credit"]
    case.reports(**changes)  # the same notification once more
    assert case.waiting() == ()
    assert len(case.told()) == 2
    assert case.sound()


def test_the_credit_pays_the_document_it_was_meant_for(case: Case) -> None:
    case.reports(amount_minor=90_000)
    receipt = case.accept(case.only())
    with unit_of_work() as session:
        credit.apply_credit(session, case.world.owner, credit_id=receipt, lines=None, now=LATER)
    with unit_of_work(read_only=True) as session:
        row = session.get(Document, case.document)
        assert row is not None
        assert row.balance_minor == 10_000
    assert case.sound()


def test_dismissed_it_stays_on_record_and_the_document_is_free(case: Case) -> None:
    case.reports(amount_minor=90_000)
    payment = case.only()
    for reason, code in (("  ", "required"), ("x" * 501, "too_long")):
        with pytest.raises(Invalid) as refused:
            case.dismiss(payment, reason)
        assert refused.value.error_code == code
    case.dismiss(payment)
    assert (case.waiting(), case.state()) == ((), AttemptState.CANCELLED)
    assert (case.phase(), case.payable()) == ("dismissed", True)
    with unit_of_work(read_only=True) as session:
        row = session.get(Payment, payment)
        assert row is not None
        assert (row.state, row.receipt_id) == (PaymentState.SUCCEEDED, None)
        assert (row.review_outcome, row.review_note) == ("dismissed", "No es nuestro")
        assert not session.exec(
            select(Document).where(col(Document.kind) == Kind.CASH_RECEIPT)
        ).all()
        seen = audit.timeline(session, case.world.owner, actions=["payment.review_dismissed"])
        assert [event.data["reason"] for event in seen] == ["No es nuestro"]
    case.reports(amount_minor=90_000)
    assert case.waiting() == ()
    assert case.sound()


def test_two_tabs_decide_once(case: Case) -> None:
    case.reports(amount_minor=90_000)
    payment = case.only()
    barrier = threading.Barrier(4)

    def act(decide: Callable[[int], object]) -> str:
        barrier.wait()
        try:
            decide(payment)
        except ReviewDecided as refused:
            return refused.error_code
        return "done"

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(act, [case.accept, case.dismiss, case.accept, case.dismiss]))
    assert sorted(answers) == ["done", *["review_decided"] * 3]
    assert case.sound()


def test_a_right_payment_of_the_same_attempt_is_booked_beside_the_one_in_review(
    case: Case,
) -> None:
    case.reports(amount_minor=90_000)
    case.reports(id=f"second-{case.world.slug}")
    assert case.state() is AttemptState.SUCCEEDED
    case.accept(case.only())
    with unit_of_work(read_only=True) as session:
        receipts = session.exec(select(Document).where(col(Document.kind) == Kind.CASH_RECEIPT))
        assert sorted(row.balance_minor for row in receipts) == [0, 90_000]
    assert case.sound()


def test_the_attempt_goes_on_while_another_payment_of_it_is_open(case: Case) -> None:
    case.reports(amount_minor=90_000)
    case.reports(id=f"second-{case.world.slug}", amount_minor=80_000)
    newer, older = case.waiting()
    case.dismiss(newer.id)
    assert (case.state(), case.phase()) == (AttemptState.PENDING, "review")
    case.accept(older.id)
    assert case.state() is AttemptState.SUCCEEDED
    assert case.sound()


@pytest.mark.parametrize(
    ("changes", "reason", "creditable"),
    [({"reference": "CP-OTHER-P"}, "reference", True), ({"livemode": True}, "environment", False)],
)
def test_money_of_somebody_else_does_not_hold_the_attempt(
    case: Case, changes: dict[str, Any], reason: str, creditable: bool
) -> None:
    case.reports(**changes)
    (row,) = case.waiting()
    assert (row.reason, row.creditable) == (reason, creditable)
    assert (case.state(), case.phase()) == (AttemptState.CREATED, "unfinished")
    if not creditable:
        with pytest.raises(NotCreditable):
            case.accept(row.id)
    case.dismiss(row.id)
    assert case.state() is AttemptState.CREATED
    assert case.sound()


def test_what_the_bank_takes_back_is_told_and_can_only_be_dismissed(case: Case) -> None:
    case.reports(amount_minor=90_000)
    receipt = case.accept(case.only())
    case.reports(amount_minor=90_000, status=ProviderStatus.REVERSED)
    (row,) = case.waiting()
    assert (row.reason, row.receipt_id, row.creditable) == ("reversed", receipt, False)
    with unit_of_work(read_only=True) as session:
        assert payment_reviews.waiting(session, case.world.owner, document_id=receipt)
    assert [kind for kind, _ in case.told()].count("payment_review") == 2
    with pytest.raises(NotCreditable):
        case.accept(row.id)
    case.dismiss(row.id, "Se habló con el cliente")
    case.reports(amount_minor=90_000, status=ProviderStatus.REVERSED)
    assert case.waiting() == ()
    assert case.sound()


def test_a_wrong_amount_that_failed_waits_for_nobody(case: Case) -> None:
    case.reports(amount_minor=90_000, status=ProviderStatus.FAILED)
    case.reports(id=f"later-{case.world.slug}", amount_minor=1, status=ProviderStatus.PENDING)
    assert (case.waiting(), case.told()) == ((), [])
    case.reports(id=f"later-{case.world.slug}", amount_minor=1)
    assert [row.amount_minor for row in case.waiting()] == [1]


def test_only_strong_members_of_the_company_decide(case: Case) -> None:
    case.reports(amount_minor=90_000)
    payment = case.only()
    with unit_of_work() as session:
        other = make_world(session, slug=f"{case.world.slug}b")
    refusals: list[tuple[Any, type[Exception]]] = [
        (case.world.agent, NotAllowed),
        (case.world.viewer, NotAllowed),
        (case.world.customer, NotAllowed),
        (other.owner, NotFound),
    ]
    for actor, refusal in refusals:
        with unit_of_work() as session, pytest.raises(refusal):
            payment_reviews.accept(session, actor, payment_id=payment, now=LATER)
        with unit_of_work() as session, pytest.raises(refusal):
            payment_reviews.dismiss(session, actor, payment_id=payment, reason="x", now=LATER)
    for nonsense in (0, -1, 10**12):
        with unit_of_work() as session, pytest.raises(NotFound):
            payment_reviews.accept(session, case.world.owner, payment_id=nonsense, now=LATER)
    with unit_of_work(read_only=True) as session:
        assert payment_reviews.waiting(session, other.owner) == ()
        with pytest.raises(NotAllowed):
            _waiting_as(session, case.world.customer)
    assert case.only() == payment


def _waiting_as(session: Session, customer: Customer) -> None:
    payment_reviews.waiting(session, customer)


def test_the_waiting_ones_are_found_by_their_index(case: Case) -> None:
    case.reports(amount_minor=90_000)
    with unit_of_work(read_only=True) as session:
        if session.get_bind().dialect.name != "sqlite":
            return
        plan = session.connection().exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT id FROM payment WHERE company_id = 1"
            " AND payment.review_reason != '' AND reviewed_at IS NULL"
        )
        assert "ix_payment_in_review" in str(plan.fetchall())


def test_reasons_that_wait_are_words_of_the_decision() -> None:
    assert CUSTOMERS < CREDITABLE < WAITING < set(Review)
