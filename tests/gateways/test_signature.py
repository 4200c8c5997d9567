"""Vectors of the sandbox signature (made with openssl), and what becomes of bad ones."""

from datetime import UTC, datetime

import httpx
import pytest

from clientportal.gateways.base import Notification, NotificationKind, Rejected
from clientportal.gateways.sandbox import Sandbox
from clientportal.gateways.sandbox_host import keys

# printf '1697040000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_test
VECTORS = [
    (
        "whsec_test",
        1697040000,
        b'{"id":"evt_1"}',
        "27f1af7b5e6d8acaa606b8573ce429c9e3a5665feeff7f870f656d32336ba422",
    ),
    (
        "clave-ñandú",
        1764000000,
        '{"company":"Café Ñoño"}'.encode(),
        "e7c27d99f610e7c13e1d9700a11a2309c9459a71884684d37e0cea50c99fb600",
    ),
]
BODY = (
    b'{"id":"evt_1","type":"payment.updated","data":{"charge":"ch_1",'
    b'"payment":{"id":"pay_1","reference":"PAY-1-a"}}}'
)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
STAMP = int(NOW.timestamp())


@pytest.fixture
def adapter() -> Sandbox:
    return Sandbox(httpx.Client(), api_key="a.b", signing_secret="whsec_test")


@pytest.mark.parametrize(("secret", "timestamp", "body", "expected"), VECTORS)
def test_the_signature_is_hmac_sha256_of_timestamp_dot_body(
    secret: str, timestamp: int, body: bytes, expected: str
) -> None:
    assert keys.signature(secret, timestamp, body) == f"t={timestamp},v1={expected}"


def test_a_genuine_notification_is_read(adapter: Sandbox) -> None:
    headers = {"Sandbox-Signature": keys.signature("whsec_test", STAMP, BODY)}
    assert adapter.verify(BODY, headers, {}, now=NOW) == Notification(
        "evt_1", NotificationKind.PAYMENT, ("pay_1",), "ch_1", "PAY-1-a"
    )


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "missing_signature"),
        ("v1=abc", "malformed_signature"),
        ("t=²,v1=abc", "malformed_signature"),
        (f"t={STAMP},v1=ñ", "malformed_signature"),
        (f"t={'9' * 400},v1=abc", "malformed_signature"),
        (f"t={STAMP},v1=", "wrong_signature"),
        (keys.signature("whsec_other", STAMP, BODY), "wrong_signature"),
        (keys.signature("whsec_test", STAMP, BODY + b" "), "wrong_signature"),
        (keys.signature("whsec_test", STAMP - 301, BODY), "outside_window"),
        (keys.signature("whsec_test", STAMP + 301, BODY), "outside_window"),
    ],
)
def test_anything_else_is_rejected(adapter: Sandbox, header: str, reason: str) -> None:
    assert adapter.verify(BODY, {"sandbox-signature": header}, {}, now=NOW) == Rejected(reason)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"id":1}', b"\xff", b'{"id":1,"data":null}'])
def test_a_signed_body_that_is_no_event_is_rejected(adapter: Sandbox, body: bytes) -> None:
    headers = {"sandbox-signature": keys.signature("whsec_test", STAMP, body)}
    assert adapter.verify(body, headers, {}, now=NOW) == Rejected("malformed_body")


def test_without_a_secret_nothing_is_believed() -> None:
    adapter = Sandbox(httpx.Client(), api_key="a.b", signing_secret="")
    headers = {"sandbox-signature": keys.signature("", STAMP, BODY)}
    assert adapter.verify(BODY, headers, {}, now=NOW) == Rejected("missing_secret")


def test_only_genuine_keys_open_an_account() -> None:
    secret = b"host secret"
    key = keys.api_key(secret, "papelera")
    assert keys.account_of(secret, key) == "papelera"
    for forged in (key[:-1] + "x", key.replace("papelera", "otra"), "papelera.", "", "ñ.1"):
        assert keys.account_of(secret, forged) is None
