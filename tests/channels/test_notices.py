"""Signatures and meaning of what providers report: the vectors of contracts/messaging.md."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientportal.channels import delivery_reports, resend_notices, whatsapp_notices
from clientportal.channels.notices import (
    ChannelNotice,
    InboundNotice,
    MessageNotice,
    NotGenuine,
    NotUnderstood,
    SuppressionNotice,
)
from clientportal.domain.contactability import AlertReason, Evidence

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
EVENT_ID = "msg_2b8Xk0T3stVect0rAAAAAAAAAAA"
STAMP = 1767225600
BODY = (
    b'{"type":"email.bounced","created_at":"2026-01-01T00:00:00.000Z","data":{"email_id":'
    b'"4ef9a417-02e9-4d39-ad75-9611e0fcc33c","to":["nobody@example.com"],"bounce":{"type":'
    b'"Permanent","subType":"NoEmail","message":"smtp; 550 5.1.1 user unknown","diagnosticCode":'
    b'["smtp; 550 5.1.1 user unknown"]}}}'
)
SIGNATURE = "v1,/Zz1Q0dbamouPHaiWRW0Mq435c38mYXvB3IU44DcDI4="
HEADERS = {"svix-id": EVENT_ID, "svix-timestamp": str(STAMP), "svix-signature": SIGNATURE}
NOW = datetime.fromtimestamp(STAMP, UTC)

WHATSAPP_SECRET = "test_app_secret"
WHATSAPP_BODY = (
    b'{"object":"whatsapp_business_account","entry":[{"id":"0","changes":[{"value":'
    b'{"messaging_product":"whatsapp","statuses":[{"id":"wamid.TEST","status":"failed",'
    b'"timestamp":"1767225600","recipient_id":"34600000000","errors":[{"code":131026,"title":'
    b'"Message undeliverable"}]}]},"field":"messages"}]}]}'
)
WHATSAPP_SIGNATURE = "sha256=6d18a20b7d761fefc767c04a58a9381a47690664ce4de2b52d18550f377bceb9"


def test_the_vector_of_the_contract() -> None:
    assert resend_notices.verify(BODY, HEADERS, SECRET, now=NOW) == EVENT_ID
    notice = resend_notices.read(BODY)
    assert notice == MessageNotice(
        Evidence.HARD_BOUNCE,
        provider_id="4ef9a417-02e9-4d39-ad75-9611e0fcc33c",
        detail="smtp; 550 5.1.1 user unknown",
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"svix-signature": SIGNATURE[:-2] + "A="}, "signature"),
        ({"svix-signature": SIGNATURE.replace("v1,", "v9,")}, "signature"),
        ({"svix-signature": ""}, "missing_header"),
        ({"svix-id": "msg_other"}, "signature"),
        ({"svix-id": ""}, "missing_header"),
        ({"svix-timestamp": str(STAMP + 1)}, "signature"),
        ({"svix-timestamp": "soon"}, "missing_header"),
        ({"svix-timestamp": str(STAMP - 301)}, "stale"),
        ({"svix-timestamp": str(STAMP + 301)}, "stale"),
    ],
)
def test_a_forged_or_old_event_is_refused(change: dict[str, str], reason: str) -> None:
    with pytest.raises(NotGenuine) as refused:
        resend_notices.verify(BODY, HEADERS | change, SECRET, now=NOW)
    assert refused.value.reason == reason


@pytest.mark.parametrize("seconds", [-300, 300])
def test_both_bounds_of_the_tolerance_are_inside(seconds: int) -> None:
    now = datetime.fromtimestamp(STAMP + seconds, UTC)
    assert resend_notices.verify(BODY, HEADERS, SECRET, now=now) == EVENT_ID


def test_other_bytes_and_another_secret_are_refused() -> None:
    with pytest.raises(NotGenuine):
        resend_notices.verify(BODY + b" ", HEADERS, SECRET, now=NOW)
    with pytest.raises(NotGenuine):
        resend_notices.verify(BODY, HEADERS, "whsec_" + "A" * 44, now=NOW)


def test_one_of_several_signatures_is_enough() -> None:
    several = HEADERS | {"svix-signature": f"v1,AAAA {SIGNATURE}"}
    assert resend_notices.verify(BODY, several, SECRET, now=NOW) == EVENT_ID


def event(kind: str, **data: Any) -> bytes:
    return json.dumps({"type": kind, "created_at": "2026-01-01T00:00:00Z", "data": data}).encode()


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("email.sent", {}, Evidence.ACCEPTED),
        ("email.delivered", {}, Evidence.DELIVERED),
        ("email.delivery_delayed", {}, Evidence.DELAYED),
        ("email.opened", {}, Evidence.OPENED),
        ("email.clicked", {"click": {"link": "x"}}, Evidence.OPENED),
        ("email.complained", {}, Evidence.COMPLAINT),
        ("email.failed", {"failed": {"reason": "reached_daily_quota"}}, Evidence.FAILED),
        ("email.suppressed", {"suppressed": {"reason": "previous_bounce"}}, Evidence.SUPPRESSED),
        ("email.suppressed", {"suppressed": {"reason": "previous_complaint"}}, Evidence.COMPLAINT),
        ("email.bounced", {"bounce": {"type": "Transient"}}, Evidence.SOFT_BOUNCE),
        ("email.bounced", {}, Evidence.SOFT_BOUNCE),
    ],
)
def test_each_event(kind: str, data: dict[str, Any], expected: Evidence) -> None:
    notice = resend_notices.read(event(kind, email_id="e1", tags={"msg": "7"}, **data))
    assert isinstance(notice, MessageNotice)
    assert (notice.evidence, notice.provider_id, notice.message_id) == (expected, "e1", 7)


def test_both_shapes_of_tags_name_the_message() -> None:
    pairs = [{"name": "tenant", "value": "3"}, {"name": "msg", "value": "41"}]
    for tags in (pairs, {"tenant": "3", "msg": "41"}):
        notice = resend_notices.read(event("email.delivered", email_id="e1", tags=tags))
        assert isinstance(notice, MessageNotice)
        assert notice.message_id == 41


def test_a_suppression_by_hand_is_no_evidence() -> None:
    added = event("suppression.added", email="a@b.co", origin="bounce")
    assert resend_notices.read(added) == SuppressionNotice("a@b.co", AlertReason.SUPPRESSED)
    manual = event("suppression.added", email="a@b.co", origin="manual")
    assert resend_notices.read(manual) is None
    assert resend_notices.read(event("suppression.removed", email="a@b.co")) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for reader in (resend_notices.read, whatsapp_notices.read, delivery_reports.read):
        try:
            reader(raw)
        except NotUnderstood:
            continue


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["type", "data", "entry", "changes", "value", "statuses", "messages", "errors", "code",
             "metadata", "contacts", "status", "tags", "msg", "bounce", "timestamp", "error_data"]
        ),
        inner,
        max_size=4,
    ),
    max_leaves=20,
)  # fmt: skip


@given(JSON)
def test_any_shape_is_read_or_refused(value: object) -> None:
    raw = json.dumps(value).encode()
    for reader in (resend_notices.read, whatsapp_notices.read):
        try:
            reader(raw)
        except NotUnderstood:
            continue


def test_the_vector_of_whatsapp() -> None:
    headers = {"x-hub-signature-256": WHATSAPP_SIGNATURE}
    name = whatsapp_notices.verify(WHATSAPP_BODY, headers, WHATSAPP_SECRET)
    assert name == hashlib.sha256(WHATSAPP_BODY).hexdigest()
    [(number, notice)] = whatsapp_notices.read(WHATSAPP_BODY)
    assert number == ""
    assert isinstance(notice, MessageNotice)
    assert (notice.evidence, notice.provider_id) == (Evidence.NO_ACCOUNT, "wamid.TEST")
    assert notice.wa_id == "34600000000"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-hub-signature-256": WHATSAPP_SIGNATURE[:-1] + "0"},
        {"x-hub-signature-256": WHATSAPP_SIGNATURE.removeprefix("sha256=")},
        {"x-hub-signature-256": "sha256=ñ"},
    ],
)
def test_whatsapp_without_the_right_signature_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(NotGenuine):
        whatsapp_notices.verify(WHATSAPP_BODY, headers, WHATSAPP_SECRET)


def test_the_challenge_is_answered_to_whoever_knows_the_token() -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "t", "hub.challenge": "1158201444"}
    assert whatsapp_notices.challenge(query, "t") == "1158201444"
    assert whatsapp_notices.challenge(query, "u") is None
    assert whatsapp_notices.challenge(query | {"hub.verify_token": ""}, "") is None
    assert whatsapp_notices.challenge(query | {"hub.mode": "other"}, "t") is None


def value(**parts: Any) -> bytes:
    inner = {"metadata": {"phone_number_id": "111"}, **parts}
    return json.dumps({"entry": [{"changes": [{"value": inner}]}]}).encode()


def test_whatsapp_loops_over_everything_in_a_notification() -> None:
    raw = value(
        contacts=[{"wa_id": "573001112233", "user_id": "CO.abc"}],
        statuses=[
            {"id": "w1", "status": "read", "biz_opaque_callback_data": "5", "recipient_id": "57"},
            {"id": "w2", "status": "delivered"},
            {"id": "w3", "status": "word_of_tomorrow"},
            {"id": "w4", "status": "failed", "errors": [{"code": 131042, "title": "billing"}]},
        ],
        messages=[
            {"from": "573001112233", "timestamp": "1767225600", "type": "text"},
            {"from": "573001112233", "timestamp": "1767225600", "type": "system"},
        ],
        errors=[{"code": 190, "title": "token"}],
    )
    found = whatsapp_notices.read(raw)
    assert {number for number, _ in found} == {"111"}
    evidences = [n.evidence for _, n in found if isinstance(n, MessageNotice)]
    assert evidences == [Evidence.READ, Evidence.DELIVERED, Evidence.FAILED]
    assert [n.sender for _, n in found if isinstance(n, InboundNotice)] == ["573001112233"]
    assert [n.bsuid for _, n in found if isinstance(n, InboundNotice)] == ["CO.abc"]
    assert len([n for _, n in found if isinstance(n, ChannelNotice)]) == 2


def test_a_failed_status_that_knows_the_person_is_only_a_possibility() -> None:
    failed = {
        "id": "w1",
        "status": "failed",
        "recipient_id": "57",
        "recipient_user_id": "CO.abc",
        "errors": [{"code": 131026}],
    }
    [(_, notice)] = whatsapp_notices.read(value(statuses=[failed]))
    assert isinstance(notice, MessageNotice)
    assert notice.evidence is Evidence.UNREACHABLE


MARK = "12." + "a1b2c3d4e5" * 2


def report(
    *blocks: dict[str, str], to: str = "bounces@molino.example", original: str = ""
) -> bytes:
    lines = [
        f"To: {to}",
        "From: mailer-daemon@mx.example",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "Sorry.",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example",
        "",
    ]
    for block in blocks:
        lines += [f"{name}: {text}" for name, text in block.items()] + [""]
    lines += [
        "--b",
        "Content-Type: message/rfc822",
        "",
        f"Message-ID: {original}",
        "",
        "Hi",
        "--b--",
    ]
    return "\r\n".join(lines).encode()


FAILED = {"Final-Recipient": "rfc822; a@b.co", "Action": "failed", "Status": "5.1.1"}


def test_a_report_is_found_by_the_message_id_of_its_original() -> None:
    [notice] = delivery_reports.read(report(FAILED, original=f"<message-{MARK}@molino.example>"))
    assert (notice.evidence, notice.mark) == (Evidence.HARD_BOUNCE, MARK)


def test_a_report_is_found_by_the_return_path_when_the_original_is_mangled() -> None:
    [notice] = delivery_reports.read(report(FAILED, to=f"bounce+{MARK}@in.molino.example"))
    assert notice.mark == MARK


@pytest.mark.parametrize(
    ("action", "status", "expected"),
    [
        ("failed", "5.1.1", Evidence.HARD_BOUNCE),
        ("failed", "4.4.7", Evidence.SOFT_BOUNCE),
        ("failed", "5.2.2", Evidence.SOFT_BOUNCE),
        ("failed", "5.7.1", Evidence.POLICY_REFUSED),
        ("failed", "5.3.4", Evidence.CONTENT_REFUSED),
        ("delayed", "4.4.1", Evidence.DELAYED),
        ("delivered", "2.0.0", Evidence.DELIVERED),
    ],
)
def test_what_a_report_says(action: str, status: str, expected: Evidence) -> None:
    block = {"Action": action, "Status": status}
    [notice] = delivery_reports.read(report(block, original=f"<message-{MARK}@x.example>"))
    assert notice.evidence is expected


def test_a_mail_that_is_no_report_is_refused() -> None:
    letter = EmailMessage()
    letter["To"] = "bounces@molino.example"
    letter.set_content("Estoy de vacaciones.")
    with pytest.raises(NotUnderstood):
        delivery_reports.read(letter.as_bytes())
    with pytest.raises(NotUnderstood):
        delivery_reports.read(report(FAILED, original="<other@x.example>"))


def signed(raw: bytes, event_id: str, stamp: int, secret: str = SECRET) -> dict[str, str]:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    made = hmac.new(key, f"{event_id}.{stamp}.".encode() + raw, hashlib.sha256).digest()
    return {
        "svix-id": event_id,
        "svix-timestamp": str(stamp),
        "svix-signature": f"v1,{base64.b64encode(made).decode()}",
    }


def test_the_signature_helper_agrees_with_the_vector() -> None:
    assert signed(BODY, EVENT_ID, STAMP) == HEADERS
