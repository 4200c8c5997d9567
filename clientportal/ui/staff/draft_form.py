"""What the editor of a draft holds: lines as typed, read into a draft with errors by field."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from clientportal.domain import taxes
from clientportal.domain.documents import Kind
from clientportal.domain.errors import Invalid
from clientportal.domain.invoice_templates import missing_rates
from clientportal.domain.money import parse_amount, to_decimal
from clientportal.rendering.formats import currency_digits
from clientportal.services.drafts import BY_HAND, DraftInput, LineInput
from clientportal.ui.staff.common import text_of
from clientportal.ui.staff.reminder_fields import read_reminders

KINDS = tuple(kind for kind in Kind if kind in BY_HAND)
LINE_FIELDS = ("description", "quantity", "unit_price", "tax_rate")
PLACES = 6
FORM_FIELDS = {"kind", "currency", "issued_on", "due_on", "concept", "reference", "corrects_id"}


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A line as typed. `key` names it in the form; `errors` are codes by field."""

    key: int
    description: str = ""
    quantity: str = "1"
    unit_price: str = ""
    tax_rate: str = ""
    amount_minor: int = 0
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaxSum:
    """`rate` in percent as plain text."""

    rate: str
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Worked:
    """Lines with their amounts, and the sums of those that can be read, in minor units."""

    lines: list[DraftLine]
    net_minor: int = 0
    taxes: tuple[TaxSum, ...] = ()
    total_minor: int = 0


def number(text: str, field: str, *, grouped: bool = False) -> Decimal:
    """A number as people write it, with at most six decimals. Raises Invalid for `field`.

    `grouped`: three figures after a single separator are thousands, as in every field for money.
    """
    if not text.strip():
        raise Invalid(code="required", field=field)
    try:
        return to_decimal(parse_amount(_plain(text), PLACES, _mark(text, grouped)), PLACES)
    except Invalid as error:
        code = "too_many_places" if error.error_code == "amount_decimals" else error.error_code
        raise Invalid(code=code, field=field, places=PLACES, **_params(error)) from error


def _plain(text: str) -> str:
    return text.strip()[:40].removesuffix("%").strip()


def _mark(text: str, grouped: bool) -> Any:
    """A single separator that is not followed by three figures is the decimal mark."""
    figures = _plain(text).lstrip("-−")
    for mark, other in ((".", ","), (",", ".")):
        whole, found, rest = figures.partition(mark)
        if found and whole.isdigit() and rest.isdigit():
            if len(rest) != 3:
                return mark
            if grouped and len(whole) <= 3 and whole[0] != "0":
                return other
    return None


def shown(value: Decimal) -> str:
    """A stored number for its field, never so that it could be read as another one."""
    text = f"{value.normalize():f}"
    return f"{text}0" if re.fullmatch(r"-?[1-9][0-9]{0,2}\.[0-9]{3}", text) else text


def _params(error: Invalid) -> dict[str, object]:
    return {name: value for name, value in error.params.items() if name != "places"}


def line_input(line: DraftLine, digits: int) -> tuple[LineInput | None, dict[str, str]]:
    """The line as the service takes it, or what is wrong with each of its fields."""
    errors: dict[str, str] = {}
    numbers: dict[str, Decimal] = {}
    if not line.description.strip():
        errors["description"] = "required"
    for name in ("quantity", "unit_price", "tax_rate"):
        text = getattr(line, name)
        if name == "tax_rate" and not text.strip():
            continue
        try:
            numbers[name] = number(text, name, grouped=name == "unit_price" and digits < 3)
        except Invalid as error:
            errors[name] = error.error_code
    if errors:
        return None, errors
    rate = numbers.get("tax_rate")
    made = LineInput(line.description, numbers["quantity"], numbers["unit_price"], rate)
    try:
        taxes.totals([taxes.Line(made.quantity, made.unit_price, rate or None)], digits)
    except Invalid as error:
        return None, {error.field or "unit_price": error.error_code}
    return made, {}


