"""Payments in review on Today and on the page of their document."""

from typing import Any

import pytest
import sqlalchemy as sa

from clientportal import queue
from clientportal.domain.errors import NotFound
from clientportal.domain.permissions import Permission
from clientportal.services.payment_reviews import ReviewDecided
from clientportal.storage.session import unit_of_work
from clientportal.ui import session
from clientportal.ui.policy import policy_of
from clientportal.ui.staff.document_state import StaffDocument
from clientportal.ui.staff.today_state import StaffToday
from tests.support import ledger
from tests.support.reviews import in_review
from tests.ui.conftest import OpenTab
from tests.ui.staff_tabs import Desk, call, desk_of


@pytest.fixture
def desk(database: sa.Engine, open_tab: OpenTab, monkeypatch: pytest.MonkeyPatch) -> Desk:
    queue.client.cache_clear()
    return desk_of(database, open_tab, monkeypatch)


def paid(desk: Desk) -> int:
    """An invoice of which too little arrived."""
    with unit_of_work(bind=desk.engine) as db:
        company = db.get(ledger.Company, desk.world.company_id)
        assert company is not None
        company.is_test = True
        key = ledger.invoice(db, desk.world, "100")
        in_review(db, desk.world.customer, key, now=session.utc_now())
    return key


async def page(desk: Desk, key: int, who: str = "owner") -> StaffDocument:
    state = await desk.at("document", StaffDocument, f"billing/{key}", who=who)
    await call(StaffDocument.load, state)
    return state


async def test_today_shows_it_and_leads_to_its_document(desk: Desk) -> None:
    key = paid(desk)
    for who in ("owner", "viewer"):
        state = await desk.at("today", StaffToday, who=who)
        await call(StaffToday.load, state)
        (row,) = state.reviews
        assert (row.reason, row.amount_minor, row.expected_minor) == ("amount", 9_900, 10_000)
        assert row.href == f"/staff/molino/billing/{key}"
        assert row.account_href == f"/staff/molino/accounts/{desk.world.accounts[0]}"
        assert state.attempts == []  # it is no payment that one could release
        assert "payment_review" in {line.action for line in state.events}
    other = await desk.at("today", StaffToday, slug="otra")
    await call(StaffToday.load, other)
    assert other.reviews == []


async def test_accepted_on_the_document(desk: Desk) -> None:
    key = paid(desk)
    state, second = await page(desk, key), await page(desk, key)
    assert state.being_paid
    (row,) = state.reviews
    for foreign in (0, "1", [], 10**12):
        with pytest.raises(NotFound):
            await call(StaffDocument.accept_review, state, foreign)
    spec = await call(StaffDocument.accept_review, state, row.id)
    assert "review_accepted" in str(spec.args)
    assert (state.reviews, state.being_paid, state.can["record_payment"]) == ([], False, True)
    with pytest.raises(ReviewDecided):
        await call(StaffDocument.accept_review, second, row.id)
    await call(StaffDocument.ask_dismiss, second, row.id)
    with pytest.raises(ReviewDecided):
        await call(StaffDocument.dismiss_review, second, {"reason": "x"})


async def test_dismissed_with_a_reason(desk: Desk) -> None:
    state = await page(desk, paid(desk))
    await call(StaffDocument.ask_dismiss, state, state.reviews[0].id)
    assert state.ask == "dismiss_review"
    wrong: list[tuple[Any, str]] = [
        ({}, "required"),
        ({"reason": " "}, "required"),
        ({"reason": "x" * 550}, "too_long"),
        ({"reason": ["x"]}, "required"),
    ]
    for form, code in wrong:
        assert await call(StaffDocument.dismiss_review, state, form) is None
        assert state.errors == {"reason": code}
    await call(StaffDocument.dismiss_review, state, {"reason": "No es nuestro"})
    assert (state.reviews, state.ask, state.being_paid) == ([], "", False)


def test_only_strong_roles_decide() -> None:
    for handler in ("accept_review", "ask_dismiss", "dismiss_review"):
        policy = policy_of(getattr(StaffDocument, handler).fn)
        assert policy is not None
        assert policy.permission is Permission.PAYMENTS_RELEASE
