"""`check` finds every stored figure that its rows do not support, and nothing in a sound ledger."""

import pytest
import sqlalchemy as sa

from clientportal.cli import main
from clientportal.domain.errors import NotAllowed
from clientportal.services import checks, disputes
from clientportal.storage.session import unit_of_work
from tests.services.test_credit import pay
from tests.support.ledger import NOW, World, invoice, make_world


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        world = make_world(session)
        make_world(session, "ajena")
        disputed = invoice(session, world, "30")
        disputes.open_dispute(session, world.agent, document_id=disputed, reason="x", now=NOW)
        paid = invoice(session, world, "100")
        pay(session, world, 12000, lines=[(paid, 10000)])
        return world


_DAMAGE = {
    "balance": "UPDATE document SET balance_minor = 1 WHERE number = 'FE-2'",
    "settlement": "UPDATE document SET settlement = 'open' WHERE number = 'FE-2'",
    "settled_on": "UPDATE document SET settled_on = '2026-03-01' WHERE number = 'FE-2'",
    "disputed": "UPDATE document SET disputed = false WHERE number = 'FE-1'",
    "net": "UPDATE document_line SET amount_minor = amount_minor + 1",
    "total": "UPDATE document SET net_minor = net_minor - 1 WHERE number = 'FE-1'",
    "currency": "UPDATE allocation SET currency = 'COP'",
    "captured": "UPDATE payment SET amount_minor = amount_minor - 1",
    "early": "UPDATE allocation SET allocated_on = '2020-01-01'",
    "not_issued": "UPDATE document SET lifecycle = 'void' WHERE number = 'FE-2'",
}


@pytest.mark.parametrize("code", list(_DAMAGE))
def test_each_kind_of_damage_is_found(
    database: sa.Engine, world: World, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check"]) == 0
    assert "2 companies, 0 differences" in capsys.readouterr().out
    with unit_of_work(bind=database) as session:
        session.execute(sa.text(_DAMAGE[code]))
    with unit_of_work(bind=database, read_only=True) as session:
        assert code in {row.code for row in checks.audit(session, world.viewer)}
    assert main(["check", "--company", world.slug]) == 1
    assert f": {code}: expected " in capsys.readouterr().out
    assert main(["check", "--company", "ajena"]) == 0


def test_a_customer_does_not_audit(database: sa.Engine, world: World) -> None:
    with pytest.raises(NotAllowed), unit_of_work(bind=database) as session:
        checks.audit(session, world.customer)


def test_an_unknown_company_is_a_wrong_use(database: sa.Engine, world: World) -> None:
    assert world.slug
    assert main(["check", "--company", "nope"]) == 2