def worked(lines: Sequence[DraftLine], currency: str) -> Worked:
    """The live totals: by the same rule as the service, over the lines that can be read so far."""
    digits = currency_digits(currency) if currency else 2
    readable: list[tuple[int, taxes.Line]] = []
    shown = [replace(line, amount_minor=0) for line in lines]
    for place, line in enumerate(shown):
        found, errors = line_input(line, digits)
        if found is None and set(errors) == {"description"}:
            found, _ = line_input(replace(line, description="-"), digits)
        if found is not None:
            rate = found.tax_rate or None
            readable.append((place, taxes.Line(found.quantity, found.unit_price, rate)))
    try:
        sums = taxes.totals([line for _, line in readable], digits)
    except Invalid:
        return Worked(shown)
    for (place, _), amount in zip(readable, sums.lines, strict=True):
        shown[place] = replace(shown[place], amount_minor=amount)
    parts = tuple(TaxSum(f"{tax.rate.normalize():f}", tax.tax_minor) for tax in sums.taxes)
    return Worked(shown, sums.net_minor, parts, sums.total_minor)


def missing_taxes(lines: Sequence[DraftLine], charged: Sequence[str]) -> list[str]:
    """Rates of the lines (percent, plain text) that are none of those the company charges."""
    used = []
    for line in lines:
        with suppress(Invalid):
            used.append(number(line.tax_rate, "tax_rate"))
    missing = missing_rates(used, [Decimal(rate) for rate in charged])
    return [f"{rate.normalize():f}" for rate in missing]


def read_lines(
    lines: Sequence[DraftLine], currency: str
) -> tuple[tuple[LineInput, ...], list[DraftLine]]:
    """(the lines that can be read, all of them with what is wrong with each)."""
    read, marked = [], []
    for line in lines:
        made, wrong = line_input(line, currency_digits(currency) if currency else 2)
        marked.append(replace(line, errors=wrong))
        if made is not None:
            read.append(made)
    return tuple(read), marked


def typed(lines: Sequence[DraftLine], form: Mapping[str, Any]) -> list[DraftLine]:
    """The lines with what the submitted form says: newer than what was sent while typing."""
    found = []
    for line in lines:
        values: dict[str, Any] = {
            name: text_of(form, f"{name}-{line.key}", 600)
            for name in LINE_FIELDS
            if f"{name}-{line.key}" in form
        }
        found.append(replace(line, **values, errors={}))
    return found


def draft_of(
    form: Mapping[str, Any],
    lines: Sequence[DraftLine],
    account_id: int,
    template_id: int | None = None,
) -> tuple[DraftInput | None, dict[str, str], list[DraftLine]]:
    """(draft, errors by field, lines with theirs); no draft when anything cannot be read."""
    errors: dict[str, str] = {}
    if not account_id:
        errors["account_id"] = "required"
    kind = text_of(form, "kind", 20)
    if kind not in KINDS:
        errors["kind"] = "kind_not_by_hand"
    issued_on = _day(form, "issued_on", errors, needed=True)
    due_on = _day(form, "due_on", errors, needed=False)
    currency = text_of(form, "currency", 3)
    reminders = read_reminders(form, errors)
    read, marked = read_lines(lines, currency)
    if errors or len(read) < len(lines) or issued_on is None:
        return None, errors, marked
    corrects = text_of(form, "corrects_id", 18)
    draft = DraftInput(
        account_id=account_id,
        kind=Kind(kind),
        currency=currency,
        issued_on=issued_on,
        due_on=due_on,
        lines=read,
        concept=text_of(form, "concept", 600),
        reference=text_of(form, "reference", 200),
        corrects_id=int(corrects) if corrects.isascii() and corrects.isdigit() else None,
        template_id=template_id,
        reminders=reminders,
    )
    return draft, errors, marked


def _day(
    form: Mapping[str, Any], name: str, errors: dict[str, str], *, needed: bool
) -> date | None:
    text = text_of(form, name, 40)
    if not text:
        if needed:
            errors[name] = "required"
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        errors[name] = "invalid"
        return None
