"""A statement says what the ledger says, on every day and whatever was done in whatever order."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from clientportal.domain import periods
from clientportal.domain.ageing import ageing, open_items
from clientportal.domain.documents import CREDIT, PAYABLE, Kind, Lifecycle, Settlement
from clientportal.domain.ledger import Allocation, Document, Return
from clientportal.domain.periods import Period, Preset
from clientportal.domain.statement import (
    Books,
    CurrencyStatement,
    Dispute,
    statement,
)
from tests.domain import test_ledger_properties as properties

START = properties.START
LEDGERS, STEPS, ACCOUNTS = 50, 200, 3


def played(seed: int) -> properties.Books:
    """A ledger after `STEPS` random operations, refused ones included."""
    rng = random.Random(seed)
    books = properties.Books()

    def day() -> date:
        return START + timedelta(days=rng.randint(0, 30))

    for _ in range(STEPS):
        pick, amount = rng.randrange(1000), rng.randint(1, 120)
        step = rng.choices(range(6), (5, 8, 1, 2, 2, 1))[0]
        payable, credit = books.has(PAYABLE), books.has(CREDIT)
        if step == 1 and payable and credit:
            books.allocate(rng.randrange(1000), pick, amount, day())
        elif step == 2 and payable and credit:
            books.allocate_oldest_first(pick, day())
        elif step == 3 and books.rows:
            books.reverse(pick, day())
        elif step == 4 and credit:
            books.give_back(pick, amount, day())
        elif step == 5 and books.documents:
            books.void(pick, day())
        else:
            kind, currency = rng.choice(list(Kind)), rng.choice(["COP", "USD"])
            books.issue(kind, currency, amount, day())
    return books


def of_account(ledger: properties.Books, account: int) -> Books:
    """What a statement of one account is made of; a document's account follows from its id."""
    mine = [d for d in ledger.documents.values() if d.id % ACCOUNTS == account]
    ids = {d.id for d in mine}
    rows = [r for r in ledger.rows if {r.document_id, r.credit_id} & ids]
    named = {key for row in rows for key in (row.document_id, row.credit_id) if key is not None}
    returns = [r for r in ledger.returns if r.credit_id in ids]
    return Books(mine, rows, returns, elsewhere=frozenset(named - ids))


def position(books: Books, as_of: date) -> dict[str, int]:
    """What the ledger says of an account at the end of a day, currency by currency."""
    found: dict[str, int] = {}
    for kinds, sign in ((PAYABLE, 1), (CREDIT, -1)):
        for item in open_items(as_of, books.documents, books.allocations, books.returns, kinds):
            found[item.currency] = found.get(item.currency, 0) + sign * item.balance_minor
    return {currency: amount for currency, amount in found.items() if amount}


def test_a_statement_equals_the_ledger_on_10_000_random_operations() -> None:
    lines = 0
    for seed in range(LEDGERS):
        ledger = played(seed)
        rng = random.Random(-seed)
        for account in range(ACCOUNTS):
            books = of_account(ledger, account)
            since = START + timedelta(days=rng.randint(0, 30))
            until = since + timedelta(days=rng.randint(0, 35))
            for period in (Period(since, until), Period(None, until)):
                lines += check(books, period)
        last = {account: Period(None, START + timedelta(days=99)) for account in range(ACCOUNTS)}
        stored: dict[str, int] = {}
        for document in ledger.documents.values():
            if document.lifecycle is Lifecycle.ISSUED:
                sign = 1 if document.kind in PAYABLE else -1
                now = stored.get(document.currency, 0) + sign * document.balance_minor
                stored[document.currency] = now
        found: dict[str, int] = {}
        for account, period in last.items():
            for one in statement(of_account(ledger, account), period):
                found[one.currency] = found.get(one.currency, 0) + one.closing_minor
        assert {k: v for k, v in found.items() if v} == {k: v for k, v in stored.items() if v}
    assert LEDGERS * STEPS == 10_000
    assert lines > 5_000


def check(books: Books, period: Period) -> int:
    """Hold a statement against the ledger, at the end of every day; how many lines it had."""
    found = statement(books, period)
    first = period.since or START
    eve = first - timedelta(days=1)
    for one in found:
        assert one.opening_minor == position(books, eve).get(one.currency, 0)
        assert one.opening_minor + one.charges_minor - one.credits_minor == one.closing_minor
        assert one.closing_minor == one.owed_minor - one.available_minor
        assert sum(one.ageing.values()) == one.owed_minor
        assert [line.on for line in one.lines] == sorted(line.on for line in one.lines)
        assert all(first <= line.on <= period.until for line in one.lines)
        if one.lines:
            assert one.lines[-1].balance_minor == one.closing_minor
    for number in range((period.until - first).days + 1):
        day = first + timedelta(days=number)
        running = {one.currency: at_end_of(one, day) for one in found}
        assert {k: v for k, v in running.items() if v} == position(books, day)
    items = open_items(period.until, books.documents, books.allocations, books.returns)
    aged = {one.currency: dict(one.ageing) for one in found if one.owed_minor}
    assert aged == ageing(items)
    return sum(len(one.lines) for one in found)


def at_end_of(one: CurrencyStatement, day: date) -> int:
    before = [line.balance_minor for line in one.lines if line.on <= day]
    return before[-1] if before else one.opening_minor


