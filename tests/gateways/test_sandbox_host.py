"""How the sandbox host misbehaves on demand, survives restarts, refuses strangers."""

import asyncio
import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from clientportal.domain.payments import ProviderStatus
from clientportal.gateways.base import (
    AttemptRequest,
    GatewayError,
    Notification,
    Redirect,
    RefundStatus,
    Rejected,
)
from clientportal.gateways.sandbox import Sandbox
from clientportal.gateways.sandbox_host import Host, Store, build, keys
from clientportal.gateways.sandbox_host.sender import is_ours, may_notify
from tests.support.sandbox import SECRET, HostProcess, Received, Shop, free_port, until


def request(shop: Shop, **changes: object) -> AttemptRequest:
    values: dict[str, object] = {
        "reference": f"PAY-{datetime.now(UTC):%H%M%S%f}-a",
        "amount_minor": 12_345_600,
        "currency": "COP",
        "description": "FE-20844",
        "return_url": f"{shop.url}/back?kept=1",
        "notify_url": f"{shop.url}/webhooks/sandbox/papelera",
    }
    return AttemptRequest(**{**values, **changes})  # pyrefly: ignore[bad-argument-type]


def open_charge(sandbox: Sandbox, shop: Shop, **switches: object) -> Redirect:
    start = sandbox.create(request(shop))
    assert isinstance(start, Redirect)
    if switches:
        sandbox.behave(start.provider_id, **switches)
    return start


def event(received: Received) -> dict[str, object]:
    return json.loads(received.body)


def status_of(received: Received) -> str:
    return json.loads(received.body)["data"]["payment"]["status"]


def test_one_event_is_sent_as_often_as_asked(sandbox: Sandbox, shop: Shop) -> None:
    charge = open_charge(sandbox, shop, notify=7)
    sandbox.decide(charge.provider_id, "approve")
    until(lambda: len(shop.received) == 7)
    assert len({event(received)["id"] for received in shop.received}) == 1


def test_never_sent_but_visible_in_the_query(sandbox: Sandbox, shop: Shop) -> None:
    silent = open_charge(sandbox, shop, notify=0)
    told = open_charge(sandbox, shop)
    sandbox.decide(silent.provider_id, "approve")
    sandbox.decide(told.provider_id, "approve")
    until(lambda: shop.received)
    charges = {json.loads(r.body)["data"]["charge"] for r in shop.received}
    assert charges == {told.provider_id}
    [payment] = sandbox.fetch(provider_id=silent.provider_id)
    assert payment.status is ProviderStatus.SUCCEEDED


def test_a_delay_delays(sandbox: Sandbox, shop: Shop) -> None:
    late = open_charge(sandbox, shop, delay_s=0.8)
    prompt = open_charge(sandbox, shop)
    sandbox.decide(late.provider_id, "approve")
    sandbox.decide(prompt.provider_id, "approve")
    until(lambda: len(shop.received) == 2)
    charges = [json.loads(r.body)["data"]["charge"] for r in shop.received]
    assert charges == [prompt.provider_id, late.provider_id]


def test_pending_is_approved_later_and_both_are_told(sandbox: Sandbox, shop: Shop) -> None:
    charge = open_charge(sandbox, shop, approve_after_s=0.5)
    sandbox.decide(charge.provider_id, "pending")
    assert sandbox.fetch(provider_id=charge.provider_id)[0].status is ProviderStatus.PENDING
    until(lambda: len(shop.received) == 2)
    assert [status_of(r) for r in shop.received] == ["pending", "approved"]
    assert sandbox.fetch(provider_id=charge.provider_id)[0].status is ProviderStatus.SUCCEEDED


def test_out_of_order_tells_the_past_last(sandbox: Sandbox, shop: Shop) -> None:
    charge = open_charge(sandbox, shop, out_of_order=True)
    sandbox.decide(charge.provider_id, "approve")
    until(lambda: len(shop.received) == 2)
    assert [status_of(r) for r in shop.received] == ["approved", "pending"]


