"""Numbers of issued documents: a series has a prefix, a next number and a padding."""

import re
from dataclasses import dataclass, replace

from clientportal.domain.errors import Invalid

MAX_PADDING = 12
_PREFIX = re.compile(r"(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9/.\-]{0,9})?")


@dataclass(frozen=True, slots=True)
class Series:
    """One company's series for one kind: `FE-` and padding 6 give FE-000041."""

    prefix: str
    next_number: int
    padding: int = 0

    def take(self) -> tuple[str, "Series"]:
        """The number to print now, and the series as it must be stored in the same transaction."""
        text = format_number(self.prefix, self.next_number, self.padding)
        return text, replace(self, next_number=self.next_number + 1)


def check_series(series: Series) -> None:
    """Raises Invalid: "series_prefix", "series_next" or "series_padding", with the field's name."""
    if not _PREFIX.fullmatch(series.prefix):
        raise Invalid(code="series_prefix", field="prefix")
    if not 1 <= series.next_number < 10**MAX_PADDING:
        raise Invalid(code="series_next", field="next_number")
    if not 0 <= series.padding <= MAX_PADDING:
        raise Invalid(code="series_padding", field="padding", most=MAX_PADDING)


def format_number(prefix: str, number: int, padding: int) -> str:
    """The printed number; a number longer than the padding is printed whole."""
    return f"{prefix}{number:0{padding}d}" if padding else f"{prefix}{number}"


def parse_number(text: str, prefix: str) -> int | None:
    """The running number inside a printed number of this prefix; None if it is of another one."""
    rest = text.strip()[len(prefix) :]
    if text.strip()[: len(prefix)].casefold() != prefix.casefold():
        return None
    return int(rest) if re.fullmatch("[0-9]{1,18}", rest) else None
