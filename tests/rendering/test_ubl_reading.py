"""UBL files as they come: the real ones to the last figure, wrapped ones, and hostile ones."""

import time
from datetime import date
from decimal import Decimal

import pytest

from clientportal.domain.documents import Kind
from clientportal.domain.errors import Invalid
from clientportal.domain.ubl import UblDocument, UblTaxSubtotal
from clientportal.domain.ubl_figures import Words, figures
from clientportal.rendering.ubl import safe
from clientportal.rendering.ubl.reading import parse
from tests.support.ubl import attached, invoice, party, real

WORDS = Words("Descuento", "Cargo", "Redondeo")
DOCTYPE = '<!DOCTYPE Invoice [<!ENTITY a "aaaaaaaaaa">{more}]>'


def refusal(content: bytes) -> Invalid:
    with pytest.raises(Invalid) as refused:
        parse(content)
    return refused.value


# Written down by hand from the files: kind, number, currency, issued, due, then in minor units
# total, prepaid, balance, net, and the amounts of the lines and the taxes (rate: base, tax).
BY_HAND: dict[str, tuple[object, ...]] = {
    "UBL-DebitNote-2.1-Example.xml": (
        (Kind.DEBIT_NOTE, "TOSL108", "EUR", date(2009, 12, 15), date(2009, 12, 15)),
        (172_900, 100_000, 72_900, 143_680),
        [127_300, -396, 496, -2_500, 18_750, 30],
        {0: (-2_500, 0), 10: (100, 10), 20: (146_050, 29_210)},
    ),
    "UBL-Invoice-2.1-Example-Trivial.xml": (
        (Kind.INVOICE, "123", "CAD", date(2011, 9, 22), date(2011, 9, 22)),
        (10_000, 0, 10_000, 10_000),
        [10_000],
        {},
    ),
    "peppol-base-creditnote-correction.xml": (
        (Kind.CREDIT_NOTE, "Snippet1", "EUR", date(2017, 11, 13), date(2017, 11, 13)),
        (165_625, 0, 165_625, 132_500),
        [280_000, -150_000, 2_500],
        {25: (132_500, 33_125)},
    ),
    "peppol-base-example.xml": (
        (Kind.INVOICE, "Snippet1", "EUR", date(2017, 11, 13), date(2017, 12, 1)),
        (165_625, 0, 165_625, 132_500),
        [280_000, -150_000, 2_500],
        {25: (132_500, 33_125)},
    ),
    "peppol-vat-category-E.xml": (
        (Kind.INVOICE, "Vat-Z", "GBP", date(2018, 8, 30), date(2018, 8, 30)),
        (120_000, 0, 120_000, 120_000),
        [120_000],
        {0: (120_000, 0)},
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_the_real_files_to_the_last_figure(name: str) -> None:
    head, totals, lines, taxes = BY_HAND[name]
    document = parse(real(name))
    found = figures(document, 2, WORDS)
    assert (
        found.kind,
        document.id,
        document.currency,
        document.issue_date,
        found.due_on,
    ) == head
    assert (found.total_minor, found.prepaid_minor, found.balance_minor, found.net_minor) == totals
    assert [line.amount_minor for line in found.lines] == lines
    assert {tax.rate: (tax.base_minor, tax.tax_minor) for tax in found.taxes} == taxes
    assert found.warnings == ()


def test_the_parties_of_a_real_file() -> None:
    document = parse(real("peppol-base-creditnote-correction.xml"))
    assert document.supplier.name == "SupplierOfficialName Ltd"
    assert document.supplier.company_ids == ("GB1232434", "GB983294")
    assert document.customer.company_ids == ("SE4598375937", "39937423947")
    assert document.customer.endpoint_id == "0002:FR23342"
    assert (document.customer.country, document.customer.city) == ("SE", "Stockholm")
    assert document.corrects == ("Snippet1",)
    assert document.reference == "0150abc"
    assert document.note == "Please note we have a new phone number: 22 22 22 22"


def test_a_colombian_file_with_its_code_and_its_qr() -> None:
    cufe = "a" * 96
    found = parse(
        invoice(
            uuid=f'<cbc:UUID schemeID="2" schemeName="CUFE-SHA384">{cufe}</cbc:UUID>',
            time="<cbc:IssueTime>10:53:10-05:00</cbc:IssueTime>",
            customer=party("830001113", "Cliente").replace(
                "<cbc:CompanyID>", '<cbc:CompanyID schemeID="1" schemeName="31">'
            ),
            extensions=(
                "<ext:UBLExtensions><ext:UBLExtension><ext:ExtensionContent>"
                '<sts:DianExtensions xmlns:sts="dian:gov:co:facturaelectronica:Structures-2-1">'
                "<sts:QRCode>https://catalogo-vpfe.dian.gov.co/x</sts:QRCode>"
                '<sts:A currencyID="X"/>'
                "</sts:DianExtensions></ext:ExtensionContent></ext:UBLExtension></ext:UBLExtensions>"
            ),
        )
    )
    assert (found.uuid, found.uuid_scheme, found.environment) == (cufe, "CUFE-SHA384", "2")
    assert found.issue_time == "10:53:10-05:00"
    assert found.qr_code == "https://catalogo-vpfe.dian.gov.co/x"
    assert found.customer.company_ids == ("830001113-1",)
    assert found.tax_subtotals == (
        UblTaxSubtotal("01", Decimal("19.00"), Decimal("1000.00"), Decimal("190.00")),
    )


@pytest.mark.parametrize("root", ["Invoice", "CreditNote", "DebitNote"])
def test_what_is_inside_an_attached_document(root: str) -> None:
    inside = invoice(root=root)
    assert parse(attached(inside)) == parse(inside)


def test_the_encoding_of_the_outer_file_holds_for_the_inner_one() -> None:
    inside = invoice(customer=party("830.001.113-1", "Peñón & Cía".replace("&", "&amp;")))
    wrong = inside.replace(b'encoding="UTF-8"', b'encoding="ISO-8859-1"')
    assert parse(attached(wrong)).customer.name == "Peñón & Cía"
    latin = attached(inside).decode().replace("UTF-8", "ISO-8859-1").encode("iso-8859-1")
    assert parse(latin).customer.name == "Peñón & Cía"
    wide = attached(inside).decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert parse(wide).customer.name == "Peñón & Cía"


def test_currency_from_the_amounts_and_due_date_from_the_payment_means() -> None:
    assert parse(invoice(declared=False, currency="USD")).currency == "USD"
    terms = (
        "<cac:PaymentMeans><cbc:PaymentDueDate>2026-04-01</cbc:PaymentDueDate></cac:PaymentMeans>"
    )
    assert parse(invoice(root="DebitNote", references=terms)).due_date == date(2026, 4, 1)
    assert parse(invoice(issued="2026-02-01Z", due="2026-03-03-05:00")).due_date == date(2026, 3, 3)


def test_the_tax_again_in_the_authoritys_currency_is_no_second_currency() -> None:
    again = (
        "<cac:TaxTotal><cbc:TaxAmount currencyID='COP'>760000.00</cbc:TaxAmount></cac:TaxTotal>"
        "<cac:LegalMonetaryTotal>"
    )
    content = invoice(currency="USD", references="<cbc:TaxCurrencyCode>COP</cbc:TaxCurrencyCode>")
    found = parse(content.replace(b"<cac:LegalMonetaryTotal>", again.encode()))
    assert [subtotal.tax_amount for subtotal in found.tax_subtotals] == [Decimal("190.00")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "xml_empty"),
        (b" \n ", "xml_empty"),
        (b"\x00\x01\x02", "xml_broken"),
        (b"number;total\n1;2\n", "xml_broken"),
        (b"<Invoice/>", "ubl_root"),
        (invoice()[:-200], "xml_broken"),
        (invoice()[:700], "xml_broken"),
        (invoice(number="").replace(b"Resma", "Peñón".encode("latin-1")), "xml_broken"),
        (invoice().replace(b"UTF-8", b"EBCDIC-XX"), "xml_broken"),
        (invoice().replace(b"Resma", b"&unknown;"), "xml_broken"),
        (invoice().replace(b"Resma", b"&#0;"), "xml_broken"),
        (attached(b"<Order/>"), "ubl_root"),
        (attached(attached(invoice()).replace(b"]]>", b"]]]]><![CDATA[>")), "ubl_root"),
        (attached(invoice()).replace(b"cac:Attachment", b"cac:Other"), "ubl_attachment"),
        (attached(invoice()[:300]), "xml_broken"),
        (invoice(number=""), "ubl_missing"),
        (invoice(number="9" * 51), "too_long"),
        (invoice(issued=""), "ubl_missing"),
        (invoice(issued="2026-02-30"), "ubl_value"),
        (invoice(issued="01/02/2026"), "ubl_value"),
        (invoice(payable=""), "ubl_missing"),
        (invoice(payable="1,190.00"), "ubl_value"),
        (invoice(payable="NaN"), "ubl_value"),
        (invoice(payable="1e9"), "ubl_value"),
        (invoice(payable="9" * 25), "ubl_value"),
        (invoice(currency="pesos"), "ubl_value"),
        (invoice(currency="", declared=False), "currency_missing"),
        (invoice(line_currency="USD"), "ubl_currencies"),
        (invoice().replace(b"LegalMonetaryTotal", b"AnticipatedMonetaryTotal"), "ubl_missing"),
        (invoice().replace(b"AccountingCustomerParty", b"BuyerCustomerParty"), "ubl_missing"),
    ],
)
def test_a_faulty_file_is_refused_by_its_fault(content: bytes, code: str) -> None:
    assert refusal(content).error_code == code


