"""`open-items` equals what a small loop of its own reads out of the real file."""

import csv
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from clientportal.cli import main
from clientportal.domain.documents import Kind
from clientportal.domain.errors import NotAllowed
from clientportal.services import drafts, imports, manual_payments, open_items
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, TODAY, World, draft_of, invoice, issued, make_world

FILE = Path(__file__).parents[1] / "data" / "ar-invoices.csv"
DAYS = [
    date(2011, 12, 31),
    date(2012, 1, 31),
    date(2012, 6, 30),
    date(2012, 12, 31),
    date(2013, 5, 17),
    date(2013, 12, 2),
    date(2014, 6, 1),
]


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session, currencies=("USD", "COP"))


def us_date(text: str) -> date:
    month, day, year = (int(part) for part in text.split("/"))
    return date(year, month, day)


def expected(as_of: date) -> tuple[list[tuple[object, ...]], dict[str, int]]:
    """Independent of the product: issued by the day, not settled by the day, whole amounts."""
    items = []
    ageing = {"current": 0, "1-30": 0, "31-60": 0, "61-90": 0, "90+": 0}
    with FILE.open(newline="") as file:
        for row in csv.DictReader(file):
            issued_on, settled_on = us_date(row["InvoiceDate"]), us_date(row["SettledDate"])
            if issued_on > as_of or settled_on <= as_of:
                continue
            due_on = us_date(row["DueDate"])
            cents = int(Decimal(row["InvoiceAmount"]) * 100)
            late = max(0, (as_of - due_on).days)
            names = ((0, "current"), (30, "1-30"), (60, "31-60"), (90, "61-90"))
            name = next((name for most, name in names if late <= most), "90+")
            ageing[name] += cents
            items.append(
                (row["invoiceNumber"], row["customerID"], str(issued_on), str(due_on), cents, late)
            )
    return sorted(items), ageing


def test_open_items_of_the_real_file_equal_an_independent_count(
    database: sa.Engine, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    report = ["import", "documents", str(FILE), "--company", world.slug, "--currency", "USD"]
    assert main(report) == 0
    capsys.readouterr()
    sizes = set()
    for day in DAYS:
        assert main(["open-items", "--company", world.slug, "--as-of", str(day), "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        items, ageing = expected(day)
        assert found["as_of"] == str(day)
        assert (
            sorted(
                (
                    item["number"],
                    item["account"],
                    item["issued_on"],
                    item["due_on"],
                    item["balance_minor"],
                    item["days_overdue"],
                )
                for item in found["items"]
            )
            == items
        )
        assert all(
            (item["kind"], item["currency"], item["total_minor"])
            == ("invoice", "USD", item["balance_minor"])
            for item in found["items"]
        )
        assert found["ageing"] == ({"USD": ageing} if items else {})
        sizes.add(len(items))
    assert len(sizes) > 4
    assert main(["check"]) == 0
    assert main(["open-items", "--company", "nope", "--as-of", "2013-01-01"]) == 2


def test_partial_payments_voids_and_drafts_count_from_their_day(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        part = invoice(session, world, "100", issued_on=date(2026, 1, 1), due_on=date(2026, 1, 10))
        gone = invoice(session, world, "70", issued_on=date(2026, 1, 1), due_on=date(2026, 1, 10))
        issued(session, world, draft_of(world.accounts[0], "5", kind=Kind.CREDIT_NOTE))
        drafts.create(session, world.agent, draft=draft_of(world.accounts[0]), now=NOW)
        manual_payments.record(
            session,
            world.agent,
            account_id=world.accounts[0],
            currency="USD",
            amount_minor=4000,
            lines=[(part, 4000)],
            method="cash",
            received_on=date(2026, 2, 1),
            client_key="open-0001",
            now=NOW,
        )
        drafts.void(session, world.owner, document_id=gone, reason="x", now=NOW)
    with unit_of_work(bind=database, read_only=True) as session:

        def at(day: date) -> dict[str, tuple[int, int]]:
            found = open_items.open_items(session, world.viewer, as_of=day)
            return {i["number"]: (i["balance_minor"], i["days_overdue"]) for i in found["items"]}

        assert at(date(2025, 12, 31)) == {}
        assert at(date(2026, 1, 10)) == {"FE-1": (10000, 0), "FE-2": (7000, 0)}
        assert at(date(2026, 1, 31)) == {"FE-1": (10000, 21), "FE-2": (7000, 21)}
        assert at(date(2026, 2, 1)) == {"FE-1": (6000, 22), "FE-2": (7000, 22)}
        assert at(TODAY - timedelta(days=1))["FE-2"] == (7000, 50)
        assert at(TODAY) == {"FE-1": (6000, 51)}
        with pytest.raises(NotAllowed):
            open_items.open_items(session, world.customer, as_of=TODAY)


def test_another_company_is_not_in_it(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        other = make_world(session, "ajena", currencies=("USD",))
        imports.run(
            session,
            other.agent,
            kind="documents",
            content=b"customerID,invoiceNumber,InvoiceDate,InvoiceAmount\nC1,1,2026-01-05,1.50\n",
            now=datetime(2026, 3, 2, tzinfo=UTC),
        )
        assert open_items.open_items(session, world.viewer, as_of=TODAY)["items"] == []
        assert len(open_items.open_items(session, other.viewer, as_of=TODAY)["items"]) == 1
