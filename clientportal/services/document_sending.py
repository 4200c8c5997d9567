"""Sending a document by e-mail: to whom, in which words, once per press (mission 59, 111, 118)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from clientportal.domain import documents as document_rules
from clientportal.domain import message_keys
from clientportal.domain import sending as rules
from clientportal.domain.actors import Actor, Member, System
from clientportal.domain.documents import Lifecycle
from clientportal.domain.errors import TooMany
from clientportal.domain.permissions import Permission
from clientportal.domain.sending import Wording
from clientportal.rendering import texts
from clientportal.services import (
    document_originals,
    drafts,
    messages,
    secret_links,
    sending_recipients,
    sending_words,
)
from clientportal.services import document_support as support
from clientportal.services.guards import require_staff
from clientportal.services.sending_recipients import Recipient
from clientportal.services.sending_words import Words
from clientportal.settings import settings
from clientportal.storage import documents as document_storage
from clientportal.storage import sending as storage
from clientportal.storage.models import (
    Account,
    Company,
    Document,
    DocumentLink,
    DocumentSend,
)

SENDS_PER_HOUR = 10
"""Sends of one document within an hour: more is a mistake, and the mailboxes are other people's."""
MAILS_PER_PERSON_AND_HOUR = 200
MAILS_PER_COMPANY_AND_HOUR = 500
"""Recipients of all documents within an hour: beyond it our address would be taken for a spammer's,
and every company's mails with it. Persons count by the name they send under."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the dialog begins with. `sent`: how often the document was sent already."""

    document_id: int
    kind: str
    number: str
    account_id: int
    account: str
    is_draft: bool
    wording: Wording
    has_xml: bool
    sent: int
    recipients: tuple[Recipient, ...]
    words: Mapping[str, Words]


@dataclass(frozen=True, slots=True)
class SendInput:
    """What was chosen: ids of contact points, words per language, the files that go along."""

    points: tuple[int, ...]
    words: Mapping[str, Words]
    with_pdf: bool = True
    with_xml: bool = True


@dataclass(frozen=True, slots=True)
class Sent:
    """`number`: that of the document, also when it was issued just now."""

    number: str
    recipients: int


def propose(session: Session, actor: Actor, *, document_id: int) -> Proposal:
    """Recipients and words for a document that is to be sent, or issued and sent.

    Raises NotFound, DocumentVoid.
    """
    staff = require_staff(actor, Permission.DOCUMENTS_SEND)
    document = support.found(session, staff, document_id)
    if document.lifecycle is Lifecycle.VOID:
        document_rules.check_issued(document.lifecycle)
    company = support.company_of(session, staff, document.company_id)
    account = support.account_of(session, staff, document.account_id)
    known = sending_recipients.of_account(session, staff, company, document.account_id)
    languages = {recipient.language for recipient in known} or {texts.language(company.language)}
    is_draft = document.lifecycle is Lifecycle.DRAFT
    wording = rules.wording(document.kind, document.balance_minor)
    return Proposal(
        document_id=document_id,
        kind=document.kind.value,
        number=document.number or "",
        account_id=document.account_id,
        account=account.name,
        is_draft=is_draft,
        wording=wording,
        has_xml=is_draft or _has_xml(session, staff, document_id),
        sent=storage.newest_attempt(session, staff, document_id),
        recipients=known,
        words={
            lang: sending_words.default(document, company, account, wording, lang)
            for lang in sorted(languages)
        },
    )


