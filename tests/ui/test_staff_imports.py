"""The import screen: what is kept, how it is read, what is refused, and its plain HTTP routes."""

from datetime import date

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.testclient import TestClient

from clientportal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from clientportal.services import document_lists, import_files
from clientportal.services.import_files import Seen
from clientportal.storage.session import unit_of_work
from clientportal.ui import session
from clientportal.ui.staff.imports_state import StaffImports
from clientportal.web import import_files as routes
from tests.support.ledger import NOW, World
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
    with unit_of_work(bind=desk.engine) as db:
        return dict(import_files.confirm(db, desk.world.agent, run_id=run_id, now=NOW))


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
    with pytest.raises(Invalid):
        confirm(desk, run)
    choose(desk, run, date_format="mdy")
    assert look(desk, run).rows[0].issued_on == date(2026, 3, 4).isoformat()
    choose(desk, run, date_format="dmy")
    assert look(desk, run).rows[0].issued_on == date(2026, 4, 3).isoformat()


def test_a_currency_is_asked_when_lines_name_none(desk: Desk) -> None:
    run = keep(desk, GOOD.replace("moneda", "notas").replace("COP", "Papel"))
    assert look(desk, run).currency_missing
    with pytest.raises(Conflict):
        confirm(desk, run)
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
    with pytest.raises(Invalid):
        confirm(desk, run)
    assert billed(desk) == 0


def test_one_bad_line_keeps_the_whole_file_out_and_stands_in_the_report(desk: Desk) -> None:
    run = keep(desk, GOOD + "=F-2;A1;EUR;14/02/2026;;5\r\nF-1;A1;COP;14/02/2026;;5\r\n")
    seen = look(desk, run)
    assert [(error.lines, error.code) for error in seen.errors] == [
        ((3,), "currency_unknown"),
        ((4,), "duplicate_in_file"),
    ]
    with pytest.raises(Conflict):
        confirm(desk, run)
    assert billed(desk) == 0
    with unit_of_work(bind=desk.engine, read_only=True) as db:
        name, report = import_files.report(db, desk.world.agent, run_id=run, now=NOW)
    text = report.decode("utf-8-sig")
    assert name == "cartera-report.csv"
    assert "3,error,,,,moneda,currency_unknown" in text
    assert "\n=" not in text


def test_the_samples_import_as_they_stand(desk: Desk) -> None:
    for kind, rows in (("accounts", 2), ("documents", 3)):
        with unit_of_work(bind=desk.engine, read_only=True) as db:
            content = import_files.sample(db, desk.world.agent, kind=kind)
        seen = look(desk, keep(desk, content, kind))
        assert (seen.errors, seen.counts["new"]) == ((), rows)
    with pytest.raises(NotFound), unit_of_work(bind=desk.engine, read_only=True) as db:
        import_files.sample(db, desk.world.agent, kind="members")


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
            for use_case in (import_files.look, import_files.confirm, import_files.report):
                with pytest.raises((NotFound, NotAllowed)):
                    use_case(db, actor, run_id=run, now=NOW)
            with pytest.raises((NotFound, NotAllowed)):
                import_files.choose(db, actor, run_id=run, currency="USD", date_format="iso")
    assert billed(desk) == 0


# Over HTTP


@pytest.fixture
def site(desk: Desk) -> TestClient:
    client = TestClient(
        Starlette(routes=routes.routes()), follow_redirects=False, raise_server_exceptions=False
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


def test_uploads_that_are_refused_say_why(site: TestClient) -> None:
    assert "error=file_empty" in send(site, b"")
    too_large = b"a" * (import_files.MOST_BYTES + 1)
    assert "error=file_too_large" in send(site, too_large)
    larger = b"a" * (import_files.MOST_BYTES + routes.FORM_BYTES)
    assert "error=file_too_large&field=file&most=10" in send(site, larger)
    assert "error=foreign_origin" in send(site, GOOD.encode(), origin="https://evil.example")
    assert "error=not_found" in send(site, GOOD.encode(), slug="otra")
    answer = site.post("/imports/molino", data={"kind": "documents"}, headers=ORIGIN)
    assert "error=required" in answer.headers["location"]


def test_a_viewer_and_nobody_upload_nothing(desk: Desk, site: TestClient) -> None:
    site.cookies.set("session", desk.token("viewer@molino.example"))
    assert "error=not_allowed" in send(site, GOOD.encode())
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


async def test_a_run_of_the_address_is_read_in_the_background(desk: Desk) -> None:
    run = keep(desk, GOOD)
    state = await desk.at("imports", StaffImports, f"imports?run={run}")
    assert await call(StaffImports.load, state) is StaffImports.look
    assert (state.state, state.run) == ("reading", run)
    state._show(look(desk, run))
    assert (state.state, state.counts["new"], state.file_name) == ("uploaded", 1, "cartera.csv")


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
