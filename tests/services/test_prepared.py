"""Kept statements hold no ids of whoever asked first (DESIGN rule 2)."""

import pytest
import sqlalchemy as sa
from sqlmodel import select

from clientportal.domain.actors import Actor, Customer, Guest, Member, Nobody, Role, System
from clientportal.storage import prepared
from clientportal.storage.models import Account, Company, Document
from clientportal.storage.scope import visible_to
from clientportal.storage.session import unit_of_work
from tests.support.ledger import World, invoice, make_world

IDS = {987_001, 987_002, 987_003, 987_004}
ACTORS: tuple[Actor, ...] = (
    Member(987_001, 987_002, 987_003, Role.OWNER, "Alma"),
    Customer(987_001, "ana@cliente.example", "Ana"),
    Customer(987_001, "ana@cliente.example", "Ana", space_id=987_004),
    System(987_003),
    Guest(987_001, 987_002, 987_003, 987_004, "Ana"),
)


@pytest.mark.parametrize("table", [Document, Account, Company], ids=lambda t: t.__name__)
@pytest.mark.parametrize("actor", ACTORS, ids=lambda a: f"{type(a).__name__}")
def test_every_id_of_an_actor_has_a_place(actor: Actor, table: type) -> None:
    term = prepared.visible(actor, table)
    built = term.build().compile().params
    assert not IDS & {value for value in built.values() if isinstance(value, int)}
    filled, plain = term.filled().compile().params, visible_to(actor, table).compile().params
    assert set(map(str, filled.values())) == set(map(str, plain.values()))
    assert IDS & set(filled.values())


def test_nobody_sees_nothing() -> None:
    assert str(prepared.visible(Nobody(), Document).build()) == str(sa.false())


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        return make_world(session)


def test_one_statement_serves_every_actor_its_own_rows(database: sa.Engine, world: World) -> None:
    actors: list[Actor] = [world.viewer, world.customer, System(world.viewer.company_id), Nobody()]
    actors.append(System(world.viewer.company_id + 1))
    with unit_of_work(bind=database) as session:
        for number in range(6):
            invoice(session, world, account_id=world.accounts[number % 3])
        for actor in actors * 2:
            term = prepared.visible(actor, Document)
            rows = prepared.run(
                session,
                ("test",),
                (term,),
                lambda term=term: sa.select(Document.id).where(term.build()),
            )
            plain = select(Document.id).where(visible_to(actor, Document))
            assert sorted(rows.scalars()) == sorted(session.exec(plain))
