"""What was applied to a document, as one cell: written and read back, and what is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientportal.domain import movements
from clientportal.domain.delimited import FORMULA_STARTS, Limits, clean, table, unquoted
from clientportal.domain.documents import CREDIT, Kind
from clientportal.domain.errors import Invalid
from clientportal.domain.movements import Movement
from clientportal.rendering.spreadsheets import safe
from clientportal.rendering.texts import t
from tests.support.imports import codes, read

NUMBERS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1)
CREDITS = st.tuples(st.sampled_from(sorted(CREDIT)), NUMBERS) | st.just((None, ""))
MOVEMENTS = st.builds(
    lambda on, amount, credit: Movement(on, amount, *credit),
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    st.integers(-(10**12), 10**12).filter(bool),
    CREDITS,
)
HEADER = "kind,number,customerID,currency,InvoiceDate,InvoiceAmount,paid"
OURS = f"{HEADER},Payments and credits applied,Voided on\n"


@given(st.lists(MOVEMENTS, max_size=5), st.sampled_from([0, 2, 3]), st.sampled_from(["es", "en"]))
def test_what_is_written_is_read_back(given_: list[Movement], digits: int, language: str) -> None:
    cell = movements.write(given_, digits, lambda kind: t(f"kind.{kind.value}", language))
    assert not cell.startswith(FORMULA_STARTS)
    assert list(movements.parse(clean(cell), digits)) == given_


@pytest.mark.parametrize(
    "cell",
    ["x", "2026-02-30 1.00", "2026-02-01 0.00", "2026-02-01 1.001", "2026-02-01 1,00",
     "2026-02-01 1.00 Factura: F-1", "2026-02-01 1.00 Recibo de caja:", "2026-02-01"],
)  # fmt: skip
def test_a_cell_that_says_something_else_is_refused(cell: str) -> None:
    with pytest.raises(Invalid) as caught:
        movements.parse(cell, 2)
    assert caught.value.error_code == "movement_invalid"


def test_what_is_taken_back_names_an_earlier_one_of_the_same_credit() -> None:
    day, later = date(2026, 2, 1), date(2026, 2, 2)
    paid = Movement(day, 5, Kind.CASH_RECEIPT, "R-1")
    back = Movement(later, -5, Kind.CASH_RECEIPT, "R-1")
    assert movements.taken_back([paid, paid, back, back]) == {2: 0, 3: 1}
    for wrong in ([back], [back, paid], [paid, back, back], [paid, Movement(later, -5)]):
        with pytest.raises(Invalid):
            movements.taken_back(wrong)


@given(st.text(max_size=12) | st.text("='+-@ \ta", max_size=6))
def test_the_apostrophe_against_formulas_comes_off_again(text: str) -> None:
    assert not safe(text).startswith(FORMULA_STARTS)
    assert unquoted(safe(text)) == text


def test_only_the_apostrophe_before_a_formula_comes_off() -> None:
    cells = ["'=A1", "''=A1", "'n Sync", "'-5", "O'=x", "'"]
    found = table("\n".join(["a;b", *(f"{cell};x" for cell in cells)]), Limits())
    assert [row.cells[0] for row in found.records[1:]] == [
        "=A1", "'=A1", "'n Sync", "-5", "O'=x", "'",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        # fits: an invoice paid by a receipt of the file, half of it taken back
        (["invoice,F,C,COP,2026-01-05,100,40,2026-01-06 80 receipt: R | 2026-01-06 -80 receipt: R"
          " | 2026-01-07 40 receipt: R,", "receipt,R,C,COP,2026-01-06,90,40,,"], []),
        # the paid column says something else
        (["invoice,F,C,COP,2026-01-05,100,50,2026-01-06 40,"], ["movements_differ"]),
        # more than the total on some day, and before the document
        (["invoice,F,C,COP,2026-01-05,100,,2026-01-06 140 | 2026-01-09 -140,"],
         ["paid_outside_total"]),
        (["invoice,F,C,COP,2026-01-05,100,,2026-01-04 40,"], ["paid_outside_total"]),
        # a credit that is used where nobody sees it, and one that is used twice
        (["receipt,R,C,COP,2026-01-06,90,40,,"], ["credit_used_elsewhere"]),
        (["invoice,F,C,COP,2026-01-05,100,,2026-01-06 100 receipt: R,",
          "receipt,R,C,COP,2026-01-06,90,,,"], ["paid_outside_total"]),
        # money of another currency
        (["invoice,F,C,COP,2026-01-05,100,,2026-01-06 40 receipt: R,",
          "receipt,R,C,USD,2026-01-06,90,40,,"], ["credit_used_elsewhere"]),
        # a credit is not paid by a credit
        (["advance,A,C,COP,2026-01-05,100,,2026-01-06 40 receipt: R,"], ["settled_credit"]),
        (["invoice,F,C,COP,2026-01-05,100,,ayer,"], ["movement_invalid"]),
    ],
)  # fmt: skip
def test_an_export_that_contradicts_itself_is_refused(rows: list[str], wrong: list[str]) -> None:
    found = read(OURS + "\n".join(rows))
    assert [code for _, _, code in codes(found)] == wrong
    assert bool(found.rows) or wrong


def test_a_file_from_elsewhere_is_read_as_ever() -> None:
    text = (
        f"{HEADER},Voided on\nreceipt,R,C,COP,2026-01-06,90,40,\ninvoice,F,C,COP,2026-01-05,9,,x\n"
    )
    found = read(text)
    assert [code for _, _, code in codes(found)] == ["settled_credit"]
    assert [(row.number, row.voided_on, row.movements) for row in found.rows] == [("F", None, ())]
    assert read(f"{HEADER}\ninvoice,,C,COP,2026-01-05,9,\n").errors[0].code == "required"


def test_credits_outside_the_file_count_as_paid_with_a_warning_and_drafts_stay_out() -> None:
    found = read(
        OURS
        + "invoice,F,C,COP,2026-01-05,100,40,2026-01-06 40 receipt: R,\n"
        + "invoice,,C,COP,2026-01-05,100,0,,\n"
    )
    assert found.errors == ()
    assert [(warning.line, warning.code) for warning in found.warnings] == [
        (3, "draft_left_out"), (2, "credit_not_in_file"),
    ]  # fmt: skip
    assert [row.paid_minor for row in found.rows] == [4_000]
