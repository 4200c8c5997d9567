"""What a UBL document means for the ledger: kind, total, prepaid part, lines and taxes.

`PayableAmount` is the truth for the balance. Whatever else the file says is kept and, where it
does not add up, told in a warning; it never changes the balance and never refuses the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, localcontext

from clientportal.domain.documents import CREDIT, Kind
from clientportal.domain.errors import Invalid
from clientportal.domain.money import MAX_MINOR, PLACES, round_half_up
from clientportal.domain.ubl import UblDocument

MOST_LINES = 500
"""Documents with more of them keep their lines in the original alone."""


@dataclass(frozen=True, slots=True)
class UblWarning:
    """Something about a file that a person should know: a code and its JSON-safe parameters."""

    code: str
    params: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A line as it is stored: quantity and price with six places, the amount in minor units."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal
    amount_minor: int


@dataclass(frozen=True, slots=True)
class FigureTax:
    """The taxes of one rate (percent) together."""

    rate: Decimal
    base_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A document for the ledger, in minor units; total = prepaid + balance, all at least zero.

    `prepaid_minor`: paid before the import, of a credit note returned before it.
    `difference_minor` is what net has over the sum of the lines (0: they agree).
    """

    kind: Kind
    due_on: date
    total_minor: int
    prepaid_minor: int
    net_minor: int
    lines: tuple[FigureLine, ...]
    taxes: tuple[FigureTax, ...]
    difference_minor: int
    warnings: tuple[UblWarning, ...]

    @property
    def balance_minor(self) -> int:
        return self.total_minor - self.prepaid_minor


@dataclass(frozen=True, slots=True)
class Words:
    """Descriptions of lines that the file has no words for."""

    allowance: str
    charge: str
    rounding: str


_OPPOSITE = {
    Kind.INVOICE: Kind.CREDIT_NOTE,
    Kind.DEBIT_NOTE: Kind.CREDIT_NOTE,
    Kind.CREDIT_NOTE: Kind.DEBIT_NOTE,
}


def figures(document: UblDocument, digits: int, words: Words) -> Figures:
    """The document's figures in a currency with `digits` decimals.

    A negative document becomes the opposite kind with every sign turned, and says what it was.
    Raises Invalid("amount_too_large").
    """
    warnings: list[UblWarning] = []
    payable = _minor(document.payable_amount, digits)
    prepaid = _minor(document.prepaid_amount, digits)
    kind, sign = document.kind, 1
    if payable < 0:
        kind, sign = _OPPOSITE[document.kind], -1
        warnings.append(UblWarning(f"ubl_negative_{document.kind}", {"number": document.id}))
    payable, prepaid = sign * payable, sign * prepaid
    if prepaid < 0:  # more was paid than billed: what is left over is all that still counts
        warnings.append(UblWarning("ubl_prepaid_ignored", {"number": document.id}))
        prepaid = 0
    total = payable + prepaid
    if total > MAX_MINOR:
        raise Invalid(code="amount_too_large", field="PayableAmount")
    if round(document.payable_amount, digits) != document.payable_amount:
        warnings.append(UblWarning("ubl_rounded", {"amount": str(document.payable_amount)}))
    lines = _lines(document, digits, sign, words)
    taxes = _taxes(document, digits, sign)
    net = total - sum(tax.tax_minor for tax in taxes)
    difference = net - sum(line.amount_minor for line in lines) if lines else 0
    if difference:
        warnings.append(
            UblWarning(
                "ubl_lines_differ",
                {"lines_minor": total - difference, "total_minor": total},
            )
        )
    if len(lines) > MOST_LINES:  # a page and a PDF of them would help nobody
        warnings.append(UblWarning("ubl_lines_left_out", {"number": len(lines)}))
        lines, difference = (), 0
    due_on = document.due_date or document.issue_date
    if due_on < document.issue_date:
        warnings.append(UblWarning("ubl_due_before_issue", {"due_on": due_on.isoformat()}))
    return Figures(
        kind=kind,
        due_on=document.issue_date if kind in CREDIT else due_on,
        total_minor=total,
        prepaid_minor=prepaid,
        net_minor=net,
        lines=lines,
        taxes=taxes,
        difference_minor=difference,
        warnings=tuple(warnings),
    )


def _minor(amount: Decimal, digits: int) -> int:
    """Minor units, half away from zero. Raises Invalid("amount_too_large")."""
    with localcontext(prec=60):
        minor = round_half_up(amount.scaleb(digits))
    if abs(minor) > MAX_MINOR:
        raise Invalid(code="amount_too_large")
    return minor


def _places(value: Decimal) -> Decimal:
    """The value with at most six places. Raises Invalid("amount_too_large")."""
    if abs(value) > MAX_MINOR:
        raise Invalid(code="amount_too_large")
    with localcontext(prec=60):
        return round(value, PLACES)


def _lines(document: UblDocument, digits: int, sign: int, words: Words) -> tuple[FigureLine, ...]:
    """The lines; allowances, charges and the rounding of the whole document follow as lines."""
    found = [
        FigureLine(
            line.description,
            sign * _places(line.quantity),
            _places(line.price_amount),
            _places(line.percent or Decimal(0)),
            sign * _minor(line.line_extension_amount, digits),
        )
        for line in document.lines
    ]
    if not found:
        return ()
    for part in document.allowance_charges:
        amount = sign * (part.amount if part.charge else -part.amount)
        text = part.reason or (words.charge if part.charge else words.allowance)
        found.append(_extra(text, amount, part.percent or Decimal(0), digits))
    if document.payable_rounding_amount:
        rounding = sign * document.payable_rounding_amount
        found.append(_extra(words.rounding, rounding, Decimal(0), digits))
    return tuple(found)


def _extra(text: str, amount: Decimal, percent: Decimal, digits: int) -> FigureLine:
    minor = _minor(amount, digits)
    return FigureLine(text, Decimal(1), _places(amount), _places(percent), minor)


def _taxes(document: UblDocument, digits: int, sign: int) -> tuple[FigureTax, ...]:
    """One row per rate: two schemes of the same rate are added up; the file keeps them apart."""
    rates: dict[Decimal, FigureTax] = {}
    for subtotal in document.tax_subtotals:
        rate = _places(subtotal.percent)
        known = rates.get(rate, FigureTax(rate, 0, 0))
        rates[rate] = replace(
            known,
            base_minor=known.base_minor + sign * _minor(subtotal.taxable_amount, digits),
            tax_minor=known.tax_minor + sign * _minor(subtotal.tax_amount, digits),
        )
    return tuple(rates[rate] for rate in sorted(rates))


def stored_warnings(warnings: Sequence[UblWarning]) -> list[dict[str, object]]:
    """Warnings as the JSON that a row keeps."""
    return [{"code": warning.code, **warning.params} for warning in warnings]
