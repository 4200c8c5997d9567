"""From the bytes of a UBL file to what it says, also out of an AttachedDocument."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from clientportal.domain.errors import Invalid
from clientportal.domain.ubl import ROOTS, UblDocument
from clientportal.rendering.ubl import parts
from clientportal.rendering.ubl.fields import amount, first, rows, text, within
from clientportal.rendering.ubl.names import PREFIXES, root_name
from clientportal.rendering.ubl.safe import parse_xml

ATTACHED = "AttachedDocument"
_WRAPPED = "cac:Attachment/cac:ExternalReference/cbc:Description"
_LONGEST_ID = 50
"""Leaves room for the prefix of a receipt's number in a column of 60."""
MOST_REFERENCES = 1_000
"""Documents that a note may refer to."""
_CURRENCY = re.compile(r"[A-Z]{3}")
_TOTALS = {
    "Invoice": "cac:LegalMonetaryTotal",
    "CreditNote": "cac:LegalMonetaryTotal",
    "DebitNote": "cac:RequestedMonetaryTotal",
}
_DUE = ("cbc:DueDate", "cac:PaymentMeans/cbc:PaymentDueDate", "cac:PaymentTerms/cbc:PaymentDueDate")
_CORRECTED = (
    "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID",
    "cac:BillingReference/cac:DebitNoteDocumentReference/cbc:ID",
    "cac:DiscrepancyResponse/cbc:ReferenceID",
)


def parse(content: bytes) -> UblDocument:
    """What an Invoice, CreditNote or DebitNote says; of an AttachedDocument, the one inside it.

    Raises Invalid: what `safe.parse_xml` raises, "ubl_root" (root) for another kind of file,
    "ubl_attachment" for an AttachedDocument without one, "ubl_missing" (element), "ubl_value"
    (element, value), "ubl_too_many" (element, most), "ubl_currencies" (currencies),
    "currency_missing", "too_long".
    """
    root = parse_xml(content)
    if root.tag == root_name(ATTACHED):
        inside = text(root, _WRAPPED, collapse=False).strip()
        if not inside:
            raise Invalid(code="ubl_attachment", field="file")
        # Its text has the outer file's encoding behind it, whatever its own first line says.
        root = parse_xml(inside.encode(), encoding="utf-8")
    names = {root_name(name): name for name in ROOTS}
    if root.tag not in names:
        raise Invalid(code="ubl_root", field="file", root=_local(root.tag))
    return _document(root, names[root.tag])


def _local(tag: str) -> str:
    return tag.rpartition("}")[2][:40]


def _document(root: Any, name: str) -> UblDocument:
    totals = first(root, _TOTALS[name])
    if totals is None:
        raise Invalid(code="ubl_missing", field="file", element=_TOTALS[name][4:])
    currency = _currency(root, totals)
    payable = amount(totals, "cbc:PayableAmount")
    if payable is None:
        raise Invalid(code="ubl_missing", field="file", element="PayableAmount")
    for party in ("AccountingSupplierParty", "AccountingCustomerParty"):
        if first(root, f"cac:{party}/cac:Party") is None:
            raise Invalid(code="ubl_missing", field="file", element=party)
    uuid = first(root, "cbc:UUID")
    return UblDocument(
        kind=ROOTS[name],
        id=_id(root),
        issue_date=_date(root, "cbc:IssueDate", required=True) or date.min,
        issue_time=text(root, "cbc:IssueTime")[:30],
        due_date=_due(root),
        currency=currency,
        note=text(root, "cbc:Note")[:500],
        reference=(text(root, "cac:OrderReference/cbc:ID") or text(root, "cbc:BuyerReference"))[
            :100
        ],
        payable_amount=payable,
        prepaid_amount=amount(totals, "cbc:PrepaidAmount") or Decimal(0),
        payable_rounding_amount=amount(totals, "cbc:PayableRoundingAmount") or Decimal(0),
        line_extension_amount=amount(totals, "cbc:LineExtensionAmount"),
        supplier=parts.party(root, "cac:AccountingSupplierParty/cac:Party"),
        customer=parts.party(root, "cac:AccountingCustomerParty/cac:Party"),
        lines=tuple(parts.line(row, name) for row in rows(root, f"cac:{name}Line")),
        allowance_charges=tuple(
            parts.allowance_charge(row) for row in rows(root, "cac:AllowanceCharge")
        ),
        tax_subtotals=parts.tax_subtotals(root, currency),
        corrects=_corrects(root),
        uuid=text(root, "cbc:UUID")[:120],
        uuid_scheme=(uuid.get("schemeName") or "")[:40] if uuid is not None else "",
        environment=_environment(root, uuid),
        qr_code=_qr_code(root),
    )


def _id(root: Any) -> str:
    number = text(root, "cbc:ID")
    if not number:
        raise Invalid(code="ubl_missing", field="file", element="ID")
    if len(number) > _LONGEST_ID:
        raise Invalid(code="too_long", field="ID", longest=_LONGEST_ID)
    return number


def _date(root: Any, path: str, *, required: bool = False) -> date | None:
    """A date; the zone that XML allows behind it is no part of the day. Raises Invalid."""
    written = text(root, path)
    if not written:
        if required:
            raise Invalid(code="ubl_missing", field="file", element=path[4:])
        return None
    try:
        return date.fromisoformat(re.sub(r"(Z|[+-]\d\d:\d\d)$", "", written))
    except ValueError as error:
        name = path.rpartition(":")[2]
        raise Invalid(code="ubl_value", field="file", element=name, value=written[:40]) from error


def _due(root: Any) -> date | None:
    return next((due for path in _DUE if (due := _date(root, path)) is not None), None)


def _corrects(root: Any) -> tuple[str, ...]:
    found = (text(row, ".") for path in _CORRECTED for row in rows(root, path))
    numbers = (number for number in found if number and len(number) <= 60)
    return within(numbers, MOST_REFERENCES, "BillingReference")


def _environment(root: Any, uuid: Any) -> str:
    """1 production, 2 test, as Colombia writes it; empty elsewhere."""
    if uuid is None or not (uuid.get("schemeName") or "").startswith(("CUFE", "CUDE")):
        return ""
    found = uuid.get("schemeID") or text(root, "cbc:ProfileExecutionID")
    return found if found in {"1", "2"} else ""


def _qr_code(root: Any) -> str:
    """The text of the issuer's QR, which Colombia keeps in an extension."""
    found = root.xpath(
        "ext:UBLExtensions//*[local-name() = 'QRCode']",
        namespaces=PREFIXES,
    )
    return (found[0].text or "").strip()[:1000] if found else ""


def _currency(root: Any, totals: Any) -> str:
    """The one currency of the file.

    Amounts of a second TaxTotal in the currency of the tax authority (TaxCurrencyCode) are told
    apart; any other second currency is refused.
    """
    codes = {
        element.get("currencyID", "").strip()
        for element in parts.own_amounts(root, text(root, "cbc:TaxCurrencyCode"))
    } - {""}
    declared = text(root, "cbc:DocumentCurrencyCode")
    payable = first(totals, "cbc:PayableAmount")
    fallback = payable.get("currencyID", "").strip() if payable is not None else ""
    currency = declared or fallback or next(iter(sorted(codes)), "")
    if codes - {currency}:
        both = ", ".join(sorted(codes | {currency}))
        raise Invalid(code="ubl_currencies", field="file", currencies=both[:60])
    if not currency:
        raise Invalid(code="currency_missing", field="file")
    if not _CURRENCY.fullmatch(currency):
        raise Invalid(
            code="ubl_value", field="file", element="DocumentCurrencyCode", value=currency[:40]
        )
    return currency
