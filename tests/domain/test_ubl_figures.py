"""What a UBL document means for the ledger: payable is the truth, the rest is told."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientportal.domain.documents import Kind
from clientportal.domain.errors import Invalid
from clientportal.domain.ubl import (
    UblAllowanceCharge,
    UblDocument,
    UblLine,
    UblParty,
    UblTaxSubtotal,
)
from clientportal.domain.ubl_figures import MOST_LINES, Figures, Words, figures, stored_warnings

WORDS = Words("Descuento", "Cargo", "Redondeo")
NOBODY = UblParty("")
BASE = UblDocument(
    kind=Kind.INVOICE,
    id="FE-1",
    issue_date=date(2026, 2, 1),
    currency="COP",
    payable_amount=Decimal("1190"),
    supplier=NOBODY,
    customer=NOBODY,
    lines=(UblLine("Resma", Decimal(10), Decimal(100), Decimal(1000), Decimal(19)),),
    tax_subtotals=(UblTaxSubtotal("01", Decimal(19), Decimal(1000), Decimal(190)),),
)


def made(**changes: object) -> Figures:
    return figures(replace(BASE, **changes), 2, WORDS)  # type: ignore[arg-type]


def codes(found: Figures) -> list[str]:
    return [warning.code for warning in found.warnings]


def test_a_plain_invoice() -> None:
    found = made()
    assert (found.kind, found.total_minor, found.prepaid_minor) == (Kind.INVOICE, 119_000, 0)
    assert (found.net_minor, found.difference_minor, found.warnings) == (100_000, 0, ())
    assert found.due_on == date(2026, 2, 1)  # none given: the issue date


def test_prepaid_adds_to_the_total() -> None:
    found = made(payable_amount=Decimal("190"), prepaid_amount=Decimal("1000"))
    assert (found.total_minor, found.prepaid_minor, found.balance_minor) == (
        119_000,
        100_000,
        19_000,
    )
    assert found.warnings == ()


def test_a_difference_to_the_lines_is_told_and_changes_nothing() -> None:
    found = made(payable_amount=Decimal("1200"))
    assert (found.total_minor, found.balance_minor) == (120_000, 120_000)
    assert (found.net_minor, found.difference_minor) == (101_000, 1_000)
    assert stored_warnings(found.warnings) == [
        {"code": "ubl_lines_differ", "lines_minor": 119_000, "total_minor": 120_000}
    ]


def test_allowances_charges_and_rounding_are_lines() -> None:
    found = made(
        payable_amount=Decimal("1241.50"),
        allowance_charges=(
            UblAllowanceCharge(True, "Flete", Decimal(100), Decimal(0)),
            UblAllowanceCharge(False, "", Decimal("50"), None),
        ),
        payable_rounding_amount=Decimal("1.50"),
    )
    assert [(line.description, line.amount_minor) for line in found.lines] == [
        ("Resma", 100_000),
        ("Flete", 10_000),
        ("Descuento", -5_000),
        ("Redondeo", 150),
    ]
    assert (found.difference_minor, found.warnings) == (0, ())


@pytest.mark.parametrize(
    ("kind", "becomes"),
    [
        (Kind.INVOICE, Kind.CREDIT_NOTE),
        (Kind.DEBIT_NOTE, Kind.CREDIT_NOTE),
        (Kind.CREDIT_NOTE, Kind.DEBIT_NOTE),
    ],
)
def test_a_negative_document_becomes_its_opposite_and_says_what_it_was(
    kind: Kind, becomes: Kind
) -> None:
    found = made(
        kind=kind,
        payable_amount=Decimal("-1190"),
        lines=(UblLine("Resma", Decimal(-10), Decimal(100), Decimal(-1000), Decimal(19)),),
        tax_subtotals=(UblTaxSubtotal("01", Decimal(19), Decimal(-1000), Decimal(-190)),),
    )
    assert (found.kind, found.total_minor, found.balance_minor) == (becomes, 119_000, 119_000)
    assert (found.lines[0].quantity, found.lines[0].amount_minor) == (10, 100_000)
    assert (found.taxes[0].base_minor, found.taxes[0].tax_minor) == (100_000, 19_000)
    assert codes(found) == [f"ubl_negative_{kind.value}"]
    assert found.warnings[0].params == {"number": "FE-1"}


def test_more_paid_than_billed_leaves_the_rest_as_credit() -> None:
    found = made(payable_amount=Decimal("-10"), prepaid_amount=Decimal("1200"))
    assert (found.kind, found.total_minor, found.prepaid_minor) == (Kind.CREDIT_NOTE, 1_000, 0)
    assert codes(found)[:2] == ["ubl_negative_invoice", "ubl_prepaid_ignored"]


def test_a_part_of_a_unit_is_rounded_half_up_and_told() -> None:
    found = figures(replace(BASE, payable_amount=Decimal("1190.5")), 0, WORDS)
    assert found.total_minor == 1191
    assert codes(found) == ["ubl_rounded", "ubl_lines_differ"]


def test_very_many_lines_stay_in_the_original() -> None:
    many = (UblLine("Llamada", Decimal(1), Decimal(2), Decimal(2)),) * (MOST_LINES + 1)
    found = made(lines=many, payable_amount=Decimal(1192))
    assert (found.lines, found.difference_minor, found.net_minor) == ((), 0, 100_200)
    assert [(w.code, w.params) for w in found.warnings] == [
        ("ubl_lines_left_out", {"number": MOST_LINES + 1})
    ]


def test_due_before_issue_is_told() -> None:
    found = made(due_date=date(2026, 1, 1))
    assert (found.due_on, codes(found)) == (date(2026, 1, 1), ["ubl_due_before_issue"])
    assert made(kind=Kind.CREDIT_NOTE, due_date=date(2026, 5, 1)).due_on == date(2026, 2, 1)


def test_two_schemes_of_one_rate_are_one_row() -> None:
    both = (
        UblTaxSubtotal("01", Decimal("8"), Decimal(500), Decimal(40)),
        UblTaxSubtotal("04", Decimal("8.00"), Decimal(500), Decimal(40)),
    )
    found = made(tax_subtotals=both, payable_amount=Decimal(1080))
    assert [(tax.rate, tax.base_minor, tax.tax_minor) for tax in found.taxes] == [
        (8, 100_000, 8_000)
    ]


@pytest.mark.parametrize("field", ["payable_amount", "prepaid_amount"])
def test_an_amount_beyond_all_measure_is_refused(field: str) -> None:
    with pytest.raises(Invalid) as refused:
        made(**{field: Decimal(10) ** 18})
    assert refused.value.error_code == "amount_too_large"


AMOUNTS = st.decimals(-(10**9), 10**9, places=3)


@given(payable=AMOUNTS, prepaid=AMOUNTS, line=AMOUNTS, tax=AMOUNTS, digits=st.integers(0, 3))
def test_the_balance_is_always_the_payable_amount(
    payable: Decimal, prepaid: Decimal, line: Decimal, tax: Decimal, digits: int
) -> None:
    document = replace(
        BASE,
        payable_amount=payable,
        prepaid_amount=prepaid,
        lines=(UblLine("x", Decimal(1), line, line),),
        tax_subtotals=(UblTaxSubtotal("01", Decimal(19), line, tax),),
    )
    found = figures(document, digits, WORDS)
    assert found.balance_minor >= 0
    assert abs(Decimal(found.balance_minor).scaleb(-digits) - abs(payable)) <= Decimal(
        "0.5"
    ).scaleb(-digits)
    assert 0 <= found.prepaid_minor <= found.total_minor
    lines = sum(row.amount_minor for row in found.lines)
    taxes = sum(row.tax_minor for row in found.taxes)
    assert lines + found.difference_minor + taxes == found.net_minor + taxes == found.total_minor
    assert bool(found.difference_minor) == ("ubl_lines_differ" in codes(found))
