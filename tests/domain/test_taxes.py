"""Taxes per rate on the sum of rounded lines."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientportal.domain.errors import Invalid
from clientportal.domain.taxes import Line, TaxAmount, Totals, tax_on, totals


def line(quantity: str, price: str, rate: str | None) -> Line:
    return Line(Decimal(quantity), Decimal(price), None if rate is None else Decimal(rate))


def test_tax_is_computed_once_per_rate() -> None:
    three = [line("1", "0.03", "19"), line("1", "0.03", "19.00"), line("1", "0.03", "19")]
    # one by one each line's tax would be 0.0057 -> 0.01, together 0.03; on the sum it is 0.02
    assert totals(three, 2) == Totals((3, 3, 3), 9, (TaxAmount(Decimal(19), 9, 2),), 11)


def test_rates_stand_apart_and_untaxed_lines_have_no_row() -> None:
    found = totals(
        [
            line("2", "1000", "19"),
            line("1", "500", "5"),
            line("1", "70", None),
            line("1", "9", "0"),
        ],
        0,
    )
    assert found.net_minor == 2579
    assert [(t.rate, t.base_minor, t.tax_minor) for t in found.taxes] == [
        (Decimal(0), 9, 0),
        (Decimal(5), 500, 25),
        (Decimal(19), 2000, 380),
    ]
    assert found.total_minor == 2984


def test_half_a_cent_goes_up() -> None:
    assert tax_on(250, Decimal("19")) == 48
    assert tax_on(-250, Decimal("19")) == -48


def test_no_lines_no_money() -> None:
    assert totals([], 2) == Totals((), 0, (), 0)


@pytest.mark.parametrize("rate", ["-1", "100.01", "NaN"])
def test_a_rate_is_a_percentage(rate: str) -> None:
    with pytest.raises(Invalid) as refused:
        totals([line("1", "1", rate)], 2)
    assert refused.value.error_code == "tax_rate_invalid"


@given(
    st.lists(
        st.builds(
            Line,
            st.decimals(0, 1000, places=6),
            st.decimals(0, 100_000, places=6),
            st.sampled_from([None, Decimal(0), Decimal(5), Decimal(19), Decimal("16.5")]),
        ),
        max_size=8,
    ),
    st.sampled_from([0, 2, 3]),
)
def test_parts_add_up_in_any_order(lines: list[Line], digits: int) -> None:
    found = totals(lines, digits)
    assert found.net_minor == sum(found.lines)
    assert found.total_minor == found.net_minor + sum(tax.tax_minor for tax in found.taxes)
    again = totals(lines[::-1], digits)
    assert (again.net_minor, again.taxes, again.total_minor) == (
        found.net_minor,
        found.taxes,
        found.total_minor,
    )
