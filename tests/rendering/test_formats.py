"""Amounts, dates and numbers as people of both languages write them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from clientportal.rendering import formats


@pytest.mark.parametrize(
    ("minor", "currency", "lang", "expected"),
    [
        (431850000, "COP", "es", "COP 4.318.500"),
        (431850000, "COP", "en", "COP 4,318,500"),
        (431850050, "COP", "es", "COP 4.318.500,50"),
        (125000, "USD", "es", "USD 1.250,00"),
        (125000, "USD", "en", "USD 1,250.00"),
        (1250, "CLP", "es", "CLP 1.250"),
        (1250, "KWD", "en", "KWD 1.250"),
        (-18430000, "COP", "es", "COP \u2212184.300"),
        (-5, "USD", "en", "USD \u22120.05"),
        (0, "COP", "es", "COP 0"),
        (10**15, "USD", "es", "USD 10.000.000.000.000,00"),
        (100, "XYZ", "en", "XYZ 1.00"),
    ],
)
def test_money(minor: int, currency: str, lang: str, expected: str) -> None:
    assert formats.money(minor, currency, lang) == expected


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        ("COP", 2),
        ("MXN", 2),
        ("CLP", 0),
        ("PYG", 0),
        ("KWD", 3),
        ("IQD", 3),
        ("UYW", 4),
        ("LBP", 2),
    ],
)
def test_digits_are_those_of_iso_4217(code: str, digits: int) -> None:
    assert formats.currency_digits(code) == digits


def test_a_column_shows_the_same_decimals_in_every_row() -> None:
    assert formats.decimals_of((100, 250), "COP") == 2
    assert formats.decimals_of((100, 200), "COP") == 0
    assert formats.decimals_of((100,), "USD") == 2
    assert formats.figure(100, "COP", "es", 2) == "1,00"


def test_dates() -> None:
    day = date(2026, 10, 9)
    assert formats.date(day, "es") == "9 de octubre de 2026"
    assert formats.date(day, "en") == "October 9, 2026"
    assert formats.date(day, "es", "medium") == "9 oct 2026"
    assert formats.date(day, "en", "medium") == "Oct 9, 2026"


def test_an_instant_is_shown_in_the_given_zone() -> None:
    at = datetime(2026, 10, 20, 2, 5, tzinfo=UTC)
    shown = formats.datetime(at, "America/Bogota", "es").replace("\u202f", " ").replace("\xa0", " ")
    assert shown == "19 oct 2026, 9:05 p. m."
    assert formats.datetime(at, "UTC", "en").replace("\u202f", " ") == "Oct 20, 2026, 2:05 AM"


def test_rates_quantities_and_unit_prices() -> None:
    assert formats.percent(Decimal("0.19"), "es") == "19\xa0%"
    assert formats.percent(Decimal("0.0875"), "en") == "8.75%"
    assert formats.quantity(Decimal("1.500000"), "es") == "1,5"
    assert formats.quantity(Decimal("1200"), "en") == "1,200"
    assert formats.unit_price(Decimal("128500.000000"), "COP", "es") == "128.500"
    assert formats.unit_price(Decimal("0.123456"), "USD", "en") == "0.123456"
    assert formats.unit_price(Decimal("2"), "USD", "en") == "2.00"


def test_a_country_by_its_name_and_what_is_no_code_as_it_stands() -> None:
    assert formats.country("US", "es") == "Estados Unidos"
    assert formats.country("US", "en") == "United States"
    assert formats.country("391", "es") == "391"
    assert formats.country("", "en") == ""
