"""A document to render, as a service would describe it."""

from datetime import date
from decimal import Decimal

import pytest

from clientportal.domain.documents import Badge, Kind, Lifecycle
from clientportal.rendering.view import (
    AllocationView,
    DocumentView,
    LineView,
    PartyView,
    TaxView,
)

CUFE = (
    "8bb918b19ba22a694f1da11c643b5e9de39adf60311cf179"
    "179e9b33381030bcd4c3c3f156c506ed5908f9276f5bd9b4"
)


@pytest.fixture
def invoice() -> DocumentView:
    rate = Decimal("0.19")
    lines = (
        LineView("Papel bond carta 75 g", Decimal(12), Decimal(128500), 154200000, tax_rate=rate),
        LineView("Sobre manila", Decimal(8), Decimal("46200"), 36960000, "Paquete", tax_rate=rate),
        LineView("Transporte", Decimal("1.5"), Decimal("183340.25"), 18334000, unit="h"),
    )
    return DocumentView(
        kind=Kind.INVOICE,
        number="FE-20844",
        language="es",
        currency="COP",
        lifecycle=Lifecycle.ISSUED,
        company=PartyView("Papelera del Valle S.A.S.", "NIT", "900.123.456-7", ("Bogotá",)),
        customer=PartyView("Distribuidora Ñandú S.A.S.", "NIT", "811.045.607-1"),
        issued_on=date(2026, 10, 19),
        due_on=date(2026, 11, 19),
        as_of=date(2026, 11, 21),
        total_minor=249298000,
        balance_minor=124650000,
        subtotal_minor=209494000,
        lines=lines,
        taxes=(TaxView("IVA", rate, 209494000, 39804000),),
        allocations=(AllocationView(Kind.CASH_RECEIPT, "RC-7698", date(2026, 11, 12), 124648000),),
        badge=Badge("overdue", "bad", "err", {"days": 2, "percent": 50}),
        account_code="C-0042",
        notes="Entrega en bodega.\nIncluye transporte.",
        fiscal_label="CUFE",
        fiscal_code=CUFE,
        fiscal_url=f"https://catalogo-vpfe.dian.gov.co/document/searchqr?documentkey={CUFE}",
        portal_url="https://portal.example/d/abc",
    )
