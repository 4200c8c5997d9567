"""The lists of accounts and contacts as files: what the list shows, and what imports again."""

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from clientportal.domain.account_filters import AccountFilters
from clientportal.domain.errors import NotAllowed
from clientportal.rendering.spreadsheets import Format
from clientportal.services import imports, people_exports
from clientportal.storage.session import unit_of_work
from tests.support import ledger, people
from tests.support.people import Staffed

ACCOUNTS = "codigo;nombre;tipo;pais;ciudad\nA-1;Uno;cliente;CO;Cali\nA-2;=Dos;ambos;US;Reno\n"
CONTACTS = (
    "nombre;cargo;correo;correo 2;whatsapp;telefono;idioma;clientes\n"
    "Luz Marín;Tesorera;luz@uno.example;pagos@uno.example;300 000 0101;602 555 0117;es;A-1, A-2\n"
    "@Ann;;ann@two.example;;;;;\n"
)


@pytest.fixture
def company(database: sa.Engine, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Staffed:
    monkeypatch.setattr(people_exports, "PAGE", 1)  # every row on a page of its own
    with unit_of_work(bind=database) as session:
        other = people.company(session, "ajena", now)
        staffed = people.company(session, "sur", now)
        for each in (other, staffed):
            for kind, text in (("accounts", ACCOUNTS), ("contacts", CONTACTS)):
                imports.run(session, each.agent, kind=kind, content=text.encode(), now=now)
        return staffed


def export(
    database: sa.Engine, path: Path, writer: Any, actor: object, now: datetime, **asked: object
) -> list[list[object]]:
    with unit_of_work(bind=database, read_only=True) as session:
        written = writer(session, actor, path=path, language="es", now=now, **asked)
    rows: list[list[object]] = (
        [list(row) for row in csv.reader(path.read_text("utf-8-sig").splitlines())]
        if asked["kind"] is Format.CSV
        else CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    )
    assert written.rows == len(rows) - 1
    return rows


@pytest.mark.parametrize("kind", list(Format))
def test_the_accounts_of_the_list_with_its_filters(
    database: sa.Engine, company: Staffed, tmp_path: Path, now: datetime, kind: Format
) -> None:
    def listed(filters: AccountFilters) -> list[list[object]]:
        return export(
            database, tmp_path / "a", people_exports.accounts, company.viewer, now,
            kind=kind, filters=filters,
        )  # fmt: skip

    head, *rows = listed(AccountFilters())
    assert head[:6] == ["Código del cliente", "Nombre", "Tipo", "Identificación", "País", "Ciudad"]
    second = "'=Dos" if kind is Format.CSV else "=Dos"
    assert sorted(str(row[1]) for row in rows) == sorted([second, "Uno"])
    assert [row[0] for row in listed(AccountFilters(country="US"))[1:]] == ["A-2"]


@pytest.mark.parametrize("kind", list(Format))
def test_what_is_exported_imports_again_and_changes_nothing(
    database: sa.Engine, company: Staffed, tmp_path: Path, now: datetime, kind: Format
) -> None:
    _, *rows = export(
        database, tmp_path / "c", people_exports.contacts, company.viewer, now, kind=kind, text=""
    )
    luz = next(row for row in rows if row[0] == "Luz Marín")
    assert luz[2:4] == ["luz@uno.example", "pagos@uno.example"]
    assert luz[7] == "A-2, A-1"
    mark = "'" if kind is Format.CSV else ""  # against formulas; the import takes it off again
    assert sorted(str(row[0]) for row in rows) == sorted([f"{mark}@Ann", "Luz Marín"])
    content = (tmp_path / "c").read_bytes()
    with unit_of_work(bind=database) as session:
        found = imports.run(session, company.agent, kind="contacts", content=content, now=now)
        assert (found.errors, found.counts["same"]) == ((), 2)
        export(
            database, tmp_path / "a", people_exports.accounts, company.viewer, now,
            kind=kind, filters=AccountFilters(),
        )  # fmt: skip
    content = (tmp_path / "a").read_bytes()
    with unit_of_work(bind=database) as session:
        found = imports.run(session, company.agent, kind="accounts", content=content, now=now)
        assert (found.errors, found.counts["same"]) == ((), 2)


def test_a_debt_in_a_currency_that_the_company_does_not_use_is_not_left_out(
    database: sa.Engine, tmp_path: Path
) -> None:
    with unit_of_work(bind=database) as session:
        world = ledger.make_world(session)
        document_id = ledger.invoice(session, world, "1656.25")
        change = sa.text("UPDATE document SET currency = 'EUR' WHERE id = :id")
        session.execute(change.bindparams(id=document_id))
    head, *rows = export(
        database, tmp_path / "a", people_exports.accounts, world.viewer, ledger.NOW,
        kind=Format.XLSX, filters=AccountFilters(),
    )  # fmt: skip
    owed = [row[head.index("Por pagar EUR")] for row in rows]
    assert [amount for amount in owed if amount] == [1656.25]


def test_balances_stand_by_currency_and_others_see_nothing(
    database: sa.Engine, tmp_path: Path
) -> None:
    with unit_of_work(bind=database) as session:
        world = ledger.make_world(session)
        ledger.invoice(session, world, "100")
    head, *rows = export(
        database, tmp_path / "a", people_exports.accounts, world.viewer, ledger.NOW,
        kind=Format.CSV, filters=AccountFilters(),
    )  # fmt: skip
    assert [title for title in head if str(title).startswith("Por pagar")] == [
        "Por pagar COP", "Por pagar USD",
    ]  # fmt: skip
    assert any("100" in str(cell) for row in rows for cell in row[8:])
    for writer, asked in (
        (people_exports.accounts, {"filters": AccountFilters()}),
        (people_exports.contacts, {"text": ""}),
    ):
        with pytest.raises(NotAllowed):
            export(
                database, tmp_path / "x", writer, world.customer, ledger.NOW,
                kind=Format.CSV, **asked,
            )  # fmt: skip
