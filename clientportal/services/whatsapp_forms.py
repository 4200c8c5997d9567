"""Text or template: what a WhatsApp message leaves as (contracts/messaging.md §3)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from clientportal.domain.actors import System
from clientportal.rendering.whatsapp import PREFIX, Short
from clientportal.storage import fallbacks
from clientportal.storage.models import Channel, Sender
from clientportal.storage.outgoing import Letter

WINDOW = timedelta(hours=24)
"""After a person's last message by WhatsApp a text may answer it; later only a template (§3)."""


def texted(session: Session, rows: Sequence[Letter], *, now: datetime) -> set[int]:
    """The WhatsApp messages to people who wrote within 24 hours: to them alone goes free text."""
    numbers: dict[int, list[Letter]] = {}
    for row in rows:
        if row.channel == Channel.WHATSAPP and row.company_id is not None:
            numbers.setdefault(row.company_id, []).append(row)
    found: set[int] = set()
    for company_id, some in numbers.items():
        norms = [row.to_norm for row in some]
        open_for = fallbacks.with_open_window(session, System(company_id), norms, now - WINDOW)
        found |= {row.id for row in some if row.to_norm in open_for}
    return found


def with_template(
    row: Letter, short: Short | None, sender: Sender, texted: Collection[int]
) -> Letter:
    """The message with the template that it leaves as, to be frozen with its body; as it is where
    it is text."""
    if short is None or row.id in texted:
        return row
    own = sender.options.get("templates")
    named = own.get(short.name) if isinstance(own, dict) else None
    template = str(named or f"{PREFIX}{short.name}")[:100]
    return row._replace(template=template, parameters=list(short.parameters))
