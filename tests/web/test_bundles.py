"""Several documents in one file: each of them within reach, all of them whole, and not too many."""

import io
import zipfile
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from pypdf import PdfReader
from starlette.applications import Starlette
from starlette.testclient import TestClient

from clientportal.domain.errors import Invalid, NotFound
from clientportal.limits import Limiter
from clientportal.rendering import merging
from clientportal.services import identity
from clientportal.storage.session import unit_of_work
from clientportal.web import bundles, pages, statements
from tests.support.ledger import World, draft_of, invoice, issued, key, make_world

NUMBERS = ("FE-1", "FE-2", "FE-3")


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "_bundles", Limiter(1_000, 1_000))


@pytest.fixture
def site(database: sa.Engine) -> TestClient:
    assert database is not None
    app = Starlette(
        routes=[*bundles.routes(), *statements.routes()],
        exception_handlers=pages.EXCEPTION_HANDLERS,
    )
    return TestClient(app)


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


@pytest.fixture
def mine(database: sa.Engine, world: World) -> list[int]:
    with unit_of_work(bind=database) as session:
        return [invoice(session, world, total) for total in ("100", "50.25", "9")]


def enter(site: TestClient, email: str) -> None:
    with unit_of_work() as session:
        signed = identity.sign_in_as(session, email=email, now=datetime.now(UTC))
        assert signed is not None
        site.cookies.set("session", signed.token)


def address(ids: list[int], extension: str = "zip") -> str:
    return f"/files/documents.{extension}?ids={','.join(map(str, ids))}"


def test_an_archive_holds_the_pdf_and_the_xml_of_each_in_their_order(
    site: TestClient, mine: list[int]
) -> None:
    enter(site, "luz@molino.example")
    answer = site.get(address([mine[2], mine[0], mine[1]]))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["cache-control"] == "private, no-store"
    assert "Documentos%20" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        order = ("FE-3", "FE-1", "FE-2")
        assert archive.namelist() == [f"Factura {n}.{x}" for n in order for x in ("pdf", "xml")]
        words = PdfReader(io.BytesIO(archive.read("Factura FE-2.pdf"))).pages[0].extract_text()
        assert "FE-2" in words
        assert b"<cbc:ID>FE-2</cbc:ID>" in archive.read("Factura FE-2.xml")


def test_one_pdf_has_every_page_and_a_bookmark_for_each(site: TestClient, mine: list[int]) -> None:
    enter(site, "luz@molino.example")
    site.cookies.set("lang", "en")
    answer = site.get(address(mine, "pdf"))
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("inline")
    reader = PdfReader(io.BytesIO(answer.content))
    assert [entry["/Title"] for entry in reader.outline] == [f"Invoice {n}" for n in NUMBERS]
    found = [page.extract_text() for page in reader.pages]
    assert [number in text for number, text in zip(NUMBERS, found, strict=True)] == [True] * 3
    saved = site.get(f"{address(mine, 'pdf')}&download")
    assert saved.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("extension", ["zip", "pdf"])
def test_one_document_out_of_reach_and_there_is_nothing(
    site: TestClient, database: sa.Engine, world: World, mine: list[int], extension: str
) -> None:
    with unit_of_work(bind=database) as session:
        theirs = invoice(session, world, account_id=world.accounts[2])
        other = make_world(session, "ajena")
        foreign = invoice(session, other)
        draft = key(issued(session, world, draft_of(world.accounts[0])))
    enter(site, "luz@molino.example")
    assert site.get(address([*mine, draft], extension)).status_code == 200
    for hidden in (theirs, foreign, 99_999):
        assert site.get(address([*mine, hidden], extension)).status_code == 404
    for words in ("", ",", "1;2", "-1", "0", "١", "9" * 40, "2147483648", "1,2,x", "1e3"):
        assert site.get(f"/files/documents.{extension}?ids={words}").status_code == 404
    assert site.get(f"/files/documents.{extension}").status_code == 404
    enter(site, "owner@molino.example")
    assert site.get(address([*mine, theirs], extension)).status_code == 200
    assert site.get(address([*mine, foreign], extension)).status_code == 404
    site.cookies.clear()
    assert site.get(address(mine, extension)).status_code == 401


def test_too_many_are_refused_in_the_readers_words(site: TestClient, mine: list[int]) -> None:
    enter(site, "luz@molino.example")
    ids = list(range(1, bundles.MOST_BUNDLED + 2))
    for lang, words in (("es", "Elige 100 documentos como máximo."), ("en", "100 documents")):
        site.cookies.set("lang", lang)
        answer = site.get(address(ids))
        assert answer.status_code == 422
        assert words in answer.text
    assert bundles.document_ids(",".join(["7"] * 500)) == [7]
    with pytest.raises(Invalid):
        bundles.document_ids(",".join(map(str, ids)))
    with pytest.raises(NotFound):
        bundles.document_ids("1," * 6_000)
    assert mine


def test_who_asks_again_and_again_waits(
    site: TestClient, mine: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "_bundles", Limiter(0.001, 2))
    enter(site, "luz@molino.example")
    assert [site.get(address(mine[:1])).status_code for _ in range(3)] == [200, 200, 429]
    assert site.get(address([99_999])).status_code == 429  # before anything is looked for


def test_a_pdf_too_large_for_one_sends_to_the_archive(
    site: TestClient, mine: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "MOST_BYTES", 60_000)
    enter(site, "luz@molino.example")
    answer = site.get(address(mine, "pdf"))
    assert answer.status_code == 422
    assert "en un ZIP" in answer.text


def test_a_statement_comes_as_pdf_and_spreadsheet_for_the_period_of_the_address(
    site: TestClient, world: World, mine: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mine
    enter(site, "luz@molino.example")
    space = f"/files/statements/portal/s{world.customer.user_id}/{world.accounts[0]}"
    staff = f"/files/statements/staff/{world.slug}/{world.accounts[0]}"
    answer = site.get(f"{space}.pdf?period=all")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    text = " ".join(PdfReader(io.BytesIO(answer.content)).pages[0].extract_text().split())
    for words in ("Estado de cuenta", "Papelera del Valle", *NUMBERS, "159,25", "Saldo final"):
        assert words in text
    assert site.get(f"{space}.xlsx?from=2026-01-01&to=2026-12-31").content.startswith(b"PK")
    assert site.get(f"{space}.exe").status_code == 404
    assert site.get(f"{staff}.pdf").status_code == 404
    away = f"/files/statements/portal/s{world.customer.user_id}/{world.accounts[2]}.csv"
    assert site.get(away).status_code == 404
    enter(site, "viewer@molino.example")
    assert site.get(f"{staff}.csv?period=all").text.count("FE-") == 3
    assert site.get(f"{space}.pdf").status_code == 404
    monkeypatch.setattr("clientportal.services.statement_files.MOST_LINES", 2)
    refused = site.get(f"{staff}.pdf?period=all")
    assert refused.status_code == 422
    assert "3 movimientos y un PDF llega hasta 2" in refused.text
