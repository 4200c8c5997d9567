"""The tray as a file: the rows, order and filters of the list, one pair of columns per currency."""

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from clientportal.domain.receivables import ReceivableFilters, ReceivableSort, Situation
from clientportal.rendering.spreadsheets import Format
from clientportal.services import accounts, receivable_exports
from clientportal.services.accounts import AccountFields
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, World, invoice, make_world


@pytest.fixture
def world(database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(receivable_exports, "PAGE", 1)  # every row on a page of its own
    with unit_of_work(bind=database) as session:
        world = make_world(session)
        invoice(session, make_world(session, "ajena"), "999")
        first, second, third = world.accounts
        invoice(session, world, "10.50", account_id=first, due_on=date(2026, 2, 27))
        invoice(session, world, "300", account_id=second, currency="COP", due_on=date(2026, 3, 9))
        accounts.edit(
            session,
            world.agent,
            account_id=third,
            fields=AccountFields("=Tercero", tags=("Norte",)),
            now=NOW,
        )
        invoice(session, world, "7", account_id=third, due_on=date(2026, 2, 1))
        return world


def export(
    database: sa.Engine, world: World, path: Path, kind: Format, language: str, **filters: Any
) -> list[list[Any]]:
    with unit_of_work(bind=database, read_only=True) as session:
        written = receivable_exports.receivable_list(
            session,
            world.viewer,
            filters=ReceivableFilters(**filters),
            kind=kind,
            path=path,
            language=language,
            now=NOW,
        )
    found = (
        [list(row) for row in csv.reader(path.read_text("utf-8-sig").splitlines())]
        if kind is Format.CSV
        else CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    )
    assert written.rows == len(found) - 1
    return found


@pytest.mark.parametrize("kind", list(Format))
def test_every_row_of_the_list_in_its_order(
    database: sa.Engine, world: World, tmp_path: Path, kind: Format
) -> None:
    head, *rows = export(database, world, tmp_path / "r", kind, "es")
    assert head == [
        "Código del cliente", "Nombre", "Identificación", "Etiquetas", "Situación", "Días de mora",
        "Documentos en reclamo", "Vence desde", "Por pagar COP", "Saldo a favor COP",
        "Por pagar USD", "Saldo a favor USD", "Último contacto", "Último canal", "Contactabilidad",
        "Direcciones con alerta", "Direcciones",
    ]  # fmt: skip
    assert [row[0] for row in rows] == ["A3", "A1", "A2"]
    third, first, second = ([str(cell) for cell in row] for row in rows)
    assert third[1] == ("'=Tercero" if kind is Format.CSV else "=Tercero")
    assert (third[3], third[4]) == ("Norte", "Mora temprana")
    assert float(third[5]) == 29
    assert (float(first[10]), first[8]) == (10.5, "")
    assert (float(second[8]), second[4]) == (300, "Al día")
    assert first[14] == "No contactable: sin datos"


def test_the_filters_and_the_language_of_the_list(
    database: sa.Engine, world: World, tmp_path: Path
) -> None:
    head, *rows = export(
        database, world, tmp_path / "r", Format.CSV, "en",
        situations=(Situation.EARLY,), sort=ReceivableSort.NAME,
    )  # fmt: skip
    assert head[4] == "Situation"
    assert [(row[0], row[4]) for row in rows] == [("A3", "Early arrears"), ("A1", "Early arrears")]
