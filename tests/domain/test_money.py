"""Money, rounding and amounts as people write them."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clientportal.domain.currency_marks import is_currency_mark
from clientportal.domain.errors import Invalid
from clientportal.domain.money import (
    MAX_MINOR,
    CurrencyMismatch,
    Money,
    currency_in,
    decide_decimal,
    line_amount,
    parse_amount,
    round_half_up,
    to_decimal,
)


def test_currencies_never_mix() -> None:
    dollars, pesos = Money(100, "USD"), Money(100, "COP")
    assert dollars + Money(1, "USD") == Money(101, "USD")
    assert -(dollars - Money(1, "USD")) == Money(-99, "USD")
    for mix in (lambda: dollars + pesos, lambda: dollars - pesos, lambda: dollars < pesos):
        with pytest.raises(CurrencyMismatch) as refused:
            mix()
        assert refused.value.params == {"left": "USD", "right": "COP"}
    with pytest.raises(CurrencyMismatch):
        assert dollars <= pesos


@pytest.mark.parametrize(
    ("value", "whole"),
    [("0.5", 1), ("-0.5", -1), ("1.5", 2), ("2.5", 3), ("2.4999999", 2), ("-2.5", -3)],
)
def test_halves_go_away_from_zero(value: str, whole: int) -> None:
    assert round_half_up(Decimal(value)) == whole


def test_line_amounts_round_once_to_the_digits_of_the_currency() -> None:
    assert line_amount(Decimal("3"), Decimal("33.335"), 2) == 10001
    assert line_amount(Decimal("1"), Decimal("0.005"), 2) == 1
    assert line_amount(Decimal("1.5"), Decimal("1235"), 0) == 1853
    assert line_amount(Decimal("123456789.123456"), Decimal("1.000001"), 2) == 12345691258
    assert line_amount(Decimal("-1"), Decimal("0.005"), 2) == -1


@pytest.mark.parametrize(
    ("quantity", "price", "code"),
    [
        ("1.0000001", "1", "too_many_places"),
        ("1", "0.1234567", "too_many_places"),
        ("1000000000", "1000000000", "amount_too_large"),
        ("NaN", "1", "amount_invalid"),
        ("1", "Infinity", "amount_invalid"),
    ],
)
def test_lines_refuse_what_cannot_be_counted(quantity: str, price: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        line_amount(Decimal(quantity), Decimal(price), 2)
    assert refused.value.error_code == code


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1.234,56", 123456),
        ("1,234.56", 123456),
        ("1234", 123400),
        ("1234,5", 123450),
        ("0.5", 50),
        (".5", 50),
        ("1.234.567", 123456700),
        ("1,234,567.8", 123456780),
        ("1 234 567,89", 123456789),
        ("1\u00a0234,56", 123456),
        ("1\u202f234,56", 123456),
        ("1'234.56", 123456),
        ("$ 1.234,50", 123450),
        ("US$1,234.50", 123450),
        ("R$ 10,00", 1000),
        ("S/ 10.00", 1000),
        ("S/. 10.00", 1000),
        ("COP 10", 1000),
        ("10 cop", 1000),
        ("RD$ 10", 1000),
        ("Bs. 10", 1000),
        ("Gs. 10", 1000),
        ("Q10", 1000),
        ("10.50 USD", 1050),
        ("€10.50", 1050),
        ("\u221210.50", -1050),
        ("-$10.50", -1050),
        ("$-10.50", -1050),
        ("10.50-", -1050),
        ("(10.50)", -1050),
        ("($1,234.50)", -123450),
        ("0.123", None),
        ("1234.500", 123450),
        ("+7", 700),
        ("0", 0),
    ],
)
def test_amounts_in_every_style(text: str, minor: int | None) -> None:
    if minor is None:
        with pytest.raises(Invalid) as refused:
            parse_amount(text, 2)
        assert refused.value.error_code == "amount_decimals"
    else:
        assert parse_amount(text, 2) == minor


@pytest.mark.parametrize("text", ["1.234", "$ 1.234", "1,234", "-999.999", "12.345 USD"])
def test_one_separator_before_three_figures_is_unclear(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_amount(text, 2)
    assert refused.value.error_code == "amount_ambiguous"


def test_a_currency_without_decimals_leaves_nothing_unclear() -> None:
    assert parse_amount("1.234", 0) == 1234
    assert parse_amount("$ 1,234", 0) == 1234


def test_the_column_decides_for_its_unclear_values() -> None:
    assert decide_decimal(["1.234", "55.94"]) == "."
    assert decide_decimal(["1.234", "55,94"]) == ","
    assert decide_decimal(["1.234", "1.234.567"]) == ","
    assert decide_decimal(["1.234", "7.890"]) is None
    assert decide_decimal(["10", "20", "", "n/a"]) is None
    assert decide_decimal(["55.94", "55,94"]) is None
    assert parse_amount("1.234", 2, ",") == 123400
    assert parse_amount("1,234", 2, ".") == 123400
    assert parse_amount("1.230", 2, ".") == 123


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "abc", "1e5", "1_000", "--1", "(-1)", "-1-", "12.34.5", "1,23,4.5", "1.2,3.4"),
        *("USD", "$", "=1+1", "1 USD USD", "USD 1 USD", "1..2", "1,,2", "٣", "0x10", "1/2"),
        *("12x", "x12", "12 abc", "no 12", "x$12", "12x$", "$$12", "12.", "n.12", "Bs./12", "/12"),
        "12 34",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_amount(text, 2)
    assert refused.value.error_code == "amount_invalid"


@pytest.mark.parametrize(("text", "digits"), [("10.505", 1), ("1234.567", 2), ("10.5", 0)])
def test_more_decimals_than_the_currency_has(text: str, digits: int) -> None:
    with pytest.raises(Invalid) as refused:
        parse_amount(text, digits, ".")
    assert refused.value.error_code == "amount_decimals"


@pytest.mark.parametrize("text", ["99999999999999999999", "10000000000000.01"])
def test_amounts_have_an_end(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_amount(text, 2)
    assert refused.value.error_code == "amount_too_large"
    assert parse_amount("10000000000000", 2) == MAX_MINOR


def test_the_code_beside_an_amount() -> None:
    assert currency_in("USD 12") == "USD"
    assert currency_in("12 cop") is None
    assert currency_in("US$ 12") is None
    assert currency_in("USD 12 EUR") is None


@given(
    minor=st.integers(-MAX_MINOR, MAX_MINOR),
    digits=st.sampled_from([0, 2, 3]),
    style=st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("", ".")]),
)
def test_what_is_written_is_read(minor: int, digits: int, style: tuple[str, str]) -> None:
    group, mark = style
    text = f"{to_decimal(minor, digits):,.{digits}f}"
    swapped = text.replace(",", "g").replace(".", "m").replace("g", group).replace("m", mark)
    assert parse_amount(swapped, digits, "." if mark == "." else ",") == minor


MARKS = ["$", "US$", "mx$", "€", "USD", "cop", "S/", "S/.", "Bs.", "Gs.", "Q", "₡"]
MINUSES = ["-", "\u2212", "\u2013", "\uff0d"]


@st.composite
def written(draw: st.DrawFn) -> tuple[str, int, int, str]:
    """An amount of the accepted grammar: (text, its minor units, digits, decimal mark)."""
    minor = draw(st.integers(0, MAX_MINOR))
    digits = draw(st.sampled_from([0, 2, 3]))
    group, mark = draw(
        st.sampled_from([(".", ","), (",", "."), (" ", ","), ("\u202f", ","), ("", ".")])
    )
    figures = f"{to_decimal(minor, digits):,.{digits}f}"
    figures = figures.replace(",", "g").replace(".", mark).replace("g", group)
    gap, name = draw(st.sampled_from(["", " ", "\u00a0"])), draw(st.sampled_from(["", *MARKS]))
    minus = draw(st.sampled_from(["", *MINUSES]))
    shapes = [
        f"{minus}{name}{gap}{figures}",
        f"{name}{minus}{figures}",
        f"{minus}{figures}{gap}{name}",
    ]
    if minus:
        shapes += [f"({name}{gap}{figures})", f"{name}{gap}{figures}{minus}"]
    return draw(st.sampled_from(shapes)), -minor if minus else minor, digits, mark


@given(written())
def test_the_accepted_grammar_is_read(case: tuple[str, int, int, str]) -> None:
    text, minor, digits, mark = case
    assert parse_amount(text, digits, "." if mark == "." else ",") == minor


@given(
    figures=st.integers(0, MAX_MINOR // 100).map(str),
    word=st.text("abcdefghijklmnopqrstuvwxyzABCXYZ./%#", min_size=1, max_size=6),
    before=st.booleans(),
    gap=st.sampled_from(["", " "]),
)
def test_a_word_that_names_no_currency_is_refused(
    figures: str, word: str, before: bool, gap: str
) -> None:
    assume(not is_currency_mark(word) and word.strip("."))
    with pytest.raises(Invalid):
        parse_amount(f"{word}{gap}{figures}" if before else f"{figures}{gap}{word}", 2)


@given(st.text(max_size=20))
def test_no_text_breaks_the_reader(text: str) -> None:
    minor = 0
    with suppress(Invalid):  # any other error fails
        minor = parse_amount(text, 2)
    assert abs(minor) <= MAX_MINOR
