"""Periods of days as an address names them: a preset, or two days. Today is a parameter."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from clientportal.domain.dates import day_of

MONTHS_IN_QUARTER = 3


class Preset(StrEnum):
    """Periods with a name; each ends today, except the last month."""

    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    QUARTER = "quarter"
    YEAR = "year"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `since` (None: the first there is) to `until`, both included.

    `preset` is None for two days that somebody chose.
    """

    since: date | None
    until: date
    preset: Preset | None = None

    @property
    def opens_on(self) -> date | None:
        """The day at whose end the opening balance stood; None when nothing can have been."""
        if self.since is None or self.since == date.min:
            return None
        return self.since - timedelta(days=1)

    def holds(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and day <= self.until

    def to_query(self) -> dict[str, list[str]]:
        """The URL parameters that `parse` reads back."""
        if self.preset is not None:
            return {"period": [self.preset.value]}
        since = [self.since.isoformat()] if self.since else []
        return {"from": since, "to": [self.until.isoformat()]}


def of(preset: Preset, today: date) -> Period:
    """The period of a preset on a day of the company's calendar."""
    month = today.replace(day=1)
    match preset:
        case Preset.THIS_MONTH:
            return Period(month, today, preset)
        case Preset.LAST_MONTH:
            end = month - timedelta(days=1)
            return Period(end.replace(day=1), end, preset)
        case Preset.QUARTER:
            first = (today.month - 1) // MONTHS_IN_QUARTER * MONTHS_IN_QUARTER + 1
            return Period(today.replace(month=first, day=1), today, preset)
        case Preset.YEAR:
            return Period(today.replace(month=1, day=1), today, preset)
        case Preset.ALL:
            return Period(None, today, preset)


def parse(query: Mapping[str, Sequence[str]], today: date) -> Period:
    """The period of an address (`period`, or `from` and `to`). Never raises: without sense, months.

    Days to come belong to no period yet; two days in the wrong order are turned round.
    """
    since, until = (day_of(_first(query, name)) for name in ("from", "to"))
    if since is None and until is None:
        name = _first(query, "period")
        preset = Preset(name) if name in set(Preset) else Preset.THIS_MONTH
        return of(preset, today)
    if since is not None and until is not None and since > until:
        since, until = until, since
    return Period(min(since, today) if since else None, min(until or today, today))


def _first(query: Mapping[str, Sequence[str]], name: str) -> str:
    return (query.get(name) or [""])[0].strip()