def test_a_tampered_signature_is_rejected(sandbox: Sandbox, shop: Shop) -> None:
    charge = open_charge(sandbox, shop, tampered=True)
    sandbox.decide(charge.provider_id, "approve")
    [received] = until(lambda: shop.received)
    judged = sandbox.verify(received.body, received.headers, {}, now=datetime.now(UTC))
    assert judged == Rejected("wrong_signature")


def test_falsified_payments_are_reported_by_the_query_too(sandbox: Sandbox, shop: Shop) -> None:
    switches = ("wrong_amount", "wrong_currency", "other_environment", "unknown_reference")
    charge = open_charge(sandbox, shop, **dict.fromkeys(switches, True))
    sandbox.decide(charge.provider_id, "approve")
    [payment] = sandbox.fetch(provider_id=charge.provider_id)
    assert payment.amount_minor == 12_345_601
    assert payment.currency == "USD"
    assert payment.livemode
    assert sandbox.fetch(reference=payment.reference) == [payment]
    assert json.loads(until(lambda: shop.received)[0].body)["environment"] == "production"


def test_a_query_that_fails_once_is_a_passing_error(sandbox: Sandbox, shop: Shop) -> None:
    charge = open_charge(sandbox, shop, query_fault="error", query_fault_times=1)
    with pytest.raises(GatewayError) as failed:
        sandbox.fetch(provider_id=charge.provider_id)
    assert (failed.value.permanent, failed.value.unknown) == (False, False)
    assert sandbox.fetch(provider_id=charge.provider_id) == []


def test_a_query_without_answer_ends_at_the_time_limit(sandbox: Sandbox, shop: Shop) -> None:
    charge = open_charge(sandbox, shop, query_fault="timeout", query_fault_times=1, fault_s=3)
    with pytest.raises(GatewayError, match="timeout"):
        sandbox.fetch(provider_id=charge.provider_id)


def test_a_create_without_answer_is_unknown_and_may_be_repeated(
    sandbox: Sandbox, shop: Shop
) -> None:
    attempt = request(shop)
    sandbox.behave(create_fault="timeout", create_fault_times=1, fault_s=3)
    with pytest.raises(GatewayError) as failed:
        sandbox.create(attempt)
    assert failed.value.unknown
    again = sandbox.create(attempt)
    assert isinstance(again, Redirect)
    assert sandbox.fetch(provider_id=again.provider_id) == []


def test_a_pending_refund_reserves_and_settles(sandbox: Sandbox, shop: Shop) -> None:
    charge = open_charge(sandbox, shop, refund="pending", approve_after_s=0.4)
    sandbox.decide(charge.provider_id, "approve")
    payment = sandbox.fetch(provider_id=charge.provider_id)[0]
    first = sandbox.refund(payment.id, 12_345_600, "COP", f"a{payment.id}")
    assert first.status is RefundStatus.PENDING
    with pytest.raises(GatewayError, match="refund_exceeds_payment"):
        sandbox.refund(payment.id, 1, "COP", f"b{payment.id}")
    until(lambda: sandbox.fetch(payment_id=payment.id)[0].refunded_minor == 12_345_600)


def test_a_refused_notification_is_repeated_with_a_fresh_signature(
    sandbox: Sandbox, shop: Shop
) -> None:
    shop.answers = [500]
    charge = open_charge(sandbox, shop)
    sandbox.decide(charge.provider_id, "approve")
    until(lambda: len(shop.received) == 2)
    first, second = shop.received
    assert first.body == second.body
    assert first.headers["sandbox-signature"] != second.headers["sandbox-signature"]
    judged = sandbox.verify(second.body, second.headers, {}, now=datetime.now(UTC))
    assert isinstance(judged, Notification)


def test_an_expired_charge_takes_no_money(sandbox: Sandbox, shop: Shop) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    start = sandbox.create(request(shop, expires_at=past))
    assert isinstance(start, Redirect)
    with pytest.raises(GatewayError, match="charge_expired"):
        sandbox.decide(start.provider_id, "approve")
    page = httpx.get(start.url, trust_env=False)
    assert "Este pago venció" in page.text
    assert "sandbox-approve" not in page.text


