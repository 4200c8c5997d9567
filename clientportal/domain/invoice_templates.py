"""Rules of invoice templates: terms, reminders, and taxes that the company no longer charges."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from clientportal.domain.errors import Invalid

MAX_DUE_DAYS = 365
MAX_REMINDER_DAYS = 90
MAX_REMINDERS = 10


@dataclass(frozen=True, slots=True)
class ReminderSettings:
    """Whether the clients are reminded, how many days lie between, and how often.

    Three days and one reminder unless somebody says otherwise (mission 127-130, 157).
    """

    send: bool = False
    days: int = 3
    count: int = 1

    def checked(self) -> "ReminderSettings":
        """These settings. Raises as `in_range` for `reminder_days` and `reminder_count`."""
        in_range(self.days, "reminder_days", 1, MAX_REMINDER_DAYS)
        in_range(self.count, "reminder_count", 1, MAX_REMINDERS)
        return self


def in_range(number: int, field: str, least: int, most: int) -> int:
    """The number. Raises Invalid(field + "_range")."""
    if not least <= number <= most:
        raise Invalid(code=f"{field}_range", field=field, least=least, most=most)
    return number


def missing_rates(
    used: Iterable[Decimal | None], charged: Collection[Decimal]
) -> tuple[Decimal, ...]:
    """The rates (percent) of lines that the company does not charge, each once, ascending.

    A company that names no rates charges any; no tax is never missing.
    """
    if not charged:
        return ()
    return tuple(sorted({rate for rate in used if rate} - set(charged)))
