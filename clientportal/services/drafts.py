"""Documents made by hand: draft, lines with taxes, issue, void."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session

from clientportal.domain import documents as rules
from clientportal.domain import ledger, taxes
from clientportal.domain.actors import Actor
from clientportal.domain.documents import PAYABLE, Kind, Lifecycle
from clientportal.domain.errors import Conflict, Invalid, NotFound
from clientportal.domain.invoice_templates import ReminderSettings
from clientportal.domain.permissions import Permission, require
from clientportal.rendering.formats import currency_digits
from clientportal.services import document_support as support
from clientportal.storage import documents as storage
from clientportal.storage import invoice_templates as template_storage
from clientportal.storage import ledger as ledger_storage
from clientportal.storage import search_index, series
from clientportal.storage.models import (
    Company,
    Document,
    DocumentLine,
    DocumentSource,
    DocumentTax,
)

BY_HAND = PAYABLE | {Kind.CREDIT_NOTE}
"""Kinds written with lines; advances and receipts come from money received."""
MAX_LINES = 200


@dataclass(frozen=True, slots=True)
class LineInput:
    """A line as written: `tax_rate` in percent, None or 0 for no tax; prices in whole units."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class DraftInput:
    """A whole draft as the form holds it. `due_on` None: due at once (and for credit notes).

    `template_id`: what it was written from; `reminders`: its own from then on (mission 154-157).
    """

    account_id: int
    kind: Kind
    currency: str
    issued_on: date
    due_on: date | None
    lines: tuple[LineInput, ...]
    concept: str = ""
    reference: str = ""
    corrects_id: int | None = None
    template_id: int | None = None
    reminders: ReminderSettings = field(default_factory=ReminderSettings)


class DueBeforeIssue(Invalid):
    """A document cannot be due before it exists."""

    code = "due_date_before_issue"


class ReceiptOfOnlinePayment(Conflict):
    """Money that a gateway received stays booked; it can be returned, not annulled."""

    code = "receipt_of_online_payment"


def create(
    session: Session,
    actor: Actor,
    *,
    draft: DraftInput,
    now: datetime,
    source: DocumentSource = DocumentSource.MANUAL,
) -> Document:
    """A new draft without a number.

    Raises NotFound for the account or the template, Invalid for a field (currency_not_used,
    due_date_before_issue, lines_missing, lines_too_many, kind_not_by_hand, required, too_long,
    corrects_invalid, total_negative, reminder_days_range, reminder_count_range,
    and what `domain.taxes.totals` raises).
    """
    require(actor, Permission.DOCUMENTS_EDIT)
    account = support.account_of(session, actor, draft.account_id)
    document = Document(
        company_id=account.company_id,
        account_id=draft.account_id,
        kind=draft.kind,
        issued_on=draft.issued_on,
        due_on=draft.issued_on,
        currency=draft.currency,
        source=source,
        created_at=now,
    )
    _write(session, actor, document, draft)
    _record(session, actor, "document.drafted", document, now)
    return document


def edit(
    session: Session, actor: Actor, *, document_id: int, draft: DraftInput, now: datetime
) -> Document:
    """Replace a draft with what the form holds. Raises DocumentNotDraft, NotFound and as create."""
    require(actor, Permission.DOCUMENTS_EDIT)
    document = support.locked(session, actor, [document_id])[document_id]
    rules.check_edit(document.lifecycle)
    storage.remove_lines(session, document)
    document.account_id = storage.identity(support.account_of(session, actor, draft.account_id))
    _write(session, actor, document, draft)
    _record(session, actor, "document.edited", document, now)
    return document


def discard(session: Session, actor: Actor, *, document_id: int, now: datetime) -> None:
    """Delete a draft; it never had a number. Raises DocumentNotDraft, NotFound."""
    require(actor, Permission.DOCUMENTS_EDIT)
    document = support.locked(session, actor, [document_id])[document_id]
    rules.check_edit(document.lifecycle)
    _record(session, actor, "document.discarded", document, now)
    search_index.remove(session, search_index.SearchKind.DOCUMENT, document_id)
    storage.remove_lines(session, document)
    template_storage.set_of_document(session, document, None)
    session.delete(document)
    session.flush()