def test_two_currencies_are_named() -> None:
    refused = refusal(invoice(line_currency="USD"))
    assert refused.params["currencies"] == "COP, USD"


def with_doctype(doctype: str) -> bytes:
    return invoice().replace(b"?>\n", f"?>\n<!-- x -->{doctype}\n".encode(), 1)


@pytest.mark.parametrize(
    "doctype",
    [
        DOCTYPE.format(more=""),
        DOCTYPE.format(more="".join(f'<!ENTITY a{n} "{"&a;" * 10}">' for n in range(20))),
        DOCTYPE.format(more='<!ENTITY x SYSTEM "file:///etc/hostname">'),
        DOCTYPE.format(more='<!ENTITY % x SYSTEM "http://127.0.0.1:1/evil.dtd"> %x;'),
        '<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:1/evil.dtd">',
        '<!DOCTYPE Invoice PUBLIC "-//X//Y" "file:///etc/passwd">',
    ],
)
@pytest.mark.parametrize("wrap", [lambda content: content, attached], ids=["bare", "attached"])
def test_no_document_type_no_entities_no_references_outside(doctype: str, wrap: object) -> None:
    assert callable(wrap)
    started = time.process_time()
    assert refusal(wrap(with_doctype(doctype))).error_code == "xml_document_type"
    wide = with_doctype(doctype).decode().replace("UTF-8", "UTF-16").encode("utf-16")
    assert refusal(wide).error_code == "xml_document_type"
    assert time.process_time() - started < 1


