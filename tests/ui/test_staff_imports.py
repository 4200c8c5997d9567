"""The import screen: what is kept, how it is read, what is refused, and its plain HTTP routes."""

import asyncio
import threading
from datetime import date, datetime
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session
from starlette.applications import Starlette
from starlette.testclient import TestClient

from clientportal.domain.actors import Member
from clientportal.domain.errors import Invalid, NotAllowed, NotFound
from clientportal.limits import Limiter
from clientportal.rendering.texts import t
from clientportal.services import (
    document_lists,
    import_files,
    import_samples,
    import_steps,
    ubl_imports,
    ubl_uploads,
)
from clientportal.services.import_seen import Seen
from clientportal.services.ubl_imports import UblResult
from clientportal.storage.models import Company
from clientportal.storage.session import unit_of_work
from clientportal.ui import session
from clientportal.ui.staff.imports_state import StaffImports
from clientportal.web import import_files as routes
from clientportal.web.pages import EXCEPTION_HANDLERS
from tests.support.import_work import import_now, work
from tests.support.ledger import NOW, World
from tests.support.ubl import SUPPLIER, attached, invoice, party
from tests.support.workbooks import workbook
from tests.ui.conftest import OpenTab
from tests.ui.staff_tabs import Desk, call, desk_of

HEAD = "numero;cliente;moneda;fecha;vencimiento;total\r\n"
GOOD = HEAD + "F-1;A1;COP;13/02/2026;15/03/2026;1.250.000,50\r\n"
ORIGIN = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}


@pytest.fixture
def desk(database: sa.Engine, open_tab: OpenTab, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return desk_of(database, open_tab, monkeypatch)


def keep(desk: Desk, text: str | bytes, kind: str = "documents", who: World | None = None) -> int:
    content = text if isinstance(text, bytes) else text.encode()
    world = who or desk.world
    with unit_of_work(bind=desk.engine) as db:
        return import_files.keep(
            db, world.agent, kind=kind, file_name="cartera.csv", content=content, now=NOW
        )


def look(desk: Desk, run_id: int) -> Seen:
    with unit_of_work(bind=desk.engine, read_only=True) as db:
        return import_files.look(db, desk.world.agent, run_id=run_id, now=NOW)


def choose(desk: Desk, run_id: int, currency: str = "", date_format: str = "auto") -> None:
    with unit_of_work(bind=desk.engine) as db:
        import_files.choose(
            db, desk.world.agent, run_id=run_id, currency=currency, date_format=date_format
        )


def confirm(desk: Desk, run_id: int) -> dict[str, int]:
    """Import it as its job does; what was done, nothing for a file that was given back."""
    return dict(import_now(desk.engine, desk.world.agent, run_id, NOW).counts)


def billed(desk: Desk) -> int:
    with unit_of_work(bind=desk.engine, read_only=True) as db:
        return int(db.execute(sa.text("SELECT count(*) FROM document")).scalar() or 0)


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        GOOD.encode("utf-8-sig"),
        GOOD.replace("cliente", "razón").replace("razón", "cliente").encode("latin-1"),
        GOOD.replace(";", "\t").encode(),
    ],
    ids=["utf-8", "bom", "latin-1", "tabs"],
)
def test_a_file_is_shown_imported_once_and_then_there_is_nothing_new(
    desk: Desk, content: bytes
) -> None:
    run = keep(desk, content)
    seen = look(desk, run)
    assert (seen.state, seen.counts["new"], seen.date_format) == ("uploaded", 1, "dmy")
    assert (seen.rows[0].number, seen.rows[0].total_minor) == ("F-1", 125_000_050)
    assert (seen.rows[0].issued_on, seen.rows[0].due_on) == ("2026-02-13", "2026-03-15")
    assert billed(desk) == 0
    assert confirm(desk, run)["new"] == 1
    assert confirm(desk, run)["new"] == 1  # another tab: the same answer, nothing done
    assert billed(desk) == 1
    assert look(desk, run).state == "done"
    again = look(desk, keep(desk, content))
    assert (again.counts["new"], again.counts["same"]) == (0, 1)


