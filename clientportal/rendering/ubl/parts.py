"""The repeating parts of a UBL document: parties, lines, allowances, taxes."""

import re
from collections.abc import Iterator
from decimal import Decimal, localcontext
from typing import Any

from clientportal.domain.errors import Invalid
from clientportal.domain.money import PLACES
from clientportal.domain.ubl import UblAllowanceCharge, UblLine, UblParty, UblTaxSubtotal
from clientportal.rendering.ubl.fields import amount, first, rows, text, within
from clientportal.rendering.ubl.names import EXT, cac

_QUANTITY = {
    "Invoice": "cbc:InvoicedQuantity",
    "CreditNote": "cbc:CreditedQuantity",
    "DebitNote": "cbc:DebitedQuantity",
}
_NIT = "31"
"""DIAN's code of a NIT: the check digit stands in the attribute schemeID."""

MOST_COMPANY_IDS = 20


def party(root: Any, path: str) -> UblParty:
    """Supplier or customer; the path is known to exist."""
    found = first(root, path)
    address = first(found, "cac:PostalAddress")
    if address is None:
        address = first(found, "cac:PhysicalLocation/cac:Address")
    return UblParty(
        name=_name(found)[:200],
        company_ids=within(_company_ids(found), MOST_COMPANY_IDS, "CompanyID"),
        endpoint_id=_endpoint(found),
        country=_address(address, "cac:Country/cbc:IdentificationCode")[:2].upper(),
        street=_street(address)[:200],
        city=_address(address, "cbc:CityName")[:100],
        region=_address(address, "cbc:CountrySubentity", "cbc:CountrySubentityCode")[:100],
        postal_code=_address(address, "cbc:PostalZone")[:20],
    )


def _name(found: Any) -> str:
    """The legal name before the trading name: papers are written to the legal one."""
    paths = (
        "cac:PartyLegalEntity/cbc:RegistrationName",
        "cac:PartyTaxScheme/cbc:RegistrationName",
        "cac:PartyName/cbc:Name",
    )
    return next((name for path in paths if (name := text(found, path))), "") or " ".join(
        part
        for part in (
            text(found, "cac:Person/cbc:FirstName"),
            text(found, "cac:Person/cbc:FamilyName"),
        )
        if part
    )


def _company_ids(found: Any) -> Iterator[str]:
    """Tax identifications: by tax scheme, by register, and Colombia's, which name their kind."""
    for path in ("cac:PartyTaxScheme/cbc:CompanyID", "cac:PartyLegalEntity/cbc:CompanyID"):
        yield from (_company_id(row) for row in rows(found, path) if text(row, "."))
    for row in rows(found, "cac:PartyIdentification/cbc:ID"):
        if re.fullmatch("[0-9]{2}", row.get("schemeName") or "") and text(row, "."):
            yield _company_id(row)


def _company_id(row: Any) -> str:
    number = text(row, ".")[:40]
    digit = row.get("schemeID") or ""
    nit = row.get("schemeName") == _NIT and re.fullmatch("[0-9]", digit) and "-" not in number
    return f"{number}-{digit}" if nit else number


def _endpoint(found: Any) -> str:
    row = first(found, "cbc:EndpointID")
    number = text(row, ".") if row is not None else ""
    scheme = row.get("schemeID") or "" if row is not None else ""
    return f"{scheme}:{number}"[:100] if number else ""


def _street(address: Any) -> str:
    """Street and house number, or the first free line of an address that has neither."""
    parts = (_address(address, "cbc:StreetName"), _address(address, "cbc:BuildingNumber"))
    street = " ".join(part for part in parts if part)
    return street or _address(address, "cac:AddressLine/cbc:Line")


def _address(address: Any, *paths: str) -> str:
    if address is None:
        return ""
    return next((found for path in paths if (found := text(address, path))), "")


def line(row: Any, root: str) -> UblLine:
    """One line. Its price counts per base quantity; a missing one follows from the amount."""
    extension = amount(row, "cbc:LineExtensionAmount")
    quantity = amount(row, _QUANTITY[root])
    price = amount(row, "cac:Price/cbc:PriceAmount")
    base = amount(row, "cac:Price/cbc:BaseQuantity") or Decimal(1)
    one = Decimal(1) if quantity is None else quantity
    with localcontext(prec=60):
        unit = round(price / base, PLACES) if price is not None else None
        if extension is None:
            if unit is None and root == "Invoice":
                raise Invalid(code="ubl_missing", field="file", element="LineExtensionAmount")
            extension = one * (unit or Decimal(0))
        if unit is None:
            unit = round(extension / one, PLACES) if one else extension
    return UblLine(_description(row), one, unit, extension, _line_percent(row))


def _description(row: Any) -> str:
    words = (text(row, "cac:Item/cbc:Name"), text(row, "cac:Item/cbc:Description"))
    return " – ".join(dict.fromkeys(word for word in words if word))[:500]


def _line_percent(row: Any) -> Decimal | None:
    percent = amount(row, "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent")
    if percent is None:
        percent = amount(row, "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent")
    return percent


def allowance_charge(row: Any) -> UblAllowanceCharge:
    """A discount or a charge on the whole document."""
    return UblAllowanceCharge(
        charge=text(row, "cbc:ChargeIndicator") in {"true", "1"},
        reason=text(row, "cbc:AllowanceChargeReason")[:500],
        amount=amount(row, "cbc:Amount") or Decimal(0),
        percent=amount(row, "cac:TaxCategory/cbc:Percent"),
    )


def tax_subtotals(root: Any, currency: str) -> tuple[UblTaxSubtotal, ...]:
    """The taxes of the document; a total without its parts is one part without a rate."""
    found: list[UblTaxSubtotal] = []
    for total in rows(root, "cac:TaxTotal"):
        tax = first(total, "cbc:TaxAmount")
        if tax is None or tax.get("currencyID", currency) != currency:
            continue  # the same taxes again in the currency of the tax authority
        subtotals = rows(total, "cac:TaxSubtotal")
        if not subtotals:
            whole = amount(total, "cbc:TaxAmount") or Decimal(0)
            found.append(UblTaxSubtotal("", Decimal(0), Decimal(0), whole))
        found += [_tax_subtotal(row) for row in subtotals]
    return tuple(found)


def _tax_subtotal(row: Any) -> UblTaxSubtotal:
    category = "cac:TaxCategory/"
    percent = amount(row, f"{category}cbc:Percent")
    if percent is None:
        percent = amount(row, "cbc:Percent")
    return UblTaxSubtotal(
        scheme_id=text(row, f"{category}cac:TaxScheme/cbc:ID")[:20],
        percent=percent or Decimal(0),
        taxable_amount=amount(row, "cbc:TaxableAmount") or Decimal(0),
        tax_amount=amount(row, "cbc:TaxAmount") or Decimal(0),
    )


def own_amounts(root: Any, tax_currency: str) -> Iterator[Any]:
    """Every amount of the document itself: neither in extensions nor in the tax authority's
    currency."""
    for child in root:
        if child.tag == f"{{{EXT}}}UBLExtensions":
            continue
        if child.tag == cac("TaxTotal") and tax_currency:
            tax = first(child, "cbc:TaxAmount")
            if tax is not None and tax.get("currencyID") == tax_currency:
                continue
        yield from child.iterfind(".//*[@currencyID]")
