"""What every gateway must do, against a real host on a real socket (payments contract §6)."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from clientportal.domain.payments import ProviderStatus
from clientportal.gateways import registry
from clientportal.gateways.base import (
    AttemptRequest,
    Gateway,
    GatewayError,
    Notification,
    NotificationKind,
    Redirect,
    RefundStatus,
    RefundSupport,
    Rejected,
)
from clientportal.gateways.sandbox import Sandbox
from tests.support.sandbox import Received, Shop, until

_numbers = itertools.count(1)


@dataclass
class Bench:
    """A gateway on the bench: its adapter, its shop, and hands that play the payer."""

    gateway: Gateway
    shop: Shop
    decide: Callable[[str, str], None]

    def attempt(self, **changes: object) -> AttemptRequest:
        attempt = AttemptRequest(
            reference=f"PAY-{next(_numbers)}-{datetime.now(UTC):%H%M%S%f}-a",
            amount_minor=431_850_000,
            currency="COP",
            description="FE-20844, FE-20812",
            return_url=f"{self.shop.url}/portal/s1/pay/return?language=es",
            notify_url=f"{self.shop.url}/webhooks/{self.gateway.code}/papelera",
            expires_at=datetime.now(UTC) + timedelta(minutes=30),
            company_name="Papelera del Valle S.A.S.",
            payer_name="Luisa Pardo",
        )
        return replace(attempt, **changes)  # pyrefly: ignore[bad-argument-type]

    def create(self, attempt: AttemptRequest) -> str:
        start = self.gateway.create(attempt)
        assert isinstance(start, Redirect)
        return start.provider_id

    def paid(self) -> tuple[AttemptRequest, str]:
        """Create an attempt and let the payer pay it; gives it and the payment's id."""
        attempt = self.attempt()
        charge = self.create(attempt)
        self.decide(charge, "approve")
        return attempt, self.gateway.fetch(provider_id=charge)[0].id

    def judge(self, received: Received, now: datetime | None = None) -> Notification | Rejected:
        at = now or datetime.now(UTC)
        return self.gateway.verify(received.body, received.headers, {}, now=at)

    def notified(self, count: int = 1) -> list[Received]:
        until(lambda: len(self.shop.received) >= count)
        return self.shop.received


@pytest.fixture(params=["sandbox"])
def bench(request: pytest.FixtureRequest, shop: Shop) -> Bench:
    adapter: Sandbox = request.getfixturevalue(request.param)
    return Bench(adapter, shop, adapter.decide)


def test_every_registered_gateway_is_on_the_bench() -> None:
    assert set(registry.CODES) == {"sandbox"}


def test_the_adapter_fulfils_the_protocol(bench: Bench) -> None:
    assert isinstance(bench.gateway, Gateway)
    assert bench.gateway.code in registry.CODES
    assert bench.gateway.capabilities.takes("COP")
    test_only = bench.gateway.code in registry.TEST_CODES
    assert bench.gateway.capabilities.real_money is not test_only


def test_create_is_idempotent_by_reference(bench: Bench) -> None:
    attempt = bench.attempt()
    assert bench.gateway.create(attempt) == bench.gateway.create(attempt)


def test_a_reference_cannot_be_reused_with_another_amount(bench: Bench) -> None:
    attempt = bench.attempt()
    bench.create(attempt)
    with pytest.raises(GatewayError) as refused:
        bench.gateway.create(replace(attempt, amount_minor=100))
    assert refused.value.permanent


def test_nothing_paid_is_an_empty_answer(bench: Bench) -> None:
    attempt = bench.attempt()
    charge = bench.create(attempt)
    assert bench.gateway.fetch(provider_id=charge) == []
    assert bench.gateway.fetch(reference=attempt.reference) == []


