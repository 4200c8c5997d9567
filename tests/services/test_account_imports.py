"""Accounts from a file: preview, all or nothing, twice the same."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain import delimited
from clientportal.domain.account_filters import AccountFilters
from clientportal.domain.errors import Invalid, NotAllowed, NotFound
from clientportal.services import account_views, contact_views, import_files, imports
from clientportal.storage.models import Account, AuditEntry, Contact, ContactPoint, Message
from clientportal.storage.session import unit_of_work
from tests.support import people
from tests.support.import_work import import_now
from tests.support.people import Staffed
from tests.support.workbooks import workbook

GOOD = """código;nombre;NIT;país;correo;teléfono;contacto;ciudad
A-1;Uno S.A.;900.481.227-2;CO;Pagos@Uno.example;300 000 0101;Luz Marín;Cali
A-2;Dos Ltda.;52884019;CO;pagos@uno.example;;;Buga
A-3;Three Inc.;;US;ap@three.example;+1 503 555 0143;Ann Lee;Portland
"""


@pytest.fixture
def session(database: sa.Engine) -> Iterator[Session]:
    with unit_of_work() as opened:
        yield opened


@pytest.fixture
def company(session: Session, now: datetime) -> Staffed:
    return people.company(session, "sur", now)


def bring(session: Session, company: Staffed, text: str, now: datetime) -> imports.ImportResult:
    return imports.run(session, company.agent, kind="accounts", content=text.encode(), now=now)


def listed(session: Session, company: Staffed, today: date) -> list[account_views.AccountRow]:
    page = account_views.listing(session, company.viewer, filters=AccountFilters(), today=today)
    return list(page.rows)


@pytest.mark.spec(180, 181, 258)
def test_accounts_and_their_people_come_in(
    session: Session, company: Staffed, now: datetime, today: date
) -> None:
    result = bring(session, company, GOOD, now)
    assert result.counts == {
        "lines": 3, "new": 3, "changed": 0, "same": 0, "errors": 0, "warnings": 0,
    }  # fmt: skip
    rows = {row.code: row for row in listed(session, company, today)}
    assert (rows["A-1"].tax_id_kind, rows["A-1"].tax_id) == ("nit", "900.481.227-2")
    assert (rows["A-2"].tax_id_kind, rows["A-2"].tax_id) == ("cc", "52884019")
    assert (rows["A-3"].country, rows["A-3"].city) == ("US", "Portland")
    luz, ann = contact_views.listing(session, company.viewer).rows[::-1]
    assert {account.code for account in luz.accounts} == {"A-1", "A-2"}
    assert [point.address_norm for point in luz.points] == ["pagos@uno.example", "+573000000101"]
    assert (ann.name, ann.points[1].address_norm) == ("Ann Lee", "+15035550143")
    found = contact_views.listing(session, company.viewer, text="three.example").rows
    assert [row.name for row in found] == ["Ann Lee"]
    assert not session.exec(select(Message)).all()


def test_the_same_file_again_changes_nothing(
    session: Session, company: Staffed, now: datetime
) -> None:
    bring(session, company, GOOD, now)
    before = _everything(session)
    again = bring(session, company, GOOD, now)
    assert again.counts["same"] == 3
    assert again.counts["new"] == again.counts["changed"] == 0
    assert _everything(session) == before


def test_a_workbook_brings_the_same_accounts(
    session: Session, company: Staffed, now: datetime
) -> None:
    rows = csv.reader(io.StringIO(GOOD), delimiter=delimited.sniff_delimiter(GOOD))
    content = workbook(rows)
    result = imports.run(session, company.agent, kind="accounts", content=content, now=now)
    assert result.counts["new"] == 3
    before = _everything(session)
    assert bring(session, company, GOOD, now).counts["same"] == 3
    assert _everything(session) == before


def _everything(session: Session) -> list[object]:
    tables = (Account, Contact, ContactPoint, AuditEntry)
    return [row.model_dump() for table in tables for row in session.exec(select(table))]


def test_a_changed_line_updates_and_empty_cells_keep_what_is_there(
    session: Session, company: Staffed, now: datetime, today: date
) -> None:
    bring(session, company, GOOD, now)
    result = bring(session, company, "código;nombre;ciudad\nA-1;Uno Nuevo S.A.;\nA-2;;Tuluá\n", now)
    assert result.counts["changed"] == 2
    assert {row.number: row.changes for row in result.rows} == {"A-1": ("name",), "A-2": ("city",)}
    rows = {row.code: row for row in listed(session, company, today)}
    assert (rows["A-1"].name, rows["A-1"].city) == ("Uno Nuevo S.A.", "Cali")
    assert (rows["A-1"].tax_id, rows["A-2"].name) == ("900.481.227-2", "Dos Ltda.")


def test_one_wrong_line_keeps_the_whole_file_out(
    session: Session, company: Staffed, now: datetime, today: date
) -> None:
    wrong = GOOD + "A-4;Cuatro;900.481.227-9;CO;;;;\nA-5;Cinco;;CO;nadie@;;;\nA-1;Otra;;;;;;\n"
    result = bring(session, company, wrong, now)
    assert [(error.line, error.column, error.code) for error in result.errors] == [
        (5, "NIT", "tax_id_digit"),
        (6, "correo", "email_invalid"),
        (7, "código", "duplicate_in_file"),
    ]
    assert listed(session, company, today) == []
    assert contact_views.listing(session, company.viewer).rows == ()


def test_a_preview_writes_no_account_and_its_confirmation_counts_once(
    database: sa.Engine, now: datetime, today: date
) -> None:
    with unit_of_work() as session:
        company = people.company(session, "sur", now)
        other = people.company(session, "norte", now)
        bring(session, company, GOOD.splitlines()[0] + "\nA-1;Viejo;;;;;;\n", now)
    with unit_of_work() as session:
        run_id = import_files.keep(
            session,
            company.agent,
            kind="accounts",
            file_name="clientes.csv",
            content=GOOD.encode("latin-1"),
            now=now,
        )
    with unit_of_work(read_only=True) as session:
        seen = import_files.look(session, company.agent, run_id=run_id, now=now)
    assert (seen.counts["new"], seen.counts["changed"]) == (2, 1)
    assert [(column.header, column.field) for column in seen.columns[:2]] == [
        ("código", "code"),
        ("nombre", "name"),
    ]
    with unit_of_work() as session:
        assert [row.name for row in listed(session, company, today)] == ["Viejo"]
    with pytest.raises(NotFound), unit_of_work() as session:
        import_files.confirm(session, other.admin, run_id=run_id, now=now)
    with pytest.raises(NotAllowed), unit_of_work() as session:
        import_files.confirm(session, company.viewer, run_id=run_id, now=now)
    first = import_now(database, company.agent, run_id, now)
    again = import_now(database, company.agent, run_id, now)
    assert dict(again.counts) == dict(first.counts)
    with unit_of_work() as session:
        assert len(listed(session, company, today)) == 3
        entries = session.exec(
            select(AuditEntry).where(col(AuditEntry.action) == "accounts.imported")
        ).all()
        assert len(entries) == 2


def test_a_preview_with_errors_cannot_be_confirmed(database: sa.Engine, now: datetime) -> None:
    content = b"codigo,nit\nA-1,900.481.227-9\n"
    with unit_of_work() as session:
        company = people.company(session, "sur", now)
        run_id = import_files.keep(
            session, company.agent, kind="accounts", file_name="x.csv", content=content, now=now
        )
    assert import_now(database, company.agent, run_id, now).state == "uploaded"


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "file_empty"), (b"nombre\nUno\n", "header_missing"), (b"\x00\x01\x02", "file_not_text")],
)
def test_a_file_that_is_none_is_named(
    session: Session, company: Staffed, now: datetime, content: bytes, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        imports.run(session, company.agent, kind="accounts", content=content, now=now)
    assert refused.value.error_code == code


def test_a_country_that_nobody_knows_is_kept_with_a_warning(
    session: Session, company: Staffed, now: datetime, today: date
) -> None:
    result = bring(session, company, "code,country\nA-1,391\n", now)
    assert (result.counts["new"], result.counts["warnings"]) == (1, 1)
    (row,) = listed(session, company, today)
    assert (row.country, row.name) == ("391", "A-1")
    assert bring(session, company, "code,country\nA-1,391\n", now).counts["same"] == 1


def test_two_companies_may_use_the_same_codes(
    session: Session, company: Staffed, now: datetime, today: date
) -> None:
    other = people.company(session, "norte", now)
    bring(session, company, GOOD, now)
    assert bring(session, other, GOOD, now).counts["new"] == 3
    assert len(listed(session, company, today)) == 3
