"""`/d/{token}` on the real server: scanners, strangers, holders, and the way into the portal."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from clientportal.rendering.qr import qr_svg
from clientportal.services import document_deliveries, secret_links
from clientportal.storage.models import DocumentLink, Message
from clientportal.storage.session import unit_of_work
from tests.support.canary import INTERNAL, OTHER, canaries_in
from tests.support.served import Served, served_world
from tests.support.socket import Tab
from tests.support.tenants import World

pytestmark = [pytest.mark.server]

HANDLER = (
    "reflex___state____state.clientportal___ui___public___document_link_state____linked_document."
)


@pytest.fixture(autouse=True)
def _own_settings() -> None:
    """Settings belong to the module's world here, not to one test."""


@pytest.fixture(scope="module")
def module_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_world(tmp_path_factory.mktemp("links")) as found:
        yield found


@pytest.fixture
def served(module_world: Served) -> Iterator[Served]:
    yield module_world
    module_world.restore()


def link(served: Served) -> str:
    """The path of the link that Luz was sent, for the partly paid invoice."""
    with unit_of_work(read_only=True, bind=served.engine) as session:
        row = session.get(DocumentLink, served.world.mine.link)
        assert row is not None
        message = session.get(Message, row.message_id)
        assert message is not None
        return f"/d/{secret_links.token_of(message.link_seed)}"


def change(served: Served, words: str, **values: object) -> None:
    with unit_of_work(bind=served.engine) as session:
        key = served.world.mine.link
        session.execute(
            sa.text(f"UPDATE document_link SET {words} WHERE id = :key"),
            {"key": key, **values},
        )


def stored(served: Served) -> DocumentLink:
    with unit_of_work(read_only=True, bind=served.engine) as session:
        row = session.get(DocumentLink, served.world.mine.link)
        assert row is not None
        session.expunge(row)
        return row


def test_what_a_scanner_fetches_changes_nothing_and_is_told_to_nobody(served: Served) -> None:
    path = link(served)
    with served.client("nobody") as client:
        for method, end in (
            ("HEAD", ""),
            ("GET", ""),
            ("HEAD", "/document.pdf"),
            ("GET", "/document.pdf"),
            ("GET", "/document.xml"),
        ):
            answer = client.request(method, path + end)
            assert answer.status_code == 200, (method, end)
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["x-robots-tag"] == "noindex, nofollow, noarchive"
            assert "no-store" in answer.headers["cache-control"]
            assert "set-cookie" not in answer.headers
            assert not canaries_in(answer.text, OTHER + INTERNAL)
        assert client.post(path).status_code in {404, 405}
    assert served.changes() == {}


def test_the_files_are_those_of_the_document_alone(served: Served) -> None:
    path = link(served)
    with served.client("nobody") as client:
        pdf = client.get(f"{path}/document.pdf?download")
        assert pdf.content.startswith(b"%PDF")
        assert pdf.headers["content-disposition"].startswith("attachment")
        xml = client.get(f"{path}/document.xml")
        assert xml.headers["content-disposition"].startswith("attachment")
        own = client.get(f"/files/documents/{served.world.mine.partly_paid}.pdf")
        assert own.status_code == 401


def test_the_qr_of_a_fiscal_code_is_drawn_for_each_who_may_see_it(served: Served) -> None:
    path, key = link(served), served.world.mine.partly_paid
    own = f"/files/documents/{key}/qr.svg"
    with unit_of_work(bind=served.engine) as session:
        none = sa.text("UPDATE document SET fiscal_code = '' WHERE id = :key")
        session.execute(none, {"key": key})
    with served.client("nobody") as client:
        assert client.get(f"{path}/qr.svg").status_code == 404  # without a code
    with unit_of_work(bind=served.engine) as session:
        session.execute(
            sa.text("UPDATE document SET fiscal_code = :code WHERE id = :key"),
            {"code": "a1" * 48, "key": key},
        )
        session.execute(
            sa.text(
                "UPDATE company SET country = 'CO' WHERE id ="
                " (SELECT company_id FROM document WHERE id = :key)"
            ),
            {"key": key},
        )
    pictures = set()
    for who, address in (
        ("nobody", f"{path}/qr.svg"),
        ("customer", own),
        ("viewer", own),
    ):
        with served.client(who) as client:
            answer = client.get(address)
            assert answer.status_code == 200, who
            assert answer.headers["content-type"] == "image/svg+xml"
            assert "no-store" in answer.headers["cache-control"]
            pictures.add(answer.text)
    page = "https://catalogo-vpfe.dian.gov.co/document/searchqr?documentkey="
    assert pictures == {qr_svg(page + "a1" * 48)}
    with served.client("nobody") as client:
        assert client.get(own).status_code == 401


