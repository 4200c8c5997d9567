"""The PDF says what the document says, in both languages, whatever the strings hold."""

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import segno
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from clientportal.domain.documents import Badge, Kind, Lifecycle
from clientportal.rendering.pdf import file_name, render_pdf, render_png
from clientportal.rendering.view import AllocationView, DocumentView, LineView, PartyView
from tests.rendering.conftest import CUFE

HOSTILE = (
    '#set page(width: 1pt) *bold* $x^2$ @ref `raw` #sys.inputs \\ "quoted" <script> ] } ) // /* '
    + "W" * 200
)


def text_of(view: DocumentView) -> str:
    """Give the words of all pages, single-spaced."""
    reader = PdfReader(io.BytesIO(render_pdf(view)))
    text = " ".join(page.extract_text() for page in reader.pages)
    return " ".join(text.split())


@pytest.mark.spec(47)
def test_an_invoice_in_spanish(invoice: DocumentView) -> None:
    text = text_of(invoice)
    for expected in (
        "Factura",
        "FE-20844",
        "Papelera del Valle S.A.S.",
        "NIT 900.123.456-7",
        "Distribuidora Ñandú S.A.S.",
        "19 oct 2026",
        "Saldo por pagar",
        "1.246.500",
        "Venció el 19 de noviembre de 2026",
        "Vencida · 50 %",
        "Papel bond carta 75 g",
        "128.500",
        "183.340,25",
        "1,5 h",
        "IVA 19 % sobre 2.094.940",
        "398.040",
        "2.492.980",
        "Saldo al 21 nov 2026",
        "Recibo de caja RC-7698",
        "1.246.480",
        "Entrega en bodega.",
        "Verifica este documento",
        CUFE,
        "Página 1 de 1",
    ):
        assert expected in text


@pytest.mark.spec(47)
def test_an_invoice_in_english(invoice: DocumentView) -> None:
    text = text_of(replace(invoice, language="en", fiscal_url="", fiscal_code=""))
    for expected in (
        "Invoice",
        "Balance to pay",
        "1,246,500",
        "Overdue · 50%",
        "IVA 19% on 2,094,940",
        "Balance as of Nov 21, 2026",
        "See and pay this document",
        "https://portal.example/d/abc",
        "Page 1 of 1",
    ):
        assert expected in text
    assert "Factura" not in text
    assert "CUFE" not in text


@pytest.mark.spec(43, 47)
@pytest.mark.parametrize(
    ("kind", "word", "label", "code", "status"),
    [
        (Kind.CREDIT_NOTE, "Nota crédito", "Total", "partly_applied", "Aplicada en parte"),
        (Kind.ADVANCE, "Anticipo", "Total", "partly_applied", "Aplicado en parte"),
        (Kind.CASH_RECEIPT, "Recibo de caja", "Recibido", "applied", "Aplicado"),
        (Kind.DEBIT_NOTE, "Nota débito", "Saldo por pagar", "partly_paid", "Abonada"),
    ],
)
def test_the_other_kinds(
    invoice: DocumentView, kind: Kind, word: str, label: str, code: str, status: str
) -> None:
    applied = (AllocationView(Kind.INVOICE, "FE-20812", date(2026, 11, 12), 124648000),)
    badge = Badge(code, "info", "half", {})
    view = replace(invoice, kind=kind, number="X-1", allocations=applied, badge=badge, lines=())
    text = text_of(view)
    for expected in (word, label, status, "Factura FE-20812", "1.246.480"):
        assert expected in text
    if kind is not Kind.DEBIT_NOTE:
        assert "Disponible al 21 nov 2026" in text


def test_a_settled_invoice_shows_its_total_and_asks_for_nothing(invoice: DocumentView) -> None:
    paid = Badge("paid", "good", "ok", {})
    text = text_of(replace(invoice, balance_minor=0, badge=paid, fiscal_url=""))
    assert "Pagado COP 2.492.980" in text
    assert "Venció" not in text
    assert "Consulta este documento" in text


@pytest.mark.parametrize(
    ("lifecycle", "kind", "stamp"),
    [
        (Lifecycle.DRAFT, Kind.INVOICE, "Borrador"),
        (Lifecycle.VOID, Kind.INVOICE, "Anulada"),
        (Lifecycle.VOID, Kind.CASH_RECEIPT, "Anulado"),
    ],
)
def test_what_is_not_valid_says_so_across_the_page(
    invoice: DocumentView, lifecycle: Lifecycle, kind: Kind, stamp: str
) -> None:
    text = text_of(replace(invoice, lifecycle=lifecycle, kind=kind, badge=None))
    assert stamp in text
    assert "Saldo al" not in text


