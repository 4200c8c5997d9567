"""Taxes of a document: per rate on the sum of rounded lines (DESIGN §3 rule 7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext

from clientportal.domain.errors import Invalid
from clientportal.domain.money import line_amount, round_half_up


@dataclass(frozen=True, slots=True)
class Line:
    """What a line needs for its amount: `tax_rate` in percent; None means outside every tax."""

    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TaxAmount:
    """One rate (percent) with its base and its tax in minor units."""

    rate: Decimal
    base_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Amounts of a document in minor units; `lines` in the order given, `taxes` by rate."""

    lines: tuple[int, ...]
    net_minor: int
    taxes: tuple[TaxAmount, ...]
    total_minor: int


def tax_on(base_minor: int, rate: Decimal) -> int:
    """Tax in minor units on a base in minor units at `rate` percent, rounded half-up."""
    with localcontext(prec=60):
        return round_half_up(base_minor * rate / 100)


def totals(lines: Iterable[Line], digits: int) -> Totals:
    """Net, taxes and total of the lines in a currency with `digits` decimals.

    Each line is rounded half-up, then each rate's tax is computed once on its sum of lines.
    Raises Invalid("tax_rate_invalid") outside 0-100 percent, and what line_amount raises.
    """
    amounts: list[int] = []
    bases: dict[Decimal, int] = {}
    for line in lines:
        amount = line_amount(line.quantity, line.unit_price, digits)
        amounts.append(amount)
        if line.tax_rate is None:
            continue
        if not line.tax_rate.is_finite() or not 0 <= line.tax_rate <= 100:
            raise Invalid(code="tax_rate_invalid", field="tax_rate", rate=str(line.tax_rate))
        bases[line.tax_rate] = bases.get(line.tax_rate, 0) + amount
    taxes = tuple(TaxAmount(rate, bases[rate], tax_on(bases[rate], rate)) for rate in sorted(bases))
    net = sum(amounts)
    return Totals(tuple(amounts), net, taxes, net + sum(tax.tax_minor for tax in taxes))