def send(
    session: Session, actor: Actor, *, document_id: int, what: SendInput, now: datetime
) -> Sent:
    """Plan one mail per chosen address, each with a link of its own.

    Raises NotFound (document, address of another account), DocumentNotIssued, DocumentVoid,
    Invalid ("nobody_chosen", and what `domain.sending` raises for `subject_{lang}` and
    `message_{lang}`), TooMany.
    """
    staff = require_staff(actor, Permission.DOCUMENTS_SEND)
    document = support.locked(session, staff, [document_id])[document_id]
    document_rules.check_issued(document.lifecycle)
    company = support.company_of(session, staff, document.company_id)
    account = support.account_of(session, staff, document.account_id)
    chosen = sending_recipients.chosen(session, staff, company, document.account_id, what.points)
    words = {
        lang: sending_words.checked(what.words, lang) for lang in {to.language for to in chosen}
    }
    _check_rate(session, staff, document_id, len(chosen), now)
    attempt = storage.newest_attempt(session, staff, document_id) + 1
    send_id = storage.add_send(
        session,
        DocumentSend(
            company_id=document.company_id,
            document_id=document_id,
            attempt=attempt,
            author=staff.name[:200],
            created_at=now,
        ),
    )
    facts = sending_words.facts(document, company)
    facts |= {"with_pdf": what.with_pdf}
    facts |= {"with_xml": what.with_xml and _has_xml(session, staff, document_id)}
    links = [
        _plan(session, document, company, account, to, words[to.language], facts, attempt, now)
        for to in chosen
    ]
    for link in links:
        link.send_id = send_id
    storage.add_links(session, links)
    document.undelivered = 0
    session.add(document)
    support.tell(session, document)
    support.audited(
        session, staff, "document.sent", document, now, recipients=len(chosen), attempt=attempt
    )
    return Sent(document.number or "", len(chosen))


def issue_and_send(
    session: Session, actor: Actor, *, document_id: int, what: SendInput, now: datetime
) -> Sent:
    """Give a draft its number and send it: both or neither. Raises as `drafts.issue` and `send`."""
    staff = require_staff(actor, Permission.DOCUMENTS_SEND)
    drafts.issue(session, staff, document_id=document_id, now=now)
    return send(session, staff, document_id=document_id, what=what, now=now)


def _check_rate(
    session: Session, staff: Member | System, document_id: int, recipients: int, now: datetime
) -> None:
    hour = timedelta(hours=1)
    too_many = TooMany(seconds=int(hour.total_seconds()))
    if storage.sends_since(session, staff, document_id, now - hour) >= SENDS_PER_HOUR:
        raise too_many
    storage.one_at_a_time(session, staff)
    sent = storage.mails_since(session, staff, now - hour, MAILS_PER_COMPANY_AND_HOUR)
    if sent.get(staff.name[:200], 0) + recipients > MAILS_PER_PERSON_AND_HOUR:
        raise too_many
    if sum(sent.values()) + recipients > MAILS_PER_COMPANY_AND_HOUR:
        raise too_many


def _has_xml(session: Session, staff: Member | System, document_id: int) -> bool:
    return document_originals.facts(session, staff, document_id=document_id).has_xml


def _plan(
    session: Session,
    document: Document,
    company: Company,
    account: Account,
    to: Recipient,
    words: Words,
    facts: Mapping[str, object],
    attempt: int,
    now: datetime,
) -> DocumentLink:
    """The mail to one address and its link, whose send is filled in by the caller."""
    minted = secret_links.mint()
    values = sending_words.values(document, company, account, to.language)
    values |= {"contact": to.name}
    document_id = document_storage.identity(document)
    said = {
        **facts,
        "contact_name": to.name,
        "subject": rules.fill(words.subject, values),
        "message": rules.fill(words.message, values),
        "link_until": support.today_of(company, now + rules.LINK_LIFE).isoformat(),
    }
    typed = {key: secret_links.without_place(v) for key, v in said.items() if isinstance(v, str)}
    message_id = messages.plan(
        session,
        kind="document",
        to=to.address,
        to_name=to.name,
        language=to.language,
        variables={
            **said,
            **typed,
            "link": f"{settings().public_url}/d/{secret_links.PLACE}",
        },
        dedupe_key=message_keys.document(document_id, attempt, to.address_norm),
        link_seed=minted.seed,
        company_id=document.company_id,
        account_id=document.account_id,
        document_id=document_id,
        reply_to=company.reply_email,
        now=now,
    )
    assert message_id is not None  # the attempt is new, and each address is there once
    return DocumentLink(
        company_id=document.company_id,
        document_id=document_id,
        send_id=0,
        message_id=message_id,
        to_address=to.address,
        to_norm=to.address_norm,
        to_name=to.name[:200],
        token_hash=minted.token_hash,
        created_at=now,
        expires_at=now + rules.LINK_LIFE,
    )