@pytest.mark.parametrize(
    ("words", "status"),
    [("revoked_at = :then", 410), ("expires_at = :then", 410), ("token_hash = 'gone'", 404)],
)
def test_a_link_that_has_had_its_time_opens_nothing(
    served: Served, words: str, status: int
) -> None:
    path = link(served)
    then = (served.world.now - timedelta(seconds=1)).replace(tzinfo=None)
    change(served, words, **({"then": then} if ":then" in words else {}))
    with served.client("customer") as client:
        for end in ("/document.pdf", "/document.xml", "/qr.svg"):
            answer = client.get(path + end)
            assert answer.status_code == status
            assert not canaries_in(answer.text, OTHER + INTERNAL + "a")


def test_whoever_guesses_is_slowed_down_and_nobody_else(served: Served) -> None:
    with served.client("nobody") as guesser, served.client("nobody") as reader:
        answers = [guesser.get(f"/d/{n:043d}/document.xml").status_code for n in range(35)]
        assert set(answers) == {404, 429}
        assert answers[-1] == 429
        assert reader.get(f"{link(served)}/document.xml").status_code == 200
        # Nor do the guesses of one shut out those who hold a link in the same network.
        assert guesser.get(f"{link(served)}/document.xml").status_code == 200
        for odd in ("x", "x" * 900, "%00" * 14, "é" * 43):
            assert guesser.get(f"/d/{odd}/document.xml").status_code in {404, 429}


def test_the_way_to_pay_leads_through_the_readers_own_door(served: Served) -> None:
    world = served.world
    way = f"/portal/to/{world.mine.partly_paid}"
    with served.client("nobody") as client:
        answer = client.get(way)
        assert (
            answer.headers["location"] == f"/sign-in?next=%2Fportal%2Fto%2F{world.mine.partly_paid}"
        )
    with served.client("customer") as client:
        wanted = f"/portal/{world.mine.space}/documents/{world.mine.partly_paid}"
        assert client.get(way).headers["location"] == wanted
    with served.client("stranger") as client:
        assert client.get(way).status_code == 404


@asynccontextmanager
async def opened(served: Served, who: str = "nobody") -> AsyncIterator[Tab]:
    """An open page of the link."""
    async with served.tab(who, link(served)) as tab:
        await tab.until(lambda t: bool(t.var("linked_document", "loaded")))
        yield tab


async def test_the_page_shows_its_document_and_nothing_else(served: Served) -> None:
    async with opened(served) as tab:
        number, total = number_of(served), tab.var("linked_document", "total_minor")
        assert (tab.var("linked_document", "number"), total) == (number, 4_000)
        assert tab.var("linked_document", "can_pay")
        assert not canaries_in(" ".join(tab.raw), OTHER + INTERNAL)
        assert "qza0question" not in " ".join(tab.raw)
        assert stored(served).opened_at is None
        assert served.changes() == {}


def number_of(served: Served) -> str:
    with served.engine.connect() as connection:
        found = connection.execute(
            sa.text("SELECT number FROM document WHERE id = :id"),
            {"id": served.world.mine.partly_paid},
        )
        return str(found.scalar_one())


async def test_a_program_that_runs_the_page_is_told_from_a_person(served: Served) -> None:
    async with opened(served) as tab:
        await tab.call(f"{HANDLER}opened")
        await tab.settle()
        row = stored(served)
        assert row.opened_at is not None
        assert row.seen_at is None
        await tab.call(f"{HANDLER}read_by_person")
        await tab.settle()
        assert stored(served).seen_at is not None


@pytest.mark.parametrize(("who", "counts"), [("viewer", False), ("foreign_admin", True)])
async def test_staff_who_follow_their_own_link_are_no_readers(
    served: Served, who: str, counts: bool
) -> None:
    async with opened(served, who) as tab:
        await tab.call(f"{HANDLER}read_by_person")
        await tab.settle()
        assert (stored(served).seen_at is not None) is counts


async def test_an_open_page_loses_its_document_when_the_link_is_withdrawn(
    served: Served,
) -> None:
    async with opened(served) as tab:
        world: World = served.world
        with unit_of_work(bind=served.engine) as session:
            document_deliveries.revoke(
                session, world.alfa.agent, link_id=world.mine.link, now=world.now
            )
        await tab.until(lambda t: t.var("linked_document", "problem") == "link_revoked")
        assert tab.var("linked_document", "number") == ""
        assert tab.var("linked_document", "lines") == []


async def test_no_link_shows_no_document(served: Served) -> None:
    for path in ("/d/" + "x" * 43, "/d/x", "/d/" + "x" * 900):
        async with served.tab("customer", path) as tab:
            await tab.call(f"{HANDLER}load")
            await tab.until(lambda t: t.var("linked_document", "problem") == "not_found")
            assert tab.var("linked_document", "number") == ""


def test_no_log_line_holds_a_token(served: Served) -> None:
    path = link(served)
    with served.client("nobody") as client:
        client.get(f"{path}/document.xml")
        client.get(f"/d/{'y' * 43}/document.xml")
        client.get(f"/sign-in?next={path.replace('/', '%2F')}")
    assert path.removeprefix("/d/") not in served.server.log()
