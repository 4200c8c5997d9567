"""Paying through the sandbox on a real socket: one payment, one receipt, whatever arrives."""

import json
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Customer, Member
from clientportal.domain.documents import DocumentBeingPaid, Kind, NotPayable
from clientportal.domain.errors import Invalid, NotFound, PortalError
from clientportal.domain.payments import AttemptClosed, AttemptState, PaymentState
from clientportal.gateways import registry
from clientportal.gateways.base import Redirect
from clientportal.gateways.sandbox import Sandbox
from clientportal.services import (
    attempts,
    checkout,
    checks,
    payment_checks,
    payment_inbox,
    payments,
    receipts,
)
from clientportal.services.attempts import GatewayUnavailable, Opened, PaymentPending
from clientportal.services.checkout import Choice
from clientportal.settings import settings
from clientportal.storage.models import (
    Access,
    Allocation,
    AttemptLine,
    Company,
    Document,
    Message,
    Payment,
    PaymentAttempt,
    WebhookInbox,
)
from clientportal.storage.session import unit_of_work
from tests.support import ledger
from tests.support.ledger import World, make_world
from tests.support.sandbox import SECRET, HostProcess, Received, Shop, until

# The sandbox keeps its own clock, so these tests happen now.
NOW = datetime.now(UTC).replace(microsecond=0)
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    process = HostProcess(tmp_path_factory.mktemp("sandbox") / "sandbox.db")
    process.start()
    yield process
    process.stop()


@pytest.fixture
def world(database: sa.Engine, host: HostProcess, monkeypatch: pytest.MonkeyPatch) -> World:
    """A company whose sandbox account lies at the host process."""
    monkeypatch.setenv("CLIENTPORTAL_SANDBOX_GATEWAY_URL", host.url)
    monkeypatch.setenv("CLIENTPORTAL_SECRET_KEY", SECRET)
    settings.cache_clear()
    registry._client.cache_clear()
    with unit_of_work() as session:
        return make_world(session, slug=f"molino{id(database) % 10_000_000}")


