"""Days between dates, and days of a company's zone. Today and now always come in as parameters."""

import re
from datetime import date, datetime, timedelta, tzinfo

_ISO_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")

DUE_SOON_DAYS = 7
"""`Vence pronto` is due within seven days, today included (looks.md §6)."""


def overdue_days(due_on: date | None, today: date) -> int:
    """Whole days past the due date; 0 on the due date itself, before it and without one."""
    return max(0, (today - due_on).days) if due_on else 0


def due_soon(due_on: date | None, today: date, within: int = DUE_SOON_DAYS) -> bool:
    """Whether the due date is today or one of the `within` days that follow."""
    return due_on is not None and 0 <= (due_on - today).days <= within


def local_date(at: datetime, zone: tzinfo) -> date:
    """The calendar day of a moment in a company's zone. Raises ValueError for a naive datetime."""
    if at.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return at.astimezone(zone).date()


def months_back(today: date, count: int) -> list[tuple[date, date]]:
    """First and last day of the `count` months that end with today, newest first.

    The newest ends today, because what comes later has not happened.
    """
    found: list[tuple[date, date]] = []
    last = today
    for _ in range(count):
        first = last.replace(day=1)
        found.append((first, last))
        last = first - timedelta(days=1)
    return found


def day_of(text: str) -> date | None:
    """The day of an ISO text (2026-11-22) from an address or a form; None for anything else."""
    if not _ISO_DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
