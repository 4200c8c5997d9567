"""Every plain HTTP route, in one list: the composition root and the tests walk it."""

from importlib import import_module

from starlette.routing import BaseRoute

# One line per module; each defines `routes() -> list[BaseRoute]` (only what may exist in this ENV).
MODULES: tuple[str, ...] = (
    "clientportal.web.health",
    "clientportal.web.pages",
    "clientportal.web.auth",
    "clientportal.web.set_up",
    "clientportal.web.staff_doors",
    "clientportal.web.payments",
    "clientportal.web.import_files",
    "clientportal.web.exports",
    "clientportal.web.statements",
    "clientportal.web.bundles",
    "clientportal.web.files",
    "clientportal.web.document_links",
    "clientportal.web.company_files",
    "clientportal.web.delivery_webhooks",
    "clientportal.web.webhooks",
    "clientportal.web.outbox",
    "clientportal.web.sandbox",
)


def all_routes() -> list[BaseRoute]:
    """The routes of this process; the first match answers."""
    found: list[BaseRoute] = []
    for name in MODULES:
        found.extend(import_module(name).routes())
    return found
