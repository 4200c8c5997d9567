"""UBL files for tests: the schemas, the real files, and small ones made to measure."""

from functools import cache
from pathlib import Path

from lxml import etree

DATA = Path(__file__).parents[1] / "data"
SUPPLIER, CUSTOMER = "900.373.115-3", "830.001.113-1"
FILES = sorted((DATA / "ubl").glob("*.xml"))

_NAMESPACES = (
    'xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2" '
    'xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2" '
    'xmlns:ext="urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2"'
)


def real(name: str) -> bytes:
    """One of the files of tests/data/ubl."""
    return (DATA / "ubl" / name).read_bytes()


@cache
def _schema(root: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(DATA / "xsd" / "maindoc" / f"UBL-{root}-2.1.xsd")))


def schema_errors(content: bytes) -> list[str]:
    """What the UBL 2.1 schema of its root says against a file; nothing when it is valid."""
    root = etree.fromstring(content)
    schema = _schema(etree.QName(root).localname)
    schema.validate(root)
    return [str(error) for error in schema.error_log]


def party(tax_id: str = "", name: str = "", endpoint: str = "", country: str = "CO") -> str:
    """The inside of a supplier or customer party."""
    ends = f"<cbc:EndpointID schemeID='0088'>{endpoint}</cbc:EndpointID>" if endpoint else ""
    names = f"<cac:PartyName><cbc:Name>{name}</cbc:Name></cac:PartyName>" if name else ""
    place = (
        "<cac:PostalAddress><cac:Country><cbc:IdentificationCode>"
        f"{country}</cbc:IdentificationCode></cac:Country></cac:PostalAddress>"
    )
    tax = (
        f"<cac:PartyTaxScheme><cbc:CompanyID>{tax_id}</cbc:CompanyID><cac:TaxScheme/>"
        "</cac:PartyTaxScheme>"
    )
    return f"<cac:Party>{ends}{names}{place}{tax if tax_id else ''}</cac:Party>"


def invoice(
    number: str = "FE-1",
    payable: str = "1190.00",
    *,
    root: str = "Invoice",
    currency: str = "COP",
    line_currency: str = "",
    issued: str = "2026-02-01",
    due: str = "2026-03-03",
    supplier: str = "",
    customer: str = "",
    line: str = "1000.00",
    tax: str = "190.00",
    prepaid: str = "",
    uuid: str = "",
    time: str = "",
    references: str = "",
    extensions: str = "",
    declared: bool = True,
) -> bytes:
    """A small document of any root. `uuid`, `time`, `references`, `extensions`: elements."""
    totals = "RequestedMonetaryTotal" if root == "DebitNote" else "LegalMonetaryTotal"
    names = {"Invoice": "Invoiced", "CreditNote": "Credited", "DebitNote": "Debited"}
    money = f'currencyID="{currency}"'
    at_head = f"<cbc:DueDate>{due}</cbc:DueDate>" if due and root == "Invoice" else ""
    code = f"<cbc:DocumentCurrencyCode>{currency}</cbc:DocumentCurrencyCode>" if declared else ""
    paid = f"<cbc:PrepaidAmount {money}>{prepaid}</cbc:PrepaidAmount>" if prepaid else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<{root} {_NAMESPACES.format(root=root)}>{extensions}<cbc:ID>{number}</cbc:ID>{uuid}
<cbc:IssueDate>{issued}</cbc:IssueDate>{time}{at_head}{code}{references}
<cac:AccountingSupplierParty>{supplier or party(SUPPLIER, "Papelera Sur")}
</cac:AccountingSupplierParty><cac:AccountingCustomerParty>{customer or party(CUSTOMER, "Cliente")}
</cac:AccountingCustomerParty>
<cac:TaxTotal><cbc:TaxAmount {money}>{tax}</cbc:TaxAmount><cac:TaxSubtotal>
<cbc:TaxableAmount {money}>{line}</cbc:TaxableAmount><cbc:TaxAmount {money}>{tax}</cbc:TaxAmount>
<cac:TaxCategory><cbc:Percent>19.00</cbc:Percent><cac:TaxScheme><cbc:ID>01</cbc:ID></cac:TaxScheme>
</cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:{totals}><cbc:LineExtensionAmount {money}>{line}</cbc:LineExtensionAmount>{paid}
<cbc:PayableAmount {money}>{payable}</cbc:PayableAmount></cac:{totals}>
<cac:{root}Line><cbc:ID>1</cbc:ID>
<cbc:{names[root]}Quantity unitCode="94">1</cbc:{names[root]}Quantity>
<cbc:LineExtensionAmount currencyID="{line_currency or currency}">{line}</cbc:LineExtensionAmount>
<cac:Item><cbc:Description>Resma</cbc:Description></cac:Item>
<cac:Price><cbc:PriceAmount {money}>{line}</cbc:PriceAmount></cac:Price></cac:{root}Line></{root}>
""".encode()


def attached(inside: bytes) -> bytes:
    """An AttachedDocument around a file, as DIAN sends it to the customer."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<AttachedDocument {_NAMESPACES.format(root="AttachedDocument")}><cbc:ID>1</cbc:ID>
<cac:Attachment><cac:ExternalReference><cbc:MimeCode>text/xml</cbc:MimeCode>
<cbc:Description><![CDATA[{inside.decode()}]]></cbc:Description></cac:ExternalReference>
</cac:Attachment><cac:ParentDocumentLineReference><cbc:LineID>1</cbc:LineID>
<cac:DocumentReference><cbc:ID>1</cbc:ID><cac:Attachment><cac:ExternalReference><cbc:Description>
<![CDATA[<ApplicationResponse/>]]></cbc:Description></cac:ExternalReference></cac:Attachment>
</cac:DocumentReference></cac:ParentDocumentLineReference></AttachedDocument>""".encode()
