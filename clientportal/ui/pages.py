"""Every page of the app, in one list: the composition root and the tests walk it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Literal

import reflex as rx
from reflex_base.utils.format import format_event_handler

from clientportal.settings import settings

Face = Literal["public", "staff", "portal"]

# One line per page module; each defines `PAGE = Page(...)` (or `PAGES = (Page(...), ...)`).
# One page = one module, because Reflex makes one JavaScript chunk per Python module.
MODULES: tuple[str, ...] = (
    "clientportal.ui.public.start",
    "clientportal.ui.public.sign_in",
    "clientportal.ui.public.sign_in_code",
    "clientportal.ui.public.set_up",
    "clientportal.ui.public.document_link",
    "clientportal.ui.public.not_found",
    "clientportal.ui.staff.receivables",
    "clientportal.ui.staff.accounts",
    "clientportal.ui.staff.account",
    "clientportal.ui.staff.settings",
    "clientportal.ui.staff.channels",
    "clientportal.ui.staff.contact",
    "clientportal.ui.staff.contacts",
    "clientportal.ui.staff.interactions",
    "clientportal.ui.staff.account_edit",
    "clientportal.ui.staff.statement",
    "clientportal.ui.staff.today",
    "clientportal.ui.staff.billing",
    "clientportal.ui.staff.document",
    "clientportal.ui.staff.document_edit",
    "clientportal.ui.staff.templates",
    "clientportal.ui.staff.template_edit",
    "clientportal.ui.staff.imports",
    "clientportal.ui.portal.account_choice",
    "clientportal.ui.portal.home",
    "clientportal.ui.portal.documents",
    "clientportal.ui.portal.document",
    "clientportal.ui.portal.statement",
    "clientportal.ui.portal.pay",
    "clientportal.ui.portal.more",
)

# Pages that only a build made with ENV=development holds.
DEVELOPMENT_MODULES: tuple[str, ...] = ("clientportal.ui.kit_page",)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its route with [vars], the function that draws it, the key of its title, the gated
    handlers that load it (in order) and the face that it belongs to."""

    route: str
    view: Callable[[], rx.Component]
    title_key: str
    face: Face
    on_load: tuple[Any, ...] = ()


@cache
def all_pages(*, development: bool) -> tuple[Page, ...]:
    """The pages of this build, imported now.

    `development` adds the pages that production must not have.
    """
    names = MODULES + (DEVELOPMENT_MODULES if development else ())
    found: list[Page] = []
    for name in names:
        module = import_module(name)
        found.extend(getattr(module, "PAGES", ()) or (module.PAGE,))
    return tuple(found)


@cache
def loading_events() -> frozenset[str]:
    """Full names of the handlers that load a page: a refusal of one takes the page's place."""
    return frozenset(
        format_event_handler(handler)
        for page in all_pages(development=not settings().is_production)
        for handler in page.on_load
    )
