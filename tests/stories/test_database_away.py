"""The database is stopped and started under open pages, which are told and go on."""

import asyncio
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from clientportal.services import identity
from clientportal.settings import settings
from clientportal.storage.session import CONNECT_SECONDS, make_engine, unit_of_work
from tests.support import people
from tests.support.postgres import Postgres, postgres
from tests.support.server import Server, server
from tests.support.socket import Tab, tab

pytestmark = [pytest.mark.server]

NOW = datetime.now(UTC)
VISITOR = "reflex___state____state.clientportal___ui___base____visitor"
SAVE = "reflex___state____state.clientportal___ui___staff___account_edit____account_edit_state.save"
NAME = "Almacén Qzrestart"
FORM = {"name": NAME, "kind": "customer", "country": "CO", "street": "Calle 12 # 3-45"}
FILE = "numero;cliente;moneda;fecha;vencimiento;total\r\nQZR-1;{code};COP;{day};{day};1.250.000\r\n"
TOLD_SECONDS = 10
FAULTS = ("the gate failed", "event handler failed")


@dataclass(slots=True)
class Site:
    own: Postgres
    server: Server
    engine: sa.Engine
    cookie: str

    def names(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(
                connection.execute(sa.text("SELECT name FROM account ORDER BY id")).scalars()
            )

    def faults(self) -> int:
        """How often the server has written that something failed."""
        log = self.server.log()
        return sum(log.count(fault) for fault in FAULTS)


@pytest.fixture
def site() -> Iterator[Site]:
    with postgres() as own, server(database_url=own.url, extra={"JOBS": "separate"}) as running:
        engine = make_engine(own.url)
        with unit_of_work(bind=engine) as db:
            molino = people.company(db, "molino", NOW)
            people.account(db, molino.agent, NOW, name="Panadería El Trigal")
            signed = identity.sign_in_as(db, email="agent@molino.example", now=NOW)
            assert signed is not None
        yield Site(own, running, engine, f"{settings().session_cookie}={signed.token}")
        engine.dispose()


def told(page: Tab) -> int:
    """How many times the page was told that something failed on our side."""
    return int(page.var("visitor", "notice_seq")) if word(page) == "unexpected" else 0


def word(page: Tab) -> str:
    return str(page.var("visitor", "notice_code"))


async def test_an_action_without_its_database_is_told_at_once_and_works_when_it_is_back(
    site: Site, tmp_path: Path
) -> None:
    base = "/staff/molino"
    async with (
        tab(site.server.url, f"{base}/accounts/new", cookie=site.cookie) as form,
        tab(site.server.url, f"{base}/accounts", cookie=site.cookie) as reader,
        tab(site.server.url, f"{base}/billing", cookie=site.cookie) as billing,
    ):
        await billing.until(lambda t: bool(t.var("staff_billing", "loaded")))
        for page in (form, reader):
            await page.settle()
        site.own.stop()
        before, faults, clicks = len(form.updates), site.faults(), 0
        # At first the server still remembers who asks; then the gate itself needs the database.
        while "the gate failed" not in site.server.log() or clicks < 2:
            clicks += 1
            await form.call(SAVE, data=FORM)
            await form.until(lambda t, seen=clicks: told(t) == seen, TOLD_SECONDS)
            await form.settle(0.5)
            assert clicks < 20
        changed = {state for update in form.updates[before:] for state in update.get("delta") or {}}
        assert changed == {VISITOR}, "whatever else is redrawn would lose what somebody typed"
        assert form.var("visitor", "refused") == ""
        assert told(form) == clicks, "each click is answered once"
        await reader.go(f"{base}/billing")
        await reader.until(lambda t: t.var("visitor", "refused") == "unexpected", TOLD_SECONDS)
        await reader.settle()
        assert site.faults() - faults <= 2 * (clicks + 1), "nobody asks again and again meanwhile"
        assert "psycopg" not in "".join(form.raw + reader.raw)

        site.own.start()
        events = len(form.events)
        await form.call(SAVE, data=FORM)
        await form.until(lambda t: word(t) == "account_saved" and len(t.events) > events)
        assert site.names() == ["Panadería El Trigal", NAME]
        await reader.go(f"{base}/billing")
        await reader.until(lambda t: t.var("visitor", "refused") == "")
        await reader.until(lambda t: bool(t.var("staff_billing", "loaded")))

        with site.engine.connect() as connection:
            code = connection.execute(sa.text("SELECT min(code) FROM account")).scalar()
        file = tmp_path / "cartera.csv"
        file.write_text(FILE.format(code=code, day=NOW.date().isoformat()))
        words = ("import", "documents", str(file), "--company", "molino")
        await asyncio.to_thread(site.server.run, *words)
        for page in (billing, reader):
            await page.until(lambda t: "QZR-1" in str(t.var("staff_billing", "rows")))
            assert not page.closed


def test_a_database_server_that_does_not_answer_is_given_up() -> None:
    """It takes the connection and is silent, as a machine without memory does."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = make_engine(f"postgresql://postgres@127.0.0.1:{silent.getsockname()[1]}/postgres")
        started = time.monotonic()
        with pytest.raises(sa.exc.OperationalError), engine.connect():
            pass
        assert time.monotonic() - started > CONNECT_SECONDS - 1
    assert CONNECT_SECONDS < TOLD_SECONDS