def _write(session: Session, actor: Actor, document: Document, draft: DraftInput) -> None:
    company = support.company_of(session, actor, document.company_id)
    account = support.account_of(session, actor, draft.account_id)
    _check(session, actor, company, draft)
    worked = work_out(draft.lines, draft.currency)
    document.kind, document.currency = draft.kind, draft.currency
    document.issued_on = draft.issued_on
    owes = draft.kind in PAYABLE
    document.due_on = (draft.due_on if owes else None) or draft.issued_on
    document.concept, document.reference = draft.concept.strip(), draft.reference.strip()
    document.corrects_id = draft.corrects_id
    keep_reminders(document, draft.reminders if owes else ReminderSettings())
    document.net_minor, document.total_minor = worked.net_minor, worked.total_minor
    document.balance_minor = worked.total_minor
    support.describe(document, account)
    session.add(document)
    session.flush()
    _write_lines(session, document, draft.lines, worked)
    template_storage.set_of_document(session, document, draft.template_id)
    storage.settle(session, document)
    storage.put_search(session, document)
    support.tell(session, document)


def keep_reminders(document: Document, reminders: ReminderSettings) -> None:
    """Write the settings into the document's columns."""
    document.reminders = reminders.send
    document.reminder_days, document.reminder_count = reminders.days, reminders.count


def work_out(lines: Sequence[LineInput], currency: str) -> taxes.Totals:
    """Amounts, taxes and total of written lines.

    Raises Invalid (lines_missing, lines_too_many, required, too_long, total_negative, and what
    `domain.taxes.totals` raises).
    """
    if not lines:
        raise Invalid(code="lines_missing", field="lines")
    if len(lines) > MAX_LINES:
        raise Invalid(code="lines_too_many", field="lines", most=MAX_LINES)
    for line in lines:
        support.check_text(line.description, "description", required=True)
    plain = [taxes.Line(line.quantity, line.unit_price, line.tax_rate or None) for line in lines]
    worked = taxes.totals(plain, currency_digits(currency))
    if worked.total_minor < 0:
        raise Invalid(code="total_negative", field="lines")
    return worked


def _write_lines(
    session: Session, document: Document, lines: Sequence[LineInput], worked: taxes.Totals
) -> None:
    key = storage.identity(document)
    session.add_all(
        DocumentLine(
            company_id=document.company_id,
            document_id=key,
            position=position,
            description=line.description.strip(),
            quantity=line.quantity,
            unit_price=line.unit_price,
            tax_rate=line.tax_rate or Decimal(0),
            amount_minor=worked.lines[position - 1],
        )
        for position, line in enumerate(lines, 1)
    )
    session.add_all(
        DocumentTax(
            company_id=document.company_id,
            document_id=key,
            rate=tax.rate,
            base_minor=tax.base_minor,
            tax_minor=tax.tax_minor,
        )
        for tax in worked.taxes
    )


def _check(session: Session, actor: Actor, company: Company, draft: DraftInput) -> None:
    if draft.kind not in BY_HAND:
        raise Invalid(code="kind_not_by_hand", field="kind")
    support.check_currency(company, draft.currency)
    if draft.kind in PAYABLE and draft.due_on is not None and draft.due_on < draft.issued_on:
        raise DueBeforeIssue(field="due_on")
    draft.reminders.checked()
    if draft.template_id is not None:
        known = support.is_id(draft.template_id)
        if not known or template_storage.get(session, actor, draft.template_id) is None:
            raise NotFound()
    support.check_text(draft.concept, "concept")
    support.check_text(draft.reference, "reference")
    if draft.corrects_id is not None:
        known = support.is_id(draft.corrects_id)
        corrected = storage.get(session, actor, draft.corrects_id) if known else None
        fits = corrected is not None and corrected.kind in PAYABLE
        if not fits or corrected is None or corrected.account_id != draft.account_id:
            raise Invalid(code="corrects_invalid", field="corrects_id")