def test_a_doctype_written_in_an_encoding_of_its_own() -> None:
    text = with_doctype(DOCTYPE.format(more="")).decode().replace("UTF-8", "cp037")
    assert refusal(text.encode("cp037")).error_code in {"xml_document_type", "xml_broken"}


def test_fifty_megabytes_are_refused_before_they_are_read() -> None:
    content = invoice().replace(b"Resma", b"x" * 50_000_000)
    started = time.process_time()
    refused = refusal(content)
    assert (refused.error_code, refused.params["most"]) == ("file_too_large", 10)
    assert time.process_time() - started < 0.1


@pytest.mark.parametrize("levels", [safe.MOST_DEPTH, 1_000, 100_000])
def test_a_tower_of_elements_is_refused(levels: int) -> None:
    tower = b"<cac:Item>" * levels + b"</cac:Item>" * levels
    code = refusal(invoice(references=tower.decode())).error_code
    assert code in {"xml_too_deep", "xml_broken"}


def test_words_inside_never_run_as_markup() -> None:
    document: UblDocument = parse(
        invoice(customer=party("830.001.113-1", "&lt;script&gt;alert(1)&lt;/script&gt;"))
    )
    assert document.customer.name == "<script>alert(1)</script>"


def test_references_and_identifications_are_counted() -> None:
    """Each is a value of a statement, of which a database takes so many and no more."""

    def note(count: int) -> bytes:
        one = (
            "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>F{}</cbc:ID>"
            "</cac:InvoiceDocumentReference></cac:BillingReference>"
        )
        references = "".join(one.format(n) for n in range(count))
        return invoice("NC-1", root="CreditNote", references=references)

    def many(count: int) -> str:
        one = (
            "<cac:PartyTaxScheme><cbc:CompanyID>{}</cbc:CompanyID><cac:TaxScheme/>"
            "</cac:PartyTaxScheme>"
        )
        return f"<cac:Party>{''.join(one.format(n) for n in range(count))}</cac:Party>"

    assert len(parse(note(1_000)).corrects) == 1_000
    assert len(parse(invoice(customer=many(20))).customer.company_ids) == 20
    wrong = {note(1_001): ("BillingReference", 1_000)}
    for where in ("customer", "supplier"):
        wrong[invoice(**{where: many(21)})] = ("CompanyID", 20)
    for content, (element, most) in wrong.items():
        with pytest.raises(Invalid) as refused:
            parse(content)
        assert refused.value.error_code == "ubl_too_many"
        assert refused.value.params == {"element": element, "most": most}
