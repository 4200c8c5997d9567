"""Comments on a document: mailed to its company, kept on its timeline (mission 46, 78).

What staff answer is mailed to the customers who take part.
"""

from datetime import datetime, timedelta

from sqlmodel import Session

from clientportal.domain import message_keys
from clientportal.domain.actors import Actor, Customer, Member
from clientportal.domain.documents import Lifecycle
from clientportal.domain.errors import Invalid, NotAllowed, NotFound, TooMany
from clientportal.domain.permissions import Permission, require
from clientportal.services import audit, members, messages
from clientportal.services import document_support as support
from clientportal.settings import settings
from clientportal.storage import comments as storage
from clientportal.storage import documents as document_storage
from clientportal.storage import payments as payment_storage
from clientportal.storage.models import Comment, Company, Document, User

MAX_LENGTH = 2_000
PER_HOUR = 20
"""Comments of one person within an hour."""


def add(session: Session, actor: Actor, *, document_id: int, body: str, now: datetime) -> Comment:
    """Write a comment. A customer's is also sent to those who answer for the company, and one of
    staff to the customers who wrote about the document, may enter and want to be told.

    Raises NotFound, Invalid("required" | "too_long"), TooMany(seconds), NotAllowed for
    an actor who is no person.
    """
    require(actor, Permission.DOCUMENTS_COMMENT)
    if not isinstance(actor, Member | Customer):
        raise NotAllowed(permission=Permission.DOCUMENTS_COMMENT.value)
    document = support.found(session, actor, document_id)
    if document.lifecycle is Lifecycle.DRAFT:
        raise NotFound()
    text = _clean(body)
    _check_rate(session, actor, now)
    comment = Comment(
        company_id=document.company_id,
        document_id=document_id,
        user_id=actor.user_id,
        by_staff=isinstance(actor, Member),
        author=actor.name[:200],
        body=text,
        created_at=now,
    )
    storage.add(session, comment)
    _record(session, actor, document, comment, now)
    if isinstance(actor, Customer):
        _send(session, actor, document, comment, now)
    else:
        _answer(session, actor, document, comment, now)
    return comment


def _clean(body: str) -> str:
    """The text without control characters and outer blanks; line breaks stay."""
    plain = body.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(char for char in plain if char == "\n" or char.isprintable()).strip()
    if not text:
        raise Invalid(code="required", field="body")
    if len(text) > MAX_LENGTH:
        raise Invalid(code="too_long", field="body", longest=MAX_LENGTH)
    return text


def _check_rate(session: Session, actor: Member | Customer, now: datetime) -> None:
    hour = timedelta(hours=1)
    storage.lock_author(session, actor.user_id)
    times = storage.times_since(session, actor.user_id, now - hour)
    if len(times) >= PER_HOUR:
        free = times[-PER_HOUR] + hour
        raise TooMany(seconds=max(1, int((free - now).total_seconds())))


def _record(
    session: Session,
    actor: Member | Customer,
    document: Document,
    comment: Comment,
    now: datetime,
) -> None:
    support.tell(session, document)
    audit.record(
        session,
        actor,
        "document.commented",
        now=now,
        company_id=document.company_id,
        account_id=document.account_id,
        subject=("document", document_storage.identity(document)),
        comment_id=document_storage.identity(comment),
        kind=document.kind.value,
        number=document.number or "",
    )


def _send(
    session: Session, actor: Customer, document: Document, comment: Comment, now: datetime
) -> None:
    """Plan the mail to those who answer for the company; answering it reaches the customer."""
    company = support.company_of(session, actor, document.company_id)
    account = support.account_of(session, actor, document.account_id)
    variables = _variables(actor, company, document, comment, account.name)
    for email, name in members.answering(session, company):
        messages.plan(
            session,
            kind="comment",
            to=email,
            language=company.language,
            variables=variables,
            dedupe_key=message_keys.comment(document_storage.identity(comment), email),
            company_id=company.id,
            account_id=document.account_id,
            document_id=document.id,
            to_name=name,
            reply_to=actor.email,
            now=now,
        )


def _answer(
    session: Session, actor: Member, document: Document, comment: Comment, now: datetime
) -> None:
    """Plan the mail to the customers of the thread, each in their language. The company signs it:
    who of the team wrote stays in the portal."""
    company = support.company_of(session, actor, document.company_id)
    for user in storage.told(session, actor, document):
        if user.id == actor.user_id:
            continue  # of the team, and a customer as well
        messages.plan(
            session,
            kind="comment_answer",
            to=user.email,
            language=user.language,
            variables={
                "company_name": company.name,
                "company_accent": company.accent,
                "contact_name": user.name,
                "document_kind": document.kind.value,
                "document_number": document.number or "",
                "text": comment.body,
                "link": _portal_link(session, user, document),
            },
            dedupe_key=message_keys.comment(document_storage.identity(comment), user.email),
            company_id=company.id,
            account_id=document.account_id,
            document_id=document.id,
            user_id=user.id,
            to_name=user.name,
            reply_to=company.reply_email,
            now=now,
        )


def _portal_link(session: Session, user: User, document: Document) -> str:
    """The document in the customer's own space; the start page when no space is known."""
    user_id = document_storage.identity(user)
    key = payment_storage.space_key(session, user_id, document.account_id)
    base = settings().public_url
    return f"{base}/portal/{key}/documents/{document.id}" if key else f"{base}/"


def _variables(
    actor: Customer, company: Company, document: Document, comment: Comment, account_name: str
) -> dict[str, object]:
    key = document_storage.identity(document)
    return {
        "author": actor.name,
        "author_email": actor.email,
        "account_name": account_name,
        "document_kind": document.kind.value,
        "document_number": document.number or "",
        "text": comment.body,
        "link": f"{settings().public_url}/staff/{company.slug}/billing/{key}",
    }
