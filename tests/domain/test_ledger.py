"""Allocations, balances at a date, open items and the audit."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from clientportal.domain import ledger
from clientportal.domain.ageing import OpenItem, ageing, bucket, open_items
from clientportal.domain.audit import PaymentFacts, audit
from clientportal.domain.documents import Kind, Lifecycle, Settlement
from clientportal.domain.errors import PortalError
from clientportal.domain.ledger import Allocation, Document, Open, Return, Side

DAY = date(2026, 3, 1)
INVOICE = Document(
    1, Kind.INVOICE, Lifecycle.ISSUED, "COP", 100, DAY, DAY, 40, Settlement.PARTLY_PAID, "FE-1", "A"
)
RECEIPT = Document(
    2, Kind.CASH_RECEIPT, Lifecycle.ISSUED, "COP", 70, DAY, None, 0, Settlement.PAID, "RC-1", "A"
)
PART = Allocation(11, 2, 1, "COP", 60, DAY + timedelta(days=5))
BACK = Return(21, 2, "COP", 10, DAY + timedelta(days=9))
PAID = PaymentFacts(31, "COP", 70, 2)


def codes(
    documents: list[Document],
    rows: list[Allocation],
    payments: tuple[PaymentFacts, ...] = (PAID,),
    returns: tuple[Return, ...] = (BACK,),
) -> set[str]:
    return {found.code for found in audit(documents, rows, payments, returns)}


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def test_balance_at_any_date() -> None:
    rows = [PART, replace(PART, id=12, amount_minor=-60, on=day(8), reverses_id=11)]
    assert [ledger.balance(100, rows, day(n)) for n in (4, 5, 7, 8)] == [100, 40, 40, 100]
    assert ledger.balance(100, rows) == 100
    assert ledger.balance(70, [PART, BACK], day(8)) == 10
    assert ledger.balance(70, [PART, BACK]) == 0


def test_an_allocation_never_counts_before_both_documents() -> None:
    assert ledger.allocation_date(day(1), day(3), day(2)) == day(3)
    assert ledger.allocation_date(day(9), day(3), None) == day(9)


def test_room_is_the_smallest_balance_still_to_come() -> None:
    rows = [PART, replace(PART, id=12, amount_minor=-60, on=day(8), reverses_id=11)]
    assert [ledger.room(100, rows, day(n)) for n in (0, 5, 8)] == [40, 40, 100]


def test_oldest_due_is_served_first() -> None:
    documents = [
        Open(1, day(5), day(0), 50),
        Open(2, day(3), day(1), 30),
        Open(3, None, day(2), 20),
        Open(5, day(3), day(0), 10),
        Open(4, day(3), day(0), 10),
        Open(6, day(1), day(0), 0),
    ]
    spread, left = ledger.oldest_first(95, documents)
    assert spread == [(3, 20), (4, 10), (5, 10), (2, 30), (1, 25)]
    assert left == 0
    assert ledger.oldest_first(200, documents)[1] == 80
    with pytest.raises(ledger.NotPositive):
        ledger.oldest_first(0, documents)


CREDIT = Side(Kind.ADVANCE, Lifecycle.ISSUED, "COP", 50)
DEBT = Side(Kind.INVOICE, Lifecycle.ISSUED, "COP", 80)


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda: ledger.check_allocation(0, CREDIT, DEBT), "amount_not_positive"),
        (lambda: ledger.check_allocation(-1, CREDIT, DEBT), "amount_not_positive"),
        (lambda: ledger.check_allocation(1, DEBT, DEBT), "not_credit"),
        (lambda: ledger.check_allocation(1, CREDIT, CREDIT), "not_payable"),
        (
            lambda: ledger.check_allocation(1, CREDIT, DEBT._replace(currency="USD")),
            "currency_mismatch",
        ),
        (lambda: ledger.check_allocation(51, CREDIT, DEBT), "more_than_balance"),
        (
            lambda: ledger.check_allocation(81, CREDIT._replace(room_minor=99), DEBT),
            "more_than_balance",
        ),
        (
            lambda: ledger.check_allocation(1, CREDIT._replace(lifecycle=Lifecycle.VOID), DEBT),
            "document_void",
        ),
        (
            lambda: ledger.check_allocation(1, CREDIT, DEBT._replace(lifecycle=Lifecycle.DRAFT)),
            "document_not_issued",
        ),
        (lambda: ledger.check_return(51, CREDIT), "more_than_balance"),
        (lambda: ledger.check_return(0, CREDIT), "amount_not_positive"),
        (lambda: ledger.check_return(1, DEBT), "not_credit"),
        (
            lambda: ledger.check_return(1, CREDIT._replace(lifecycle=Lifecycle.VOID)),
            "document_void",
        ),
    ],
)
def test_what_may_not_be_applied(act: Callable[[], None], code: str) -> None:
    with pytest.raises(PortalError) as refused:
        act()
    assert refused.value.error_code == code


def test_what_may_be_applied() -> None:
    ledger.check_allocation(50, CREDIT, DEBT)
    ledger.check_return(50, CREDIT)


def test_a_reversal_takes_back_once_and_never_earlier() -> None:
    row = ledger.reversal(PART, day(2), [PART], new_id=12)
    assert row == Allocation(12, 2, 1, "COP", -60, day(5), 11)
    assert ledger.standing([PART, row]) == []
    for again in (PART, row):
        with pytest.raises(ledger.AlreadyReversed):
            ledger.reversal(again, day(9), [PART, row])


def test_customer_credit_is_a_sum_per_currency() -> None:
    note = replace(RECEIPT, kind=Kind.CREDIT_NOTE, balance_minor=5)
    dollars = replace(note, currency="USD", balance_minor=7)
    void = replace(note, lifecycle=Lifecycle.VOID, balance_minor=90)
    found = ledger.customer_credit([RECEIPT, note, note, dollars, void, INVOICE])
    assert found == {"COP": 10, "USD": 7}


def test_open_items_at_the_end_of_a_day() -> None:
    settled = replace(INVOICE, id=3, number="FE-2", total_minor=60, due_on=day(40))
    rows = [PART, Allocation(12, None, 3, "COP", 60, day(6))]
    documents = [RECEIPT, INVOICE, settled, replace(INVOICE, id=4, lifecycle=Lifecycle.DRAFT)]

    def at(number: int) -> list[tuple[str, int, int]]:
        found = open_items(day(number), documents, rows, [BACK])
        return [(item.number, item.balance_minor, item.days_overdue) for item in found]

    assert at(-1) == []
    assert at(0) == [("FE-1", 100, 0), ("FE-2", 60, 0)]
    assert at(5) == [("FE-1", 40, 5), ("FE-2", 60, 0)]
    assert at(6) == [("FE-1", 40, 6)]
    credit = open_items(day(6), documents, rows, [BACK], kinds=frozenset({Kind.CASH_RECEIPT}))
    assert [(item.balance_minor, item.days_overdue) for item in credit] == [(10, 0)]
    assert ageing(credit) == {}


def test_an_annulled_document_was_open_until_that_day() -> None:
    void = replace(INVOICE, lifecycle=Lifecycle.VOID, void_on=day(4))
    assert len(open_items(day(3), [void], [])) == 1
    assert open_items(day(4), [void], []) == []


def test_ageing_buckets() -> None:
    found = [bucket(n) for n in (0, 1, 30, 31, 60, 61, 90, 91, 5000)]
    words = ["current", "1-30", "1-30", "31-60", "31-60", "61-90", "61-90", "90+", "90+"]
    assert found == words
    item = OpenItem(Kind.INVOICE, "1", "A", "COP", DAY, DAY, 100, 40, 31)
    dollars = replace(item, currency="USD", days_overdue=0)
    empty = dict.fromkeys(["current", "1-30", "31-60", "61-90", "90+"], 0)
    assert ageing([item, item, dollars]) == {
        "COP": {**empty, "31-60": 80},
        "USD": {**empty, "current": 40},
    }


def test_a_sound_ledger_has_no_differences() -> None:
    assert codes([INVOICE, RECEIPT], [PART]) == set()


def test_each_difference_is_found() -> None:
    both, rows = [INVOICE, RECEIPT], [PART]
    taken = replace(PART, id=12, amount_minor=-60, on=day(6), reverses_id=11)
    unpaid = replace(INVOICE, balance_minor=100, settlement=Settlement.OPEN)
    assert codes([replace(INVOICE, balance_minor=41), RECEIPT], rows) == {"balance"}
    assert codes([replace(INVOICE, settlement=Settlement.PAID), RECEIPT], rows) == {"settlement"}
    assert "missing_document" in codes([INVOICE], rows, (), ())
    assert "currency" in codes(both, [replace(PART, currency="USD")])
    assert "kind" in codes(both, [replace(PART, credit_id=1, document_id=2)])
    assert "early" in codes(both, [replace(PART, on=day(-1))])
    assert "sign" in codes(both, [replace(PART, amount_minor=-60)])
    assert "sign" in codes(both, rows, returns=(replace(BACK, amount_minor=-10),))
    assert "range" in codes([replace(INVOICE, total_minor=50), RECEIPT], rows)
    assert "not_issued" in codes([replace(INVOICE, lifecycle=Lifecycle.VOID), RECEIPT], rows)
    assert "reversal" in codes([unpaid, RECEIPT], [PART, replace(taken, amount_minor=-50)])
    assert "reversal" in codes([unpaid, RECEIPT], [PART, replace(taken, on=day(4))])
    assert "reversed_twice" in codes([unpaid, RECEIPT], [PART, taken, replace(taken, id=13)])
    assert "receipt" in codes(both, rows, (replace(PAID, receipt_id=1),))
    assert "receipt_twice" in codes(both, rows, (PAID, replace(PAID, id=32)))
    assert "captured" in codes(both, rows, (replace(PAID, amount_minor=71),))
    assert "currency" in codes(both, rows, (replace(PAID, currency="USD"),))
    assert "refund_without_return" in codes(both, rows, (replace(PAID, refunded_minor=11),))
    assert "refunded" in codes(both, rows, (replace(PAID, refunded_minor=10, reserved_minor=61),))
    assert codes(both, rows, (replace(PAID, receipt_id=None),)) == set()


def test_overlap_on_a_past_day_is_found() -> None:
    taken = replace(PART, id=12, amount_minor=-60, on=day(8), reverses_id=11)
    late = replace(PART, id=13, on=day(6))
    assert codes([INVOICE, RECEIPT], [PART, taken, late]) == {"range"}