def test_the_header_row_is_repeated_and_pages_are_counted(invoice: DocumentView) -> None:
    reader = PdfReader(io.BytesIO(render_pdf(replace(invoice, lines=invoice.lines * 25))))
    pages = [" ".join(page.extract_text().split()) for page in reader.pages]
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert ("Concepto Cant. Precio" in page) is ("Sobre manila" in page)
        assert f"Página {number} de {len(pages)}" in page
    assert sum(page.count("Sobre manila") for page in pages) == 25


def test_metadata_names_title_author_and_language(invoice: DocumentView) -> None:
    reader = PdfReader(io.BytesIO(render_pdf(invoice)))
    assert reader.metadata is not None
    assert reader.metadata.title == "Factura FE-20844"
    assert reader.metadata.author == "Papelera del Valle S.A.S."
    assert reader.trailer["/Root"]["/Lang"] == "es"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_only_bundled_fonts_are_used_and_embedded(invoice: DocumentView) -> None:
    page = PdfReader(io.BytesIO(render_pdf(invoice))).pages[0]
    names = {font.get_object()["/BaseFont"] for font in page["/Resources"]["/Font"].values()}
    assert names
    assert all("+Inter" in name or "+DejaVu" in name for name in names)


def test_the_same_document_gives_the_same_bytes(invoice: DocumentView) -> None:
    assert render_pdf(invoice) == render_pdf(invoice)


def test_markup_and_control_characters_are_text(invoice: DocumentView) -> None:
    party = PartyView(f"{HOSTILE}\x00\x07\u202eevil", HOSTILE, HOSTILE, (HOSTILE,), (HOSTILE,))
    line = LineView(HOSTILE, Decimal("1.123456"), Decimal("9" * 12), 10**15, HOSTILE, HOSTILE)
    view = replace(invoice, company=party, customer=party, lines=(line,), notes=HOSTILE)
    text = text_of(view)
    assert text.count("#set page(width: 1pt) *bold* $x^2$ @ref") >= 5
    assert "\u202e" not in text
    assert len(render_png(view, ppi=30)) == len(PdfReader(io.BytesIO(render_pdf(view))).pages)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words=st.text(max_size=80), amount=st.integers(0, 10**15))
def test_no_string_and_no_amount_can_break_a_document(
    invoice: DocumentView, words: str, amount: int
) -> None:
    line = LineView(words, Decimal(1), Decimal(1), amount, words, words)
    party = PartyView(words, words, words, (words,))
    changed = replace(
        invoice, number=words, company=party, lines=(line,), notes=words, reason=words
    )
    assert render_pdf(replace(changed, total_minor=amount)).startswith(b"%PDF")


@pytest.mark.parametrize(
    "script", ["עברית", "العربية", "Ελληνικά", "Русский", "ñáéíóúü¿¡", "€ ½ № ™", "😀"]
)
def test_other_scripts_have_letters(invoice: DocumentView, script: str) -> None:
    page = PdfReader(io.BytesIO(render_pdf(replace(invoice, notes=script)))).pages[0]
    text = page.extract_text()
    assert all(character in text for character in script if character.strip())


def test_a_logo_is_shown_and_a_broken_one_does_not_cost_the_document(
    invoice: DocumentView,
) -> None:
    png = io.BytesIO()
    segno.make("logo").save(png, kind="png", scale=5)
    shown = PdfReader(io.BytesIO(render_pdf(replace(invoice, logo=png.getvalue()))))
    assert len(shown.pages[0].images) == 1
    for broken in (b"\x89PNG\r\n\x1a\nbroken", b"<svg onload=x>", b"\x00" * 10):
        assert "FE-20844" in text_of(replace(invoice, logo=broken))


def test_the_link_is_a_link(invoice: DocumentView) -> None:
    page = PdfReader(io.BytesIO(render_pdf(invoice))).pages[0]
    targets = {note.get_object()["/A"]["/URI"] for note in page["/Annots"]}
    assert targets == {invoice.fiscal_url}


def test_the_file_name_is_safe(invoice: DocumentView) -> None:
    assert file_name(invoice) == "Factura FE-20844.pdf"
    odd = file_name(replace(invoice, number='../..\\a:"b"\n<c>|?*'))
    assert not set(odd) & set('\\/:*?"<>|\n')
    assert file_name(replace(invoice, number="", language="en")) == "Invoice Draft.pdf"
