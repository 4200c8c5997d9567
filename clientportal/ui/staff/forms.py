"""Reading submitted forms of staff pages: whatever the browser sent, a value or a field's error."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from clientportal.domain.errors import Invalid, PortalError
from clientportal.ui.staff.common import text_of


def day_of(data: Mapping[str, Any], name: str) -> date:
    """A required day as a date field sends it. Raises Invalid("required" | "date_invalid")."""
    text = text_of(data, name, 40)
    if not text:
        raise Invalid(code="required", field=name)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(code="date_invalid", field=name, value=text) from error


def params_of(error: PortalError) -> dict[str, str | int]:
    """The values of an error's sentence as the browser gets them."""
    return {
        name: value if isinstance(value, int) else str(value)[:300]
        for name, value in error.params.items()
    }
