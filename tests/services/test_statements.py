"""A statement equals the ledger, the lists and the account's page, on both databases."""

import random
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook
from sqlmodel import Session

from clientportal.domain.actors import Actor
from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.documents import Kind
from clientportal.domain.errors import NotFound
from clientportal.domain.statement import CurrencyStatement, Movement
from clientportal.rendering import statement_pdf
from clientportal.rendering.spreadsheets import Format
from clientportal.services import (
    account_views,
    document_lists,
    drafts,
    open_items,
    receipts,
    statement_files,
    statements,
)
from clientportal.services.statement_files import StatementTooLong
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, TODAY, World, draft_of, invoice, issued, make_world
from tests.support.player import FIRST, Player
from tests.support.workbooks import runs

EVERYTHING = {"period": ["all"]}
STEPS = ("across", "take_back", "void", "pay", "prepaid")
"""Operations that must have gone well more than three times."""


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


def read(
    session: Session, actor: Actor, account_id: int, query: dict[str, list[str]] = EVERYTHING
) -> dict[str, CurrencyStatement]:
    found = statements.read(session, actor, account_id=account_id, query=query, now=NOW)
    return {one.currency: one for one in found.currencies}


def between(since: date, until: date) -> dict[str, list[str]]:
    return {"from": [since.isoformat()], "to": [until.isoformat()]}


def test_a_statement_equals_ledger_lists_and_account_page_after_hundreds_of_operations(
    database: sa.Engine, world: World
) -> None:
    player = Player(database, world)
    player.play()
    assert min(player.done.get(name, 0) for name in STEPS) > 3
    rng = random.Random(4)
    movements: set[Movement] = set()
    with unit_of_work(bind=database, read_only=True) as session:
        for account_id in world.accounts:
            whole = read(session, world.viewer, account_id)
            movements |= {line.movement for one in whole.values() for line in one.lines}
            equals_account_page(session, world, account_id, whole)
            equals_list(session, world, account_id, whole)
            for _ in range(25):
                since = FIRST + timedelta(days=rng.randint(-35, 120))
                until = min(TODAY, since + timedelta(days=rng.randint(0, 60)))
                part = read(session, world.viewer, account_id, between(since, until))
                equals_the_whole(whole, part, since, until)
        for _ in range(10):
            equals_open_items(session, world, FIRST + timedelta(days=rng.randint(0, 120)))
        equals_open_items(session, world, TODAY)
    assert movements == set(Movement)


def equals_account_page(
    session: Session, world: World, account_id: int, whole: dict[str, CurrencyStatement]
) -> None:
    page = account_views.read(session, world.viewer, account_id=account_id, today=TODAY)
    shown = {row.currency: row for row in page.row.balances}
    for currency, one in whole.items():
        row = shown.get(currency)
        assert one.owed_minor == (row.owed_minor if row else 0)
        assert one.available_minor == (row.credit_minor if row else 0)
        overdue = one.owed_minor - one.ageing["current"]
        assert overdue == (row.overdue_minor if row else 0)
    assert set(shown) <= set(whole)


def equals_list(
    session: Session, world: World, account_id: int, whole: dict[str, CurrencyStatement]
) -> None:
    """Each document of the list has its line, and the list's sums are the closing balances."""
    filters = DocumentFilters(account_id=account_id)
    page = document_lists.list_documents(
        session, world.viewer, filters=filters, sort=Sort(), cursor="", now=NOW, limit=200
    )
    assert page.count <= 200
    lines = [line for one in whole.values() for line in one.lines]
    of_documents = {line.document_id for line in lines if line.movement is Movement.ISSUED}
    assert of_documents == {row.id for row in page.rows}
    for total in page.sums:
        one = whole[total.currency]
        assert (one.owed_minor, one.available_minor) == (total.balance_minor, total.credit_minor)


def equals_the_whole(
    whole: dict[str, CurrencyStatement],
    part: dict[str, CurrencyStatement],
    since: date,
    until: date,
) -> None:
    """A part of the time has the lines of the whole, between the whole's running balances."""
    for currency, all_of_it in whole.items():
        one = part.get(currency)
        lines = [line for line in all_of_it.lines if since <= line.on <= until]
        before = [line.balance_minor for line in all_of_it.lines if line.on < since]
        assert (one.opening_minor if one else 0) == (before[-1] if before else 0)
        assert list(one.lines if one else ()) == lines
        if one is not None:
            change = one.charges_minor - one.credits_minor
            assert one.opening_minor + change == one.closing_minor


