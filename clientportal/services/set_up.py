"""Who may create the first company: in production who knows the code that `serve` prints."""

import hashlib
import hmac

from clientportal.domain.errors import Invalid
from clientportal.settings import settings


def set_up_code() -> str:
    """Eight characters that follow from SECRET_KEY; worthless once a company exists."""
    digest = hmac.new(settings().secret(), b"set-up code", hashlib.sha256).hexdigest()
    return digest[:8].upper()


def check_code(given: str) -> None:
    """Raises Invalid `set_up_code_wrong` in production unless the operator's code was given."""
    if not settings().is_production:
        return
    if not hmac.compare_digest(given.strip().upper().encode(), set_up_code().encode()):
        raise Invalid(code="set_up_code_wrong", field="set_up_code")
