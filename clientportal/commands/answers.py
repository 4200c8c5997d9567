"""How commands say what was refused: the catalogue's sentence on stderr, status 1."""

import sys
from collections.abc import Mapping

from clientportal.domain.errors import PortalError
from clientportal.rendering import texts
from clientportal.settings import settings


def refuse(error: PortalError) -> int:
    """Write the refusal for the operator; the exit status."""
    field = f"{error.field}: " if error.field else ""
    sys.stderr.write(f"clientportal: {field}{words(error.error_code, error.params)}\n")
    return 1


def words(code: str, params: Mapping[str, object]) -> str:
    """The sentence of a code in the operator's language, or the bare facts where there is none."""
    try:
        return texts.t(f"errors.{code}", settings().default_language, **params)
    except KeyError:
        return f"{code} {dict(params)}"
