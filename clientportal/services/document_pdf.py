"""What the PDF of a document shows, for whoever may see the document (mission 47, 49)."""

import re
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session

from clientportal.domain.actors import Actor
from clientportal.domain.documents import MONEY_IN, Kind, Lifecycle
from clientportal.rendering.texts import face_of, t
from clientportal.rendering.view import AllocationView, DocumentView, LineView, TaxView
from clientportal.services import documents, papers
from clientportal.services.document_parts import AppliedRow
from clientportal.services.documents import DocumentDetail

_CENT = Decimal(100)


def view(
    session: Session,
    actor: Actor,
    *,
    document_id: int,
    now: datetime,
    language: str = "",
    portal_url: str = "",
) -> DocumentView:
    """Facts for the renderer. `language` empty: the company's. `portal_url`: where it can be paid.

    Raises NotFound. Drafts have no PDF for customers, because they do not see them at all.
    """
    detail = documents.detail(session, actor, document_id=document_id, now=now)
    logo = papers.logo(session, actor, detail.company.id, detail.company_logo_sha256)
    lang = language or detail.company_language
    tax_name = _TAX_NAMES.get(detail.company.country, "IVA")
    return DocumentView(
        kind=detail.kind,
        number=detail.number,
        language=lang,
        currency=detail.currency,
        lifecycle=detail.lifecycle,
        company=papers.party_view(detail.company, lang),
        customer=papers.party_view(detail.account, lang),
        issued_on=detail.issued_on,
        due_on=detail.due_on,
        as_of=detail.today,
        total_minor=detail.total_minor,
        balance_minor=detail.balance_minor,
        subtotal_minor=detail.net_minor,
        lines=_lines(detail),
        taxes=tuple(
            TaxView(tax_name, tax.rate / _CENT, tax.base_minor, tax.tax_minor)
            for tax in detail.taxes
        ),
        allocations=_allocations(detail.applied),
        badge=detail.badge,
        account_code=detail.account.code,
        method=_method(detail.payment_method, lang) if detail.kind in MONEY_IN else "",
        payment_reference=detail.reference if detail.kind in MONEY_IN else "",
        reason=detail.void_reason,
        notes=detail.concept if detail.lines else "",
        fiscal_code=detail.fiscal_code,
        fiscal_label="CUFE" if detail.fiscal_code and detail.company.country == "CO" else "",
        fiscal_url=fiscal_url(detail),
        portal_url=portal_url if detail.lifecycle is Lifecycle.ISSUED else "",
        logo=logo,
        accent=detail.company_accent,
        paper=papers.size(detail.company.country),
    )


_TAX_NAMES = {"PE": "IGV", "DO": "ITBIS", "PA": "ITBMS", "US": "Sales tax", "GB": "VAT"}
"""What the tax on sales is called; IVA elsewhere in the region."""

_CUFE = re.compile(r"[0-9a-f]{96}", re.IGNORECASE)
"""CUFE and CUDE are SHA-384 digests in hexadecimal."""


def fiscal_url(detail: DocumentDetail) -> str:
    """Where the tax authority shows the document; empty when its code is of no known kind.

    The address that the issuer's own file carries comes first.
    """
    if detail.original.fiscal_url:
        return detail.original.fiscal_url
    if detail.company.country == "CO" and _CUFE.fullmatch(detail.fiscal_code):
        base = "https://catalogo-vpfe.dian.gov.co/document/searchqr?documentkey="
        return f"{base}{detail.fiscal_code}"
    return ""


def _lines(detail: DocumentDetail) -> tuple[LineView, ...]:
    """The lines, or one made of the concept for a document that came without lines."""
    if detail.lines:
        return tuple(
            LineView(
                description=line.description,
                quantity=line.quantity,
                unit_price=line.unit_price,
                amount_minor=line.amount_minor,
                tax_rate=line.tax_rate / _CENT if line.tax_rate else None,
            )
            for line in detail.lines
        )
    return ()


def _allocations(rows: tuple[AppliedRow, ...]) -> tuple[AllocationView, ...]:
    """What is applied and stands: neither rows that were taken back nor those that took them."""
    return tuple(
        AllocationView(row.kind or Kind.CASH_RECEIPT, row.number, row.on, row.amount_minor)
        for row in rows
        if row.reversible
    )


def _method(code: str, lang: str) -> str:
    """How the money came, in words; what has none stays as the gateway reported it."""
    key = f"portal.method.{code}"
    return t(key, lang) if key in face_of() else code
