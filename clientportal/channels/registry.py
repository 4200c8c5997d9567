"""Which channel carries the platform's mail, by settings."""

from functools import cache

from clientportal.channels.base import Channel
from clientportal.channels.outbox import Outbox
from clientportal.settings import ConfigurationError, settings


@cache
def email() -> Channel:
    """The platform's e-mail sender (CLIENTPORTAL_MAIL).

    Raises ConfigurationError for a transport that this version does not carry.
    """
    if settings().mail == "outbox":
        return Outbox()
    raise ConfigurationError(
        f"CLIENTPORTAL_MAIL={settings().mail} has no transport in this version."
    )
