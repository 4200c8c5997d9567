"""The real receivables file: every row is read, and open items equal a count made from the file."""

import csv
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from clientportal.domain.ageing import ageing, open_items
from clientportal.domain.audit import audit
from clientportal.domain.documents import Kind, Lifecycle, Settlement
from clientportal.domain.imports import DateOrder, ImportOptions, ParsedFile, parse_documents
from clientportal.domain.imports import DocumentRow as Row
from clientportal.domain.ledger import Allocation, Document

FILE = Path(__file__).parents[1] / "data" / "ar-invoices.csv"
OPTIONS = ImportOptions(currencies={"USD": 2}, currency="USD", countries=frozenset({"CO", "US"}))


@pytest.fixture(scope="module")
def parsed() -> ParsedFile[Row]:
    return parse_documents(FILE.read_bytes(), OPTIONS)


def test_every_row_is_read_without_a_mapping(parsed: ParsedFile[Row]) -> None:
    assert (len(parsed.rows), parsed.errors, parsed.ignored) == (1683, (), ())
    assert (parsed.date_order, parsed.decimal, parsed.delimiter) == (DateOrder.MDY, ".", ",")
    assert sum(row.disputed for row in parsed.rows) == 353
    assert len({row.account_code for row in parsed.rows}) == 68
    countries = {(w.code, w.params["value"], w.params["rows"]) for w in parsed.warnings}
    assert countries == {
        ("country_kept", "391", 616),
        ("country_kept", "406", 561),
        ("country_kept", "770", 506),
    }
    assert parsed.rows[0].number == "0000611365"


def moment(text: str) -> date:
    return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007


def expected(as_of: date) -> tuple[Counter[str], dict[str, int]]:
    """Ageing and days overdue per open invoice, from the file alone."""
    sums: Counter[str] = Counter()
    days: dict[str, int] = {}
    with FILE.open(newline="") as file:
        for row in csv.DictReader(file):
            if not moment(row["InvoiceDate"]) <= as_of < moment(row["SettledDate"]):
                continue
            late = max(0, (as_of - moment(row["DueDate"])).days)
            days[row["invoiceNumber"]] = late
            name = "current" if late == 0 else f"{(late - 1) // 30 * 30 + 1}-"
            sums[name] += int(Decimal(row["InvoiceAmount"]) * 100)
    return sums, days


@pytest.mark.parametrize(
    "as_of",
    [
        date(2012, 1, 10),
        date(2012, 3, 31),
        date(2012, 12, 31),
        date(2013, 6, 30),
        date(2013, 12, 31),
    ],
)
def test_open_items_equal_those_of_the_file(parsed: ParsedFile[Row], as_of: date) -> None:
    documents: list[Document] = []
    rows: list[Allocation] = []
    for number, row in enumerate(parsed.rows, start=1):
        total, receipt = row.total_minor, 10_000 + number
        assert row.settled_on is not None
        for document_id, kind, issued in (
            (number, Kind.INVOICE, row.issued_on),
            (receipt, Kind.CASH_RECEIPT, row.settled_on),
        ):
            documents.append(
                Document(
                    document_id,
                    kind,
                    Lifecycle.ISSUED,
                    row.currency,
                    total,
                    issued,
                    row.due_on if kind is Kind.INVOICE else None,
                    0,
                    Settlement.PAID,
                    row.number,
                    row.account_code,
                )
            )
        day = max(row.settled_on, row.issued_on)
        rows.append(Allocation(number, receipt, number, row.currency, total, day))
    assert audit(documents, rows) == []
    items = open_items(as_of, documents, rows)
    sums, days = expected(as_of)
    assert days
    assert {item.number: item.days_overdue for item in items} == days
    found = ageing(items).get("USD", {})
    names = {"current": "current", "1-": "1-30", "31-": "31-60", "61-": "61-90", "91-": "90+"}
    assert {names[name]: amount for name, amount in sums.items()} == {
        name: amount for name, amount in found.items() if amount
    }
