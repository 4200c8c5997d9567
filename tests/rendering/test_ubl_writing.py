"""UBL files that we write: valid by the schema, and read back to what was written."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientportal.domain.documents import Kind
from clientportal.domain.ubl import (
    UblAllowanceCharge,
    UblDocument,
    UblLine,
    UblParty,
    UblTaxSubtotal,
)
from clientportal.rendering.ubl.reading import parse
from clientportal.rendering.ubl.writing import write
from tests.support.ubl import FILES, invoice, schema_errors

PLACES = st.decimals(-(10**9), 10**9, places=6)
AMOUNT = st.decimals(-(10**9), 10**9, places=2)
RATE = st.decimals(0, 100, places=2)


def words(longest: int, least: int = 0) -> st.SearchStrategy[str]:
    """Texts of every alphabet without what XML cannot hold, white space as the reader leaves it."""
    alphabet = st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co"))
    texts = st.text(alphabet, min_size=least, max_size=longest)
    return texts.map(lambda text: " ".join(text.split())).filter(lambda text: len(text) >= least)


CODES = st.text("ABCDEFGHJK0123456789", min_size=1, max_size=20)
PARTIES = st.builds(
    UblParty,
    name=words(60, 1),
    company_ids=st.one_of(
        st.just(()),
        st.lists(CODES, min_size=1, max_size=3, unique=True).map(tuple),
        st.just(("900373115-3",)),
    ),
    endpoint_id=st.one_of(st.just(""), CODES.map(lambda code: f"0088:{code}")),
    country=st.sampled_from(["", "CO", "ES"]),
    street=words(60),
    city=words(40),
    region=words(40),
    postal_code=words(20),
)
LINES = st.builds(
    UblLine,
    description=words(200, 1),
    quantity=PLACES,
    price_amount=PLACES,
    line_extension_amount=AMOUNT,
    percent=st.none() | RATE,
)
DOCUMENTS = st.builds(
    UblDocument,
    kind=st.sampled_from([Kind.INVOICE, Kind.CREDIT_NOTE, Kind.DEBIT_NOTE]),
    id=CODES,
    issue_date=st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    due_date=st.none() | st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    issue_time=st.sampled_from(["", "10:53:10-05:00"]),
    currency=st.sampled_from(["COP", "EUR", "CLP"]),
    payable_amount=AMOUNT,
    prepaid_amount=AMOUNT,
    payable_rounding_amount=AMOUNT,
    line_extension_amount=AMOUNT,
    supplier=PARTIES,
    customer=PARTIES,
    note=words(200),
    reference=words(60),
    lines=st.lists(LINES, min_size=1, max_size=4).map(tuple),
    allowance_charges=st.lists(
        st.builds(UblAllowanceCharge, st.booleans(), words(60), AMOUNT, st.none() | RATE),
        max_size=2,
    ).map(tuple),
    tax_subtotals=st.lists(
        st.builds(UblTaxSubtotal, st.sampled_from(["01", "04"]), RATE, AMOUNT, AMOUNT), max_size=3
    ).map(lambda rows: tuple(sorted(rows, key=lambda row: row.scheme_id))),
    corrects=st.lists(CODES, max_size=2, unique=True).map(tuple),
    uuid=st.just("a" * 96),
    uuid_scheme=st.sampled_from(["CUFE-SHA384", "CUDE-SHA384"]),
    environment=st.sampled_from(["1", "2"]),
)


@given(document=DOCUMENTS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_written_is_valid_and_reads_back_the_same(document: UblDocument) -> None:
    content = write(document)
    assert schema_errors(content) == []
    assert parse(content) == document


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_real_file_is_valid_and_survives_being_written_again(file: object) -> None:
    content = file.read_bytes()  # type: ignore[attr-defined]
    assert schema_errors(content) == []
    read = parse(content)
    again = write(read)
    assert schema_errors(again) == []
    first = read.line_extension_amount or read.lines[0].line_extension_amount
    assert parse(again) == replace(read, line_extension_amount=first)


@pytest.mark.parametrize("root", ["Invoice", "CreditNote", "DebitNote"])
def test_the_schema_bites(root: str) -> None:
    content = write(parse(invoice(root=root)))
    assert schema_errors(content) == []
    assert schema_errors(content.replace(b"<cbc:ID>FE-1</cbc:ID>", b""))
    assert schema_errors(content.replace(b"AccountingCustomerParty", b"BuyerCustomerParty"))


def test_what_xml_cannot_hold_is_left_out() -> None:
    line = UblLine("Resma\x0b\x00\ud800 carta", Decimal(1), Decimal(1), Decimal(1))
    document = replace(parse(invoice()), lines=(line,))
    assert parse(write(document)).lines[0].description == "Resma carta"
