"""The XML on the staff's page of a document: where it is, and what it did not say well."""

import ast

import pytest
import sqlalchemy as sa

from clientportal.rendering import texts
from clientportal.services import ubl_imports
from clientportal.storage.session import unit_of_work
from clientportal.ui import session
from clientportal.ui.staff import document
from clientportal.ui.staff.document_state import StaffDocument
from clientportal.ui.staff.document_warnings import WarningItem
from tests.services.test_fiscal_keys import KEY, coded
from tests.support import ledger
from tests.support.databases import ROOT
from tests.support.ubl import invoice
from tests.ui.conftest import OpenTab
from tests.ui.staff_tabs import Desk, call, desk_of


@pytest.fixture
def desk(database: sa.Engine, open_tab: OpenTab, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return desk_of(database, open_tab, monkeypatch)


async def shown(desk: Desk, document_id: int) -> StaffDocument:
    state = await desk.at("document", StaffDocument, f"billing/{document_id}")
    await call(StaffDocument.load, state)
    return state


@pytest.mark.spec(48)
async def test_the_page_offers_the_xml_and_tells_its_warnings(desk: Desk) -> None:
    with unit_of_work(bind=desk.engine) as db:
        found = ubl_imports.bring(
            db,
            desk.world.agent,
            file_name="a.xml",
            content=invoice(payable="1200.00", currency="EUR"),
            now=session.utc_now(),
            options=ubl_imports.Options(supplier_ok=True),
        )
        own = ledger.invoice(db, desk.world, "100")
    state = await shown(desk, found.document_id)
    assert state.xml == f"/files/documents/{found.document_id}.xml"
    assert state.warnings == [
        WarningItem("ubl_lines_differ", "", 119_000, 120_000),
        WarningItem("ubl_currency_not_used", "EUR"),
    ]
    state = await shown(desk, own)
    assert (state.xml, state.warnings) == (f"/files/documents/{own}.xml", [])


async def test_the_page_tells_whether_the_fiscal_code_matches_and_shows_its_qr(desk: Desk) -> None:
    content = coded("FE-77", KEY)
    with unit_of_work(bind=desk.engine) as db:
        ask = {"file_name": "a.xml", "content": content, "now": session.utc_now()}
        options = ubl_imports.Options(supplier_ok=True, fiscal_key=KEY)
        found = ubl_imports.bring(db, desk.world.agent, options=options, **ask)
        own = ledger.invoice(db, desk.world, "100")
    state = await shown(desk, found.document_id)
    assert (state.fiscal_check, state.has_qr) == ("matches", True)
    assert len(state.fiscal_code) == 96
    state = await shown(desk, own)
    assert (state.fiscal_check, state.has_qr, state.fiscal_code) == ("", False, "")


def raised() -> set[str]:
    """Every code of a warning that the import can keep on a document."""
    files = ("domain/ubl_figures.py", "services/ubl_imports.py", "services/ubl_customers.py")
    calls = (
        node
        for file in files
        for node in ast.walk(ast.parse((ROOT / "clientportal" / file).read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "UblWarning"
    )
    codes = {ast.unparse(call.args[0]).strip("'\"") for call in calls}
    negative = {code for code in codes if code.startswith("f")}
    kinds = ("invoice", "debit_note", "credit_note")
    checks = {f"ubl_fiscal_code_{check}" for check in ("differs", "invalid")}
    return (codes - negative) | checks | {f"ubl_negative_{kind}" for kind in kinds}


def test_every_warning_has_its_words_and_its_place_on_the_page() -> None:
    page = str(document.view())
    words = {key.rpartition(".")[2] for key in texts.entries("staff", "es") if "ubl.warning" in key}
    assert raised() == words
    assert [code for code in sorted(words) if f'("{code}")' not in page] == []
