"""The list of invoice templates as a file: those in use or the archived ones, as the list says."""

import csv
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from clientportal.domain.errors import NotAllowed
from clientportal.domain.invoice_templates import ReminderSettings
from clientportal.rendering.spreadsheets import Format
from clientportal.services import invoice_templates, template_exports
from clientportal.services.drafts import LineInput
from clientportal.services.invoice_templates import TemplateInput
from clientportal.storage.models import Company
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, World, make_world

LINE = LineInput("Papel bond", Decimal(2), Decimal("10.5"), Decimal(19))
MONTHLY = TemplateInput(
    "Mensualidad", "USD", (LINE, LINE), 45, "Gracias", ReminderSettings(True, 5)
)


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        made, other = make_world(session), make_world(session, "ajena")
        foreign = replace(MONTHLY, name="Ajena")
        invoice_templates.create(session, other.agent, template=foreign, now=NOW)
        plain = replace(MONTHLY, name="Anual", due_days=None, reminders=ReminderSettings())
        for given in (MONTHLY, plain, replace(MONTHLY, name="Vieja")):
            last = invoice_templates.create(session, made.agent, template=given, now=NOW)
        invoice_templates.archive(session, made.agent, template_id=last, now=NOW)
        return made


def rows(
    database: sa.Engine,
    world: World,
    path: Path,
    kind: Format = Format.CSV,
    *,
    archived: bool = False,
) -> list[list[object]]:
    with unit_of_work(bind=database, read_only=True) as session:
        written = template_exports.templates(
            session,
            world.viewer,
            archived=archived,
            kind=kind,
            path=path,
            language="en",
            now=NOW,
        )
    assert written.name == f"templates-2026-03-02.{kind}"
    if kind is Format.CSV:
        found: list[list[object]] = [
            list(row) for row in csv.reader(path.read_text("utf-8-sig").splitlines())
        ]
    else:
        found = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert written.rows == len(found) - 1
    return found


def test_each_template_of_the_list_is_a_row(
    database: sa.Engine, world: World, tmp_path: Path
) -> None:
    head, *lines = rows(database, world, tmp_path / "a")
    assert head == ["Name", "Status", "Lines", "First line", "Terms (days)",
                    "Days between reminders", "Number of reminders", "Currency", "Total",
                    "Message"]  # fmt: skip
    assert lines == [
        ["Anual", "In use", "2", "Papel bond", "", "", "", "USD", "49.98", "Gracias"],
        ["Mensualidad", "In use", "2", "Papel bond", "45", "5", "1", "USD", "49.98", "Gracias"],
    ]
    _, *sheet = rows(database, world, tmp_path / "a", Format.XLSX)
    assert sheet[1] == ["Mensualidad", "In use", 2, "Papel bond", 45, 5, 1, "USD", 49.98, "Gracias"]
    _, *gone = rows(database, world, tmp_path / "a", archived=True)
    assert [row[:2] for row in gone] == [["Vieja", "Archived"]]


def test_what_the_company_has_dropped_is_to_be_checked(
    database: sa.Engine, world: World, tmp_path: Path
) -> None:
    with unit_of_work(bind=database) as session:
        session.get_one(Company, world.company_id).tax_rates = ["5"]
    assert {row[1] for row in rows(database, world, tmp_path / "a")[1:]} == {"To check"}


def test_customers_get_none(database: sa.Engine, world: World, tmp_path: Path) -> None:
    with (
        pytest.raises(NotAllowed),
        unit_of_work(bind=database, read_only=True) as session,
    ):
        template_exports.templates(
            session,
            world.customer,
            archived=False,
            kind=Format.CSV,
            path=tmp_path / "a",
            language="en",
            now=NOW,
        )
