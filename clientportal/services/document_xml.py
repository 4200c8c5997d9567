"""The XML of a document (mission 48): its original byte for byte, else UBL of our own rows."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal.domain import fiscal_code
from clientportal.domain.actors import Actor
from clientportal.domain.documents import PAYABLE, Kind
from clientportal.domain.errors import NotFound
from clientportal.domain.money import to_decimal
from clientportal.domain.permissions import Permission, require
from clientportal.domain.ubl import UblDocument, UblLine, UblParty, UblTaxSubtotal
from clientportal.rendering.formats import currency_digits
from clientportal.rendering.ubl import writing
from clientportal.services import document_originals, documents
from clientportal.services import document_support as support
from clientportal.services.documents import DocumentDetail, Party
from clientportal.storage import files


@dataclass(frozen=True, slots=True)
class XmlFile:
    """A file to download."""

    name: str
    content: bytes


def file(session: Session, actor: Actor, *, document_id: int, now: datetime) -> XmlFile:
    """The XML of a document that the actor may see.

    Raises NotFound, also for a document that has none: issued elsewhere without its original, a
    draft, a void one, a receipt.
    """
    require(actor, Permission.DOCUMENTS_READ)
    document = support.found(session, actor, document_id)
    original = document_originals.original_of(session, actor, document_id)
    name = f"{document.number or document_id}.xml"
    if original is not None:
        try:
            return XmlFile(original.file_name or name, files.store().get(original.file_sha256))
        except FileNotFoundError as error:
            raise NotFound() from error
    if not document_originals.is_written_here(document):
        raise NotFound()
    detail = documents.detail(session, actor, document_id=document_id, now=now)
    account = support.account_of(session, actor, document.account_id)
    return XmlFile(name, writing.write(_said(detail, account.endpoint_id)))


def _said(detail: DocumentDetail, endpoint_id: str) -> UblDocument:
    """The document in the words of UBL.

    Payable is what was owed when it was issued; what was paid since is in the ledger, not here.
    """
    digits = currency_digits(detail.currency)
    colombian = detail.company.country == "CO"
    coded = colombian and fiscal_code.is_code(detail.fiscal_code)
    scheme = "CUFE-SHA384" if detail.kind is Kind.INVOICE else "CUDE-SHA384"
    prepaid = sum(row.amount_minor for row in detail.applied if row.document_id is None)
    return UblDocument(
        kind=detail.kind,
        id=detail.number,
        issue_date=detail.issued_on,
        due_date=detail.due_on if detail.kind in PAYABLE else None,
        currency=detail.currency,
        note=detail.concept,
        reference=detail.reference,
        payable_amount=to_decimal(detail.total_minor - prepaid, digits),
        prepaid_amount=to_decimal(prepaid, digits),
        line_extension_amount=to_decimal(detail.net_minor, digits),
        supplier=_party(detail.company),
        customer=_party(detail.account, endpoint_id),
        lines=tuple(
            UblLine(
                line.description,
                line.quantity,
                line.unit_price,
                to_decimal(line.amount_minor, digits),
                line.tax_rate or None,
            )
            for line in detail.lines
        ),
        tax_subtotals=tuple(
            UblTaxSubtotal(
                "01" if colombian else "VAT",
                tax.rate,
                to_decimal(tax.base_minor, digits),
                to_decimal(tax.tax_minor, digits),
            )
            for tax in detail.taxes
        ),
        corrects=tuple(row.number for row in detail.related if not row.corrects_this),
        uuid=detail.fiscal_code if coded else "",
        uuid_scheme=scheme if coded else "",
        environment="1" if coded else "",
    )


def _party(party: Party, endpoint_id: str = "") -> UblParty:
    return UblParty(
        name=party.name,
        company_ids=(_company_id(party),) if party.tax_id else (),
        endpoint_id=endpoint_id,
        country=party.country if len(party.country) == 2 else "",
        street=party.street,
        city=party.city,
        region=party.region,
        postal_code=party.postal_code,
    )


def _company_id(party: Party) -> str:
    """A NIT as digits, hyphen and check digit, of which UBL for Colombia makes two values."""
    if (party.country, party.tax_id_kind) != ("CO", "nit"):
        return party.tax_id
    digits = "".join(char for char in party.tax_id if char.isdigit())
    return f"{digits[:-1]}-{digits[-1]}" if "-" in party.tax_id else digits
