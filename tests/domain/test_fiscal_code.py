"""CUFE and CUDE: the vector of the anexo técnico, truncation, and the address behind the QR."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from clientportal.domain import fiscal_code
from clientportal.domain.documents import Kind
from clientportal.domain.fiscal_code import FiscalFacts
from clientportal.domain.ubl import UblDocument, UblParty, UblTaxSubtotal

KEY = "693ff6f2a553c3646a063436fd4dd9ded0311471"
CUFE = (
    "8bb918b19ba22a694f1da11c643b5e9de39adf60311cf179179e9b33381030bc"
    "d4c3c3f156c506ed5908f9276f5bd9b4"
)
FACTS = FiscalFacts(
    number="323200000129",
    issue_date=date(2019, 1, 16),
    time="10:53:10-05:00",
    line_extension_amount=Decimal("1500000.00"),
    taxes={"01": Decimal("285000.00")},
    payable_amount=Decimal("1785000.00"),
    supplier_nit="700085371",
    customer_id="800199436",
    environment="1",
)
DOCUMENT = UblDocument(
    kind=Kind.INVOICE,
    id="323200000129",
    issue_date=date(2019, 1, 16),
    issue_time="10:53:10-05:00",
    currency="COP",
    line_extension_amount=Decimal(1_500_000),
    payable_amount=Decimal(1_785_000),
    tax_subtotals=(
        UblTaxSubtotal("01", Decimal(19), Decimal(1_000_000), Decimal(190_000)),
        UblTaxSubtotal("01", Decimal(19), Decimal(500_000), Decimal(95_000)),
    ),
    supplier=UblParty("Vendedor", ("700085371-1",)),
    customer=UblParty("Comprador", ("800.199.436-5",)),
    uuid=CUFE,
    uuid_scheme="CUFE-SHA384",
    environment="1",
)


def test_the_vector() -> None:
    assert fiscal_code.compute(FACTS, KEY) == CUFE
    assert fiscal_code.is_code(CUFE)
    assert fiscal_code.is_code(CUFE.upper())
    assert not fiscal_code.is_code(CUFE[1:])


def test_amounts_are_truncated_never_rounded() -> None:
    longer = replace(FACTS, payable_amount=Decimal("1785000.009"))
    assert fiscal_code.compute(longer, KEY) == CUFE
    assert fiscal_code.compute(replace(FACTS, payable_amount=Decimal("1785000.01")), KEY) != CUFE


def test_every_fact_counts() -> None:
    others = {
        "number": "323200000130",
        "issue_date": date(2019, 1, 17),
        "time": "10:53:11-05:00",
        "taxes": {"04": Decimal("285000.00")},
        "supplier_nit": "700085372",
        "customer_id": "222222222222",
        "environment": "2",
    }
    codes = {fiscal_code.compute(replace(FACTS, **{k: v}), KEY) for k, v in others.items()}
    assert len(codes | {CUFE, fiscal_code.compute(FACTS, "other key")}) == len(others) + 2


def test_facts_of_a_file_leave_check_digits_out_and_add_taxes_up() -> None:
    assert fiscal_code.facts_of(DOCUMENT) == FACTS
    assert fiscal_code.facts_of(replace(DOCUMENT, issue_time="")) is None
    assert fiscal_code.facts_of(replace(DOCUMENT, customer=UblParty("Nadie"))) is None


def test_the_address_of_the_authority() -> None:
    page = "catalogo-vpfe.dian.gov.co/document/searchqr?documentkey="
    assert fiscal_code.verification_url(DOCUMENT) == f"https://{page}{CUFE}"
    tested = replace(DOCUMENT, environment="2")
    assert "catalogo-vpfe-hab.dian" in fiscal_code.verification_url(tested)
    drawn = replace(DOCUMENT, environment="", qr_code=f"NumFac: 1\nQRCode=https://{page}abc")
    assert fiscal_code.verification_url(drawn) == f"https://{page}abc"
    elsewhere = replace(DOCUMENT, environment="", qr_code="https://phishing.example/?k=1")
    assert fiscal_code.verification_url(elsewhere) == ""
