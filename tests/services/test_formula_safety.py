"""No cell of any table that leaves starts a formula, whatever text the rows hold."""

import csv
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlmodel import Session, select

from clientportal.domain.account_filters import AccountFilters
from clientportal.domain.actors import Actor
from clientportal.domain.delivery import MessageState
from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.imports import RowError
from clientportal.domain.interactions import InteractionFilters
from clientportal.domain.receivables import ReceivableFilters
from clientportal.rendering.spreadsheets import Format
from clientportal.services import (
    comments,
    exports,
    import_report,
    interactions,
    invoice_templates,
    people_exports,
    receivable_exports,
    statement_files,
    template_exports,
)
from clientportal.services.drafts import LineInput
from clientportal.services.invoice_templates import TemplateInput
from clientportal.storage.models import (
    Account,
    AccountContact,
    Channel,
    Company,
    Contact,
    ContactPoint,
    Document,
    InvoiceTemplate,
    Message,
)
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, World, draft_of, invoice, issued, key, make_world
from tests.support.workbooks import runs

HOSTILE = (
    "=1+1",
    "@SUM(A1:A9)",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    '=HYPERLINK("http://evil.example","look")',
    "＝1+1",
    "{=1+1}",
    "http://evil.example",
)
RUN = tuple("=+-@\t\r\n＝＋－＠")
"""First characters that one spreadsheet or another takes for a formula's."""

LEAST = {
    "documents": 8,
    "documents of a customer": 8,
    "statement": 2,
    "statement of a customer": 2,
    "accounts": 18,
    "contacts": 14,
    "templates": 3,
    "receivables": 4,
    "interactions": 7,
}
"""Cells of each table that hold the text: no column was left out."""

Writer = Callable[[Session, Path, Format], object]


@pytest.fixture
def database_kind() -> str:
    return "sqlite"  # the files are made of rows; which engine held them makes no difference


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        made = make_world(session)
        first = invoice(session, made, "100")
        comments.add(session, made.customer, document_id=first, body="Hola", now=NOW)
        issued(session, made, draft_of(made.accounts[0], "20"))
        for contact in session.exec(select(Contact)).all():
            pair = {"company_id": made.company_id, "contact_id": key(contact)}
            session.add(AccountContact(account_id=made.accounts[0], **pair))
            for channel in Channel:
                session.add(ContactPoint(channel=channel, address="", address_norm="", **pair))
        line = LineInput("Papel", Decimal(1), Decimal(1))
        given = TemplateInput("Mensual", "USD", (line,))
        invoice_templates.create(session, made.agent, template=given, now=NOW)
        return made


def _poison(session: Session, world: World, text: str) -> None:
    """Write the text into whatever texts the tables carry, past the checks of forms and files."""
    company = session.get_one(Company, world.company_id)
    company.name = text
    for n, account in enumerate(session.exec(select(Account)).all()):
        account.code = text if account.id == world.accounts[0] else f"{text}{n}"
        account.name = account.tax_id = account.city = account.country = text
        account.tags = [text, text]
    for n, document in enumerate(session.exec(select(Document)).all()):
        document.number = text if not n else f"{text}{n}"
        document.concept = text
    for contact in session.exec(select(Contact)).all():
        contact.name = contact.position = contact.language = text
    for point in session.exec(select(ContactPoint)).all():
        point.address = text
    message = session.exec(select(Message)).one()
    message.to_name = message.to_address = message.subject = message.template = text
    message.state, message.error = MessageState.FAILED, text
    template = session.exec(select(InvoiceTemplate)).one()
    template.name = template.message = text
    template.lines = [{**template.lines[0], "description": text}]


