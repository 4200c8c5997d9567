"""Two tabs pay the same invoice; the database restarts under an open page."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tests.support.canary import ALFA
from tests.support.sandbox import SECRET, HostProcess
from tests.support.served import Served, served_world
from tests.support.socket import Tab

pytestmark = [pytest.mark.server]

STATE = "portal_documents"
HANDLERS = (
    "reflex___state____state.clientportal___ui___portal___documents_state____portal_documents"
)


@pytest.fixture(autouse=True)
def _own_settings() -> None:
    """Settings belong to the module's server here."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, sandbox_host: HostProcess) -> Iterator[Served]:
    extra = {"SECRET_KEY": SECRET, "SANDBOX_GATEWAY_URL": sandbox_host.url}
    folder = tmp_path_factory.mktemp("two-tabs")
    with served_world(folder, kind="postgresql", extra=extra) as found:
        yield found


def chosen(page: Tab) -> bool:
    return bool(page.var(STATE, "chosen"))


@pytest.mark.spec(50)
async def test_the_second_tab_says_that_it_is_being_paid(served: Served) -> None:
    path = f"/portal/{served.world.mine.space}/documents"
    invoice = served.world.mine.invoice
    async with served.tab("customer", path) as first, served.tab("customer", path) as second:
        await first.until(lambda t: bool(t.var(STATE, "loaded")))
        await second.until(lambda t: bool(t.var(STATE, "loaded")))
        await first.call(f"{HANDLERS}.choose_one", document_id=invoice)
        await first.until(chosen)
        await first.call(f"{HANDLERS}.pay")
        await first.until(lambda t: bool(t.var(STATE, "pay_url")))
        await second.until(lambda t: badge_of(t, invoice) == "being_paid", 3)
        await second.call(f"{HANDLERS}.choose_one", document_id=invoice)
        await second.settle(0.1)
        assert not second.var(STATE, "chosen"), "what is being paid cannot be ticked again"
    with served.client("customer") as client:
        both = {
            "space": served.world.mine.space,
            "method": "sandbox",
            "document": [str(invoice), str(served.world.mine.disputed)],
        }
        answer = client.post("/pay/start", data=both)
    assert "error=document_being_paid" in answer.headers["location"]


def badge_of(page: Tab, document_id: int) -> str:
    rows = page.var(STATE, "rows")
    return next(str(row["badge"]["code"]) for row in rows if row["id"] == document_id)


async def test_the_database_restarting_under_a_page_is_told_and_mends_itself(
    served: Served,
) -> None:
    """Every connection is cut, twice: while the page is idle, and in the middle of its work."""
    async with served.tab("agent", f"/staff/{ALFA}/billing") as page:
        await page.until(lambda t: bool(t.var("staff_billing", "loaded")))
        for _ in range(2):
            cut_every_connection(served)
            await page.go(f"/staff/{ALFA}/today")
            await page.until(lambda t: bool(t.var("staff_today", "loaded")) or told(t), 15)
            await page.settle()
            assert "psycopg" not in "".join(page.raw)
            await page.go(f"/staff/{ALFA}/billing")
            await page.until(lambda t: bool(t.var("staff_billing", "loaded")), 15)
            await page.settle()
            assert page.var("visitor", "signed_in")
        rows = page.var("staff_billing", "rows")
        assert rows
    with served.client("agent") as client:
        cut_every_connection(served)
        assert client.get(f"/files/documents/{served.world.mine.invoice}.pdf").status_code == 200
        assert client.get("/readyz").status_code == 200


def told(page: Tab) -> bool:
    """The page says that something went wrong, in words of ours."""
    return page.var("visitor", "refused") == "unexpected"


def cut_every_connection(served: Served) -> None:
    """What a restart of PostgreSQL does to everybody who is connected."""
    served.engine.dispose()
    with sa.create_engine(served.engine.url, poolclass=sa.NullPool).connect() as connection:
        cut = connection.exec_driver_sql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).scalar_one()
        assert cut > 0
