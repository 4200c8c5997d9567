"""Tabs of the staff's pages in one small company, for tests that call their handlers."""

from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
import reflex as rx
import sqlalchemy as sa

from clientportal.services import identity
from clientportal.storage.session import unit_of_work
from clientportal.ui import session
from tests.support.ledger import World, make_world
from tests.ui import conftest
from tests.ui.conftest import OpenTab

S = TypeVar("S", bound=rx.State)
PATTERNS = {
    "today": "/staff/[company_slug]/today",
    "billing": "/staff/[company_slug]/billing",
    "new": "/staff/[company_slug]/billing/new",
    "document": "/staff/[company_slug]/billing/[document_id]",
    "edit": "/staff/[company_slug]/billing/[document_id]/edit",
    "statement": "/staff/[company_slug]/accounts/[account_id]/statement",
    "templates": "/staff/[company_slug]/billing/templates",
    "template_new": "/staff/[company_slug]/billing/templates/new",
    "template": "/staff/[company_slug]/billing/templates/[template_id]",
    "imports": "/staff/[company_slug]/imports",
}


@dataclass(slots=True)
class Desk:
    """Opens pages of two companies, `molino` and `otra`, for their staff."""

    engine: sa.Engine
    open_tab: OpenTab
    patch: pytest.MonkeyPatch
    world: World
    other: World

    async def at(
        self, page: str, state: type[S], path: str = "", *, who: str = "owner", slug: str = "molino"
    ) -> S:
        """The state of a tab at a page; `path` follows `/staff/{slug}/`. Nothing is loaded yet."""
        self.patch.setitem(conftest.ROUTES, "staff", PATTERNS[page])
        root = self.open_tab(f"/staff/{slug}/{path or page}", self.token(f"{who}@{slug}.example"))
        found: S = await root.get_state(state)
        return found

    def token(self, email: str) -> str:
        """A session of a member."""
        with unit_of_work(bind=self.engine) as db:
            signed = identity.sign_in_as(db, email=email, now=session.utc_now())
            assert signed is not None
            return signed.token


def desk_of(engine: sa.Engine, open_tab: OpenTab, patch: pytest.MonkeyPatch) -> Desk:
    """Two companies with accounts and staff, nothing billed yet."""
    with unit_of_work(bind=engine) as db:
        world, other = make_world(db), make_world(db, "otra")
    return Desk(engine, open_tab, patch, world, other)


async def call(handler: Any, state: rx.State, *args: Any) -> Any:
    """Run a handler as the framework does once the gate has let it pass."""
    return await handler.fn(state, *args)