def writers(world: World) -> dict[str, Writer]:
    """Each table that leaves, by name: what staff get, and what customers get of it."""

    def documents(actor: Actor) -> Writer:
        return lambda session, path, kind: exports.documents(
            session, actor, filters=DocumentFilters(), sort=Sort(), kind=kind, path=path,
            language="es", now=NOW,
        )  # fmt: skip

    def statement(actor: Actor) -> Writer:
        return lambda session, path, kind: statement_files.table(
            session, actor, account_id=world.accounts[0], query={"period": ["all"]}, kind=kind,
            path=path, language="en", now=NOW,
        )  # fmt: skip

    return {
        "documents": documents(world.viewer),
        "documents of a customer": documents(world.customer),
        "statement": statement(world.viewer),
        "statement of a customer": statement(world.customer),
        "accounts": lambda session, path, kind: people_exports.accounts(
            session, world.viewer, filters=AccountFilters(), kind=kind, path=path, language="es",
            now=NOW,
        ),
        "contacts": lambda session, path, kind: people_exports.contacts(
            session, world.viewer, text="", kind=kind, path=path, language="es", now=NOW
        ),
        "templates": lambda session, path, kind: template_exports.templates(
            session, world.viewer, archived=False, kind=kind, path=path, language="es", now=NOW
        ),
        "receivables": lambda session, path, kind: receivable_exports.receivable_list(
            session, world.viewer, filters=ReceivableFilters(), kind=kind, path=path,
            language="es", now=NOW,
        ),
        "interactions": lambda session, path, kind: interactions.export(
            session, world.viewer, filters=InteractionFilters(), kind=kind, path=path,
            language="es", now=NOW,
        ),
    }  # fmt: skip


def is_amount(cell: str) -> bool:
    return cell.replace(".", "", 1).removeprefix("-").isdigit()


def written(
    database: sa.Engine, world: World, path: Path, kind: Format
) -> Iterator[tuple[str, str, bytes]]:
    """The name of each table, the text that it is full of, and its file."""
    for text in HOSTILE:
        with unit_of_work(bind=database) as session:
            _poison(session, world, text)
        for name, writer in writers(world).items():
            with unit_of_work(bind=database, read_only=True) as session:
                writer(session, path, kind)
            yield name, text, path.read_bytes()


def test_no_cell_of_a_csv_starts_a_formula(
    database: sa.Engine, world: World, tmp_path: Path
) -> None:
    for name, text, raw in written(database, world, tmp_path / "a", Format.CSV):
        cells = [cell for row in csv.reader(_lines(raw)) for cell in row]
        started = [cell for cell in cells if cell.startswith(RUN) and not is_amount(cell)]
        assert started == [], (name, text)
        assert sum(text in cell for cell in cells) >= LEAST[name], (name, text)


def test_no_cell_of_a_sheet_is_a_formula_or_a_link(
    database: sa.Engine, world: World, tmp_path: Path
) -> None:
    for name, text, raw in written(database, world, tmp_path / "a", Format.XLSX):
        assert runs(raw) == [], (name, text)
        rows = CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0).to_python()
        # XML turns a carriage return into a line's end; nothing else of a text changes.
        shown = [str(cell).replace("\r", "\n") for row in rows for cell in row]
        assert sum(text.replace("\r", "\n") in cell for cell in shown) >= LEAST[name], (name, text)


def _lines(raw: bytes) -> io.StringIO:
    return io.StringIO(raw.decode("utf-8-sig"), newline="")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_an_import_report_starts_a_formula(text: str) -> None:
    fault = RowError(2, text, "bad_amount", {"value": text})
    raw = import_report.sheet(("line",), [[1, text, fault.column, *fault.params.values()]])
    cells = [cell for row in csv.reader(_lines(raw)) for cell in row]
    assert any(text in cell for cell in cells)
    assert [cell for cell in cells if cell.startswith(RUN)] == []


def test_the_check_itself_sees_formulas_and_links(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write("A1", "=1+1")
        sheet.write("A2", "http://evil.example")
    found = runs((tmp_path / "a.xlsx").read_bytes())
    assert found == ["xl/worksheets/sheet1.xml: f", "xl/worksheets/sheet1.xml: hyperlink"]