def issue(session: Session, actor: Actor, *, document_id: int, now: datetime) -> Document:
    """Give a draft the next number of its series, in this transaction (issue item 5).

    Raises NotFound, DocumentAlreadyIssued, DocumentVoid, DateInFuture, and Invalid
    ("currency_not_used") when the company has dropped the currency meanwhile.
    """
    require(actor, Permission.DOCUMENTS_EDIT)
    seen = support.found(session, actor, document_id)
    kind = seen.kind
    series.lock(session, seen.company_id, kind)
    document = support.locked(session, actor, [document_id])[document_id]
    rules.check_issue(document.lifecycle)
    if document.kind is not kind:
        raise Conflict()
    company = support.company_of(session, actor, document.company_id)
    support.check_currency(company, document.currency)
    support.check_not_future(document.issued_on, support.today_of(company, now), "issued_on")
    document.number = series.take(session, document.company_id, kind)[0]
    document.lifecycle = Lifecycle.ISSUED
    document.issued_at = now
    support.describe(document, support.account_of(session, actor, document.account_id))
    storage.settle(session, document)
    storage.put_search(session, document)
    _record(session, actor, "document.issued", document, now)
    return document


def void(
    session: Session,
    actor: Actor,
    *,
    document_id: int,
    reason: str,
    now: datetime,
    reverse: bool = False,
) -> Document:
    """Annul an issued document; it keeps its number, and its dispute ends.

    `reverse` takes back what is applied first, which returns to the credit it came from.
    Raises NotFound, Invalid("required") without a reason, DocumentHasAllocations, DocumentVoid,
    DocumentNotIssued, DocumentBeingPaid, ReceiptOfOnlinePayment.
    """
    require(actor, Permission.DOCUMENTS_VOID)
    why = support.check_text(reason, "reason", required=True)
    support.found(session, actor, document_id)
    touched = ledger_storage.counterparts(session, actor, document_id) if reverse else set()
    documents = support.locked(session, actor, {document_id} | touched)
    document = documents[document_id]
    if reverse and ledger_storage.counterparts(session, actor, document_id) - set(documents):
        raise Conflict()  # something was applied between looking and locking
    paid = bool(storage.being_paid(session, document.company_id, [document_id]))
    if ledger_storage.online_payment(session, actor, document_id):
        raise ReceiptOfOnlinePayment()
    today = support.today_of(support.company_of(session, actor, document.company_id), now)
    if reverse and document.lifecycle is Lifecycle.ISSUED and not paid:
        _take_back(session, actor, document, today, now)
    moves = storage.moves(session, document.company_id, [document_id]).get(document_id, [])
    rules.check_void(document.lifecycle, ledger.applied(moves), paid)
    document.lifecycle, document.void_reason, document.voided_at = Lifecycle.VOID, why, now
    for dispute in storage.open_disputes(session, document.company_id, [document_id]):
        dispute.closed_on = max(today, dispute.opened_on)
    storage.settle_all(session, documents.values())
    support.tell(session, *documents.values())
    _record(session, actor, "document.voided", document, now, reason=why)
    return document


def _take_back(
    session: Session, actor: Actor, document: Document, today: date, now: datetime
) -> None:
    rows = ledger_storage.allocations(session, actor, [storage.identity(document)])
    for row in ledger.standing(rows):
        back = ledger.reversal(row, today, rows)
        ledger_storage.add_reversal(session, document.company_id, back, now)


def _record(
    session: Session, actor: Actor, action: str, document: Document, now: datetime, **more: str
) -> None:
    support.tell(session, document)
    total = {"currency": document.currency, "total_minor": document.total_minor}
    support.audited(session, actor, action, document, now, **total, **more)