def test_twenty_payers_at_once_make_one_payment(sandbox: Sandbox, shop: Shop) -> None:
    charge = open_charge(sandbox, shop)
    hands = [
        threading.Thread(target=sandbox.decide, args=(charge.provider_id, "approve"))
        for _ in range(20)
    ]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    assert len(sandbox.fetch(provider_id=charge.provider_id)) == 1


def test_state_and_notifications_survive_a_killed_process(tmp_path: Path, shop: Shop) -> None:
    host = HostProcess(tmp_path / "sandbox.db")
    host.start()
    secret = SECRET.encode()
    with httpx.Client(base_url=host.url, timeout=5, trust_env=False) as client:
        adapter = Sandbox(client, api_key=keys.api_key(secret, "otra"), signing_secret="x")
        charge = open_charge(adapter, shop, delay_s=1)
        adapter.decide(charge.provider_id, "approve")
        host.stop()
        assert shop.received == []
        host.start()
        until(lambda: len(shop.received) == 1)
        payments = adapter.fetch(provider_id=charge.provider_id)
    host.stop()
    assert [p.status for p in payments] == [ProviderStatus.SUCCEEDED]


def test_two_processes_share_one_file_and_tell_once(
    host: HostProcess, sandbox: Sandbox, shop: Shop
) -> None:
    twin = HostProcess(host.database, free_port())
    twin.start()
    try:
        charge = open_charge(sandbox, shop)
        url = f"{twin.url}/pay/{charge.provider_id}"
        answer = httpx.post(url, data={"outcome": "approve"}, trust_env=False)
        assert answer.status_code == 303
        second = open_charge(sandbox, shop)
        sandbox.decide(second.provider_id, "approve")
        until(lambda: len(shop.received) >= 2)
    finally:
        twin.stop()
    told = [json.loads(r.body)["data"]["charge"] for r in shop.received]
    assert sorted(told) == sorted([charge.provider_id, second.provider_id])


def test_the_page_sends_the_browser_back_with_hints(sandbox: Sandbox, shop: Shop) -> None:
    start = open_charge(sandbox, shop)
    answer = httpx.post(start.url, data={"outcome": "decline"}, trust_env=False)
    location = httpx.URL(answer.headers["location"])
    assert str(location).startswith(f"{shop.url}/back?kept=1&")
    hints = sandbox.parse_return(dict(location.params))
    assert (hints.provider_id, hints.outcome) == (start.provider_id, "declined")
    assert sandbox.fetch(payment_id=hints.payment_id)[0].status is ProviderStatus.FAILED


def test_the_page_escapes_and_runs_no_script(sandbox: Sandbox, shop: Shop) -> None:
    hostile = "<script>alert(1)</script>\"'{amount}"
    start = sandbox.create(request(shop, company_name=hostile, payer_name=hostile, language="en"))
    assert isinstance(start, Redirect)
    page = httpx.get(start.url, trust_env=False)
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
    assert 'lang="en"' in page.text
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert f"form-action 'self' {shop.url}" in policy


def test_a_payer_asks_for_a_few_notices_and_the_shop_for_many(sandbox: Sandbox, shop: Shop) -> None:
    start = open_charge(sandbox, shop)
    asked = {"outcome": "approve", "notify": "21"}
    assert httpx.post(start.url, data=asked, trust_env=False).status_code == 422
    assert sandbox.fetch(provider_id=start.provider_id) == []
    assert httpx.post(start.url, data=asked | {"notify": "20"}, trust_env=False).status_code == 303
    many = open_charge(sandbox, shop, notify=1_000)
    assert 'max="1000" value="1000"' in httpx.get(many.url, trust_env=False).text
    done = {"outcome": "decline", "notify": "25"}
    assert httpx.post(many.url, data=done, trust_env=False).status_code == 303