def test_an_approved_payment_is_told_and_can_be_fetched(bench: Bench) -> None:
    attempt, payment_id = bench.paid()
    told = bench.judge(bench.notified()[0])
    assert isinstance(told, Notification)
    assert told.kind is NotificationKind.PAYMENT
    assert told.reference == attempt.reference
    assert told.payment_ids == (payment_id,)
    [payment] = bench.gateway.fetch(payment_id=payment_id)
    assert [payment] == bench.gateway.fetch(reference=attempt.reference)
    assert payment.status is ProviderStatus.SUCCEEDED
    assert (payment.amount_minor, payment.currency) == (attempt.amount_minor, "COP")
    assert payment.reference == attempt.reference
    assert payment.refunded_minor == 0
    assert payment.livemode is bench.gateway.capabilities.real_money
    assert abs(payment.occurred_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_declined_payment_is_failed_and_may_succeed_later(bench: Bench) -> None:
    charge = bench.create(bench.attempt())
    bench.decide(charge, "decline")
    assert [p.status for p in bench.gateway.fetch(provider_id=charge)] == [ProviderStatus.FAILED]
    bench.decide(charge, "approve")
    statuses = [p.status for p in bench.gateway.fetch(provider_id=charge)]
    assert statuses == [ProviderStatus.FAILED, ProviderStatus.SUCCEEDED]


def test_paying_twice_takes_the_money_once(bench: Bench) -> None:
    charge = bench.create(bench.attempt())
    bench.decide(charge, "approve")
    bench.decide(charge, "approve")
    assert len(bench.gateway.fetch(provider_id=charge)) == 1


def test_leaving_takes_no_money(bench: Bench) -> None:
    charge = bench.create(bench.attempt())
    bench.decide(charge, "leave")
    assert bench.gateway.fetch(provider_id=charge) == []


def test_an_altered_notification_is_rejected(bench: Bench) -> None:
    bench.paid()
    received = bench.notified()[0]
    altered = replace(received, body=received.body.replace(b"431850000", b"431850001"))
    assert bench.judge(altered) == Rejected("wrong_signature")
    assert bench.judge(replace(received, headers={})) == Rejected("missing_signature")
    assert isinstance(bench.judge(received), Notification)


def test_an_old_notification_is_rejected(bench: Bench) -> None:
    bench.paid()
    received = bench.notified()[0]
    later = datetime.now(UTC) + timedelta(minutes=6)
    assert bench.judge(received, later) == Rejected("outside_window")


def test_refunds_are_partial_once_per_key_and_never_exceed_the_payment(bench: Bench) -> None:
    assert bench.gateway.capabilities.refund is RefundSupport.PARTIAL
    attempt, payment_id = bench.paid()
    first = bench.gateway.refund(payment_id, 100_000_000, "COP", "refund-1")
    assert first.status is RefundStatus.SUCCEEDED
    assert bench.gateway.refund(payment_id, 100_000_000, "COP", "refund-1") == first
    assert bench.gateway.fetch(payment_id=payment_id)[0].refunded_minor == 100_000_000
    for amount, key in ((attempt.amount_minor, "refund-2"), (5, "refund-1"), (0, "refund-3")):
        with pytest.raises(GatewayError) as refused:
            bench.gateway.refund(payment_id, amount, "COP", key)
        assert refused.value.permanent
    assert bench.gateway.fetch(payment_id=payment_id)[0].refunded_minor == 100_000_000


def test_a_refund_is_told_as_a_refund(bench: Bench) -> None:
    _, payment_id = bench.paid()
    bench.notified()
    bench.gateway.refund(payment_id, 500, "COP", f"key-{payment_id}")
    told = bench.judge(bench.notified(2)[1])
    assert isinstance(told, Notification)
    assert told.kind is NotificationKind.REFUND
    assert told.payment_ids == (payment_id,)


def test_hints_of_the_return_survive_anything(bench: Bench) -> None:
    assert bench.gateway.parse_return({}).reference == ""
    forged = bench.gateway.parse_return({"reference": "X", "outcome": "approved", "other": "1"})
    assert forged.reference == "X"


def test_a_fetch_needs_a_name(bench: Bench) -> None:
    with pytest.raises(ValueError, match="fetch needs"):
        bench.gateway.fetch()
