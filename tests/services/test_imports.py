"""Import of documents: the real file, twice, faults per row, nothing half-written."""

import csv
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.documents import Kind, Settlement
from clientportal.domain.errors import Invalid, NotAllowed, NotFound
from clientportal.domain.imports import DateFormatAmbiguous, DateOrder
from clientportal.rendering import texts
from clientportal.services import (
    audit,
    checks,
    document_lists,
    drafts,
    import_files,
    imports,
    manual_payments,
    tax_ids,
)
from clientportal.services.document_support import CurrencyNotUsed
from clientportal.services.import_base import Options
from clientportal.services.imports import ImportResult
from clientportal.storage.models import (
    Account,
    Allocation,
    Change,
    Dispute,
    Document,
    Message,
    NumberSeries,
    Payment,
)
from clientportal.storage.session import unit_of_work
from tests.support.import_work import import_now
from tests.support.ledger import World, key, make_world
from tests.support.workbooks import real_invoices

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
FILE = Path(__file__).parents[1] / "data" / "ar-invoices.csv"
USD = Options(currency="USD")


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


def count(session: Session, table: type) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def contents(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Every row of what an import writes, for "nothing changed"."""
    tables = (Account, Document, Allocation, Payment, Dispute, NumberSeries)
    return {
        t.__name__: [
            tuple(row)
            for row in session.execute(
                sa.select(sa.inspect(t).local_table).order_by(sa.inspect(t).local_table.c.id)
            )
        ]
        for t in tables
    }


def bring(
    database: sa.Engine, world: World, text: str | bytes, options: Options = USD
) -> ImportResult:
    content = text if isinstance(text, bytes) else text.encode()
    with unit_of_work(bind=database) as session:
        return imports.run(
            session, world.agent, kind="documents", content=content, options=options, now=NOW
        )


def by_number(session: Session, number: str, kind: Kind = Kind.INVOICE) -> Document:
    return session.exec(
        select(Document).where(col(Document.number) == number, col(Document.kind) == kind)
    ).one()


def test_the_real_file_comes_in_whole_and_twice_changes_nothing(
    database: sa.Engine, world: World
) -> None:
    content = FILE.read_bytes()
    started = datetime.now(UTC)
    result = bring(database, world, content)
    assert (datetime.now(UTC) - started).total_seconds() < 30
    assert result.counts == {"lines": 1683, "new": 1683, "same": 0, "errors": 0, "accounts": 68}
    assert (result.errors, result.date_format) == ((), DateOrder.MDY)
    with unit_of_work(bind=database) as session:
        assert count(session, Document) == 2 * 1683
        assert count(session, Payment) == count(session, Allocation) == 1683
        assert count(session, Account) == 3 + 68
        assert count(session, Message) == 0  # an import sends no message
        assert checks.audit(session, world.system) == []
        document = by_number(session, "0000611365")
        receipt = by_number(session, "IMP-0000611365", Kind.CASH_RECEIPT)
        account = session.get_one(Account, document.account_id)
        assert (account.code, account.name) == ("0379-NEVHP", "0379-NEVHP")
        assert (document.issued_on, document.due_on) == (date(2013, 1, 2), date(2013, 2, 1))
        assert (document.total_minor, document.balance_minor) == (5594, 0)
        assert (document.settled_on, receipt.issued_on) == (date(2013, 1, 15), date(2013, 1, 15))
        disputed = by_number(session, "0007900770")
        [dispute] = session.exec(
            select(Dispute).where(col(Dispute.document_id) == disputed.id)
        ).all()
        assert (dispute.closed_on, disputed.disputed) == (disputed.settled_on, False)
        before = contents(session)
        events = audit.timeline(session, world.agent, actions=["documents.imported"])
        assert [event.data["new"] for event in events] == [1683]
    again = bring(database, world, content)
    assert again.counts == {"lines": 1683, "new": 0, "same": 1683, "errors": 0, "accounts": 0}
    with unit_of_work(bind=database) as session:
        assert contents(session) == before
        assert len(audit.timeline(session, world.agent, actions=["documents.imported"])) == 1


def test_the_real_file_as_a_workbook_brings_the_same_documents(
    database: sa.Engine, world: World
) -> None:
    result = bring(database, world, real_invoices())
    assert result.counts == {"lines": 1683, "new": 1683, "same": 0, "errors": 0, "accounts": 68}
    with unit_of_work(bind=database) as session:
        before = contents(session)
        assert checks.audit(session, world.system) == []
    assert bring(database, world, FILE.read_bytes()).counts["same"] == 1683
    with unit_of_work(bind=database) as session:
        assert contents(session) == before


def test_a_country_that_iso_does_not_know_is_kept_with_a_warning(
    database: sa.Engine, world: World
) -> None:
    result = bring(database, world, FILE.read_bytes())
    assert {warning.code for warning in result.warnings} >= {"country_kept"}
    with unit_of_work(bind=database) as session:
        kept = session.exec(select(col(Account.country)).where(col(Account.country) == "391"))
        assert kept.first() == "391"


def test_a_customer_of_a_file_is_known_by_its_tax_id_as_one_that_was_typed(
    database: sa.Engine, world: World
) -> None:
    head = "numero,codigo,nombre,nit,pais,fecha,total\n"
    lines = (
        "F-1,T1,Typed elsewhere,900373913-4,,2026-01-05,100",
        "F-2,T2,Wrong digit,900373913-5,,2026-01-05,100",
        "F-3,T3,Abroad,20131312955,PE,2026-01-05,100",
        "F-4,T4,Nowhere,20131312955,Atlantis,2026-01-05,100",
    )
    assert bring(database, world, head + "\n".join(lines)).counts["new"] == 4
    with unit_of_work(bind=database, read_only=True) as session:
        rows = session.exec(select(Account).where(col(Account.code).startswith("T"))).all()
        assert {row.code: (row.country, row.tax_id_kind, row.tax_id_norm) for row in rows} == {
            "T1": ("CO", "nit", "9003739134"),
            "T2": ("", "", ""),
            "T3": ("PE", "ruc", "20131312955"),
            "T4": ("Atlantis", "", ""),
        }
        written = {row.code: row.tax_id for row in rows}
        assert written["T2"] == "900373913-5"
        [first] = [row for row in rows if row.code == "T1"]
        assert written["T1"] == tax_ids.check("CO", "nit", "900373913-4").text
        assert "9003739134" in first.norm


def test_changed_figures_are_errors_and_nothing_is_written(
    database: sa.Engine, world: World
) -> None:
    head = "customerID,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,SettledDate\n"
    bring(database, world, head + "C1,1,2026-01-05,2026-02-05,100.00,2026-02-01\n")
    bring(database, world, head + "C1,2,2026-01-05,2026-02-05,100.00,\n")
    with unit_of_work(bind=database) as session:
        before = contents(session)
    for line, column in (
        ("C1,2,2026-01-05,2026-02-05,100.01,", "InvoiceAmount"),
        ("C2,2,2026-01-05,2026-02-05,100.00,", "customerID"),
        ("C1,2,2026-01-06,2026-02-05,100.00,", "InvoiceDate"),
        ("C1,2,2026-01-05,2026-02-06,100.00,", "DueDate"),
        ("C1,2,2026-01-05,2026-02-05,100.00,2026-02-01", "SettledDate"),
        ("C1,1,2026-01-05,2026-02-05,100.00,2026-02-02", "SettledDate"),
    ):
        result = bring(database, world, f"{head}C9,9,2026-01-05,2026-02-05,1.00,\n{line}\n")
        assert [(e.line, e.column, e.code) for e in result.errors] == [
            (3, column, "import_changed")
        ]
        assert result.counts["new"] == 1
        with unit_of_work(bind=database) as session:
            assert contents(session) == before


def test_what_was_paid_since_is_no_difference(database: sa.Engine, world: World) -> None:
    text = "customerID,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount\nC1,2,2026-01-05,,100.00\n"
    bring(database, world, text)
    with unit_of_work(bind=database) as session:
        document = by_number(session, "2")
        assert (document.due_on, document.balance_minor) == (date(2026, 1, 5), 10000)
        drafts.void(session, world.owner, document_id=key(document), reason="x", now=NOW)
    result = bring(database, world, text)
    assert [error.code for error in result.errors] == ["import_void"]


def test_a_company_that_paid_in_the_portal_is_imported_again_unchanged(
    database: sa.Engine, world: World
) -> None:
    text = "customerID,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount\nC1,2,2026-01-05,,100.00\n"
    bring(database, world, text)
    with unit_of_work(bind=database) as session:
        document = by_number(session, "2")
        manual_payments.record(
            session,
            world.agent,
            account_id=document.account_id,
            currency="USD",
            amount_minor=10000,
            lines=None,
            method="cash",
            received_on=date(2026, 3, 1),
            client_key="paid-since",
            now=NOW,
        )
        before = contents(session)
    assert bring(database, world, text).counts["same"] == 1
    with unit_of_work(bind=database) as session:
        assert contents(session) == before


def test_partly_paid_credit_notes_names_and_disputes(database: sa.Engine, world: World) -> None:
    text = (
        "tipo;numero;cliente;nombre;fecha;vencimiento;total;pagado;reclamo;descripcion\n"
        "factura;F1;C1;Cafés Núñez;05/01/2026;20/01/2026;1.234,50;234,50;sí;Café\n"
        "nota credito;N1;C1;Cafés Núñez;25/01/2026;;100,00;;;\n"
        "nota debito;D1;C1;Cafés Núñez;25/01/2026;;50,00;50,00;;\n"
    )
    for encoding in ("utf-8", "utf-8-sig", "latin-1"):
        result = bring(database, world, text.encode(encoding))
        assert result.errors == ()
    with unit_of_work(bind=database) as session:
        assert count(session, Document) == 3
        document = by_number(session, "F1")
        assert (document.total_minor, document.balance_minor) == (123450, 100000)
        assert (document.settlement, document.disputed) == (Settlement.PARTLY_PAID, True)
        assert by_number(session, "D1", Kind.DEBIT_NOTE).settlement is Settlement.PAID
        note = by_number(session, "N1", Kind.CREDIT_NOTE)
        assert (note.balance_minor, note.due_on) == (10000, note.issued_on)
        assert checks.audit(session, world.system) == []
        account = session.get_one(Account, document.account_id)
        assert (account.code, account.name) == ("C1", "Cafés Núñez")
        found = document_lists.list_documents(
            session,
            world.viewer,
            filters=document_lists.DocumentFilters(text="cafes nunez"),
            sort=document_lists.Sort(),
            cursor="",
            now=NOW,
        )
        assert found.count == 3


def test_a_name_replaces_the_code_that_stood_for_it(database: sa.Engine, world: World) -> None:
    bring(
        database,
        world,
        "customerID,invoiceNumber,InvoiceDate,InvoiceAmount\nC1,1,2026-01-05,1.50\n",
    )
    named = (
        "customerID,customername,invoiceNumber,InvoiceDate,InvoiceAmount\n"
        "C1,Uno SA,2,2026-01-05,1.50\n"
    )
    bring(database, world, named)
    with unit_of_work(bind=database) as session:
        account = session.exec(select(Account).where(col(Account.code) == "C1")).one()
        assert account.name == "Uno SA"
        assert "uno sa" in by_number(session, "1").norm  # found by the new name too


def test_faulty_rows_are_named_and_nothing_comes_in(database: sa.Engine, world: World) -> None:
    text = (
        "customerID,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount\n"
        "C1,1,2026-01-05,,10.00\n"
        ",2,2026-01-05,,10.00\n"
        "C1,1,2026-01-05,,10.00\n"
        "C1,3,2026-02-30,,10.00\n"
        "C1,4,2026-01-05,,ten\n"
        f"C1,{'9' * 61},2026-01-05,,10.00\n"
    )
    result = bring(database, world, text)
    assert sorted({error.line for error in result.errors}) == [3, 4, 5, 6, 7]
    assert (result.counts["errors"], result.counts["lines"]) == (5, 6)
    with unit_of_work(bind=database) as session:
        assert (count(session, Document), count(session, Account)) == (0, 3)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "file_not_text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", "file_not_text"),
        (b"PK\x03\x04abc", "workbook_broken"),
        (b"a,b\n1,2\n", "header_missing"),
        (b"x" * 30_000_001, "file_too_large"),
    ],
)
def test_files_that_are_no_list_are_refused(
    database: sa.Engine, world: World, content: bytes, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        bring(database, world, content)
    assert refused.value.error_code == code


def test_an_ambiguous_column_asks_and_a_foreign_currency_is_refused(
    database: sa.Engine, world: World
) -> None:
    text = "customerID,invoiceNumber,InvoiceDate,InvoiceAmount\nC1,1,02/03/2026,1.50\n"
    with pytest.raises(DateFormatAmbiguous):
        bring(database, world, text)
    bring(database, world, text, Options(currency="USD", date_format=DateOrder.DMY))
    with unit_of_work(bind=database) as session:
        assert by_number(session, "1").issued_on == date(2026, 3, 2)
    with pytest.raises(CurrencyNotUsed):
        bring(database, world, text, Options(currency="EUR"))
    missing = bring(database, world, text.replace("02/03", "25/12"), Options())
    assert [error.code for error in missing.errors] == ["currency_missing"]


def test_a_preview_writes_nothing_and_its_confirmation_once(
    database: sa.Engine, world: World
) -> None:
    content = FILE.read_bytes()
    with unit_of_work(bind=database) as session:
        before = contents(session)
        run_id = import_files.keep(
            session, world.agent, kind="documents", file_name="ar.csv", content=content, now=NOW
        )
        import_files.choose(session, world.agent, run_id=run_id, currency="USD")
        shown = import_files.look(session, world.agent, run_id=run_id, now=NOW)
        assert contents(session) == before
    assert (shown.counts["new"], shown.counts["accounts"], len(shown.rows)) == (1683, 68, 20)
    assert (shown.date_format, shown.errors) == ("mdy", ())
    assert (shown.rows[0].number, shown.rows[0].total_minor, shown.rows[0].balance_minor) == (
        "0000611365",
        5594,
        0,
    )
    with unit_of_work(bind=database) as session:
        foreign = make_world(session, "ajena")
        with pytest.raises(NotFound):
            import_files.confirm(session, foreign.owner, run_id=run_id, now=NOW)
    for _ in range(2):
        assert import_now(database, world.agent, run_id, NOW).counts["new"] == 1683
    with unit_of_work(bind=database) as session:
        assert count(session, Document) == 2 * 1683


def test_a_confirmation_of_a_faulty_file_is_refused(database: sa.Engine, world: World) -> None:
    text = b"customerID,invoiceNumber,InvoiceDate,InvoiceAmount\nC1,1,2026-01-05,ten\n"
    with unit_of_work(bind=database) as session:
        run_id = import_files.keep(
            session, world.agent, kind="documents", file_name="x.csv", content=text, now=NOW
        )
        import_files.choose(session, world.agent, run_id=run_id, currency="USD")
    assert import_now(database, world.agent, run_id, NOW).state == "uploaded"
    with unit_of_work(bind=database) as session:
        assert session.exec(select(Document).where(col(Document.number) == "1")).first() is None


def test_two_imports_at_once_bring_each_document_once(database: sa.Engine, world: World) -> None:
    rows = "".join(f"C{n % 5},{n},2026-01-05,1.50\n" for n in range(200))
    text = f"customerID,invoiceNumber,InvoiceDate,InvoiceAmount\n{rows}"
    barrier = threading.Barrier(4)

    def once(_: int) -> int:
        barrier.wait()
        return bring(database, world, text).counts["new"]

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(once, range(4))) == [0, 0, 0, 200]
    with unit_of_work(bind=database) as session:
        assert (count(session, Document), count(session, Account)) == (200, 8)


def test_only_staff_who_may_import(database: sa.Engine, world: World) -> None:
    for actor in (world.viewer, world.customer):
        with pytest.raises(NotAllowed), unit_of_work(bind=database) as session:
            imports.run(session, actor, kind="documents", content=b"", options=USD, now=NOW)


def test_the_report_holds_a_line_per_row_and_no_formula(database: sa.Engine, world: World) -> None:
    text = (
        "customerID,invoiceNumber,InvoiceDate,InvoiceAmount\n"
        "=cmd|' /C calc'!A0,@SUM(A1),2026-01-05,1.50\n"
        "C1,+2,2026-01-05,=1+1\n"
        "C1,3,2026-01-05,1.50\n"
    )
    result = bring(database, world, text)
    rows = list(csv.reader(io.StringIO(result.report.decode("utf-8-sig"))))
    assert rows[0] == [
        "line", "outcome", "kind", "number", "account", "column", "message", "code", "details",
    ]  # fmt: skip
    said = texts.t("errors.amount_invalid", "es")
    assert rows[2][5:8] == ["InvoiceAmount", said, "amount_invalid"]
    assert [row[:5] for row in rows[1:]] == [
        ["2", "new", "invoice", "'@SUM(A1)", "'=cmd|' /C calc'!A0"],
        ["3", "error", "", "", ""],
        ["4", "new", "invoice", "3", "C1"],
    ]
    assert not any(
        cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for cell in row
    )


@pytest.mark.parametrize("database_kind", ["sqlite"])  # the others' transports are live's tests
def test_open_pages_of_the_company_and_its_accounts_are_told(
    world: World, database: sa.Engine
) -> None:
    bring(
        database,
        world,
        "customerID,invoiceNumber,InvoiceDate,InvoiceAmount\nA1,1,2026-01-05,1.50\n",
    )
    with unit_of_work(bind=database) as session:
        topics = set(session.exec(select(col(Change.topic))).all())
        assert topics >= {f"company:{world.company_id}", f"account:{world.accounts[0]}"}
