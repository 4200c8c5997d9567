"""Text or template: what a WhatsApp message leaves as (contracts/messaging.md §3)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from clientportal.domain.actors import System
from clientportal.rendering.whatsapp import PREFIX, Short
from clientportal.storage import fallbacks
from clientportal.storage.models import Channel, Message, Sender

WINDOW = timedelta(hours=24)
"""After a person's last message by WhatsApp a text may answer it; later only a template (§3)."""


def texted(session: Session, rows: Sequence[Message], *, now: datetime) -> set[int]:
    """The WhatsApp messages to people who wrote within 24 hours: to them alone goes free text."""
    numbers: dict[int, list[Message]] = {}
    for row in rows:
        if row.channel == Channel.WHATSAPP and row.company_id is not None:
            numbers.setdefault(row.company_id, []).append(row)
    found: set[int] = set()
    for company_id, some in numbers.items():
        norms = [row.to_norm for row in some]
        open_for = fallbacks.with_open_window(session, System(company_id), norms, now - WINDOW)
        found |= {row.id or 0 for row in some if row.to_norm in open_for}
    return found


def template_of(
    row: Message, short: Short | None, sender: Sender, texted: Collection[int]
) -> dict[str, Any]:
    """The template that a message leaves as, frozen with its body; nothing for one that is text."""
    if short is None or row.subject or row.id in texted:
        return {}
    own = sender.options.get("templates")
    named = own.get(short.name) if isinstance(own, dict) else None
    return {
        "template": str(named or f"{PREFIX}{short.name}")[:100],
        "parameters": list(short.parameters),
    }