def test_unclear_dates_are_asked_and_the_answer_is_kept(desk: Desk) -> None:
    run = keep(desk, HEAD + "F-1;A1;COP;03/04/2026;;100\r\n")
    seen = look(desk, run)
    assert seen.fault is not None
    assert seen.fault.error_code == "date_format_ambiguous"
    assert confirm(desk, run) == {}
    choose(desk, run, date_format="mdy")
    assert look(desk, run).rows[0].issued_on == date(2026, 3, 4).isoformat()
    choose(desk, run, date_format="dmy")
    assert look(desk, run).rows[0].issued_on == date(2026, 4, 3).isoformat()


def test_a_currency_is_asked_when_lines_name_none(desk: Desk) -> None:
    run = keep(desk, GOOD.replace("moneda", "notas").replace("COP", "Papel"))
    assert look(desk, run).currency_missing
    assert confirm(desk, run) == {}
    for code in ("EUR", "x"):
        with pytest.raises(Invalid):
            choose(desk, run, currency=code)
    choose(desk, run, currency="USD")
    seen = look(desk, run)
    assert (seen.currency_missing, seen.rows[0].currency) == (False, "USD")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "file_not_text"),
        (b"numero;cliente\r\n", "file_empty"),
        (b"foo;bar\r\n1;2\r\n", "header_missing"),
    ],
)
def test_a_wrong_file_is_named_and_imports_nothing(desk: Desk, content: bytes, code: str) -> None:
    run = keep(desk, content)
    seen = look(desk, run)
    assert seen.fault is not None
    assert (seen.fault.error_code, seen.rows) == (code, ())
    assert confirm(desk, run) == {}
    assert billed(desk) == 0


def test_one_bad_line_keeps_the_whole_file_out_and_stands_in_the_report(desk: Desk) -> None:
    run = keep(desk, GOOD + "=F-2;A1;EUR;14/02/2026;;5\r\nF-1;A1;COP;14/02/2026;;5\r\n")
    seen = look(desk, run)
    assert [(error.lines, error.code) for error in seen.errors] == [
        ((3,), "currency_not_used"),
        ((4,), "duplicate_in_file"),
    ]
    assert confirm(desk, run) == {}
    assert billed(desk) == 0
    with unit_of_work(bind=desk.engine, read_only=True) as db:
        name, report = import_files.report(db, desk.world.agent, run_id=run, language="es", now=NOW)
    text = report.decode("utf-8-sig")
    assert name == "cartera-report.csv"
    assert "3,error,,,,moneda,Esta empresa no usa EUR. " in text
    assert "\n=" not in text


def test_the_samples_import_as_they_stand(desk: Desk) -> None:
    for kind, rows in (("accounts", 2), ("contacts", 2), ("documents", 3)):
        with unit_of_work(bind=desk.engine, read_only=True) as db:
            content = import_samples.sample(db, desk.world.agent, kind=kind)
        seen = look(desk, keep(desk, content, kind))
        assert (seen.errors, seen.counts["new"]) == ((), rows)
    with pytest.raises(NotFound), unit_of_work(bind=desk.engine, read_only=True) as db:
        import_samples.sample(db, desk.world.agent, kind="members")


def test_accounts_are_imported_from_the_same_screen(desk: Desk) -> None:
    run = keep(desk, "codigo,nombre,ciudad\nA1,Papelera Nueva,Cali\nZ9,Otra\n", "accounts")
    assert look(desk, run).counts["errors"] == 1
    run = keep(desk, "codigo,nombre,ciudad\nA1,Papelera Nueva,Cali\nZ9,Otra,Buga\n", "accounts")
    seen = look(desk, run)
    assert {row.number: row.action for row in seen.rows} == {"A1": "changed", "Z9": "new"}
    assert confirm(desk, run)["new"] == 1
    assert look(desk, keep(desk, "codigo\nZ9\n", "accounts")).counts["same"] == 1


def test_nobody_else_sees_or_imports_a_kept_file(desk: Desk) -> None:
    run = keep(desk, GOOD)
    for actor in (desk.other.owner, desk.world.viewer, desk.world.customer):
        with unit_of_work(bind=desk.engine) as db:
            in_words = partial(import_files.report, language="es")
            for use_case in (import_files.look, import_files.confirm, in_words):
                with pytest.raises((NotFound, NotAllowed)):
                    use_case(db, actor, run_id=run, now=NOW)
            with pytest.raises((NotFound, NotAllowed)):
                import_files.choose(db, actor, run_id=run, currency="USD", date_format="iso")
    assert billed(desk) == 0


