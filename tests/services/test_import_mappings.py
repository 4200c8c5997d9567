"""Columns that a person said: read by them, remembered for the next file, named for the command."""

import pytest
import sqlalchemy as sa

from clientportal.domain.errors import Invalid, NotFound
from clientportal.domain.import_mapping import Column
from clientportal.services import import_files, import_mappings
from clientportal.services.import_seen import Seen
from clientportal.storage.models import Document, ImportMapping
from clientportal.storage.session import unit_of_work
from tests.support.import_work import work
from tests.support.ledger import NOW, World, make_world

HEAD = "Ref;Quien;Cuando;Cuanto;moneda\r\n"
ROW = "F-1;A1;2026-02-13;1250,50;COP\r\n"
COLUMNS = [
    Column("Ref", "number"),
    Column("Quien", "account_code"),
    Column("Cuando", "issued_on"),
    Column("Cuanto", "total"),
    Column("moneda", "currency"),
]


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


def keep(database: sa.Engine, world: World, text: str = HEAD + ROW, name: str = "erp.csv") -> int:
    with unit_of_work(bind=database) as session:
        return import_files.keep(
            session, world.agent, kind="documents", file_name=name, content=text.encode(), now=NOW
        )


def look(database: sa.Engine, world: World, run_id: int) -> Seen:
    with unit_of_work(bind=database, read_only=True) as session:
        return import_files.look(session, world.agent, run_id=run_id, now=NOW)


def say(database: sa.Engine, world: World, run_id: int, columns: list[Column]) -> None:
    with unit_of_work(bind=database) as session:
        import_files.choose_columns(session, world.agent, run_id=run_id, columns=columns, now=NOW)


def test_columns_are_said_seen_remembered_and_proposed(database: sa.Engine, world: World) -> None:
    run = keep(database, world)
    seen = look(database, world, run)
    assert seen.fault is not None
    assert seen.fault.error_code == "header_missing"
    assert seen.missing == ("number", "account_code", "issued_on", "total")
    assert [(c.header, c.field, c.samples) for c in seen.columns[3:]] == [
        ("Cuanto", "", ("1250,50",)),
        ("moneda", "currency", ("COP",)),
    ]
    say(database, world, run, COLUMNS)
    seen = look(database, world, run)
    assert (seen.fault, seen.missing, seen.mapping) == (None, (), "erp")
    assert (seen.rows[0].number, seen.rows[0].total_minor) == ("F-1", 125_050)
    # The next file with this header comes with them; another company knows nothing of it.
    after = look(database, world, keep(database, world, HEAD.upper() + ROW, "otro.csv"))
    assert (after.fault, after.mapping, after.counts["new"]) == (None, "erp", 1)
    with unit_of_work(bind=database) as session:
        other = make_world(session, "ajena")
    foreign = look(database, other, keep(database, other))
    assert (foreign.mapping, len(foreign.missing)) == ("", 4)


def test_what_was_seen_is_what_comes_in(database: sa.Engine, world: World) -> None:
    """Even when somebody else says other columns for such files meanwhile."""
    first = keep(database, world)
    say(database, world, first, COLUMNS)
    second = keep(database, world)
    fields = [column.field for column in look(database, world, second).columns]
    swapped = [Column("Ref", "account_code"), Column("Quien", "number"), *COLUMNS[2:]]
    say(database, world, keep(database, world), swapped)
    with unit_of_work(bind=database) as session:
        import_files.confirm(session, world.agent, run_id=second, columns=fields, now=NOW)
    work(database, second, NOW)
    with unit_of_work(bind=database, read_only=True) as session:
        assert list(session.scalars(sa.select(Document.number))) == ["F-1"]


def test_what_the_headers_say_by_themselves_is_not_kept(database: sa.Engine, world: World) -> None:
    run = keep(database, world)
    say(database, world, run, COLUMNS)
    say(database, world, run, [Column(c.header, "" if c.header != "moneda" else c.field)
                               for c in COLUMNS])  # fmt: skip
    with unit_of_work(bind=database, read_only=True) as session:
        assert session.scalars(sa.select(ImportMapping)).all() == []


def test_names_are_unique_and_lead_to_their_columns(database: sa.Engine, world: World) -> None:
    for text in (HEAD, HEAD.replace("Ref", "Ref2")):
        run = keep(database, world, text + ROW)
        header = text.strip().split(";")
        say(
            database, world, run, [Column(h, c.field) for h, c in zip(header, COLUMNS, strict=True)]
        )
    with unit_of_work(bind=database, read_only=True) as session:
        for name, header in (("erp", "Ref"), ("erp 2", "Ref2")):
            found = import_mappings.named(session, world.system, kind="documents", name=name)
            assert found[0] == Column(header, "number")
        for kind, name in (("accounts", "erp"), ("documents", "otra")):
            with pytest.raises(Invalid) as refused:
                import_mappings.named(session, world.system, kind=kind, name=name)
            assert refused.value.error_code == "mapping_unknown"


def test_hostile_columns_are_refused(database: sa.Engine, world: World) -> None:
    run = keep(database, world)
    for columns, code in (
        ([Column("Ref", "password")], "choice_invalid"),
        ([Column("Ref", "total"), Column("Quien", "total")], "column_twice"),
        ([Column("x", "")] * 101, "too_many_columns"),
    ):
        with pytest.raises(Invalid) as refused:
            say(database, world, run, columns)
        assert refused.value.error_code == code
    with unit_of_work(bind=database) as session:
        other = make_world(session, "ajena")
    with pytest.raises(NotFound):
        say(database, other, run, COLUMNS)
