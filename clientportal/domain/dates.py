"""Days between dates, and days of a company's zone. Today and now always come in as parameters."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

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


def day_bounds(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """First moment of a day in the zone and of the day after, in UTC: `start <= at < end`.

    The two are 23 or 25 hours apart when the zone changes its clocks.
    """
    start = datetime.combine(day, time.min, zone)
    end = datetime.combine(day + timedelta(days=1), time.min, zone)
    return start.astimezone(UTC), end.astimezone(UTC)
