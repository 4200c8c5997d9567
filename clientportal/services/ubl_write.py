"""Rows of a document that came as UBL: the document, its lines, its taxes, what was prepaid."""

from datetime import datetime

from sqlmodel import Session

from clientportal.domain import fiscal_code
from clientportal.domain.documents import CREDIT, Lifecycle
from clientportal.domain.ubl import UblDocument
from clientportal.domain.ubl_figures import Figures
from clientportal.services import document_support as support
from clientportal.storage import documents as storage
from clientportal.storage.models import (
    Account,
    Allocation,
    CreditReturn,
    Document,
    DocumentLine,
    DocumentSource,
    DocumentTax,
)


def document(
    session: Session, account: Account, said: UblDocument, figures: Figures, now: datetime
) -> Document:
    """Store an issued document of the account; the caller settles it and keeps its original."""
    row = Document(
        company_id=account.company_id,
        account_id=storage.identity(account),
        kind=figures.kind,
        lifecycle=Lifecycle.ISSUED,
        number=said.id,
        issued_on=said.issue_date,
        due_on=figures.due_on,
        currency=said.currency,
        net_minor=figures.net_minor,
        total_minor=figures.total_minor,
        balance_minor=figures.total_minor,
        concept=said.note,
        reference=said.reference,
        fiscal_code=fiscal_code_of(said),
        source=DocumentSource.UBL,
        created_at=now,
        issued_at=now,
    )
    support.describe(row, account)
    session.add(row)
    session.flush()
    _lines(session, row, figures)
    _prepaid(session, row, figures.prepaid_minor, now)
    storage.settle(session, row)
    storage.put_search(session, row)
    return row


def fiscal_code_of(said: UblDocument) -> str:
    """The CUFE or CUDE; the UUID of other countries' files is no fiscal code."""
    return said.uuid.lower() if fiscal_code.is_code(said.uuid) else ""


def _lines(session: Session, row: Document, figures: Figures) -> None:
    key = storage.identity(row)
    session.add_all(
        DocumentLine(
            company_id=row.company_id,
            document_id=key,
            position=position,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            tax_rate=line.tax_rate,
            amount_minor=line.amount_minor,
        )
        for position, line in enumerate(figures.lines, 1)
    )
    session.add_all(
        DocumentTax(
            company_id=row.company_id,
            document_id=key,
            rate=tax.rate,
            base_minor=tax.base_minor,
            tax_minor=tax.tax_minor,
        )
        for tax in figures.taxes
    )


def _prepaid(session: Session, row: Document, prepaid_minor: int, now: datetime) -> None:
    """What was paid before the import (of credit: given back), on a day that nobody knows."""
    if not prepaid_minor:
        return
    if row.kind in CREDIT:
        session.add(
            CreditReturn(
                company_id=row.company_id,
                document_id=storage.identity(row),
                currency=row.currency,
                amount_minor=prepaid_minor,
                returned_on=row.issued_on,
                created_at=now,
            )
        )
        return
    session.add(
        Allocation(
            company_id=row.company_id,
            document_id=storage.identity(row),
            credit_id=None,
            currency=row.currency,
            amount_minor=prepaid_minor,
            allocated_on=row.issued_on,
            created_at=now,
        )
    )
