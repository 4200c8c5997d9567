"""Invoice templates at their pages: written, kept, used for an invoice, guarded against loss."""

import re
from typing import Any

import pytest
import sqlalchemy as sa

from clientportal.domain.errors import NotFound
from clientportal.domain.invoice_templates import ReminderSettings
from clientportal.services import companies, invoice_templates
from clientportal.services.invoice_templates import Template, TemplateInput
from clientportal.storage import invoice_templates as templates
from clientportal.storage.models import Document
from clientportal.storage.session import unit_of_work
from clientportal.ui import session
from clientportal.ui.staff.document_edit_state import StaffDraft
from clientportal.ui.staff.document_state import StaffDocument
from clientportal.ui.staff.template_edit_state import StaffTemplate
from tests.services.test_invoice_templates import GIVEN
from tests.ui.conftest import OpenTab
from tests.ui.staff_tabs import Desk, call, desk_of

FACTS = {
    "name": "Mensualidad",
    "currency": "USD",
    "due_days": "15",
    "message": "Gracias",
    "reminder_days": "5",
    "reminder_count": "2",
}


@pytest.fixture
def desk(database: sa.Engine, open_tab: OpenTab, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return desk_of(database, open_tab, monkeypatch)


def kept(desk: Desk, template: TemplateInput = GIVEN, *, foreign: bool = False) -> int:
    world = desk.other if foreign else desk.world
    with unit_of_work(bind=desk.engine) as db:
        now = session.utc_now()
        return invoice_templates.create(db, world.agent, template=template, now=now)


def stored(desk: Desk, key: int) -> Template:
    with unit_of_work(bind=desk.engine, read_only=True) as db:
        return invoice_templates.read(db, desk.world.viewer, template_id=key)


def settle(desk: Desk, **changes: Any) -> None:
    with unit_of_work(bind=desk.engine) as db:
        companies.update(
            db,
            desk.world.owner,
            company_id=desk.world.company_id,
            changes=changes,
            now=session.utc_now(),
        )
    session.forget(f"company:{desk.world.company_id}")  # as the bus would


async def editor(desk: Desk, key: int | None = None) -> StaffTemplate:
    page, name = ("template", str(key)) if key else ("template_new", "new")
    state = await desk.at(page, StaffTemplate, f"billing/templates/{name}")
    await call(StaffTemplate.load, state)
    return state


async def draft(desk: Desk, query: str = "") -> StaffDraft:
    state = await desk.at("new", StaffDraft, f"billing/new{query}")
    await call(StaffDraft.load, state)
    return state


def draft_form(state: StaffDraft) -> dict[str, str]:
    """What the browser sends of the draft as it stands."""
    names = ("kind", "currency", "issued_on", "due_on", "concept", "reference", "corrects_id")
    lines = {
        f"{name}-{row.key}": getattr(row, name)
        for row in state.lines
        for name in ("description", "quantity", "unit_price", "tax_rate")
    }
    return {name: getattr(state, name) for name in names} | lines


def columns(desk: Desk, document_id: int) -> tuple[int | None, bool, int, int]:
    with unit_of_work(bind=desk.engine, read_only=True) as db:
        row = db.get_one(Document, document_id)
        template_id = templates.of_document(db, desk.world.viewer, document_id)
        return template_id, row.reminders, row.reminder_days, row.reminder_count


def line(state: StaffTemplate, place: int = 0, **texts: str) -> dict[str, str]:
    values = {"description": "Papel", "quantity": "2", "unit_price": "10,50", "tax_rate": "19"}
    return {f"{name}-{state.lines[place].key}": text for name, text in (values | texts).items()}


@pytest.mark.spec(157, 158)
async def test_save_stays_and_save_and_exit_goes_back_to_the_list(desk: Desk) -> None:
    state = await editor(desk)
    assert (state.reminds, state.reminder_days, state.reminder_count) == (False, "3", "1")
    await call(StaffTemplate.set_reminds, state, True)
    gone, _ = await call(StaffTemplate.save, state, FACTS | line(state))
    path = re.search(r"/billing/templates/([0-9]+)", str(gone.args))
    assert path is not None
    key = int(path[1])
    found = stored(desk, key)
    assert (found.name, found.due_days, found.message) == ("Mensualidad", 15, "Gracias")
    assert found.reminders == ReminderSettings(send=True, days=5, count=2)
    state = await editor(desk, key)
    assert (state.name, state.due_days, state.reminds, state.total_minor) == (
        "Mensualidad", "15", True, 2_499,
    )  # fmt: skip
    before = state.saved
    (done,) = await call(StaffTemplate.save, state, FACTS | {"due_days": ""} | line(state))
    assert "template_saved" in str(done.args)
    assert (state.version, state.saved) == (2, before + 1)
    assert stored(desk, key).due_days is None
    await call(StaffTemplate.intend, state, "exit")
    gone, _ = await call(StaffTemplate.save, state, FACTS | line(state))
    assert '/billing/templates"' in str(gone.args)


async def test_nothing_typed_is_lost_on_an_error(desk: Desk) -> None:
    state = await editor(desk)
    form = FACTS | {"name": "", "due_days": "pronto"} | line(state, unit_price="abc")
    assert await call(StaffTemplate.save, state, form) is None
    assert state.errors == {"name": "required", "due_days": "due_days_range"}
    assert (state.lines[0].unit_price, state.lines[0].errors) == (
        "abc", {"unit_price": "amount_invalid"},
    )  # fmt: skip
    for wrong, field in (
        ({"due_days": "366"}, "due_days"),
        ({"reminder_days": "0"}, "reminder_days"),
        ({"reminder_count": "11"}, "reminder_count"),
    ):
        assert await call(StaffTemplate.save, state, FACTS | wrong | line(state)) is None
        assert state.errors == {field: f"{field}_range"}
    assert await call(StaffTemplate.save, state, FACTS | {"currency": "EUR"} | line(state)) is None
    assert state.errors == {"currency": "currency_not_used"}
    long = FACTS | {"message": "x" * 501} | line(state)
    assert await call(StaffTemplate.save, state, long) is None
    assert state.errors == {"message": "too_long"}
    kept(desk)
    assert await call(StaffTemplate.save, state, FACTS | line(state)) is None
    assert state.errors == {"name": "template_name_taken"}
    assert state.failed == 7
    for hostile in ({}, [], None, {"name": ["x"], "due_days": 5}):
        assert await call(StaffTemplate.save, state, hostile) is None


async def test_a_tab_that_was_overtaken_says_so_and_keeps_what_is_typed(desk: Desk) -> None:
    key = kept(desk)
    first, second = await editor(desk, key), await editor(desk, key)
    await call(StaffTemplate.save, first, FACTS | line(first) | line(first, 1))
    await call(StaffTemplate.refresh, second)
    assert second.moved
    form = FACTS | line(second, description="Mío") | line(second, 1)
    assert await call(StaffTemplate.save, second, form) is None
    assert (second.moved, second.lines[0].description) == (True, "Mío")
    assert stored(desk, key).lines[0].description == "Papel"
    await call(StaffTemplate.load, second)
    assert (second.moved, second.lines[0].description) == (False, "Papel")


async def test_a_missing_tax_is_told_in_the_editor_and_nothing_is_lost(desk: Desk) -> None:
    key = kept(desk)
    settle(desk, tax_rates="5", currencies="COP")
    state = await editor(desk, key)
    assert (state.missing, state.currency_gone) == (["19"], True)
    assert (state.lines[0].tax_rate, state.currency) == ("19", "USD")
    assert [option["value"] for option in state.currencies] == ["COP", "USD"]
    await call(StaffTemplate.set_line, state, state.lines[0].key, "tax_rate", "5")
    assert state.missing == []
    settle(desk, tax_rates="8")
    await call(StaffTemplate.refresh, state)
    assert (state.missing, state.moved) == (["5"], False)
    rows = await desk.at("templates", StaffTemplate, "billing/templates")
    await call(StaffTemplate.load_list, rows)
    assert [(row.missing, row.wrong) for row in rows.rows] == [(["19"], True)]


async def test_an_invoice_begins_with_a_template(desk: Desk) -> None:
    key = kept(desk)
    settle(desk, tax_rates="5")
    state = await draft(desk)
    assert [option["value"] for option in state.templates] == [str(key)]
    await call(StaffDraft.set_fact, state, "issued_on", "2026-03-01")
    await call(StaffDraft.choose_template, state, str(key))
    assert state.asking == ""
    assert [row.description for row in state.lines] == ["Papel bond", "Flete"]
    assert (state.lines[0].quantity, state.lines[0].tax_rate) == ("2.5", "19")
    assert (state.currency, state.concept) == ("USD", "Gracias por tu compra")
    assert (state.due_on, state.template_id) == ("2026-04-15", str(key))
    assert state.total_minor == stored(desk, key).total_minor
    assert (state.missing, state.currency_gone) == (["19"], "")
    state = await draft(desk, f"?template={key}")
    assert [row.description for row in state.lines] == ["Papel bond", "Flete"]


async def test_a_template_on_the_last_day_of_the_calendar_leaves_the_due_day(desk: Desk) -> None:
    key = kept(desk)
    state = await draft(desk)
    await call(StaffDraft.set_fact, state, "issued_on", "9999-12-31")
    await call(StaffDraft.set_fact, state, "due_on", "2026-05-01")
    await call(StaffDraft.choose_template, state, str(key))
    assert (state.due_on, state.template_id) == ("2026-05-01", str(key))
    assert [row.description for row in state.lines] == ["Papel bond", "Flete"]


async def test_a_template_never_replaces_what_was_typed_without_a_yes(desk: Desk) -> None:
    key = kept(desk)
    state = await draft(desk)
    await call(StaffDraft.set_line, state, state.lines[0].key, "description", "Mío")
    await call(StaffDraft.choose_template, state, str(key))
    assert (state.asking, state.template_id) == ("Mensualidad", "")
    assert [row.description for row in state.lines] == ["Mío"]
    await call(StaffDraft.keep_typed, state)
    assert (state.asking, state.lines[0].description) == ("", "Mío")
    await call(StaffDraft.choose_template, state, str(key))
    await call(StaffDraft.replace_typed, state)
    assert (state.asking, state.lines[0].description) == ("", "Papel bond")
    await call(StaffDraft.choose_template, state, str(key))  # untouched since: nothing to ask
    assert state.asking == ""
    await call(StaffDraft.set_fact, state, "concept", "Otro mensaje")
    await call(StaffDraft.choose_template, state, str(key))
    assert state.asking == "Mensualidad"
    await call(StaffDraft.set_fact, state, "kind", "x")
    assert state.kind == "invoice"


async def test_a_template_in_a_dropped_currency_fills_and_says_so(desk: Desk) -> None:
    key = kept(desk)
    settle(desk, currencies="COP")
    state = await draft(desk, f"?template={key}")
    assert (state.currency, state.currency_gone) == ("COP", "USD")
    assert state.lines[0].unit_price == "1000.125"


@pytest.mark.spec(154, 156, 157)
async def test_reminder_settings_go_from_the_template_to_the_issued_invoice(desk: Desk) -> None:
    key = kept(desk)
    state = await draft(desk)
    assert (state.reminds, state.reminder_days, state.reminder_count) == ("", "3", "1")
    await call(StaffDraft.choose_account, state, desk.world.accounts[0])
    await call(StaffDraft.choose_template, state, str(key))
    assert (state.reminds, state.reminder_days, state.reminder_count) == ("yes", "5", "2")
    form = draft_form(state) | {"reminds": "yes", "reminder_days": "0", "reminder_count": "x"}
    assert await call(StaffDraft.save, state, form) is None
    assert state.errors == {"reminder_count": "reminder_count_range"}
    assert await call(StaffDraft.save, state, form | {"reminder_count": "2"}) is None
    assert state.errors == {"reminder_days": "reminder_days_range"}
    form |= {"reminder_days": "6", "reminder_count": "2"}
    gone, _ = await call(StaffDraft.save, state, form)
    document_id = int(re.findall(r"/billing/([0-9]+)", str(gone.args))[0])
    assert columns(desk, document_id) == (key, True, 6, 2)
    with unit_of_work(bind=desk.engine) as db:
        invoice_templates.archive(db, desk.world.agent, template_id=key, now=session.utc_now())
    state = await desk.at("edit", StaffDraft, f"billing/{document_id}/edit")
    await call(StaffDraft.load, state)
    assert (state.template_id, state.reminder_days) == (str(key), "6")
    assert state.templates == [{"value": str(key), "label": "Mensualidad"}]
    await call(StaffDraft.choose_template, state, "")
    assert (state.template_id, state.lines[0].description) == ("", "Papel bond")
    await call(StaffDraft.intend, state, "issue")
    await call(StaffDraft.save, state, form)
    assert columns(desk, document_id) == (None, True, 6, 2)

    page = await desk.at("document", StaffDocument, f"billing/{document_id}")
    await call(StaffDocument.load, page)
    assert (page.unpaid, page.reminds, page.can["reminders"]) == (True, True, True)
    assert (page.reminder_days, page.reminder_count) == ("6", "2")
    await call(StaffDocument.open_ask, page, "reminders")
    wrong = {"reminds": "yes", "reminder_days": "91", "reminder_count": "2"}
    assert await call(StaffDocument.change_reminders, page, wrong) is None
    assert (page.ask, page.errors) == ("reminders", {"reminder_days": "reminder_days_range"})
    done = await call(StaffDocument.change_reminders, page, wrong | {"reminder_days": "9"})
    assert "reminders_kept" in str(done.args)
    assert (page.ask, page.errors, page.reminder_days) == ("", {}, "9")
    await call(StaffDocument.change_reminders, page, {"reminder_days": "9"})
    assert columns(desk, document_id) == (None, False, 9, 1)
    for hostile in ({}, [], None, {"reminder_days": 5, "reminds": ["yes"]}):
        await call(StaffDocument.change_reminders, page, hostile)
        assert columns(desk, document_id) == (None, False, 3, 1)


async def test_reminders_that_were_typed_are_not_replaced_without_a_yes(desk: Desk) -> None:
    key = kept(desk)
    state = await draft(desk)
    await call(StaffDraft.set_fact, state, "reminds", "yes")
    await call(StaffDraft.choose_template, state, str(key))
    assert (state.asking, state.reminder_days) == ("Mensualidad", "3")
    await call(StaffDraft.replace_typed, state)
    assert (state.asking, state.reminder_days) == ("", "5")


async def test_templates_of_others_and_nonsense_fill_nothing(desk: Desk) -> None:
    foreign = kept(desk, foreign=True)
    gone = kept(desk)
    with unit_of_work(bind=desk.engine) as db:
        now = session.utc_now()
        invoice_templates.archive(db, desk.world.agent, template_id=gone, now=now)
    state = await draft(desk)
    assert state.templates == []
    for text in (str(foreign), str(gone), "", "0", "-1", "x", "9" * 30, None, 5, [], "1.0"):
        await call(StaffDraft.choose_template, state, text)
    await call(StaffDraft.replace_typed, state)
    assert ([row.description for row in state.lines], state.asking) == ([""], "")
    state = await draft(desk, f"?template={foreign}")
    assert [row.description for row in state.lines] == [""]
    with pytest.raises(NotFound):
        await editor(desk, foreign)


async def test_the_list_copies_archives_and_takes_back(desk: Desk) -> None:
    key = kept(desk)
    kept(desk, foreign=True)
    state = await desk.at("templates", StaffTemplate, "billing/templates")
    await call(StaffTemplate.load_list, state)
    assert [(row.id, row.lines, row.due_days, row.reminds) for row in state.rows] == [
        (key, 2, 45, True)
    ]
    gone, _ = await call(StaffTemplate.duplicate, state, key)
    copy = re.search(r"/templates/([0-9]+)", str(gone.args))
    assert copy is not None
    assert stored(desk, int(copy[1])).name == "Mensualidad (2)"
    await call(StaffTemplate.archive, state, key)
    assert [row.id for row in state.rows] == [int(copy[1])]
    archived = await desk.at("templates", StaffTemplate, "billing/templates?archived=1")
    await call(StaffTemplate.load_list, archived)
    assert [row.id for row in archived.rows] == [key]
    await call(StaffTemplate.restore, archived, key)
    await call(StaffTemplate.refresh_list, state)
    assert {row.id for row in state.rows} == {key, int(copy[1])}
    for wrong in (0, "1", None, True, 999_999):
        for handler in (StaffTemplate.archive, StaffTemplate.restore, StaffTemplate.duplicate):
            with pytest.raises(NotFound):
                await call(handler, state, wrong)
