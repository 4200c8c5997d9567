"""Notifications of the WhatsApp Cloud API: signature and meaning (contracts/messaging.md §3)."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from clientportal.channels.notices import (
    ChannelNotice,
    InboundNotice,
    MessageNotice,
    NotGenuine,
    Notice,
    NotUnderstood,
)
from clientportal.domain import bounces
from clientportal.domain.bounces import Act
from clientportal.domain.contactability import Evidence

_PREFIX = "sha256="
MOST_ITEMS = 1000


def verify(raw: bytes, headers: Mapping[str, str], secret: str) -> str:
    """A name for these bytes, when they are signed with the app's secret. Raises NotGenuine."""
    given = headers.get("x-hub-signature-256", "")
    expected = hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    if not given.startswith(_PREFIX):
        raise NotGenuine("missing_header")
    if not hmac.compare_digest(given.removeprefix(_PREFIX).encode(), expected.encode()):
        raise NotGenuine("signature")
    return hashlib.sha256(raw).hexdigest()


def challenge(query: Mapping[str, str], verify_token: str) -> str | None:
    """What to answer the provider's GET with; None when the token is another one."""
    given = query.get("hub.verify_token", "")
    if query.get("hub.mode") != "subscribe" or not verify_token:
        return None
    if not hmac.compare_digest(given.encode(), verify_token.encode()):
        return None
    return query.get("hub.challenge", "")[:200]


def numbers(raw: bytes) -> set[str]:
    """`phone_number_id`s that a notification speaks of. Raises NotUnderstood."""
    return {str(_map(value, "metadata").get("phone_number_id") or "") for value in _values(raw)}


def read(raw: bytes) -> list[tuple[str, Notice]]:
    """(phone_number_id, what happened) of everything in a notification. Raises NotUnderstood."""
    found: list[tuple[str, Notice]] = []
    for value in _values(raw):
        number = str(_map(value, "metadata").get("phone_number_id") or "")
        contacts = _people(value)
        found += [(number, notice) for status in _list(value, "statuses")
                  for notice in _status(status, contacts)]  # fmt: skip
        found += [(number, notice) for message in _list(value, "messages")
                  for notice in _inbound(message, number, contacts)]  # fmt: skip
        found += [(number, notice) for error in _list(value, "errors") for notice in _error(error)]
        if len(found) > MOST_ITEMS:
            raise NotUnderstood()
    return found


def _values(raw: bytes) -> Iterator[Mapping[str, Any]]:
    try:
        body = json.loads(raw)
        json.dumps(body, ensure_ascii=False).encode()  # no half characters, which cannot be stored
    except (ValueError, RecursionError) as error:
        raise NotUnderstood() from error
    if not isinstance(body, dict):
        raise NotUnderstood()
    for entry in _list(body, "entry"):
        for change in _list(entry, "changes"):
            yield _map(change, "value")


def _people(value: Mapping[str, Any]) -> dict[str, str]:
    """The person's own id (BSUID) by telephone, for those whom the notification introduces."""
    return {
        str(person.get("wa_id") or ""): str(person.get("user_id") or "")
        for person in _list(value, "contacts")
    }


_STATES = {
    "accepted": Evidence.ACCEPTED,
    "sent": Evidence.ACCEPTED,
    "delivered": Evidence.DELIVERED,
    "read": Evidence.READ,
}


def _status(status: Mapping[str, Any], people: Mapping[str, str]) -> Iterator[Notice]:
    name, recipient = str(status.get("status") or ""), str(status.get("recipient_id") or "")
    bsuid = str(status.get("recipient_user_id") or people.get(recipient) or "")[:140]
    mark = str(status.get("biz_opaque_callback_data") or "")
    common: dict[str, Any] = {
        "provider_id": str(status.get("id") or "")[:100],
        "message_id": int(mark) if mark.isascii() and mark.isdigit() and len(mark) <= 18 else None,
        "wa_id": recipient[:40],
        "bsuid": bsuid,
    }
    if name in _STATES:
        yield MessageNotice(_STATES[name], **common)
        return
    if name != "failed":
        return
    error = next(iter(_list(status, "errors")), {})
    code, details = _code(error), _details(error)
    judged = bounces.of_whatsapp(code, details, knows_person=bool(bsuid))
    detail = f"{code} {details}".strip()[:300]
    if judged.act is Act.PAUSE_CHANNEL:
        yield ChannelNotice(detail)
    yield MessageNotice(judged.evidence or Evidence.FAILED, detail=detail, **common)


def _inbound(
    message: Mapping[str, Any], number: str, people: Mapping[str, str]
) -> Iterator[Notice]:
    stamp, sender = str(message.get("timestamp") or ""), str(message.get("from") or "")
    if message.get("type") == "system" or not (stamp.isascii() and stamp.isdigit()):
        return
    if len(stamp) > 11:
        return
    bsuid = str(message.get("from_user_id") or people.get(sender) or "")
    at = datetime.fromtimestamp(int(stamp), UTC)
    yield InboundNotice(sender[:40], bsuid[:140], at, number)


def _error(error: Mapping[str, Any]) -> Iterator[Notice]:
    if bounces.of_whatsapp(_code(error), _details(error)).act is Act.PAUSE_CHANNEL:
        yield ChannelNotice(f"{_code(error)} {_details(error)}".strip()[:300])


def _code(error: Mapping[str, Any]) -> int:
    code = error.get("code")
    return code if isinstance(code, int) and not isinstance(code, bool) else -1


def _details(error: Mapping[str, Any]) -> str:
    said = _map(error, "error_data").get("details") or error.get("message") or error.get("title")
    return str(said or "")[:250]


def _list(value: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    items = value.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _map(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    item = value.get(name)
    return item if isinstance(item, dict) else {}
