"""Numbers of issued documents: no gap, no double, whatever happens at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from clientportal.domain.documents import Kind
from clientportal.services import drafts
from clientportal.storage import series
from clientportal.storage.models import Document, NumberSeries
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, World, draft_of, invoice, key, make_world

PARALLEL = 50


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


def numbers(database: sa.Engine, kind: Kind = Kind.INVOICE) -> list[str]:
    with unit_of_work(bind=database) as session:
        rows = select(col(Document.number)).where(
            col(Document.kind) == kind, col(Document.number).is_not(None)
        )
        return sorted((str(n) for n in session.exec(rows)), key=lambda n: int(n.split("-")[1]))


def test_fifty_parallel_issues_leave_no_gap_and_no_double(
    database: sa.Engine, world: World
) -> None:
    with unit_of_work(bind=database) as session:
        ids = [
            key(drafts.create(session, world.agent, draft=draft_of(world.accounts[0]), now=NOW))
            for _ in range(PARALLEL)
        ]
    barrier = threading.Barrier(PARALLEL)

    def issue(document_id: int) -> None:
        barrier.wait()
        with unit_of_work(bind=database) as session:
            drafts.issue(session, world.agent, document_id=document_id, now=NOW)

    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(issue, ids))
    assert numbers(database) == [f"FE-{n}" for n in range(1, PARALLEL + 1)]


def test_one_draft_issued_by_many_takes_one_number(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        draft = (
            drafts.create(session, world.agent, draft=draft_of(world.accounts[0]), now=NOW).id or 0
        )
    barrier = threading.Barrier(10)

    def issue(_: int) -> str:
        barrier.wait()
        try:
            with unit_of_work(bind=database) as session:
                drafts.issue(session, world.agent, document_id=draft, now=NOW)
        except Exception as error:
            return type(error).__name__
        return "issued"

    with ThreadPoolExecutor(10) as pool:
        results = sorted(pool.map(issue, range(10)))
    assert results == ["DocumentAlreadyIssued"] * 9 + ["issued"]
    with unit_of_work(bind=database) as session:
        row = session.exec(select(NumberSeries).where(col(NumberSeries.kind) == Kind.INVOICE)).one()
        assert row.next_number == 2
    assert numbers(database) == ["FE-1"]


def test_a_failed_issue_gives_its_number_back(database: sa.Engine, world: World) -> None:
    def fail_late() -> None:
        with unit_of_work(bind=database) as session:
            invoice(session, world)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_late()
    with unit_of_work(bind=database) as session:
        invoice(session, world)
    assert numbers(database) == ["FE-1"]


def test_numbers_that_an_import_brought_are_passed_over(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        taken = [invoice(session, world) for _ in range(3)]
        row = series.lock(session, world.company_id, Kind.INVOICE)
        row.next_number = 1  # as if those three had come from a file before the series began
        session.add(row)
        session.flush()
        fourth = session.get_one(Document, invoice(session, world))
        assert (len(taken), fourth.number) == (3, "FE-4")
        assert series.take(session, world.company_id, Kind.INVOICE, 3) == ["FE-5", "FE-6", "FE-7"]


def test_a_company_without_series_gets_them_once(database: sa.Engine, world: World) -> None:
    with unit_of_work(bind=database) as session:
        session.execute(sa.delete(NumberSeries))
    with unit_of_work(bind=database) as session:
        assert series.take(session, world.company_id, Kind.CREDIT_NOTE) == ["NC-1"]
        series.ensure(session, world.company_id)
        rows = session.exec(select(NumberSeries)).all()
        assert {row.kind for row in rows} == set(Kind)
