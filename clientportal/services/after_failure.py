"""What follows when a message did not arrive: the fallback channel, the template instead of text.

Each at most once per message, and never after a message that was itself sent in place of another:
so there is no loop (contracts/messaging.md §11, §12).
"""

from datetime import datetime
from typing import Any

import structlog
from sqlmodel import Session

from clientportal.domain import bounces, message_keys
from clientportal.domain.actors import System
from clientportal.domain.bounces import Act
from clientportal.domain.contactability import EFFECTS, Evidence
from clientportal.domain.documents import PAYABLE, Lifecycle
from clientportal.domain.errors import PortalError
from clientportal.rendering.mail_kinds import COMMON
from clientportal.services import audit, messages, senders
from clientportal.settings import settings
from clientportal.storage import alerts as alert_storage
from clientportal.storage import companies, documents
from clientportal.storage import fallbacks as storage
from clientportal.storage.fallbacks import Reached
from clientportal.storage.models import Channel, Company, Message

log = structlog.get_logger()

NOT_FOR = frozenset(
    {"sign_in_code", "password_changed", "comment", "payment_received", "payment_review"}
    | {senders.TEST_KIND}
)
"""Kinds that are for nobody but who asked, or for the company's own people."""


def follow(
    session: Session, message: Message, evidence: Evidence, *, detail: str = "", now: datetime
) -> None:
    """Do what a failure asks for, in its transaction; called once the message's state has moved."""
    if message.company_id is None:
        return
    system = System(message.company_id)
    if evidence is Evidence.WINDOW_CLOSED:
        _as_template(session, system, message, now)
    elif evidence is Evidence.FAILED and message.template:
        _tell_template(session, system, message, detail, now)
    elif EFFECTS[evidence].falls_back:
        _fall_back(session, system, message, now)


def _fall_back(session: Session, system: System, message: Message, now: datetime) -> None:
    """Tell the person by the address that worked last, where the company wants that."""
    if message.fallback_of is not None or message.kind in NOT_FOR:
        return
    company = companies.visible(session, system, system.company_id)
    if company is None or not company.fallback_channel:
        return
    usable = [
        channel
        for channel in alert_storage.SENDING
        if senders.carrier(session, system.company_id, channel, now=now) is not None
    ]
    reached = storage.last_reached(
        session,
        system,
        channel=Channel(message.channel),
        address=message.to_norm,
        account_id=message.account_id,
        channels=usable,
    )
    if reached is None:
        return
    _plan(
        session,
        message,
        kind="fallback",
        to=reached,
        variables=_standard(session, system, company, message, reached),
        dedupe_key=message_keys.fallback(message.id or 0),
        now=now,
    )


def _standard(
    session: Session, system: System, company: Company, message: Message, reached: Reached
) -> dict[str, Any]:
    """What the short text says: who wrote, by which channel, about what, and what is still owed."""
    said: dict[str, Any] = {
        "company_name": company.name,
        **{name: message.variables[name] for name in COMMON if name in message.variables},
        "contact_name": reached.name,
        "channel": message.channel,
        "link": settings().public_url,
    }
    about = (
        documents.get(session, system, message.document_id)
        if message.document_id is not None
        else None
    )
    if about is None or about.lifecycle is not Lifecycle.ISSUED:
        return said
    said |= {"document_kind": about.kind.value, "document_number": about.number or ""}
    if about.kind in PAYABLE and about.balance_minor > 0 and about.due_on is not None:
        said |= {
            "amount_minor": about.balance_minor,
            "currency": about.currency,
            "due_on": about.due_on.isoformat(),
        }
    return said


def _as_template(session: Session, system: System, message: Message, now: datetime) -> None:
    """The window had closed before the text arrived: close it here too, and send a template."""
    known = alert_storage.state(session, system, Channel.WHATSAPP, message.to_norm)
    known.last_inbound_at = None
    session.add(known)
    session.flush()
    if message.template or message.fallback_of is not None:
        return
    _plan(
        session,
        message,
        kind=message.kind,
        to=Reached(Channel.WHATSAPP, message.to_address, message.to_name),
        variables=message.variables,
        dedupe_key=message_keys.as_template(message.id or 0),
        now=now,
    )


def _plan(
    session: Session,
    message: Message,
    *,
    kind: str,
    to: Reached,
    variables: dict[str, Any],
    dedupe_key: str,
    now: datetime,
) -> None:
    """Store the message in place of another; what cannot be sent must not undo the failure."""
    try:
        messages.plan(
            session,
            kind=kind,
            to=to.address,
            to_name=to.name,
            channel=to.channel,
            language=message.language,
            variables=variables,
            dedupe_key=dedupe_key,
            link_seed=message.link_seed if kind == message.kind else "",
            reply_to=message.reply_to if to.channel is Channel.EMAIL else "",
            company_id=message.company_id,
            account_id=message.account_id,
            document_id=message.document_id,
            fallback_of=message.id,
            in_bulk=message.lane == "bulk",
            now=now,
        )
    except PortalError as error:
        log.warning("delivery.fallback.refused", message=message.id, code=error.error_code)


def _tell_template(
    session: Session, system: System, message: Message, detail: str, now: datetime
) -> None:
    """WhatsApp did not take a template: the company's to put right, and no fault of the address."""
    code = detail.partition(" ")[0]
    if not (code.isascii() and code.isdigit() and len(code) < 7):
        return
    if bounces.of_whatsapp(int(code)).act is not Act.STOP_TEMPLATE:
        return
    log.warning("delivery.template.refused", template=message.template, detail=detail)
    audit.record(
        session,
        system,
        "template.refused",
        now=now,
        account_id=message.account_id,
        subject=("message", message.id or 0),
        name=message.template,
        detail=detail[:300],
    )
