"""What was applied to a document, as one cell of a file: written by the export, read by the import.

An entry is a day and an amount; of a payable document also the credit that it came from, as
`2026-02-10 500.00 Recibo de caja: RC-12`. Entries stand in their order, between `|`; a negative one
takes an earlier one back. Without a credit it is what was paid before its import, or of a credit
what was handed back.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clientportal.domain import ledger
from clientportal.domain.documents import CREDIT, Kind
from clientportal.domain.errors import Invalid
from clientportal.domain.import_columns import parse_kind
from clientportal.domain.money import parse_amount

_PART = re.compile(r"(?:[^|\\]|\\.)+")
_ENTRY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}) (-?[0-9]+(?:\.[0-9]+)?)(?: ([^:]+): (.+))?")


@dataclass(frozen=True, slots=True)
class Movement:
    """Money or credit applied on a day, in minor units; `kind` and `number` name the credit."""

    on: date
    amount_minor: int
    kind: Kind | None = None
    number: str = ""

    @property
    def credit(self) -> tuple[Kind, str] | None:
        return (self.kind, self.number) if self.kind else None


def write(movements: Iterable[Movement], digits: int, word: Callable[[Kind], str]) -> str:
    """The cell. `word` names a kind so that `import_columns.parse_kind` knows it."""
    return " | ".join(_entry(movement, digits, word) for movement in movements)


def _entry(movement: Movement, digits: int, word: Callable[[Kind], str]) -> str:
    amount = Decimal(movement.amount_minor).scaleb(-digits)
    text = f"{movement.on.isoformat()} {amount:f}"
    if movement.kind is None:
        return text
    number = re.sub(r"([|\\])", r"\\\1", movement.number)
    return f"{text} {word(movement.kind)}: {number}"


def parse(text: str, digits: int) -> tuple[Movement, ...]:
    """The movements of a cell. Raises Invalid("movement_invalid") (value)."""
    return tuple(_parsed(part.strip(), digits) for part in _PART.findall(text))


def _parsed(part: str, digits: int) -> Movement:
    found = _ENTRY.fullmatch(part)
    wrong = Invalid(code="movement_invalid", value=part[:60])
    if found is None:
        raise wrong
    kind = parse_kind(found[3]) if found[3] else None
    if found[3] and kind not in CREDIT:
        raise wrong
    try:
        on, amount = date.fromisoformat(found[1]), parse_amount(found[2], digits, ".")
    except (ValueError, Invalid) as error:
        raise wrong from error
    if amount == 0:
        raise wrong
    return Movement(on, amount, kind, re.sub(r"\\(.)", r"\1", found[4] or ""))


def taken_back(movements: Sequence[Movement]) -> dict[int, int]:
    """Place of each negative entry → place of the earlier one that it takes back.

    Raises Invalid("movement_invalid") for one that takes nothing back.
    """
    pairs: dict[int, int] = {}
    for place, movement in enumerate(movements):
        if movement.amount_minor > 0:
            continue
        earlier = (
            other
            for other, what in enumerate(movements[:place])
            if (what.credit, what.amount_minor) == (movement.credit, -movement.amount_minor)
            and what.on <= movement.on
            and other not in pairs.values()
        )
        found = next(earlier, None)
        if found is None:
            raise Invalid(code="movement_invalid", value=f"{movement.on} {movement.number}"[:60])
        pairs[place] = found
    return pairs


def fits(total_minor: int, since: date, movements: Sequence[Movement]) -> bool:
    """Whether a document issued on `since` has between nothing and all of it applied on any day."""
    days = {movement.on for movement in movements}
    return all(day >= since and 0 <= ledger.applied(movements, day) <= total_minor for day in days)
