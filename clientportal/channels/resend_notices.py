"""Events of Resend: signature and meaning (contracts/messaging.md §1.5, §11)."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from clientportal.channels.notices import (
    MessageNotice,
    NotGenuine,
    Notice,
    NotUnderstood,
    SuppressionNotice,
)
from clientportal.domain import bounces
from clientportal.domain.contactability import AlertReason, Evidence

TOLERANCE_SECONDS = 300
PREFIX = "whsec_"


def verify(raw: bytes, headers: Mapping[str, str], secret: str, *, now: datetime) -> str:
    """The event's unique id, when the signature over the raw bytes is the sender's.

    Raises NotGenuine: "missing_header", "stale" (more than 300 s away), "bad_secret", "signature".
    """
    event_id = headers.get("svix-id", "")
    stamp = headers.get("svix-timestamp", "")
    given = headers.get("svix-signature", "")
    if not (event_id and given and stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise NotGenuine("missing_header")
    if abs(int(now.timestamp()) - int(stamp)) > TOLERANCE_SECONDS:
        raise NotGenuine("stale")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotGenuine("bad_secret") from error
    signed = b".".join((event_id.encode(), stamp.encode(), raw))
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    versions = (part.partition(",") for part in given.split()[:10])
    if not any(
        version == "v1" and hmac.compare_digest(signature.encode(), expected.encode())
        for version, _, signature in versions
    ):
        raise NotGenuine("signature")
    return event_id[:120]


def read(raw: bytes) -> Notice | None:
    """What an event says; None for one that concerns nobody here. Raises NotUnderstood."""
    try:
        event = json.loads(raw)
        json.dumps(event, ensure_ascii=False).encode()  # no half characters, which cannot be stored
        kind, data = event["type"], event["data"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise NotUnderstood() from error
    if not isinstance(kind, str) or not isinstance(data, dict):
        raise NotUnderstood()
    if kind == "suppression.added":
        return _suppression(data)
    if kind not in _READERS:
        return None
    evidence, detail = _READERS[kind](data)
    return MessageNotice(
        evidence,
        provider_id=str(data.get("email_id") or "")[:100],
        message_id=_own_mark(data.get("tags")),
        detail=detail[:300],
    )


def _suppression(data: Mapping[str, Any]) -> Notice | None:
    origin, email = data.get("origin"), data.get("email")
    if origin not in {"bounce", "complaint"} or not isinstance(email, str):
        return None  # by hand at the provider: somebody's decision, not evidence
    reason = AlertReason.COMPLAINT if origin == "complaint" else AlertReason.SUPPRESSED
    return SuppressionNotice(email[:254], reason)


def _own_mark(tags: Any) -> int | None:
    """Our id of the message. Tags come back as an object, in older shapes as a list of pairs."""
    if isinstance(tags, list):
        tags = {tag.get("name"): tag.get("value") for tag in tags if isinstance(tag, dict)}
    text = str(tags.get("msg", "")) if isinstance(tags, dict) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _part(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = data.get(name)
    return part if isinstance(part, dict) else {}


def _said(part: Mapping[str, Any]) -> str:
    code = part.get("diagnosticCode")
    words = code[0] if isinstance(code, list) and code else part.get("message")
    return str(words or part.get("reason") or "")


def _bounced(data: Mapping[str, Any]) -> tuple[Evidence, str]:
    part = _part(data, "bounce")
    kind, sub_kind = str(part.get("type") or ""), str(part.get("subType") or "")
    return bounces.of_bounce(kind, sub_kind), _said(part) or f"{kind} {sub_kind}".strip()


def _suppressed(data: Mapping[str, Any]) -> tuple[Evidence, str]:
    part = _part(data, "suppressed")
    reason = str(part.get("reason") or "")
    evidence = Evidence.COMPLAINT if reason == "previous_complaint" else Evidence.SUPPRESSED
    return evidence, reason or _said(part)


def _failed(data: Mapping[str, Any]) -> tuple[Evidence, str]:
    return Evidence.FAILED, _said(_part(data, "failed"))


def _just(evidence: Evidence) -> Callable[[Mapping[str, Any]], tuple[Evidence, str]]:
    def said(_data: Mapping[str, Any]) -> tuple[Evidence, str]:
        return evidence, ""

    return said


_READERS: dict[str, Callable[[Mapping[str, Any]], tuple[Evidence, str]]] = {
    "email.sent": _just(Evidence.ACCEPTED),
    "email.delivered": _just(Evidence.DELIVERED),
    "email.delivery_delayed": _just(Evidence.DELAYED),
    "email.opened": _just(Evidence.OPENED),
    "email.clicked": _just(Evidence.OPENED),
    "email.complained": _just(Evidence.COMPLAINT),
    "email.bounced": _bounced,
    "email.suppressed": _suppressed,
    "email.failed": _failed,
}
