"""From what a document says to a UBL 2.1 file that is valid by its schema: order is everything."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from lxml import etree

from clientportal.domain.documents import Kind
from clientportal.domain.ubl import (
    ROOTS,
    UblAllowanceCharge,
    UblDocument,
    UblLine,
    UblParty,
    UblTaxSubtotal,
)
from clientportal.rendering.ubl.names import CAC, CBC, cac, cbc, root_name, root_namespace

_TYPE_CODES = {"Invoice": "380", "CreditNote": "381"}
"""UN/ECE 1001; a debit note has no type code."""
_QUANTITIES = {
    "Invoice": "InvoicedQuantity",
    "CreditNote": "CreditedQuantity",
    "DebitNote": "DebitedQuantity",
}
_UNIT = "94"
_MEANS_NOT_DEFINED = "1"
_NIT = re.compile(r"([0-9]{6,10})-([0-9])")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ROOT_OF = {kind: name for name, kind in ROOTS.items()}


def write(document: UblDocument) -> bytes:
    """The file, UTF-8, valid by the schema of its root. Needs at least one line."""
    name = _ROOT_OF[document.kind]
    namespaces: Any = {None: root_namespace(name), "cac": CAC, "cbc": CBC}
    root = etree.Element(root_name(name), nsmap=namespaces)
    _head(root, document, name)
    _references(root, document)
    _party(_child(root, "AccountingSupplierParty"), document.supplier)
    _party(_child(root, "AccountingCustomerParty"), document.customer)
    before, after = (_charges, _due) if document.kind is Kind.DEBIT_NOTE else (_due, _charges)
    before(root, document)
    after(root, document)
    _taxes(root, document.tax_subtotals, document.currency)
    _totals(root, document)
    for position, line in enumerate(document.lines, 1):
        _line(root, line, position, document, name)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _head(root: Any, document: UblDocument, name: str) -> None:
    _text(root, "UBLVersionID", "2.1")
    if document.environment:
        _text(root, "ProfileExecutionID", document.environment)
    _text(root, "ID", document.id)
    if document.uuid:
        scheme = {"schemeID": document.environment, "schemeName": document.uuid_scheme}
        _text(root, "UUID", document.uuid, scheme)
    _text(root, "IssueDate", document.issue_date.isoformat())
    _text(root, "IssueTime", document.issue_time)
    if name == "Invoice" and document.due_date is not None:
        _text(root, "DueDate", document.due_date.isoformat())
    _text(root, f"{name}TypeCode", _TYPE_CODES.get(name, ""))
    _text(root, "Note", document.note)
    _text(root, "DocumentCurrencyCode", document.currency)
    _text(root, "LineCountNumeric", str(len(document.lines)))


def _references(root: Any, document: UblDocument) -> None:
    if document.reference:
        _text(_child(root, "OrderReference"), "ID", document.reference)
    for number in document.corrects:
        billing = _child(_child(root, "BillingReference"), "InvoiceDocumentReference")
        _text(billing, "ID", number)


def _due(root: Any, document: UblDocument) -> None:
    """Only an invoice has its due date at the head; the notes keep it with the payment means."""
    if document.kind is Kind.INVOICE or document.due_date is None:
        return
    means = _child(root, "PaymentMeans")
    _text(means, "PaymentMeansCode", _MEANS_NOT_DEFINED)
    _text(means, "PaymentDueDate", document.due_date.isoformat())


def _party(parent: Any, party: UblParty) -> None:
    found = _child(parent, "Party")
    scheme, _, endpoint = party.endpoint_id.rpartition(":")
    _text(found, "EndpointID", endpoint, {"schemeID": scheme})
    if party.name:
        _text(_child(found, "PartyName"), "Name", party.name)
    _address(found, party)
    for company_id in party.company_ids[:1]:
        tax = _child(found, "PartyTaxScheme")
        _text(tax, "RegistrationName", party.name)
        _company_id(tax, company_id)
        _child(tax, "TaxScheme")
    for company_id in party.company_ids[1:]:
        legal = _child(found, "PartyLegalEntity")
        _text(legal, "RegistrationName", party.name)
        _company_id(legal, company_id)


def _company_id(parent: Any, company_id: str) -> None:
    nit = _NIT.fullmatch(company_id)
    if nit:
        _text(parent, "CompanyID", nit[1], {"schemeID": nit[2], "schemeName": "31"})
    else:
        _text(parent, "CompanyID", company_id)


def _address(found: Any, party: UblParty) -> None:
    values = {
        "StreetName": party.street,
        "CityName": party.city,
        "PostalZone": party.postal_code,
        "CountrySubentity": party.region,
    }
    if not (party.country or any(values.values())):
        return
    address = _child(found, "PostalAddress")
    for name, value in values.items():
        _text(address, name, value)
    if party.country:
        _text(_child(address, "Country"), "IdentificationCode", party.country)


def _charges(root: Any, document: UblDocument) -> None:
    for part in document.allowance_charges:
        _allowance_charge(root, part, document.currency)


def _allowance_charge(root: Any, part: UblAllowanceCharge, currency: str) -> None:
    row = _child(root, "AllowanceCharge")
    _text(row, "ChargeIndicator", "true" if part.charge else "false")
    _text(row, "AllowanceChargeReason", part.reason)
    _amount(row, "Amount", part.amount, currency)
    if part.percent is not None:
        _category(row, "TaxCategory", part.percent, "")


def _taxes(root: Any, subtotals: Sequence[UblTaxSubtotal], currency: str) -> None:
    """One total per scheme, as Colombia asks and the others allow."""
    for scheme in dict.fromkeys(subtotal.scheme_id for subtotal in subtotals):
        own = [subtotal for subtotal in subtotals if subtotal.scheme_id == scheme]
        total = _child(root, "TaxTotal")
        _amount(total, "TaxAmount", _sum(subtotal.tax_amount for subtotal in own), currency)
        for subtotal in own:
            row = _child(total, "TaxSubtotal")
            _amount(row, "TaxableAmount", subtotal.taxable_amount, currency)
            _amount(row, "TaxAmount", subtotal.tax_amount, currency)
            _category(row, "TaxCategory", subtotal.percent, scheme)


def _category(parent: Any, name: str, percent: Decimal, scheme: str) -> None:
    category = _child(parent, name)
    _text(category, "Percent", f"{percent:f}")
    _text(_child(category, "TaxScheme"), "ID", scheme)


def _totals(root: Any, document: UblDocument) -> None:
    requested = document.kind is Kind.DEBIT_NOTE
    totals = _child(root, "RequestedMonetaryTotal" if requested else "LegalMonetaryTotal")
    lines = document.line_extension_amount
    if lines is None:
        lines = _sum(line.line_extension_amount for line in document.lines)
    parts = document.allowance_charges
    charges = _sum(part.amount for part in parts if part.charge)
    allowances = _sum(part.amount for part in parts if not part.charge)
    inclusive = document.payable_amount + document.prepaid_amount - document.payable_rounding_amount
    for name, value in (
        ("LineExtensionAmount", lines),
        ("TaxExclusiveAmount", lines + charges - allowances),
        ("TaxInclusiveAmount", inclusive),
        ("AllowanceTotalAmount", allowances or None),
        ("ChargeTotalAmount", charges or None),
        ("PrepaidAmount", document.prepaid_amount or None),
        ("PayableRoundingAmount", document.payable_rounding_amount or None),
        ("PayableAmount", document.payable_amount),
    ):
        if value is not None:
            _amount(totals, name, value, document.currency)


def _line(root: Any, line: UblLine, position: int, document: UblDocument, name: str) -> None:
    row = _child(root, f"{name}Line")
    _text(row, "ID", str(position))
    _text(row, _QUANTITIES[name], f"{line.quantity:f}", {"unitCode": _UNIT})
    _amount(row, "LineExtensionAmount", line.line_extension_amount, document.currency)
    item = _child(row, "Item")
    _text(item, "Description", line.description)
    if line.percent is not None:
        _category(item, "ClassifiedTaxCategory", line.percent, "")
    _amount(_child(row, "Price"), "PriceAmount", line.price_amount, document.currency)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _child(parent: Any, name: str) -> Any:
    return etree.SubElement(parent, cac(name))


def _amount(parent: Any, name: str, value: Decimal, currency: str) -> None:
    _text(parent, name, f"{value:f}", {"currencyID": currency})


def _text(parent: Any, name: str, value: str, attributes: dict[str, str] | None = None) -> None:
    """A basic component; none for an empty value. What XML cannot hold is left out."""
    clean = _NOT_XML.sub("", value)
    if not clean:
        return
    element = etree.SubElement(parent, cbc(name))
    for key, content in (attributes or {}).items():
        if content:
            element.set(key, content)
    element.text = clean