def document(number: int, kind: Kind, total: int, on: date, **more: Any) -> Document:
    values: dict[str, Any] = {
        "lifecycle": Lifecycle.ISSUED,
        "currency": "COP",
        "due_on": on + timedelta(days=10),
        "balance_minor": 0,
        "settlement": Settlement.OPEN,
        "number": f"N-{number}",
    }
    return Document(id=number, kind=kind, total_minor=total, issued_on=on, **(values | more))


DAY = date(2026, 3, 10)


def test_every_movement_has_its_line_its_sign_and_its_balance() -> None:
    books = Books(
        documents=[
            document(1, Kind.INVOICE, 1000, DAY),
            document(2, Kind.DEBIT_NOTE, 50, DAY + timedelta(days=1)),
            document(3, Kind.CREDIT_NOTE, 100, DAY + timedelta(days=2)),
            document(4, Kind.CASH_RECEIPT, 600, DAY + timedelta(days=3)),
            document(5, Kind.ADVANCE, 80, DAY + timedelta(days=4)),
            document(
                6,
                Kind.INVOICE,
                70,
                DAY + timedelta(days=5),
                lifecycle=Lifecycle.VOID,
                void_on=DAY + timedelta(days=6),
            ),
        ],
        allocations=[
            Allocation(1, None, 1, "COP", 200, DAY),  # paid before it came
            Allocation(2, 4, 1, "COP", 600, DAY + timedelta(days=3)),  # of this account: no line
            Allocation(3, 5, 90, "COP", 30, DAY + timedelta(days=7)),  # settles another account's
            Allocation(4, 5, 90, "COP", -30, DAY + timedelta(days=8), reverses_id=3),
            Allocation(5, 91, 2, "COP", 20, DAY + timedelta(days=9)),  # another account's receipt
        ],
        returns=[Return(1, 5, "COP", 10, DAY + timedelta(days=10))],
        disputes=[Dispute(1, DAY + timedelta(days=11), None), Dispute(2, DAY, DAY)],
        elsewhere=frozenset({90, 91}),
    )
    [found] = statement(books, Period(None, DAY + timedelta(days=30)))
    assert [(x.movement.value, x.number, x.change_minor, x.balance_minor) for x in found.lines] == [
        ("issued", "N-1", 1000, 1000),
        ("prepaid", "N-1", -200, 800),
        ("disputed", "N-2", 0, 800),
        ("dispute_closed", "N-2", 0, 800),
        ("issued", "N-2", 50, 850),
        ("issued", "N-3", -100, 750),
        ("issued", "N-4", -600, 150),
        ("issued", "N-5", -80, 70),
        ("issued", "N-6", 70, 140),
        ("voided", "N-6", -70, 70),
        ("applied", "N-5", 30, 100),
        ("taken_back", "N-5", -30, 70),
        ("applied", "N-2", -20, 50),
        ("returned", "N-5", 10, 60),
        ("disputed", "N-1", 0, 60),
    ]
    assert (found.opening_minor, found.charges_minor, found.credits_minor) == (0, 1160, 1100)
    assert (found.closing_minor, found.owed_minor, found.available_minor) == (60, 230, 170)
    assert found.disputed_minor == 200
    assert found.ageing == {"current": 0, "1-30": 230, "31-60": 0, "61-90": 0, "90+": 0}
    [late] = statement(books, Period(DAY + timedelta(days=3), DAY + timedelta(days=3)))
    assert (late.opening_minor, late.closing_minor, len(late.lines)) == (750, 150, 1)
    assert statement(books, Period(None, DAY - timedelta(days=1))) == []


def test_periods_of_a_day_in_the_year() -> None:
    today = date(2026, 5, 17)
    spans = {preset: periods.of(preset, today) for preset in Preset}
    assert {name.value: (span.since, span.until) for name, span in spans.items()} == {
        "this_month": (date(2026, 5, 1), today),
        "last_month": (date(2026, 4, 1), date(2026, 4, 30)),
        "quarter": (date(2026, 4, 1), today),
        "year": (date(2026, 1, 1), today),
        "all": (None, today),
    }
    assert periods.of(Preset.LAST_MONTH, date(2026, 1, 31)).since == date(2025, 12, 1)
    assert periods.of(Preset.QUARTER, date(2024, 2, 29)).since == date(2024, 1, 1)
    for span in spans.values():
        assert periods.parse(span.to_query(), today) == span


@pytest.mark.parametrize(
    ("query", "since", "until"),
    [
        ({}, "2026-05-01", "2026-05-17"),
        ({"period": ["nonsense"]}, "2026-05-01", "2026-05-17"),
        ({"from": ["2026-01-05"]}, "2026-01-05", "2026-05-17"),
        ({"to": ["2026-01-05"]}, None, "2026-01-05"),
        ({"from": ["2026-02-01"], "to": ["2026-01-05"]}, "2026-01-05", "2026-02-01"),
        ({"from": ["2031-01-01"], "to": ["2032-01-01"]}, "2026-05-17", "2026-05-17"),
        ({"from": ["0001-01-01"], "to": ["9999-12-31"]}, "0001-01-01", "2026-05-17"),
        ({"from": ["2026-13-45"], "to": ["'; --"]}, "2026-05-01", "2026-05-17"),
    ],
)
def test_any_address_gives_a_period(
    query: dict[str, list[str]], since: str | None, until: str
) -> None:
    found = periods.parse(query, date(2026, 5, 17))
    assert found.since == (date.fromisoformat(since) if since else None)
    assert found.until == date.fromisoformat(until)
    assert periods.parse(found.to_query(), date(2026, 5, 17)) == found
    assert found.opens_on is None or found.opens_on < found.until