def equals_open_items(session: Session, world: World, as_of: date) -> None:
    """Owed and ageing of all accounts together are what `open-items` says of the company."""
    found = open_items.open_items(session, world.viewer, as_of=as_of)
    sums: dict[str, dict[str, int]] = {}
    for account_id in world.accounts:
        for currency, one in read(
            session, world.viewer, account_id, {"to": [as_of.isoformat()]}
        ).items():
            row = sums.setdefault(currency, {})
            for bucket, amount in one.ageing.items():
                row[bucket] = row.get(bucket, 0) + amount
    assert {k: v for k, v in sums.items() if any(v.values())} == found["ageing"]


def test_a_customer_sees_the_same_as_staff_and_nobody_elses(
    database: sa.Engine, world: World
) -> None:
    """The receipt of an account in reach settled a document of one out of reach: same figures."""
    with unit_of_work(bind=database) as session:
        other = make_world(session, "ajena")
        away = invoice(session, world, "40", account_id=world.accounts[2])
        invoice(session, world, "100")
        receipts.book_receipt(
            session,
            world.system,
            company_id=world.company_id,
            account_id=world.accounts[0],
            currency="USD",
            amount_minor=5_000,
            lines=[(away, 4_000)],
            method="transfer",
            received_on=TODAY,
            now=NOW,
        )
    with unit_of_work(bind=database, read_only=True) as session:
        mine = read(session, world.customer, world.accounts[0])
        assert mine == read(session, world.viewer, world.accounts[0])
        one = mine["USD"]
        assert (one.owed_minor, one.available_minor, one.closing_minor) == (10_000, 1_000, 9_000)
        assert [line.movement for line in one.lines] == ["issued", "issued", "applied"]
        assert "40" not in {line.number for line in one.lines}
        for actor, account_id in (
            (world.customer, world.accounts[2]),
            (world.stranger, world.accounts[0]),
            (other.owner, world.accounts[0]),
            (world.viewer, 0),
            (world.viewer, -1),
            (world.viewer, 2**31 - 1),
            (world.viewer, 2**70),
        ):
            with pytest.raises(NotFound):
                read(session, actor, account_id)


def test_drafts_are_in_no_statement_and_what_is_void_goes_again(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        drafts.create(session, world.agent, draft=draft_of(world.accounts[1]), now=NOW)
        assert read(session, world.viewer, world.accounts[1]) == {}
        row = invoice(session, world, "30", account_id=world.accounts[1])
        drafts.void(session, world.owner, document_id=row, reason="x", now=NOW)
        [one] = read(session, world.viewer, world.accounts[1]).values()
        assert [(x.movement.value, x.change_minor) for x in one.lines] == [
            ("issued", 3_000),
            ("voided", -3_000),
        ]


def test_as_a_table_it_has_every_line_and_both_ends(
    database: sa.Engine, world: World, tmp_path: Path
) -> None:
    with unit_of_work(bind=database) as session:
        invoice(session, world, "100", issued_on=date(2026, 1, 5), due_on=date(2026, 1, 20))
        invoice(session, world, "50.25")
        issued(session, world, draft_of(world.accounts[0], "20", kind=Kind.CREDIT_NOTE))
    path = tmp_path / "s.xlsx"
    with unit_of_work(bind=database, read_only=True) as session:
        written = statement_files.table(
            session,
            world.customer,
            account_id=world.accounts[0],
            query=between(date(2026, 2, 1), TODAY),
            kind=Format.XLSX,
            path=path,
            language="en",
            now=NOW,
        )
    assert written.name == "Statement of account Papelera del Valle 2026-02-01 2026-03-02.xlsx"
    head, *rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert head == ["Date", "Type", "Number", "Movement", "Due date", "Currency", "Charge",
                    "Payment", "Balance"]  # fmt: skip
    assert [(row[2] or row[3], row[8]) for row in rows] == [
        ("Opening balance", 100.0),
        ("FE-2", 150.25),
        ("NC-1", 130.25),
        ("Closing balance", 130.25),
        ("Not due", 0.0),
        ("1–30 days", 50.25),
        ("31–60 days", 100.0),
        ("61–90 days", 0.0),
        ("Over 90 days", 0.0),
        ("Credit available", 20.0),
    ]
    assert written.rows == 2
    assert runs(path.read_bytes()) == []


def test_a_period_too_long_for_paper_is_refused_with_its_length(
    database: sa.Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_files, "MOST_LINES", 1)

    def ask(session: Session) -> object:
        return statement_files.view(
            session,
            world.customer,
            account_id=world.accounts[0],
            query=EVERYTHING,
            language="",
            now=NOW,
        )

    with unit_of_work(bind=database) as session:
        invoice(session, world)
        ask(session)
        gone = invoice(session, world)
        drafts.void(session, world.owner, document_id=gone, reason="x", now=NOW)
        with pytest.raises(StatementTooLong) as refused:
            ask(session)
    assert (refused.value.params["most"], refused.value.params["lines"]) == (1, 3)
    assert statement_pdf.MOST_LINES == 1_000