# Over HTTP


@pytest.fixture
def site(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(routes, "_uploads", Limiter(0.2, 10))  # ids repeat from test to test
    client = TestClient(
        Starlette(routes=routes.routes(), exception_handlers=EXCEPTION_HANDLERS),
        follow_redirects=False,
        raise_server_exceptions=False,
    )
    client.cookies.set("session", desk.token("agent@molino.example"))
    return client


def send(site: TestClient, content: bytes, slug: str = "molino", **headers: str) -> str:
    """Where an upload leads."""
    answer = site.post(
        f"/imports/{slug}",
        data={"kind": "documents"},
        files={"file": ("../../etc/cartera.csv", content, "text/csv")},
        headers=ORIGIN | headers,
    )
    assert answer.status_code == 303
    return answer.headers["location"]


def test_an_upload_leads_to_its_preview(desk: Desk, site: TestClient) -> None:
    location = send(site, GOOD.encode())
    assert location.startswith("/staff/molino/imports?run=")
    seen = look(desk, int(location.rpartition("=")[2]))
    assert (seen.file_name, seen.counts["new"]) == ("cartera.csv", 1)


def test_a_workbook_is_shown_and_imported_like_a_text(desk: Desk, site: TestClient) -> None:
    head = ["numero", "codigo", "moneda", "fecha", "vencimiento", "total"]
    rows = [["F-7", "A1", "COP", date(2026, 2, 13), date(2026, 3, 15), 1250000.5]]
    location = send(site, workbook([["Cartera"], [], head, *rows]))
    run = int(location.rpartition("=")[2])
    seen = look(desk, run)
    assert (seen.fault, seen.errors, seen.counts["new"]) == (None, (), 1)
    assert (seen.rows[0].line, seen.rows[0].total_minor) == (4, 125_000_050)
    assert (seen.rows[0].issued_on, seen.rows[0].due_on) == ("2026-02-13", "2026-03-15")
    assert confirm(desk, run)["new"] == 1
    broken = look(desk, int(send(site, b"PK\x03\x04junk").rpartition("=")[2]))
    assert broken.fault is not None
    assert broken.fault.error_code == "workbook_broken"
    assert billed(desk) == 1


def test_uploads_that_are_refused_say_why(site: TestClient) -> None:
    assert "error=file_empty" in send(site, b"")
    too_large = b"a" * (import_files.MOST_BYTES + 1)
    assert "error=file_too_large" in send(site, too_large)
    larger = b"a" * (import_files.MOST_BYTES + routes.FORM_BYTES)
    assert "error=file_too_large&field=file&most=25" in send(site, larger)
    assert "error=foreign_origin" in send(site, GOOD.encode(), origin="https://evil.example")
    assert "error=not_found" in send(site, GOOD.encode(), slug="otra")
    answer = site.post("/imports/molino", data={"kind": "documents"}, headers=ORIGIN)
    assert "error=required" in answer.headers["location"]


def test_a_viewer_and_nobody_upload_nothing(desk: Desk, site: TestClient) -> None:
    site.cookies.set("session", desk.token("viewer@molino.example"))
    assert "error=not_allowed" in send(site, GOOD.encode())
    too_large = b"a" * (import_files.MOST_BYTES + 1)
    assert "error=not_allowed" in send(site, too_large)  # before the file was looked at
    site.cookies.clear()
    assert "error=not_signed_in" in send(site, GOOD.encode())
    with unit_of_work(bind=desk.engine, read_only=True) as db:
        assert db.execute(sa.text("SELECT count(*) FROM import_run")).scalar() == 0


def test_report_and_sample_are_downloads_of_the_own_company(desk: Desk, site: TestClient) -> None:
    run = keep(desk, GOOD)
    foreign = keep(desk, GOOD, who=desk.other)
    answer = site.get(f"/files/imports/molino/{run}.csv")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"
    assert "F-1" in answer.text
    assert "COP" in site.get("/files/imports/molino/sample-documents.csv").text
    for path in (f"molino/{foreign}", f"otra/{foreign}", f"molino/{10**30}", "molino/sample-x"):
        answer = site.get(f"/files/imports/{path}.csv")
        assert answer.status_code != 200
        assert "F-1" not in answer.text


# The page


def test_nobody_keeps_the_server_busy_with_reports(
    desk: Desk, site: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "_reports", Limiter(0.2, 10))
    address = f"/files/imports/molino/{keep(desk, GOOD)}.csv"
    answers = [site.get(address).status_code for _ in range(14)]
    assert answers[0] == 200
    assert answers[-1] == 429


def test_nobody_keeps_the_server_busy_with_uploads(desk: Desk, site: TestClient) -> None:
    places = [send(site, GOOD.encode()) for _ in range(14)]
    assert "run=" in places[0]
    assert places[-1] == "/staff/molino/imports?error=too_many&field=&seconds=5"
    with unit_of_work(bind=desk.engine, read_only=True) as db:
        assert db.execute(sa.text("SELECT count(*) FROM import_run")).scalar() < 12
    site.cookies.set("session", desk.token("owner@molino.example"))
    assert "run=" in send(site, GOOD.encode())


async def test_the_page_starts_with_the_form_and_shows_why_an_upload_failed(desk: Desk) -> None:
    state = await desk.at("imports", StaffImports, "imports?kind=accounts")
    assert await call(StaffImports.load, state) is None
    assert (state.state, state.kind, state.upload_href) == ("", "accounts", "/imports/molino")
    state = await desk.at("imports", StaffImports, "imports?error=file_too_large&most=10")
    await call(StaffImports.load, state)
    assert (state.error, state.error_params) == ("file_too_large", {"most": 10})
    state = await desk.at("imports", StaffImports, "imports?error=<script>&most=x&run=abc")
    assert await call(StaffImports.load, state) is None
    assert (state.error, state.run) == ("", 0)


async def test_previews_keep_no_thread_from_others_and_a_person_has_one_at_a_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often one person's tabs ask: other pages are answered, and other people come next."""
    look_at = import_files.look
    threads: list[str] = []
    order: list[int] = []
    gate = threading.Event()

    def slow(db: Session, actor: Member, *, run_id: int, now: datetime) -> Seen:
        threads.append(threading.current_thread().name)
        order.append(run_id)
        gate.wait(5)
        return look_at(db, actor, run_id=run_id, now=now)

    monkeypatch.setattr(import_files, "look", slow)
    runs = [keep(desk, GOOD) for _ in range(4)]
    tabs = [await desk.at("imports", StaffImports, f"imports?run={run}") for run in runs[:3]]
    tabs.append(await desk.at("imports", StaffImports, f"imports?run={runs[3]}", who="agent"))
    for tab in tabs:
        await call(StaffImports.load, tab)
    tasks = [asyncio.create_task(call(StaffImports.look, tab)) for tab in [*tabs[:3], *tabs[:3]]]
    while not order:
        await asyncio.sleep(0.01)
    tasks.append(asyncio.create_task(call(StaffImports.look, tabs[3])))
    await asyncio.wait_for(session.read(lambda db: db.execute(sa.text("SELECT 1"))), 5)
    await asyncio.sleep(0.05)
    assert len(order) == 1
    gate.set()
    await asyncio.wait_for(asyncio.gather(*tasks), 10)
    assert {name.rpartition("_")[0] for name in threads} == {"import"}
    assert order[1] == runs[3]
    assert sorted(order[2:]) == runs[:3]
    assert [tab.state for tab in tabs] == ["uploaded"] * 4


async def test_a_run_of_the_address_is_read_in_the_background(desk: Desk) -> None:
    run = keep(desk, GOOD)
    state = await desk.at("imports", StaffImports, f"imports?run={run}")
    assert await call(StaffImports.load, state) is StaffImports.look
    assert (state.state, state.run) == ("reading", run)
    state._show(look(desk, run))
    assert (state.state, state.counts["new"], state.file_name) == ("uploaded", 1, "cartera.csv")


async def test_the_last_files_are_found_again(desk: Desk) -> None:
    """Those of the own company, newest first, with what became of them; live."""
    state = await desk.at("imports", StaffImports)
    await call(StaffImports.load, state)
    assert state.newest == []
    keep(desk, GOOD, who=desk.other)
    runs = [keep(desk, GOOD, kind="documents") for _ in range(11)]
    confirm(desk, runs[-1])
    await call(StaffImports.refresh, state)
    assert [line.id for line in state.newest] == runs[:0:-1]
    done, waits = state.newest[0], state.newest[1]
    assert (done.state, done.new, done.changed, done.errors, done.more) == ("done", 1, 0, 0, 0)
    assert (done.name, done.by, done.href) == (
        "cartera.csv", desk.world.agent.name, f"/staff/molino/imports?run={runs[-1]}",
    )  # fmt: skip
    assert (waits.state, waits.new, waits.kind) == ("uploaded", 0, "documents")
    assert datetime.fromisoformat(done.at) == NOW
    with unit_of_work(bind=desk.engine) as db:
        import_files.keep(
            db, desk.world.system, kind="accounts", file_name="a.csv", content=b"codigo", now=NOW
        )
    await call(StaffImports.refresh, state)
    assert (state.newest[0].by, state.newest[0].kind) == ("", "accounts")
    viewer = await desk.at("imports", StaffImports, who="viewer")
    await call(StaffImports.load, viewer)
    await call(StaffImports.refresh, viewer)
    assert viewer.newest == []


def test_every_change_of_a_file_is_told_to_the_list(desk: Desk) -> None:
    with unit_of_work(bind=desk.engine) as db:
        told = db.info.setdefault("live", {})
        run = import_files.keep(
            db, desk.world.agent, kind="documents", file_name="a", content=b"a", now=NOW
        )
        topic = (f"imports:{desk.world.company_id}", str(run))
        assert topic in told
        told.clear()
        import_files.take(db, desk.world.agent, run_id=run, now=NOW)
        assert topic in told


async def test_a_viewer_of_a_run_reads_that_they_may_not_import(desk: Desk) -> None:
    """And nothing is asked for in their name that would only be refused."""
    run = keep(desk, GOOD)
    state = await desk.at("imports", StaffImports, f"imports?run={run}", who="viewer")
    assert await call(StaffImports.load, state) is None
    assert (state.state, state.run, state.loaded) == ("", 0, True)


async def test_the_currency_is_asked_alone_and_the_same_fault_shown_once(desk: Desk) -> None:
    lines = "".join(f"F-{n};A1;13/02/2026;mucho\r\n" for n in range(1, 301))
    run = keep(desk, "numero;cliente;fecha;total\r\n" + lines)
    state = await desk.at("imports", StaffImports, f"imports?run={run}")
    await call(StaffImports.load, state)
    state._show(look(desk, run))
    assert (state.needs_currency, state.asks_currency) == (True, True)
    assert (state.counts, state.faults, state.warnings, state.rows) == ({}, [], [], [])
    choose(desk, run, currency="USD")
    state._show(look(desk, run))
    assert (state.needs_currency, state.counts["errors"]) == (False, 300)
    [fault] = state.faults
    assert (fault.code, fault.column, fault.count) == ("amount_invalid", "total", 300)
    assert fault.lines == "2, 3, 4, 5, 6 …"


async def test_the_page_keeps_how_the_file_is_to_be_read(desk: Desk) -> None:
    run = keep(desk, HEAD + "F-1;A1;COP;03/04/2026;;100\r\n")
    state = await desk.at("imports", StaffImports, f"imports?run={run}")
    await call(StaffImports.load, state)
    assert await call(StaffImports.choose_dates, state, "ymd") is None
    assert await call(StaffImports.choose_dates, state, "mdy") is StaffImports.look
    assert look(desk, run).date_format == "mdy"
    state.run = keep(desk, GOOD, who=desk.other)
    with pytest.raises(NotFound):
        await call(StaffImports.choose_dates, state, "iso")


def test_imported_documents_are_in_the_list(desk: Desk) -> None:
    confirm(desk, keep(desk, GOOD))
    with unit_of_work(bind=desk.engine, read_only=True) as db:
        page = document_lists.list_documents(
            db,
            desk.world.viewer,
            filters=document_lists.DocumentFilters(text="F-1"),
            sort=document_lists.Sort(),
            cursor="",
            now=session.utc_now(),
        )
    assert [row.number for row in page.rows] == ["F-1"]


async def test_the_page_follows_how_many_rows_are_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the bar shows, for whoever has the page open, until it is done."""
    monkeypatch.setattr(import_steps, "SLICE", 2)
    lines = "".join(f"F-{n};A1;COP;13/02/2026;;100\r\n" for n in range(5))
    run = keep(desk, HEAD + lines)
    pages = [
        await desk.at("imports", StaffImports, f"imports?run={run}", who=who)
        for who in ("owner", "agent")
    ]
    for state in pages:
        await call(StaffImports.load, state)
        state._show(look(desk, run))
    await call(StaffImports.confirm, pages[0])
    assert (pages[0].state, pages[0].progress, pages[0].total) == ("importing", 0, 0)
    slices = threading.Semaphore(0), threading.Semaphore(0)

    def pause() -> None:
        slices[0].release()
        assert slices[1].acquire(timeout=20)

    working = asyncio.create_task(asyncio.to_thread(work, desk.engine, run, NOW, pause))
    for rows_in in (2, 4):
        assert await asyncio.to_thread(slices[0].acquire, timeout=20)
        for state in pages:
            await call(StaffImports.refresh, state)
            assert (state.state, state.progress, state.total) == ("importing", rows_in, 5)
        slices[1].release()
    await working
    for state in pages:
        await call(StaffImports.refresh, state)
        assert (state.state, state.progress, state.total) == ("done", 5, 5)
        assert state.counts["new"] == 5


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_two_hundred_columns_are_refused_with_the_most_there_may_be(
    desk: Desk, site: TestClient, kind: str
) -> None:
    rows = [[f"c{n}" for n in range(200)], [str(n) for n in range(200)]]
    text = "\n".join(";".join(row) for row in rows).encode()
    location = send(site, workbook(rows) if kind == "xlsx" else text)
    state = await desk.at("imports", StaffImports, location.rpartition("/")[2])
    assert await call(StaffImports.load, state) is StaffImports.look
    state._show(look(desk, state.run))
    assert (state.state, state.error, state.error_params) == (
        "uploaded", "too_many_columns", {"most": 100},
    )  # fmt: skip
    assert (state.rows, state.columns) == ([], [])
    for language in ("es", "en"):
        assert "100" in t("errors.too_many_columns", language, most=100)
    assert confirm(desk, state.run) == {}
    assert billed(desk) == 0


async def test_the_columns_are_chosen_on_the_page_and_read_again(desk: Desk) -> None:
    run = keep(desk, "Ref;cliente;moneda;fecha;total\r\nF-1;A1;COP;13/02/2026;100\r\n")
    state = await desk.at("imports", StaffImports, f"imports?run={run}")
    await call(StaffImports.load, state)
    state._show(look(desk, run))
    assert (state.missing, state.error) == (["number"], "header_missing")
    assert [(line.header, line.field, line.samples) for line in state.columns][:2] == [
        ("Ref", "", "F-1"),
        ("cliente", "account_code", "A1"),
    ]
    await call(StaffImports.choose_column, state, 0, "password")
    await call(StaffImports.choose_column, state, "0", "number")
    assert not state.columns_changed
    await call(StaffImports.choose_column, state, 1, "number")
    assert state.missing == ["account_code"]
    await call(StaffImports.choose_column, state, 0, "number")
    await call(StaffImports.choose_column, state, 1, "account_code")
    assert ([line.field for line in state.columns][:2], state.missing) == (
        ["number", "account_code"],
        [],
    )
    assert await call(StaffImports.apply_columns, state) is StaffImports.look
    state._show(look(desk, run))
    assert (state.error, state.columns_changed, state.mapping) == ("", False, "cartera")
    assert state.rows[0].number == "F-1"
    state.run = keep(desk, GOOD, who=desk.other)
    with pytest.raises(NotFound):
        await call(StaffImports.apply_columns, state)


def test_contacts_are_imported_from_the_same_screen(desk: Desk) -> None:
    text = "nombre,correo,cliente\nLuz Marín,luz@eltornillo.example,A1\nAna,ana@x.example,A9\n"
    [fault] = look(desk, keep(desk, text, "contacts")).errors
    assert (fault.code, fault.column, fault.lines) == ("account_unknown", "cliente", (3,))
    run = keep(desk, text.replace("A9", ""), "contacts")
    seen = look(desk, run)
    assert next((row.name, row.number, row.action) for row in seen.rows) == (
        "Luz Marín", "luz@eltornillo.example", "new",
    )  # fmt: skip
    assert confirm(desk, run)["new"] == 2
    assert look(desk, keep(desk, text.replace("A9", ""), "contacts")).counts["same"] == 2


# UBL files


def send_ubl(site: TestClient, *files: tuple[str, bytes]) -> str:
    answer = site.post(
        "/imports/molino",
        data={"kind": "ubl"},
        files=[("file", (name, content, "text/xml")) for name, content in files],
        headers=ORIGIN,
    )
    assert answer.status_code == 303
    return answer.headers["location"]


@pytest.fixture
def ours(desk: Desk) -> None:
    """The company issues under the supplier's tax id of the test files."""
    with unit_of_work(bind=desk.engine) as db:
        company = db.get_one(Company, desk.world.company_id)
        company.country, company.tax_id_kind, company.tax_id = "CO", "nit", SUPPLIER


@pytest.mark.usefixtures("ours")
async def test_each_ubl_file_comes_in_or_says_why_not(desk: Desk, site: TestClient) -> None:
    foreign = invoice("FE-2", supplier=party("860.002.964-4", "Ajena SA"))
    location = send_ubl(
        site,
        ("uno.xml", invoice("FE-1")),
        ("../dos.xml", attached(invoice("FE-3", "2000.00"))),
        ("ajena.xml", foreign),
        ("roto.xml", b"<Invoice"),
        ("uno otra vez.xml", invoice("FE-1")),
    )
    state = await desk.at("imports", StaffImports, location.rpartition("/")[2])
    assert await call(StaffImports.load, state) is StaffImports.look
    seen = look(desk, int(location.rpartition("=")[2]))
    state._show(seen)
    assert (state.state, state.kind) == ("done", "ubl")
    assert {name: state.counts[name] for name in ("new", "same", "errors")} == {
        "new": 2, "same": 1, "errors": 2,
    }  # fmt: skip
    assert [(line.outcome, line.number, line.code) for line in state.files] == [
        ("new", "FE-1", ""),
        ("new", "FE-3", ""),
        ("refused", "", "ubl_supplier"),
        ("refused", "", state.files[3].code),
        ("same", "FE-1", ""),
    ]
    assert state.files[2].params == {"supplier": "Ajena SA", "tax_id": "860.002.964-4"}
    assert (state.files[1].total_minor, state.files[1].balance_minor) == (200_000, 200_000)
    assert billed(desk) == 2
    again = send_ubl(site, ("uno.xml", invoice("FE-1")))
    assert look(desk, int(again.rpartition("=")[2])).counts["same"] == 1
    assert billed(desk) == 2


@pytest.mark.usefixtures("ours")
def test_uploads_of_ubl_are_limited_and_permitted(desk: Desk, site: TestClient) -> None:
    many = [(f"{n}.xml", b"<a/>") for n in range(ubl_uploads.MOST_FILES + 1)]
    assert "error=too_many_files" in send_ubl(site, *many)
    answer = site.post("/imports/molino", data={"kind": "ubl"}, headers=ORIGIN)
    assert "error=required" in answer.headers["location"]
    site.cookies.set("session", desk.token("viewer@molino.example"))
    assert "error=not_allowed" in send_ubl(site, ("uno.xml", invoice("FE-1")))
    assert billed(desk) == 0


@pytest.mark.usefixtures("ours")
def test_a_ubl_file_that_fails_here_keeps_neither_the_run_nor_its_neighbours_out(
    desk: Desk, site: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring, threads = ubl_imports.bring, set[str]()

    def failing(db: Session, actor: Member, *, file_name: str, **given: Any) -> UblResult:
        threads.add(threading.current_thread().name.rpartition("_")[0])
        found = bring(db, actor, file_name=file_name, **given)
        if file_name == "dos.xml":
            db.execute(sa.text("SELECT nothing FROM nowhere"))
        return found

    monkeypatch.setattr(ubl_imports, "bring", failing)
    files = [(f"{name}.xml", invoice(f"FE-{name}")) for name in ("uno", "dos", "tres")]
    location = send_ubl(site, *files)
    seen = look(desk, int(location.rpartition("=")[2]))
    assert [(line.outcome, line.code) for line in seen.files] == [
        ("new", ""), ("refused", "unexpected"), ("new", ""),
    ]  # fmt: skip
    assert (seen.counts["errors"], billed(desk)) == (1, 2)
    assert threads == {"import"}  # and none of those of other people's exports
