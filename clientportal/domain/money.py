"""Money as integer minor units and a currency; half-up rounding; amounts as people write them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Literal, TypeAlias

from clientportal.domain.currency_marks import SIGNS, is_currency_mark
from clientportal.domain.errors import Conflict, Invalid

DecimalMark: TypeAlias = Literal[".", ","]

MAX_MINOR = 10**15
"""Largest amount accepted from outside; sums of millions of rows still fit a 64-bit integer."""

PLACES = 6
"""Decimal places of quantities and unit prices (DESIGN §3 rule 7)."""

_SPACES = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-", "\uff0d": "-"})
_MARK = rf"(?:[A-Za-z]{{0,3}}[{SIGNS}]|[A-Za-z]{{1,3}}(?:/\.?|\.)?)"
_AMOUNT = re.compile(
    rf"([-+]?) ?({_MARK})? ?([-+]?) ?((?:[0-9][0-9.,' \u2019]*)?[0-9]|[.,][0-9]+) ?({_MARK})? ?(-?)"
)
_CODE = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")


class CurrencyMismatch(Conflict):
    """Two amounts of different currencies met; `left` and `right` are their codes."""

    code = "currency_mismatch"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency. Arithmetic across currencies is refused."""

    minor: int
    currency: str

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0


def round_half_up(value: Decimal) -> int:
    """Whole number nearest to `value`; a half goes away from zero. Never binary floats."""
    with localcontext(prec=60):
        return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def line_amount(quantity: Decimal, unit_price: Decimal, digits: int) -> int:
    """Minor units of a document line, rounded half-up to the currency's `digits`.

    Raises Invalid("too_many_places") when a factor has more than six decimal places, and
    Invalid("amount_too_large") beyond MAX_MINOR (DESIGN §3 rule 7).
    """
    for field, value in (("quantity", quantity), ("unit_price", unit_price)):
        if not value.is_finite():
            raise Invalid(code="amount_invalid", field=field, text=str(value))
        if value != round(value, PLACES):
            raise Invalid(code="too_many_places", field=field, places=PLACES)
    with localcontext(prec=60):
        exact = (quantity * unit_price).scaleb(digits)
        if abs(exact) > MAX_MINOR:
            raise Invalid(code="amount_too_large")
        return round_half_up(exact)


def to_decimal(minor: int, digits: int) -> Decimal:
    """The amount in whole units of its currency: 123456 with two digits is 1234.56."""
    with localcontext(prec=60):
        return Decimal(minor).scaleb(-digits)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What an amount's text holds: its sign and its figures with their separators."""

    negative: bool
    figures: str


def _parts(text: str) -> _Parts | None:
    plain = _SPACES.sub(" ", text.translate(_MINUS)).strip()
    bracketed = plain.startswith("(") and plain.endswith(")")
    if bracketed:
        plain = plain[1:-1].strip()
    found = _AMOUNT.fullmatch(plain)
    if found is None:
        return None
    signs = [sign for sign in (found[1], found[3], found[6]) if sign]
    marks = [mark for mark in (found[2], found[5]) if mark]
    if len(signs) + bracketed > 1 or len(marks) > 1 or not all(map(is_currency_mark, marks)):
        return None
    return _Parts(bracketed or signs == ["-"], re.sub(r"[ '\u2019]", "_", found[4]))


def _grouped(whole: str, mark: str) -> bool:
    """Whether `whole` is digits, or digits in proper groups of three."""
    if whole.isdigit():
        return True
    return re.fullmatch(rf"[0-9]{{1,3}}(?:[{re.escape(mark)}_][0-9]{{3}})+", whole) is not None


def _mark_of(figures: str) -> DecimalMark | Literal["?"] | None:
    """Decimal mark that the figures themselves prove; None when they need none; "?" when unclear.

    `1.234` is unclear: three digits after a single separator, one to three before it.
    """
    dots, commas = figures.count("."), figures.count(",")
    if dots and commas:
        return "." if figures.rfind(".") > figures.rfind(",") else ","
    mark: DecimalMark = "." if dots else ","
    if dots + commas == 0:
        return None
    if dots + commas > 1:
        return "," if mark == "." else "."
    before, after = figures.split(mark)
    if len(after) != 3 or "_" in before or not before or before[0] == "0" or len(before) > 3:
        return mark
    return "?"


def decide_decimal(values: Iterable[str]) -> DecimalMark | None:
    """Decimal mark of a whole column of amounts, from the values that prove one.

    None when no value proves a mark or when values contradict each other: then each amount stands
    alone and parse_amount refuses the unclear ones.
    """
    proofs: set[str] = set()
    for value in values:
        parts = _parts(value)
        mark = _mark_of(parts.figures) if parts else None
        if mark is not None and mark != "?":
            proofs.add(mark)
    if proofs == {"."}:
        return "."
    return "," if proofs == {","} else None


def currency_in(text: str) -> str | None:
    """The three-letter code written beside an amount (`USD 12.50`), if there is exactly one."""
    codes = _CODE.findall(text)
    return codes[0] if len(codes) == 1 else None


def parse_amount(text: str, digits: int, decimal: DecimalMark | None = None) -> int:
    """Minor units of an amount as a person or a spreadsheet writes it.

    `digits` are those of the currency; `decimal` is the mark decided for the whole column, if one
    was. Accepts both styles of thousands separators (also spaces and apostrophes), one currency
    sign, abbreviation or code, a minus of any kind before or after, brackets for negative.
    Raises Invalid: "amount_ambiguous" (`1.234` could be two numbers), "amount_decimals" (more
    decimals than the currency has), "amount_too_large", "amount_invalid".
    """
    parts = _parts(text)
    if parts is None:
        raise Invalid(code="amount_invalid", text=text[:40])
    mark = decimal or _mark_of(parts.figures)
    if mark == "?":
        if digits:
            raise Invalid(code="amount_ambiguous", text=text[:40])
        mark = "," if "." in parts.figures else "."  # no decimals exist, so it separates thousands
    whole, _, fraction = parts.figures.partition(mark) if mark else (parts.figures, "", "")
    if not _grouped(whole or "0", "." if mark == "," else ",") or not (fraction or "0").isdigit():
        raise Invalid(code="amount_invalid", text=text[:40])
    return _minor(parts.negative, re.sub("[^0-9]", "", whole), fraction, digits)


def _minor(negative: bool, whole: str, fraction: str, digits: int) -> int:
    if fraction.rstrip("0")[digits:]:
        raise Invalid(code="amount_decimals", digits=digits)
    if len(whole.lstrip("0")) > 16:
        raise Invalid(code="amount_too_large")
    minor = int((whole or "0") + fraction[:digits].ljust(digits, "0"))
    if minor > MAX_MINOR:
        raise Invalid(code="amount_too_large")
    return -minor if negative else minor
