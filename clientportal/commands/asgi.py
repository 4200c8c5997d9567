"""The target of the web server: one call per web process."""

from starlette.types import ASGIApp

from clientportal import log
from clientportal.settings import settings


def create() -> ASGIApp:
    """Import the app in this process and give its ASGI callable."""
    log.configure(settings())
    from clientportal.clientportal import app  # after logging stands

    return app()
