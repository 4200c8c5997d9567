"""What a UBL 2.1 invoice, credit note or debit note says, under the names of its elements.

Facts as written, amounts in whole units of the currency: what they mean for the ledger is decided
in `ubl_figures`, who the parties are by the import.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clientportal.domain.documents import Kind

ROOTS = {
    "Invoice": Kind.INVOICE,
    "CreditNote": Kind.CREDIT_NOTE,
    "DebitNote": Kind.DEBIT_NOTE,
}
"""Root element → the kind of document that it is."""


@dataclass(frozen=True, slots=True)
class UblParty:
    """Supplier or customer.

    `company_ids`: tax identifications, the tax scheme's before the legal entity's; a Colombian NIT
    carries its check digit after a hyphen. `endpoint_id` has its scheme in front (`0088:730…`).
    """

    name: str
    company_ids: tuple[str, ...] = ()
    endpoint_id: str = ""
    country: str = ""
    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""


@dataclass(frozen=True, slots=True)
class UblLine:
    """A line; `line_extension_amount` is before tax and has the last word over price × quantity."""

    description: str
    quantity: Decimal
    price_amount: Decimal
    line_extension_amount: Decimal
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class UblAllowanceCharge:
    """A discount (`charge` false) or a charge on the whole document, before tax."""

    charge: bool
    reason: str
    amount: Decimal
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class UblTaxSubtotal:
    """The tax of one scheme (VAT; 01 = IVA, 04 = INC, 03 = ICA in Colombia) at one rate."""

    scheme_id: str
    percent: Decimal
    taxable_amount: Decimal
    tax_amount: Decimal


@dataclass(frozen=True, slots=True)
class UblDocument:
    """One document. `kind` is that of its root element, whatever the signs of its amounts.

    `due_date` None: the file names none. `line_extension_amount` is the total's, None if missing.
    `corrects`: numbers of the documents that a note refers to. `uuid` with `uuid_scheme` is the
    CUFE or CUDE in Colombia; `environment` 1 production, 2 test, empty elsewhere. `qr_code` is
    what the issuer's QR holds.
    """

    kind: Kind
    id: str
    issue_date: date
    currency: str
    payable_amount: Decimal
    supplier: UblParty
    customer: UblParty
    issue_time: str = ""
    due_date: date | None = None
    note: str = ""
    reference: str = ""
    prepaid_amount: Decimal = Decimal(0)
    payable_rounding_amount: Decimal = Decimal(0)
    line_extension_amount: Decimal | None = None
    lines: tuple[UblLine, ...] = ()
    allowance_charges: tuple[UblAllowanceCharge, ...] = ()
    tax_subtotals: tuple[UblTaxSubtotal, ...] = ()
    corrects: tuple[str, ...] = ()
    uuid: str = ""
    uuid_scheme: str = ""
    environment: str = ""
    qr_code: str = ""