def invoice(world: World, total: int = 100_000, account: int = 0) -> int:
    with unit_of_work() as session:
        return ledger.invoice(
            session,
            world,
            str(total // 100),
            currency="COP",
            account_id=world.accounts[account],
        )


def pay(
    world: World, choices: list[Choice], actor: Customer | None = None, base_url: str = NOWHERE
) -> Opened:
    return checkout.pay(
        unit_of_work,
        actor or world.customer,
        choices=choices,
        method="sandbox",
        base_url=base_url,
        space="s1",
        language="es",
        now=NOW,
    )


def sandbox(world: World) -> Sandbox:
    gateway = registry.gateway("sandbox", account=world.slug, credentials={})
    assert isinstance(gateway, Sandbox)
    return gateway


def decide(world: World, opened: Opened, outcome: str) -> None:
    sandbox(world).decide(opened.target.provider_id, outcome)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host's clock is the machine's: a charge lives for half an hour, a long run of the suite
    for more, from the moment in which it was collected."""
    now = datetime.now(UTC).replace(microsecond=0)
    monkeypatch.setattr(sys.modules[__name__], "NOW", now)


def check(opened: Opened, now: datetime | None = None) -> bool:
    return payment_checks.check(unit_of_work, opened.attempt_id, now=now or NOW)


def attempt_of(session: Session, opened: Opened) -> PaymentAttempt:
    row = session.get(PaymentAttempt, opened.attempt_id)
    assert row is not None
    return row


def cash_receipts(session: Session) -> list[Document]:
    return list(session.exec(select(Document).where(col(Document.kind) == Kind.CASH_RECEIPT)).all())


def ledger_is_whole(world: World) -> bool:
    with unit_of_work(read_only=True) as session:
        return checks.audit(session, world.system) == []


@pytest.mark.spec(50, 86, 87)
def test_two_invoices_in_one_payment_give_one_receipt_and_both_mails(world: World) -> None:
    first, second = invoice(world, 100_000), invoice(world, 250_000, account=1)
    opened = pay(world, [Choice(first), Choice(second)])
    assert isinstance(opened.target, Redirect)
    decide(world, opened, "approve")
    assert check(opened)
    with unit_of_work(read_only=True) as session:
        documents = {d.id: d for d in session.exec(select(Document)).all()}
        assert (documents[first].balance_minor, documents[second].balance_minor) == (0, 0)
        (receipt,) = cash_receipts(session)
        assert (receipt.total_minor, receipt.balance_minor) == (350_000, 0)
        assert attempt_of(session, opened).state is AttemptState.SUCCEEDED
        kinds = sorted(m.kind for m in session.exec(select(Message)).all())
        assert kinds == ["payment_received", "receipt"]
        seen = payments.view(session, world.customer, opened.reference)
        assert (seen.state, seen.receipt_id) == ("succeeded", receipt.id)
    assert ledger_is_whole(world)


def test_the_truth_applied_again_and_again_books_once(world: World) -> None:
    opened = pay(world, [Choice(invoice(world))])
    decide(world, opened, "approve")
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: check(opened), range(24)))
    with unit_of_work(read_only=True) as session:
        assert len(session.exec(select(Payment)).all()) == 1
        assert len(cash_receipts(session)) == 1
        assert len(session.exec(select(Allocation)).all()) == 1
        assert len(session.exec(select(Message)).all()) == 2
    assert ledger_is_whole(world)


def test_fifty_clicks_at_once_are_one_attempt(world: World) -> None:
    document = invoice(world)
    barrier = threading.Barrier(50)

    def click(_: int) -> int:
        barrier.wait()
        with unit_of_work() as session:
            return checkout.begin(
                session, world.customer, choices=[Choice(document)], method="sandbox", now=NOW
            )

    with ThreadPoolExecutor(50) as pool:
        assert len(set(pool.map(click, range(50)))) == 1
    with unit_of_work(read_only=True) as session:
        assert len(session.exec(select(AttemptLine)).all()) == 1


def test_what_is_being_paid_cannot_be_paid_in_another_way(world: World) -> None:
    first, second = invoice(world), invoice(world)
    opened = pay(world, [Choice(first)])
    with pytest.raises(DocumentBeingPaid) as refused:
        pay(world, [Choice(first), Choice(second)])
    assert refused.value.params["reference"] == opened.reference
    assert pay(world, [Choice(first)]).attempt_id == opened.attempt_id


def test_a_decline_frees_the_document_and_a_later_success_is_still_booked(world: World) -> None:
    document = invoice(world)
    opened = pay(world, [Choice(document)])
    decide(world, opened, "decline")
    check(opened)
    with unit_of_work(read_only=True) as session:
        assert attempt_of(session, opened).state is AttemptState.FAILED
        assert not session.exec(select(AttemptLine).where(col(AttemptLine.is_open))).all()
    decide(world, opened, "approve")
    check(opened, NOW + timedelta(minutes=5))
    with unit_of_work(read_only=True) as session:
        assert attempt_of(session, opened).state is AttemptState.SUCCEEDED
        assert sorted(p.state for p in session.exec(select(Payment)).all()) == [
            PaymentState.FAILED,
            PaymentState.SUCCEEDED,
        ]
        row = session.get(Document, document)
        assert row is not None
        assert row.balance_minor == 0
    assert ledger_is_whole(world)


def test_start_again_asks_first_and_a_late_success_becomes_credit_told_to_both(
    world: World,
) -> None:
    document = invoice(world)
    first = pay(world, [Choice(document)])
    held = attempts.start_again(unit_of_work, world.customer, first.reference, now=NOW)
    assert held == [document]
    second = pay(world, [Choice(document)])
    assert second.attempt_id != first.attempt_id
    decide(world, second, "approve")
    check(second)
    decide(world, first, "approve")
    check(first, NOW + timedelta(minutes=1))
    with unit_of_work(read_only=True) as session:
        balances = sorted(r.balance_minor for r in cash_receipts(session))
        assert balances == [0, 100_000]
        kinds = sorted(m.kind for m in session.exec(select(Message)).all())
        assert kinds == ["payment_as_credit", "payment_as_credit", "payment_received", "receipt"]
    assert ledger_is_whole(world)


def test_start_again_finds_out_that_it_was_paid(world: World) -> None:
    opened = pay(world, [Choice(invoice(world))])
    decide(world, opened, "approve")
    with pytest.raises(AttemptClosed):
        attempts.start_again(unit_of_work, world.customer, opened.reference, now=NOW)
    with unit_of_work(read_only=True) as session:
        assert len(cash_receipts(session)) == 1


def test_nobody_starts_again_while_the_bank_is_confirming(world: World) -> None:
    opened = pay(world, [Choice(invoice(world))])
    sandbox(world).behave(opened.target.provider_id, approve_after_s=600)
    decide(world, opened, "pending")
    with pytest.raises(PaymentPending):
        attempts.start_again(unit_of_work, world.customer, opened.reference, now=NOW)


def test_an_unreachable_gateway_keeps_the_attempt_and_charges_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = pay(world, [Choice(invoice(world))])
    sandbox(world).behave(opened.target.provider_id, query_fault="error", query_fault_times=1)
    assert not check(opened)
    with unit_of_work(read_only=True) as session:
        row = attempt_of(session, opened)
        assert row.state is AttemptState.REDIRECTED
        assert row.check_at is not None
        assert row.check_at > NOW
    with unit_of_work() as session:
        assert session.exec(select(Payment)).all() == []
    monkeypatch.setenv("CLIENTPORTAL_SANDBOX_GATEWAY_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    with pytest.raises(GatewayUnavailable):
        pay(world, [Choice(invoice(world))])


def test_a_quiet_attempt_ends_after_thirty_minutes(world: World) -> None:
    document = invoice(world)
    opened = pay(world, [Choice(document)])
    check(opened, NOW + timedelta(minutes=29))
    with unit_of_work(read_only=True) as session:
        assert attempt_of(session, opened).state is AttemptState.REDIRECTED
    check(opened, NOW + timedelta(minutes=30))
    with unit_of_work(read_only=True) as session:
        assert attempt_of(session, opened).state is AttemptState.EXPIRED
    assert pay(world, [Choice(document)]).attempt_id != opened.attempt_id


def test_a_wrong_amount_is_recorded_for_review_and_books_nothing(world: World) -> None:
    opened = pay(world, [Choice(invoice(world))])
    sandbox(world).behave(opened.target.provider_id, wrong_amount=True)
    decide(world, opened, "approve")
    check(opened)
    with unit_of_work(read_only=True) as session:
        (payment,) = session.exec(select(Payment)).all()
        assert payment.review_reason == "amount"
        assert cash_receipts(session) == []
        assert attempt_of(session, opened).state is AttemptState.PENDING


def test_an_invoice_paid_at_the_counter_meanwhile_turns_the_money_into_credit(world: World) -> None:
    document = invoice(world)
    opened = pay(world, [Choice(document)])
    with unit_of_work() as session:
        row = session.get(Document, document)
        assert row is not None
        receipts.book_receipt(
            session,
            world.owner,
            company_id=world.company_id,
            account_id=row.account_id,
            currency="COP",
            amount_minor=100_000,
            lines=[(document, 100_000)],
            method="cash",
            received_on=NOW.date(),
            now=NOW,
        )
    decide(world, opened, "approve")
    check(opened)
    with unit_of_work(read_only=True) as session:
        assert sorted(r.balance_minor for r in cash_receipts(session)) == [0, 100_000]
    assert ledger_is_whole(world)


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        (0, "amount_not_positive"),
        (-5, "amount_not_positive"),
        (100_001, "amount_above_balance"),
        (40_000, "partial_not_allowed"),
    ],
)
def test_amounts_are_checked_with_the_balance(world: World, amount: int, error: str) -> None:
    document = invoice(world)
    with pytest.raises(Invalid) as refused:
        pay(world, [Choice(document, amount)])
    assert refused.value.error_code == error


def test_a_part_is_paid_where_the_company_allows_it(world: World) -> None:
    with unit_of_work() as session:
        company = session.get(Company, world.company_id)
        assert company is not None
        company.allow_partial_payment = True
    document = invoice(world)
    opened = pay(world, [Choice(document, 40_000)])
    decide(world, opened, "approve")
    check(opened)
    with unit_of_work(read_only=True) as session:
        row = session.get(Document, document)
        assert row is not None
        assert row.balance_minor == 60_000
        (receipt,) = cash_receipts(session)
        assert receipt.total_minor == 40_000


def enters(world: World, account: int, on: bool) -> None:
    """Switch the payer's login of one account."""
    with unit_of_work() as session:
        rows = select(Access).where(
            col(Access.user_id) == world.customer.user_id,
            col(Access.account_id) == world.accounts[account],
        )
        session.exec(rows).one().login = on


def test_a_joint_payment_shows_the_lines_of_the_accounts_that_one_may_enter(world: World) -> None:
    """The larger share names the payment's account; the other may be lost meanwhile, or it."""
    small, large = invoice(world, 100_000), invoice(world, 250_000, account=1)
    opened = pay(world, [Choice(small), Choice(large)])

    def lines(actor: Customer | Member) -> list[int]:
        with unit_of_work(read_only=True) as session:
            found = payments.view(session, actor, opened.reference)
            return [document for document, _, _ in found.documents]

    assert lines(world.customer) == lines(world.viewer) == [small, large]
    enters(world, 0, on=False)
    assert lines(world.customer) == [large]
    assert lines(world.viewer) == [small, large]
    with unit_of_work(read_only=True) as session:
        (held,) = payments.open_views(session, world.viewer)
        assert [document for document, _, _ in held.documents] == [small, large]
    enters(world, 0, on=True)
    enters(world, 1, on=False)
    with pytest.raises(NotFound):
        lines(world.customer)
    decide(world, opened, "approve")
    assert check(opened)
    assert lines(world.viewer) == [small, large]


def test_another_person_of_the_account_does_not_open_ones_attempt(world: World) -> None:
    opened = pay(world, [Choice(invoice(world))])
    with unit_of_work() as session:
        row = session.exec(
            select(Access).where(col(Access.user_id) == world.stranger.user_id)
        ).first()
        assert row is not None
        ledger.give_access(
            session,
            world.company_id,
            world.stranger.user_id,
            world.accounts[0],
            row.contact_id,
            world.stranger.email,
        )
    with pytest.raises(NotFound):
        attempts.open_attempt(
            unit_of_work,
            world.stranger,
            opened.attempt_id,
            base_url=NOWHERE,
            space="s1",
            language="es",
            now=NOW,
        )


def test_strangers_and_wrong_choices_are_refused(world: World) -> None:
    document = invoice(world)
    refused: list[tuple[Customer, list[Choice], type[PortalError]]] = [
        (world.stranger, [Choice(document)], NotFound),
        (world.customer, [Choice(document), Choice(document)], Invalid),
        (world.customer, [], Invalid),
        (world.customer, [Choice(999_999)], NotFound),
    ]
    for actor, choices, error in refused:
        with pytest.raises(error):
            pay(world, choices, actor)
    opened = pay(world, [Choice(document)])
    with unit_of_work(read_only=True) as session, pytest.raises(NotFound):
        payments.view(session, world.stranger, opened.reference)
    with pytest.raises(NotFound):
        attempts.start_again(unit_of_work, world.stranger, opened.reference, now=NOW)
    decide(world, opened, "approve")
    check(opened)
    with pytest.raises(NotPayable):
        pay(world, [Choice(document)])


def test_production_refuses_the_sandbox_unless_the_company_is_a_test(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = invoice(world)
    monkeypatch.setenv("CLIENTPORTAL_ENV", "production")
    settings.cache_clear()
    with pytest.raises(Invalid) as refused:
        pay(world, [Choice(document)])
    assert refused.value.error_code == "method_unknown"
    _be_a_test(world, True)
    assert pay(world, [Choice(document)]).attempt_id


@pytest.mark.parametrize("outcome", ["approve", "pending", ""])
def test_what_a_test_began_ends_once_the_company_is_none(
    world: World, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    """Pretended money is no longer taken, and nothing may stay held for it."""
    monkeypatch.setenv("CLIENTPORTAL_ENV", "production")
    settings.cache_clear()
    _be_a_test(world, True)
    document = invoice(world)
    opened = pay(world, [Choice(document)])
    if outcome:
        decide(world, opened, outcome)
    if outcome == "pending":
        check(opened)
    _be_a_test(world, False)
    assert check(opened)
    with unit_of_work(read_only=True) as session:
        assert attempt_of(session, opened).state is AttemptState.EXPIRED
        held = select(AttemptLine).where(col(AttemptLine.is_open))
        assert session.exec(held).all() == []
        assert cash_receipts(session) == []
    assert check(opened)
    assert ledger_is_whole(world)


def _be_a_test(world: World, on: bool) -> None:
    with unit_of_work() as session:
        company = session.get(Company, world.company_id)
        assert company is not None
        company.is_test = on


def test_a_thousand_copies_of_a_notification_are_one_row_and_one_receipt(
    world: World, shop: Shop
) -> None:
    opened = pay(world, [Choice(invoice(world))], base_url=shop.url)
    decide(world, opened, "approve")
    first = _await(shop)

    def deliver(_: int) -> int:
        with unit_of_work() as session:
            return payment_inbox.receive(
                session,
                provider="sandbox",
                company_slug=world.slug,
                raw=first.body,
                headers=first.headers,
                query={},
                now=datetime.now(UTC),
            ).status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(deliver, range(1000))) == {200}
    with unit_of_work(read_only=True) as session:
        assert len(session.exec(select(WebhookInbox)).all()) == 1
    assert payment_inbox.process_inbox(unit_of_work, "sandbox", now=NOW) == 1
    assert payment_inbox.process_inbox(unit_of_work, "sandbox", now=NOW) == 0
    with unit_of_work(read_only=True) as session:
        assert len(cash_receipts(session)) == 1
        assert len(session.exec(select(Payment)).all()) == 1


def test_an_unreachable_gateway_keeps_the_notification_for_a_while(
    world: World, shop: Shop
) -> None:
    opened = pay(world, [Choice(invoice(world))], base_url=shop.url)
    decide(world, opened, "approve")
    genuine = _await(shop)
    with unit_of_work() as session:
        payment_inbox.receive(
            session,
            provider="sandbox",
            company_slug=world.slug,
            raw=genuine.body,
            headers=genuine.headers,
            query={},
            now=datetime.now(UTC),
        )
    sandbox(world).behave(opened.target.provider_id, query_fault="error", query_fault_times=-1)
    for _ in range(payment_inbox.MOST_TRIES):
        assert payment_inbox.process_inbox(unit_of_work, "sandbox", now=NOW) == 1
    assert payment_inbox.process_inbox(unit_of_work, "sandbox", now=NOW) == 0
    sandbox(world).behave(opened.target.provider_id, query_fault="")
    assert check(opened)
    with unit_of_work(read_only=True) as session:
        assert len(cash_receipts(session)) == 1


def test_forged_notifications_are_not_kept(world: World, shop: Shop) -> None:
    opened = pay(world, [Choice(invoice(world))], base_url=shop.url)
    decide(world, opened, "approve")
    genuine = _await(shop)
    changed = json.dumps({**json.loads(genuine.body), "amount_minor": 1}).encode()
    for raw, headers in ((changed, genuine.headers), (genuine.body, {}), (b"", genuine.headers)):
        with unit_of_work() as session:
            answer = payment_inbox.receive(
                session,
                provider="sandbox",
                company_slug=world.slug,
                raw=raw,
                headers=headers,
                query={},
                now=datetime.now(UTC),
            )
        assert answer.status == 401
    with unit_of_work(read_only=True) as session:
        assert session.exec(select(WebhookInbox)).all() == []
    for provider, slug in (("sandbox", "no-such"), ("nobody", world.slug)):
        with unit_of_work() as session, pytest.raises(NotFound):
            payment_inbox.receive(
                session,
                provider=provider,
                company_slug=slug,
                raw=genuine.body,
                headers=genuine.headers,
                query={},
                now=datetime.now(UTC),
            )


def _await(shop: Shop) -> Received:
    until(lambda: shop.received)
    return shop.received[0]
