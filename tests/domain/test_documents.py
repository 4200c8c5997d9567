"""Status, badge and what may be done to a document."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientportal.domain import documents as d
from clientportal.domain.documents import DocumentFacts, Kind, Lifecycle, Settlement
from clientportal.domain.errors import PortalError

TODAY = date(2026, 11, 20)
BASE = DocumentFacts(Kind.INVOICE, Lifecycle.ISSUED, 1000, 1000, TODAY + timedelta(days=30))


def badge_of(facts: DocumentFacts) -> d.Badge:
    found = d.status(facts, TODAY)
    total, left = facts.total_minor, facts.balance_minor
    return d.badge(facts.kind, found, total, left, facts.due_on, TODAY)


def test_every_kind_is_payable_or_credit() -> None:
    assert set(Kind) == d.PAYABLE | d.CREDIT
    assert not d.PAYABLE & d.CREDIT


@pytest.mark.parametrize(
    ("lifecycle", "total", "left", "expected"),
    [
        (Lifecycle.ISSUED, 100, 100, Settlement.OPEN),
        (Lifecycle.ISSUED, 100, 1, Settlement.PARTLY_PAID),
        (Lifecycle.ISSUED, 100, 0, Settlement.PAID),
        (Lifecycle.ISSUED, 0, 0, Settlement.PAID),
        (Lifecycle.DRAFT, 0, 0, Settlement.OPEN),
        (Lifecycle.VOID, 100, 100, Settlement.OPEN),
    ],
)
def test_settlement(lifecycle: Lifecycle, total: int, left: int, expected: Settlement) -> None:
    assert d.settle(lifecycle, total, left) is expected


LADDER: list[tuple[str, dict[str, Any]]] = [
    ("void", {"lifecycle": Lifecycle.VOID}),
    ("draft", {"lifecycle": Lifecycle.DRAFT}),
    ("paid", {"balance_minor": 0}),
    ("being_paid", {"being_paid": True}),
    ("disputed", {"disputed": True}),
    ("overdue", {"due_on": TODAY - timedelta(days=2)}),
    ("partly_paid", {"balance_minor": 500}),
    ("due_soon", {"due_on": TODAY + timedelta(days=7)}),
    ("seen", {"seen": True}),
    ("sent", {"sent": True}),
    ("issued", {}),
]


def test_each_state_has_its_badge() -> None:
    for code, change in LADDER:
        found = badge_of(BASE._replace(**change))
        assert (found.code, found.tone, found.icon) == (code, *d.BADGES[code])


def test_the_stronger_state_wins() -> None:
    for index, (code, change) in enumerate(LADDER):
        for _, weaker in LADDER[index:]:
            assert badge_of(BASE._replace(**{**weaker, **change})).code == code


def test_details_of_badges() -> None:
    late = BASE._replace(due_on=TODAY - timedelta(days=2))
    assert badge_of(late).params == {"days": 2}
    assert badge_of(late._replace(balance_minor=500)).params == {"days": 2, "percent": 50}
    assert badge_of(BASE._replace(balance_minor=999)).params == {"percent": 1}
    assert badge_of(BASE._replace(balance_minor=1, total_minor=10**6)).params == {"percent": 99}
    assert badge_of(BASE._replace(due_on=TODAY)).params == {"days": 0}
    paid = d.status(BASE._replace(balance_minor=0), TODAY)
    found = d.badge(Kind.INVOICE, paid, 1000, 0, None, TODAY, settled_on=TODAY)
    assert found.params == {"date": "2026-11-20"}
    paying = d.status(BASE._replace(being_paid=True), TODAY)
    found = d.badge(Kind.INVOICE, paying, 1000, 1000, None, TODAY, method="pse")
    assert found.params == {"method": "pse"}


@pytest.mark.parametrize("kind", sorted(d.CREDIT))
def test_credit_is_never_late(kind: Kind) -> None:
    facts = BASE._replace(kind=kind, due_on=TODAY - timedelta(days=99), disputed=True)
    assert badge_of(facts).code == "available"
    assert badge_of(facts).params == {"balance_minor": 1000}
    assert badge_of(facts._replace(balance_minor=400)).code == "partly_applied"
    assert badge_of(facts._replace(balance_minor=400)).params == {"percent": 60}
    assert badge_of(facts._replace(balance_minor=0)).code == "applied"
    assert badge_of(facts._replace(lifecycle=Lifecycle.VOID)).code == "void"


def test_due_soon_ends_after_seven_days() -> None:
    assert badge_of(BASE._replace(due_on=TODAY + timedelta(days=8))).code == "issued"
    assert badge_of(BASE._replace(due_on=None)).code == "issued"


@given(
    kind=st.sampled_from(Kind),
    lifecycle=st.sampled_from(Lifecycle),
    total=st.integers(0, 1000),
    share=st.floats(0, 1),
    due=st.one_of(st.none(), st.integers(-100, 100)),
    flags=st.tuples(*[st.booleans()] * 4),
)
def test_late_disputed_and_being_paid_need_a_debt(
    kind: Kind,
    lifecycle: Lifecycle,
    total: int,
    share: float,
    due: int | None,
    flags: tuple[bool, bool, bool, bool],
) -> None:
    left = int(total * share)
    due_on = None if due is None else TODAY + timedelta(days=due)
    facts = DocumentFacts(kind, lifecycle, total, left, due_on, *flags)
    found = d.status(facts, TODAY)
    assert badge_of(facts).code in d.BADGES
    if d.owed_minor(kind, lifecycle, left) == 0:
        assert (found.overdue_days, found.disputed, found.being_paid) == (0, False, False)
    else:
        assert found.overdue_days == max(0, -(due or 0))
        assert (found.disputed, found.being_paid) == flags[:2]


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: d.check_edit(Lifecycle.ISSUED), "document_not_draft"),
        (lambda: d.check_edit(Lifecycle.VOID), "document_not_draft"),
        (lambda: d.check_issue(Lifecycle.ISSUED), "document_already_issued"),
        (lambda: d.check_issue(Lifecycle.VOID), "document_void"),
        (lambda: d.check_void(Lifecycle.DRAFT, 0), "document_not_issued"),
        (lambda: d.check_void(Lifecycle.VOID, 0), "document_void"),
        (lambda: d.check_void(Lifecycle.ISSUED, 5), "document_has_allocations"),
        (lambda: d.check_void(Lifecycle.ISSUED, 0, True), "document_being_paid"),
        (lambda: d.check_payable(Kind.CREDIT_NOTE, Lifecycle.ISSUED, 5), "not_payable"),
        (lambda: d.check_payable(Kind.INVOICE, Lifecycle.ISSUED, 0), "not_payable"),
        (lambda: d.check_payable(Kind.INVOICE, Lifecycle.DRAFT, 5), "document_not_issued"),
        (lambda: d.check_payable(Kind.INVOICE, Lifecycle.VOID, 5), "document_void"),
    ],
)
def test_what_may_not_be_done(act: Callable[[], None], error: str) -> None:
    with pytest.raises(PortalError) as refused:
        act()
    assert refused.value.error_code == error


def test_what_may_be_done() -> None:
    d.check_edit(Lifecycle.DRAFT)
    d.check_issue(Lifecycle.DRAFT)
    d.check_void(Lifecycle.ISSUED, 0)
    d.check_payable(Kind.DEBIT_NOTE, Lifecycle.ISSUED, 1)