def test_mounted_below_a_path_its_links_still_hold(tmp_path: Path, shop: Shop) -> None:
    host = Host(Store(tmp_path / "sandbox.db"), SECRET.encode())
    app = Starlette(routes=[Mount("/sandbox-gateway", app=build(host))])
    key = keys.api_key(SECRET.encode(), "papelera")
    names = ("reference", "amount_minor", "currency", "return_url", "notify_url")
    body = {name: getattr(request(shop), name) for name in names}

    async def walk() -> None:
        base = "http://portal.example/sandbox-gateway"
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            headers = {"Authorization": f"Bearer {key}"}
            answer = await client.post(f"{base}/v1/charges", json=body, headers=headers)
            url = answer.json()["checkout_url"]
            assert url.startswith(f"{base}/pay/")
            assert (await client.get(url)).status_code == 200
            style = await client.get(httpx.URL(url).join("../checkout.css"))
            assert style.headers["content-type"].startswith("text/css")
        await host.sender.close()

    asyncio.run(walk())


def test_looking_at_the_page_changes_nothing(sandbox: Sandbox, shop: Shop) -> None:
    start = open_charge(sandbox, shop)
    httpx.get(f"{start.url}?outcome=approve", trust_env=False)
    httpx.head(start.url, trust_env=False)
    assert sandbox.fetch(provider_id=start.provider_id) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"notify_url": "http://169.254.169.254/webhooks/x"},
        {"notify_url": "http://127.0.0.1:1/admin"},
        {"notify_url": "http://127.0.0.1/webhooks/../admin"},
        {"notify_url": "file:///webhooks/x"},
        {"return_url": "https://evil.example/"},
        {"return_url": "javascript:alert(1)"},
        {"amount_minor": 0},
        {"amount_minor": -5},
        {"currency": "pesos"},
        {"reference": "a b"},
        {"expires_at": datetime(2030, 1, 1)},  # noqa: DTZ001 - naive on purpose
    ],
)
def test_what_it_may_not_do_is_refused(
    sandbox: Sandbox, shop: Shop, changes: dict[str, object]
) -> None:
    with pytest.raises(GatewayError) as refused:
        sandbox.create(request(shop, **changes))
    assert refused.value.permanent
    assert refused.value.code == next(iter(changes))


def test_a_stranger_and_another_account_see_nothing(
    host: HostProcess, sandbox: Sandbox, shop: Shop
) -> None:
    charge = open_charge(sandbox, shop)
    sandbox.decide(charge.provider_id, "approve")
    [payment] = sandbox.fetch(provider_id=charge.provider_id)
    with httpx.Client(base_url=host.url, trust_env=False) as client:
        other_key = keys.api_key(SECRET.encode(), "otra")
        other = Sandbox(client, api_key=other_key, signing_secret="x")
        assert other.fetch(payment_id=payment.id) == []
        assert other.fetch(provider_id=charge.provider_id) == []
        for call in (
            lambda: other.refund(payment.id, 1, "COP", "k"),
            lambda: other.decide(charge.provider_id, "approve"),
            lambda: other.behave(charge.provider_id, notify=9),
        ):
            with pytest.raises(GatewayError, match="unknown"):
                call()
        with pytest.raises(GatewayError, match="key"):
            Sandbox(client, api_key="papelera.forged", signing_secret="x").fetch(reference="x")


@pytest.mark.parametrize(
    "values", [{"notify": -1}, {"notify": True}, {"bogus": 1}, {"refund": "x"}]
)
def test_unknown_switches_are_refused(sandbox: Sandbox, values: dict[str, object]) -> None:
    with pytest.raises(GatewayError, match="behaviour"):
        sandbox.behave(**values)


def test_which_addresses_are_ours() -> None:
    public = "https://portal.example"
    assert is_ours("https://portal.example/x", public)
    assert is_ours("http://localhost:3000/x", public)
    for url in (
        "http://portal.example/x",
        "https://portal.example:8443/x",
        "https://portal.example.evil.example/x",
        "https://portal.example@evil.example/x",
        "https://user@portal.example/x",
        "http://127.0.0.1.evil.example/",
        "http://[::1/x",
        "//portal.example/x",
        "",
    ):
        assert not is_ours(url, public)
    assert not is_ours("http:///x", "")
    assert may_notify("https://portal.example/webhooks/sandbox/a", public)
    assert not may_notify("https://portal.example/other", public)
