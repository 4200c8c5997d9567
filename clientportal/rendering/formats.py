"""Amounts, dates and numbers as text, in the recipient's language (DESIGN §3 rule 5, §6)."""

import datetime as dt
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo

from babel.core import Locale, get_global
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

MINUS = "\u2212"
NBSP = "\u00a0"
COUNTRY_CODE_LENGTH = 2
_LOCALES = {"es": "es_CO", "en": "en_US"}
_DATES = {
    "es": {"long": "d 'de' MMMM 'de' y", "medium": "d MMM y"},
    "en": {"long": "MMMM d, y", "medium": "MMM d, y"},
}
# CLDR drops decimals that ISO 4217 and the payment providers keep.
_ISO_DIGITS = {"IQD": 3} | dict.fromkeys(
    ("AFN", "ALL", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "SOS", "SYP", "YER"), 2
)


def _language(lang: str) -> str:
    return "en" if lang.lower().startswith("en") else "es"


@cache
def currency_digits(code: str) -> int:
    """Give the decimal digits of a currency's minor unit (ISO 4217): COP 2, CLP 0, KWD 3."""
    table = get_global("currency_fractions")
    return _ISO_DIGITS.get(code) or table.get(code, table["DEFAULT"])[0]


@cache
def _whole_is_bare(code: str) -> bool:
    """Say whether whole amounts go without decimals: nobody handles this currency's cents."""
    table = get_global("currency_fractions")
    return table.get(code, table["DEFAULT"])[2] == 0


def decimals_of(minors: tuple[int, ...], currency: str) -> int:
    """Give the decimals with which all amounts of one column are shown (looks.md §3)."""
    digits = currency_digits(currency)
    whole = all(minor % 10**digits == 0 for minor in minors)
    return 0 if whole and _whole_is_bare(currency) else digits


def figure(minor: int, currency: str, lang: str, decimals: int | None = None) -> str:
    """Give an amount without its code: `4.318.500`; minus is U+2212.

    `decimals` (see `decimals_of`) overrides what the amount alone would show.
    """
    digits = currency_digits(currency)
    shown = decimals_of((minor,), currency) if decimals is None else decimals
    return _decimal(Decimal(minor).scaleb(-digits), lang, shown, shown)


def money(minor: int, currency: str, lang: str) -> str:
    """Give an amount with its code before the figure: `COP 4.318.500`, `COP 4,318,500`."""
    return f"{currency} {figure(minor, currency, lang)}"


def quantity(value: Decimal, lang: str) -> str:
    """Give a quantity without needless zeros, at most 6 decimals."""
    return _decimal(value, lang, 0, 6)


def unit_price(value: Decimal, currency: str, lang: str) -> str:
    """Give a price per unit in major units, without code: the currency's decimals or up to 6."""
    digits = currency_digits(currency)
    whole = value == value.to_integral_value() and _whole_is_bare(currency)
    return _decimal(value, lang, 0 if whole else digits, 6)


def percent(fraction: Decimal, lang: str) -> str:
    """Give a rate such as 0.19 as `19 %` (es) or `19%` (en), at most 4 decimals."""
    gap = NBSP if _language(lang) == "es" else ""
    return f"{_decimal(fraction * 100, lang, 0, 4)}{gap}%"


def date(day: dt.date, lang: str, style: str = "long") -> str:
    """Give a date: long `19 de octubre de 2026`, medium `19 oct 2026`."""
    language = _language(lang)
    return format_date(day, _DATES[language][style], locale=_LOCALES[language])


def country(code: str, lang: str) -> str:
    """The name of a country; a text that is no code stays as it is."""
    if len(code) != COUNTRY_CODE_LENGTH:
        return code  # an import may have kept a text, and three figures name a continent
    return str(Locale.parse(_LOCALES[_language(lang)]).territories.get(code, code))


def datetime(at: dt.datetime, zone: str, lang: str) -> str:
    """Give an aware instant in an IANA zone: `19 oct 2026, 5:20 p. m.`."""
    language = _language(lang)
    pattern = f"{_DATES[language]['medium']}, h:mm a"
    return format_datetime(at, pattern, tzinfo=ZoneInfo(zone), locale=_LOCALES[language])


def _decimal(value: Decimal, lang: str, least: int, most: int) -> str:
    pattern = "#,##0" + ("." + "0" * least + "#" * (most - least) if most else "")
    text = format_decimal(abs(value), pattern, locale=_LOCALES[_language(lang)])
    negative = value < 0 and any(character in "123456789" for character in text)
    return f"{MINUS}{text}" if negative else text
