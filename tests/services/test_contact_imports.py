"""Contacts from a file: people with addresses, linked to accounts; twice changes nothing."""

from datetime import datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.errors import Invalid, NotAllowed
from clientportal.services import contact_views, imports
from clientportal.services.imports import ImportResult
from clientportal.storage.models import (
    AccountContact,
    AuditEntry,
    Contact,
    ContactPoint,
    Message,
)
from clientportal.storage.session import unit_of_work
from tests.support import people
from tests.support.people import Staffed
from tests.support.workbooks import workbook

ACCOUNTS = "codigo;nombre;pais\nA-1;Uno;CO\nA-2;Dos;US\n"
GOOD = """Nombre;Cargo;Correo;Correo 2;WhatsApp;Teléfono;Idioma;Clientes
Luz Marín;Tesorera;Luz@Uno.example;pagos@uno.example;300 000 0101;;es;A-1, A-2
Ann Lee;;ann@two.example;;;+1 503 555 0143;en;A-2
Sin Correo;;;;;602 555 0117;;A-1
Solo Nombre;;;;;;;
"""


@pytest.fixture
def company(database: sa.Engine, now: datetime) -> Staffed:
    with unit_of_work(bind=database) as session:
        staffed = people.company(session, "sur", now)
        imports.run(session, staffed.agent, kind="accounts", content=ACCOUNTS.encode(), now=now)
        return staffed


def bring(database: sa.Engine, company: Staffed, text: str | bytes, now: datetime) -> ImportResult:
    content = text if isinstance(text, bytes) else text.encode()
    with unit_of_work(bind=database) as session:
        return imports.run(session, company.agent, kind="contacts", content=content, now=now)


def everything(session: Session) -> list[object]:
    tables = (Contact, ContactPoint, AccountContact, AuditEntry)
    return [row.model_dump() for table in tables for row in session.exec(select(table))]


@pytest.mark.spec(180, 181, 258)
def test_people_come_in_with_addresses_and_accounts(
    database: sa.Engine, company: Staffed, now: datetime
) -> None:
    result = bring(database, company, GOOD, now)
    assert (result.errors, result.warnings) == ((), ())
    assert (result.counts["new"], result.counts["lines"]) == (4, 4)
    with unit_of_work(bind=database, read_only=True) as session:
        rows = {row.name: row for row in contact_views.listing(session, company.viewer).rows}
        luz = rows["Luz Marín"]
        assert {account.code for account in luz.accounts} == {"A-1", "A-2"}
        assert [point.address_norm for point in luz.points] == [
            "luz@uno.example", "pagos@uno.example", "+573000000101",
        ]  # fmt: skip
        assert (luz.position, rows["Solo Nombre"].accounts) == ("Tesorera", ())
        assert [p.address_norm for p in rows["Sin Correo"].points] == ["+576025550117"]
        found = contact_views.listing(session, company.viewer, text="two.example").rows
        assert [row.name for row in found] == ["Ann Lee"]
        assert not session.exec(select(Message)).all()


def test_the_same_file_again_changes_nothing(
    database: sa.Engine, company: Staffed, now: datetime
) -> None:
    shared = GOOD + "Otro;;;;;602 555 0117;;A-1\nAnn Lee;;ann@two.example;;;;;A-1\n"
    first = bring(database, company, shared, now)
    assert (first.counts["new"], first.counts["changed"]) == (5, 1)
    assert [(w.line, w.code, w.params["rows"]) for w in first.warnings] == [(6, "number_shared", 1)]
    with unit_of_work(bind=database) as session:
        before = everything(session)
    again = bring(database, company, shared, now)
    assert (again.counts["same"], again.counts["new"], again.counts["changed"]) == (6, 0, 0)
    rows = [line.split(";") for line in shared.splitlines()]
    assert bring(database, company, workbook(rows), now).counts["same"] == 6
    with unit_of_work(bind=database) as session:
        assert everything(session) == before


def test_a_line_updates_whom_it_knows_and_empty_cells_keep_what_is_there(
    database: sa.Engine, company: Staffed, now: datetime
) -> None:
    bring(database, company, GOOD, now)
    result = bring(database, company, "nombre;cargo;correo\nLuz M. Marín;;LUZ@uno.example\n", now)
    assert [(row.action, row.changes) for row in result.rows] == [("changed", ("name",))]
    with unit_of_work(bind=database, read_only=True) as session:
        luz = session.exec(select(Contact).where(col(Contact.name) == "Luz M. Marín")).one()
        assert (luz.position, luz.language, luz.version) == ("Tesorera", "es", 2)
        found = contact_views.listing(session, company.viewer, text="luz m. marín").rows
        assert len(found) == 1


def test_one_wrong_line_keeps_the_whole_file_out(
    database: sa.Engine, company: Staffed, now: datetime
) -> None:
    wrong = (
        "nombre;correo;otro correo;telefono;idioma;cliente\n"
        "Uno;nadie@;;;;A-1\n"
        "Dos;dos@x.example;;12;;\n"
        "Tres;tres@x.example;;;fr;\n"
        "Cuatro;;;;;A-9\n"
        ";cinco@x.example;;;;\n"
        "Seis;seis@x.example;;;;A-1\n"
        "Siete;seis@x.example;;;;A-1\n"
        "Ocho;ocho@x.example;seis@x.example;;;\n"
    )
    result = bring(database, company, wrong, now)
    assert [(error.line, error.column, error.code) for error in result.errors] == [
        (2, "correo", "email_invalid"),
        (3, "telefono", "phone_invalid"),
        (4, "idioma", "language_unknown"),
        (5, "cliente", "account_unknown"),
        (6, "nombre", "required"),
        (8, "correo", "duplicate_in_file"),
        (9, "correo", "duplicate_in_file"),
    ]
    with unit_of_work(bind=database, read_only=True) as session:
        assert session.exec(select(Contact)).all() == []


def test_two_peoples_addresses_on_one_line_are_named(
    database: sa.Engine, company: Staffed, now: datetime
) -> None:
    bring(database, company, GOOD, now)
    text = "nombre;correo;correo 2\nLuz Marín;luz@uno.example;ann@two.example\n"
    [error] = bring(database, company, text, now).errors
    assert (error.code, error.params["name"]) == ("contact_point_taken", "Ann Lee")


def test_wrong_files_and_wrong_people_bring_nothing(
    database: sa.Engine, company: Staffed, now: datetime
) -> None:
    for content, code in ((b"", "file_empty"), (b"correo\na@b.example\n", "header_missing")):
        with pytest.raises(Invalid) as refused:
            bring(database, company, content, now)
        assert refused.value.error_code == code
    with pytest.raises(NotAllowed), unit_of_work(bind=database) as session:
        imports.run(session, company.viewer, kind="contacts", content=GOOD.encode(), now=now)
