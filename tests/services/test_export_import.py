"""An export of documents, imported into an empty company, is the same ledger (ADR 17)."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.domain.documents import Kind
from clientportal.rendering.spreadsheets import Format
from clientportal.services import (
    checks,
    credit,
    document_lists,
    drafts,
    exports,
    import_files,
    import_steps,
    imports,
    open_items,
    statements,
)
from clientportal.services.imports import ImportResult
from clientportal.storage import accounts as account_storage
from clientportal.storage.session import unit_of_work
from tests.support.import_work import import_now
from tests.support.ledger import NOW, TODAY, World, draft_of, invoice, issued, key, make_world
from tests.support.player import FIRST, Player

OPERATIONS = 120
DAYS = [FIRST + timedelta(days=n) for n in range(-31, 121, 12)] + [TODAY]


def exported(
    database: sa.Engine,
    world: World,
    path: Path,
    kind: Format = Format.CSV,
    language: str = "es",
    asked: Mapping[str, list[str]] = MappingProxyType({}),
) -> bytes:
    with unit_of_work(bind=database, read_only=True) as session:
        exports.documents(
            session,
            world.viewer,
            filters=DocumentFilters.parse(dict(asked)),
            sort=Sort.parse("number"),
            kind=kind,
            path=path,
            language=language,
            now=NOW,
        )
    return path.read_bytes()


def bring(database: sa.Engine, world: World, content: bytes) -> ImportResult:
    with unit_of_work(bind=database) as session:
        return imports.run(session, world.agent, kind="documents", content=content, now=NOW)


def ledger_of(session: Session, world: World) -> dict[str, Any]:
    """All that the ledger says of a company, without the ids of its rows and what a file of rows
    does not carry: which accounts are in dispute, how money came in, and drafts."""
    found: dict[str, Any] = {
        day.isoformat(): open_items.open_items(session, world.viewer, as_of=day) for day in DAYS
    }
    rows = document_lists.every_row(
        session, world.viewer, filters=DocumentFilters(), sort=Sort(), now=NOW
    )
    found["documents"] = sorted(
        (
            *(row.kind, row.number, row.account_code, row.issued_on, row.due_on, row.currency),
            *(row.total_minor, row.paid_minor, row.balance_minor, row.concept),
            *(row.status.lifecycle, row.status.settlement, row.status.overdue_days),
        )
        for row in rows
        if row.number
    )
    accounts = account_storage.by_codes(session, world.viewer, ["A1", "A2", "A3"])
    for code, account in sorted(accounts.items()):
        read = statements.read(
            session, world.viewer, account_id=key(account), query={"period": ["all"]}, now=NOW
        )
        for one in read.currencies:
            found[f"{code} {one.currency}"] = (
                *(one.opening_minor, one.closing_minor, one.owed_minor, one.available_minor),
                one.ageing,
                Counter(
                    (line.movement, line.on, line.kind, line.number, line.change_minor)
                    for line in one.lines
                    if "dispute" not in line.movement
                ),
            )
    return found


@pytest.mark.parametrize(
    ("kind", "language", "seed"), [(Format.XLSX, "es", 7), (Format.CSV, "en", 8)]
)
def test_export_then_import_is_the_same_ledger(
    database: sa.Engine,
    tmp_path: Path,
    kind: Format,
    language: str,
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(import_steps, "SLICE", 7)
    monkeypatch.setattr(exports, "_TOGETHER", 9)
    with unit_of_work(bind=database) as session:
        world, empty, at_once = (make_world(session, slug) for slug in ("uno", "dos", "tres"))
    player = Player(database, world, seed)
    player.play(OPERATIONS)
    assert min(player.done.get(name, 0) for name in ("pay", "take_back", "void", "across")) > 0
    with unit_of_work(bind=database) as session:
        drafts.create(session, world.agent, draft=draft_of(world.accounts[0], "5"), now=NOW)
    content = exported(database, world, tmp_path / "a", kind, language)
    with unit_of_work(bind=database) as session:
        run_id = import_files.keep(
            session, empty.agent, kind="documents", file_name="a", content=content, now=NOW
        )
    done = import_now(database, empty.agent, run_id, NOW)
    assert (done.state, done.counts["errors"]) == ("done", 0)
    result = bring(database, at_once, content)
    assert result.errors == ()
    assert [warning.code for warning in result.warnings] == ["draft_left_out"]
    with unit_of_work(bind=database, read_only=True) as session:
        wanted = ledger_of(session, world)
        assert len(wanted["documents"]) > 40
        for copy in (empty, at_once):
            found = ledger_of(session, copy)
            assert found == wanted
            assert checks.audit(session, copy.system) == []
    assert exported(database, empty, tmp_path / "b") == exported(database, at_once, tmp_path / "c")
    for company in (world, empty):
        again = bring(database, company, content)
        assert (again.errors, again.counts["new"]) == ((), 0)


def test_a_part_of_the_documents_keeps_its_balances_and_invents_none(
    database: sa.Engine, tmp_path: Path
) -> None:
    """Invoices without their receipts count as paid; a used note without its invoice is refused."""
    with unit_of_work(bind=database) as session:
        world, empty, other = (make_world(session, slug) for slug in ("uno", "dos", "tres"))
        bill = invoice(session, world, "100")
        note = issued(session, world, draft_of(world.accounts[0], "30", kind=Kind.CREDIT_NOTE))
        credit.apply_credit(
            session, world.agent, credit_id=key(note), lines=[(bill, 3_000)], now=NOW
        )
    path = tmp_path / "a"
    bills = exported(database, world, path, asked={"kind": ["invoice"]})
    notes = exported(database, world, path, asked={"kind": ["credit_note"]})
    result = bring(database, empty, bills)
    assert ([warning.code for warning in result.warnings], result.counts["new"]) == (
        ["credit_not_in_file"], 1,
    )  # fmt: skip
    refused = bring(database, empty, notes)
    assert [error.code for error in refused.errors] == ["credit_used_elsewhere"]
    with unit_of_work(bind=database, read_only=True) as session:
        assert open_items.open_items(session, empty.viewer, as_of=TODAY) == open_items.open_items(
            session, world.viewer, as_of=TODAY
        )
        assert checks.audit(session, empty.system) == []
    unused = notes.replace(b"30.00,0.00,", b"0.00,30.00,")
    assert bring(database, other, unused).counts["new"] == 1
    later = bring(database, other, bills)  # the note is here already: it is used, not invented
    assert (later.errors, later.counts["new"]) == ((), 1)
    with unit_of_work(bind=database, read_only=True) as session:
        assert checks.audit(session, other.system) == []
    assert exported(database, other, path) == exported(database, world, path)
    more = bills.replace(b"\r\nFactura,", b"\r\nFactura,X")
    over = bring(database, other, more)
    assert [error.code for error in over.errors] == ["credit_used_elsewhere"]
