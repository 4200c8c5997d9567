"""The page of one document: its facts, lines, what was applied, comments, and what may be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from clientportal.domain import documents as rules
from clientportal.domain.actors import Actor, Customer, Member, System
from clientportal.domain.documents import (
    CREDIT,
    PAYABLE,
    Badge,
    DocumentFacts,
    Kind,
    Lifecycle,
    Status,
)
from clientportal.domain.invoice_templates import ReminderSettings
from clientportal.domain.permissions import Permission, may, require
from clientportal.services import audit, document_originals, document_parts
from clientportal.services import document_support as support
from clientportal.services.document_originals import OriginalFacts
from clientportal.services.document_parts import (
    AppliedRow,
    CommentRow,
    Line,
    RelatedRow,
    ReturnRow,
    Tax,
)
from clientportal.storage import documents as storage
from clientportal.storage import invoice_templates as template_storage
from clientportal.storage.models import Account, Company, Dispute, Document


@dataclass(frozen=True, slots=True)
class Party:
    """The company or the account, as the page and the PDF name it."""

    id: int
    name: str
    code: str
    tax_id_kind: str
    tax_id: str
    country: str
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class Actions:
    """What this actor may do with this document now; each service checks again."""

    pay: bool
    comment: bool
    send: bool
    edit: bool
    issue: bool
    discard: bool
    void: bool
    record_payment: bool
    apply_credit: bool
    return_credit: bool
    reverse: bool
    open_dispute: bool
    close_dispute: bool
    reminders: bool


@dataclass(frozen=True, slots=True)
class DocumentDetail:
    """Everything that the page of one document shows. Amounts in minor units of `currency`."""

    id: int
    kind: Kind
    lifecycle: Lifecycle
    number: str
    currency: str
    issued_on: date
    due_on: date | None
    settled_on: date | None
    net_minor: int
    total_minor: int
    paid_minor: int
    balance_minor: int
    payment_method: str
    concept: str
    reference: str
    fiscal_code: str
    void_reason: str
    voided_at: datetime | None
    dispute_reason: str
    today: date
    status: Status
    badge: Badge
    company: Party
    company_slug: str
    company_language: str
    company_accent: str
    company_logo_sha256: str | None
    allow_partial_payment: bool
    account: Party
    lines: tuple[Line, ...]
    taxes: tuple[Tax, ...]
    applied: tuple[AppliedRow, ...]
    returns: tuple[ReturnRow, ...]
    comments: tuple[CommentRow, ...]
    related: tuple[RelatedRow, ...]
    timeline: tuple[audit.Event, ...]
    original: OriginalFacts
    template_id: int | None  # for staff
    reminders: ReminderSettings
    actions: Actions


def detail(session: Session, actor: Actor, *, document_id: int, now: datetime) -> DocumentDetail:
    """One document for its page. The timeline is for staff. Raises NotFound (mission 45, 77)."""
    require(actor, Permission.DOCUMENTS_READ)
    document = support.found(session, actor, document_id)
    company = support.company_of(session, actor, document.company_id)
    account = support.account_of(session, actor, document.account_id)
    today = support.today_of(company, now)
    status = _status(session, actor, document, today)
    disputes = storage.open_disputes(session, document.company_id, [document_id])
    applied = document_parts.applied(session, actor, document)
    staff = isinstance(actor, Member | System)
    return DocumentDetail(
        id=document_id,
        kind=document.kind,
        lifecycle=document.lifecycle,
        number=document.number or "",
        currency=document.currency,
        issued_on=document.issued_on,
        due_on=support.due_of(document),
        settled_on=document.settled_on,
        net_minor=document.net_minor,
        total_minor=document.total_minor,
        paid_minor=document.total_minor - document.balance_minor,
        balance_minor=document.balance_minor,
        payment_method=document.payment_method,
        concept=document.concept,
        reference=document.reference,
        fiscal_code=document.fiscal_code,
        void_reason=document.void_reason,
        voided_at=document.voided_at,
        dispute_reason=disputes[-1].reason if disputes else "",
        today=today,
        status=status,
        badge=_badge(document, status, today),
        company=company_party(company),
        company_slug=company.slug,
        company_language=company.language,
        company_accent=company.accent,
        company_logo_sha256=company.logo_sha256,
        allow_partial_payment=company.allow_partial_payment,
        account=account_party(account),
        lines=document_parts.lines(session, actor, document_id),
        taxes=document_parts.taxes(session, actor, document_id),
        applied=applied,
        returns=document_parts.returns(session, actor, document_id),
        comments=document_parts.comments(session, actor, document_id),
        related=document_parts.related(session, actor, document),
        timeline=_timeline(session, actor, document_id),
        template_id=template_storage.of_document(session, actor, document_id) if staff else None,
        reminders=ReminderSettings(
            document.reminders, document.reminder_days, document.reminder_count
        ),
        original=document_originals.facts(session, actor, document_id=document_id),
        actions=_actions(actor, document, status, applied, disputes),
    )


def _status(session: Session, actor: Actor, document: Document, today: date) -> Status:
    key = storage.identity(document)
    staff = isinstance(actor, Member | System)
    facts = DocumentFacts(
        kind=document.kind,
        lifecycle=document.lifecycle,
        total_minor=document.total_minor,
        balance_minor=document.balance_minor,
        due_on=support.due_of(document),
        disputed=document.disputed,
        being_paid=bool(storage.being_paid(session, document.company_id, [key])),
        sent=staff and document.sent_at is not None,
        seen=staff and document.seen_at is not None,
    )
    return rules.status(facts, today)


def _badge(document: Document, status: Status, today: date) -> Badge:
    return rules.badge(
        document.kind,
        status,
        document.total_minor,
        document.balance_minor,
        support.due_of(document),
        today,
        settled_on=document.settled_on,
    )


def company_party(company: Company) -> Party:
    """The issuer as papers name it."""
    return Party(
        storage.identity(company),
        company.name,
        company.slug,
        company.tax_id_kind,
        company.tax_id,
        company.country,
    )


def account_party(account: Account) -> Party:
    """The customer as papers name it."""
    return Party(
        storage.identity(account),
        account.name,
        account.code,
        account.tax_id_kind,
        account.tax_id,
        account.country,
        account.street,
        account.city,
        account.region,
        account.postal_code,
    )


def _timeline(session: Session, actor: Actor, document_id: int) -> tuple[audit.Event, ...]:
    if not may(actor, Permission.AUDIT_READ):
        return ()
    return tuple(audit.timeline(session, actor, subject=("document", document_id)))


def _actions(
    actor: Actor,
    document: Document,
    status: Status,
    applied: tuple[AppliedRow, ...],
    disputes: Sequence[Dispute],
) -> Actions:
    draft = document.lifecycle is Lifecycle.DRAFT
    issued = document.lifecycle is Lifecycle.ISSUED
    owed = rules.owed_minor(document.kind, document.lifecycle, document.balance_minor)
    owing = owed > 0 and not status.being_paid
    credit = issued and document.kind in CREDIT and document.balance_minor > 0
    edit = may(actor, Permission.DOCUMENTS_EDIT)
    staff = edit and not isinstance(actor, Customer)
    return Actions(
        pay=owing and may(actor, Permission.PAYMENTS_PAY),
        comment=not draft and may(actor, Permission.DOCUMENTS_COMMENT),
        send=document.lifecycle is not Lifecycle.VOID and may(actor, Permission.DOCUMENTS_SEND),
        edit=draft and edit,
        issue=draft and edit,
        discard=draft and edit,
        void=issued and not status.being_paid and may(actor, Permission.DOCUMENTS_VOID),
        record_payment=owing and may(actor, Permission.PAYMENTS_RECORD),
        apply_credit=credit and may(actor, Permission.CREDIT_APPLY),
        return_credit=credit and may(actor, Permission.CREDIT_RETURN),
        reverse=any(row.reversible for row in applied) and may(actor, Permission.CREDIT_APPLY),
        open_dispute=staff and owed > 0 and document.kind in PAYABLE and not disputes,
        close_dispute=staff and bool(disputes),
        reminders=staff and owed > 0,
    )
