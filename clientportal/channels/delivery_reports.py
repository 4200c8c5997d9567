"""Delivery reports by mail (RFC 3464): which message, and what became of it (contracts §2)."""

import email
import email.policy
import re
from email.message import Message as Part

from clientportal.channels.notices import MessageNotice, NotUnderstood
from clientportal.domain import bounces
from clientportal.domain.bounces import Soft
from clientportal.domain.contactability import Evidence

MOST_BYTES = 1_000_000
_OURS = re.compile(r"<message-(\d{1,18}\.[0-9a-f]{20})@")
_VERP = re.compile(r"\+(\d{1,18}\.[0-9a-f]{20})@", re.IGNORECASE)
_HEAD = 20_000


def read(raw: bytes) -> list[MessageNotice]:
    """What a delivery report says, one notice per recipient that failed or is delayed.

    The message is found by the return path, else by the Message-ID of the original that comes with
    the report. Raises NotUnderstood for anything that is no report about a message of ours.
    """
    if len(raw) > MOST_BYTES:
        raise NotUnderstood()
    try:
        report = email.message_from_bytes(raw, policy=email.policy.compat32)
        parts = list(report.walk())[:20]
    except (ValueError, LookupError, RecursionError) as error:
        raise NotUnderstood() from error
    mark = _mark(report, parts)
    if not mark:
        raise NotUnderstood()
    blocks = [block for part in parts for block in _recipients(part)]
    return [notice for block in blocks if (notice := _notice(block, mark)) is not None]


def _recipients(part: Part) -> list[Part]:
    """The blocks of a delivery-status part after the first, which is about the report itself."""
    if part.get_content_type() != "message/delivery-status":
        return []
    payload = part.get_payload()
    blocks = payload if isinstance(payload, list) else []
    return [block for block in blocks[1:50] if isinstance(block, Part)]


def _notice(block: Part, mark: str) -> MessageNotice | None:
    action = str(block.get("Action", "")).strip().casefold()
    said = " ".join(str(block.get("Diagnostic-Code", "")).split())[:250]
    status = str(block.get("Status", ""))
    detail = f"{status} {said}".strip()[:300]
    if action == "delayed":
        return MessageNotice(Evidence.DELAYED, mark=mark, detail=detail)
    if action == "delivered":
        return MessageNotice(Evidence.DELIVERED, mark=mark)
    if action != "failed":
        return None
    judged = bounces.of_status(status or said)
    evidence = Evidence.SOFT_BOUNCE if isinstance(judged, Soft) else judged
    return MessageNotice(evidence, mark=mark, detail=detail, recipient=_recipient(block))


def _recipient(block: Part) -> str:
    """The address in `Original-Recipient`, else in `Final-Recipient` (RFC 3464 §2.3)."""
    said = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
    return said.rpartition(";")[2].strip()[:254]


def _mark(report: Part, parts: list[Part]) -> str:
    for name in ("To", "Delivered-To", "X-Original-To"):
        if found := _VERP.search(str(report.get(name, ""))[:1000]):
            return found.group(1).lower()
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/rfc822":
            payload = part.get_payload()
            inner = payload[0] if isinstance(payload, list) and payload else None
            text = str(inner.get("Message-ID", "")) if isinstance(inner, Part) else ""
        elif kind == "text/rfc822-headers":
            content = part.get_payload(decode=True)
            text = content[:_HEAD].decode("ascii", "replace") if isinstance(content, bytes) else ""
        else:
            continue
        if found := _OURS.search(text[:_HEAD]):
            return found.group(1).lower()
    return ""
